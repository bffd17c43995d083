"""Rows of the emotion bench's tables."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bench.report import FAILS, HOLDS, row_of
from ..table import number

Array = NDArray[np.floating[Any]]

COLUMNS = ["", "bar", "figure", "holds"]


def row(title: str, value: float, bar: float | None = None, most: bool = True, note: str = "") -> list[str]:
    """Cells title, bar, figure, holds. note: put behind the figure."""
    return row_of(title, value, bar, number(value) + note, most)


def between(title: str, value: float, low: float, high: float) -> list[str]:
    """Cells of a figure that must lie from low to high."""
    holds = "" if not np.isfinite(value) else HOLDS if low <= value <= high else FAILS
    return [title, f"{low:g} to {high:g}", number(value), holds]


def share(value: float) -> str:
    """A share as it is printed: two digits, a dash for none."""
    return f"{value:.2f}" if np.isfinite(value) else "–"


def repeated(figure: Callable[[np.random.Generator], float], repeats: int, seed: int = 0) -> tuple[float, float]:
    """Mean, and 1.96 standard errors, of a figure over draws, as the papers give it."""
    values = np.array([figure(np.random.default_rng((seed, number))) for number in range(repeats)])
    return float(values.mean()), float(1.96 * values.std() / np.sqrt(repeats))


def middle(values: Sequence[float] | Array) -> float:
    """The median; NaN of nothing."""
    return float(np.median(values)) if len(values) else float("nan")
