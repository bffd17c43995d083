"""The figures of the bench: how each is made from its samples, its bar, and the table of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .piercing import TOUCH
from .ranking import auc
from .scorecard import Samples, Scored

Array = NDArray[np.floating[Any]]
Reduce = Callable[[Array], float]

WRONG: Final = 0.10
"""Metres; a joint further off is wrong."""

LEAST_WAY: Final = 0.9
"""True fingers or a true expression must bring the error below this share of the resting one's, or there is nothing to gain."""


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    title: as printed, with its unit. samples: key of Samples. reduce: the pooled samples to a number.
    bar: what is to be reached, None for a figure that only informs. most: whether the bar is the most allowed, else the least.
    everywhere: whether cases in which much of the person is hidden count as well.
    """

    title: str
    samples: str
    reduce: Reduce
    bar: float | None = None
    most: bool = True
    everywhere: bool = False

    def value(self, cases: Sequence[Samples]) -> float:
        """The figure over some cases together; NaN when none of them says anything about it."""
        parts = [case[self.samples] for case in cases if len(case.get(self.samples, ()))]
        return float(self.reduce(np.concatenate(parts))) if parts else float("nan")

    def holds(self, value: float) -> bool | None:
        """Whether `value` keeps the bar; None without a bar or a value."""
        if self.bar is None or not np.isfinite(value):
            return None
        return value <= self.bar if self.most else value >= self.bar


def _mean(scale: float = 1.0) -> Reduce:
    return lambda values: float(values.mean() * scale)


def _percentile(share: float, scale: float = 1.0) -> Reduce:
    return lambda values: float(np.percentile(values, share) * scale)


def _column(number: int) -> Reduce:
    return lambda values: float(values[:, number].mean() * 1e3)


def _better(values: Array) -> float:
    """Percent by which the first column's mean is below the second's."""
    return float((1 - values[:, 0].mean() / values[:, 1].mean()) * 100)


def _gained(values: Array) -> float:
    """Percent of the way from the second column's mean to the third's that the first's has come; NaN if there is hardly one."""
    fit, rest, best = values.mean(0)
    return float((rest - fit) / (rest - best) * 100) if best < LEAST_WAY * rest else float("nan")


def _told(values: Array) -> float:
    return auc(values[:, 0], values[:, 1] > WRONG)


def _pierced(values: Array) -> float:
    return float((values > TOUCH).mean() * 100)


FIGURES: Final[tuple[Figure, ...]] = (
    Figure("frames fitted, %", "frames", _mean(100), everywhere=True),
    Figure("PA-V2V, mm", "PA-V2V", _mean(1e3), 45),
    Figure("PA-V2V of the skin, mm", "PA-V2V, skin", _mean(1e3)),
    Figure("PA-MPJPE, mm", "PA-MPJPE", _mean(1e3)),
    Figure("MPJPE, mm", "MPJPE", _mean(1e3)),
    Figure("clip PA-MPJPE, mm", "clip PA", _mean(1e3)),
    Figure("error of up, degrees", "up", _mean(float(np.degrees(1)))),
    Figure("hands aligned by hand, mm", "hands", _column(0), 14),
    Figure("  with relaxed hands, mm", "hands", _column(1)),
    Figure("  with the true fingers, mm", "hands", _column(2)),
    Figure("  better by, %", "hands", _better, 35, most=False),
    Figure("  of what true fingers would gain, %", "hands", _gained),
    Figure("face aligned by face, mm", "face", _column(0), 5),
    Figure("  with a neutral face, mm", "face", _column(1)),
    Figure("  with the true expression, mm", "face", _column(2)),
    Figure("  better by, %", "face", _better, 35, most=False),
    Figure("  of what the true expression would gain, %", "face", _gained),
    Figure("wrist peaks keep of their speed, %", "wrist peaks", lambda v: float(np.minimum(v, 1).mean() * 100), 85, most=False),
    Figure("wrist and head in order, %", "depth order", _mean(100), 95, most=False),
    Figure("contact recall", "contact recall", _mean(), 0.8, most=False),
    Figure("contact precision", "contact precision", _mean(), 0.8, most=False),
    Figure("sliding, mm/s", "sliding", _mean(1e3), 40),
    Figure("drift in one contact, mean, mm", "drift", _mean(1e3), 15),
    Figure("drift in one contact, 95 of 100, mm", "drift", _percentile(95, 1e3)),
    Figure("under the floor, 95 of 100, mm", "sinking", _percentile(95, 1e3), 10),
    Figure("under the floor, most, mm", "sinking", _percentile(100, 1e3), 10),
    Figure("standing still, mm/frame²", "jitter", _mean(1e3), 1),
    Figure("AUC of confidence", "confidence", _told, 0.75, most=False, everywhere=True),
    Figure("AUC of confidence, clip aligned", "confidence, clip aligned", _told, everywhere=True),
    Figure("joints 10 cm wrong, %", "confidence", lambda v: float((v[:, 1] > WRONG).mean() * 100), everywhere=True),
    Figure("through the body by 2 cm, % of frames", "piercing", _pierced, 1, everywhere=True),
    Figure("  where the truth is not, % of frames", "piercing where the truth does not", _pierced, everywhere=True),
)


def number(value: float) -> str:
    """A figure as it is printed: three digits that matter, a dash for none."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def counted(figure: Figure, cases: Mapping[str, Scored], hidden: Collection[str] = ()) -> list[Scored]:
    """The cases over which a figure is made; `hidden` names those in which much of the person is hidden. All, if all are."""
    shown = [case for name, case in cases.items() if name not in hidden]
    return list(cases.values()) if figure.everywhere or not shown else shown


def rows(
    cases: Mapping[str, Scored], hidden: Collection[str] = (), figures: Sequence[Figure] = FIGURES
) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: figure, bar, over all cases that count, whether it holds, the truth's own, each case."""
    out = []
    for figure in figures:
        chosen = counted(figure, cases, hidden)
        value = figure.value([case.fit for case in chosen])
        holds = figure.holds(value)
        bar = "" if figure.bar is None else f"{'≤' if figure.most else '≥'} {figure.bar:g}"
        mark = "" if holds is None else "yes" if holds else "NO"
        own = figure.value([case.truth for case in chosen])
        each = (number(figure.value([case.fit])) for case in cases.values())
        out.append([figure.title, bar, number(value), mark, number(own), *each])
    return ["", "bar", "all", "holds", "truth", *cases], out
