"""What an animator asks for over time: which emotion, how strongly, from when on."""

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.emotions import checked_intensity, emotion_named
from ..errors import ThespisError

Array = NDArray[np.floating[Any]]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Cues:
    """Emotions and intensities over the seconds of a take; between two cues one changes smoothly into the other.

    emotions: (second, emotion), intensities: (second, value in [0, 1]); each rising in time, at least one. Before the first and
    after the last, they hold.
    """

    emotions: tuple[tuple[float, str], ...]
    intensities: tuple[tuple[float, float], ...]

    def emotion_shares(self, seconds: Array) -> tuple[list[str], Array]:
        """The emotions in the order of their cues, and (n, cues) their shares at `seconds` (n,), which sum to 1."""
        times = np.array([time for time, _ in self.emotions])
        place = np.interp(seconds, times, np.arange(len(times)))
        first = np.minimum(place.astype(int), max(len(times) - 2, 0))
        between = _eased(place - first)
        shares = np.zeros((len(seconds), len(times)))
        rows = np.arange(len(seconds))
        shares[rows, first] = 1 - between
        if len(times) > 1:
            shares[rows, first + 1] = between
        else:
            shares[:, 0] = 1
        return [name for _, name in self.emotions], shares

    def intensity(self, seconds: Array) -> Array:
        """(n,) at `seconds` (n,)."""
        times = np.array([time for time, _ in self.intensities])
        values = np.array([value for _, value in self.intensities])
        place = np.interp(seconds, times, np.arange(len(times)))
        first = np.minimum(place.astype(int), max(len(times) - 2, 0))
        after = values[np.minimum(first + 1, len(times) - 1)]
        eased: Array = values[first] + (after - values[first]) * _eased(place - first)
        return eased


def _eased(share: Array) -> Array:
    """A change that begins and ends at rest."""
    return share * share * (3 - 2 * share)


def steady(emotion: str, intensity: float) -> Cues:
    """One emotion at one intensity. Raises ThespisError for what is none."""
    return Cues(((0.0, emotion_named(emotion)),), ((0.0, checked_intensity(intensity)),))


def parse_cues(emotions: str, intensities: str) -> Cues:
    """joy, or 0:joy,4:anger; 0.8, or 0:0.2,3:1 (seconds first). Raises ThespisError naming what is not understood."""
    return Cues(_cues(emotions, emotion_named, "joy, or 0:joy,4:anger"), _cues(intensities, _intensity, "0.8, or 0:0.2,3:1"))


def _intensity(text: str) -> float:
    try:
        return checked_intensity(float(text))
    except ValueError:
        raise ThespisError(f"'{text}' is no intensity. Give a number from 0 to 1.") from None


def _cues(text: str, read: Callable[[str], Value], example: str) -> tuple[tuple[float, Value], ...]:
    parts = [part.strip() for part in text.split(",")]
    found: list[tuple[float, Value]] = []
    for part in parts:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*:\s*(.+)", part)
        if match is None and len(parts) > 1:
            raise ThespisError(f"'{part}': several cues need their seconds. Write {example}.")
        found.append((float(match[1]), read(match[2])) if match else (0.0, read(part)))
    _check_order([time for time, _ in found], text, example)
    return tuple(found)


def _check_order(times: Sequence[float], text: str, example: str) -> None:
    if any(not math.isfinite(time) for time in times) or any(b <= a for a, b in itertools.pairwise(times)):
        raise ThespisError(f"'{text}': the seconds of its cues do not rise. Write {example}.")
