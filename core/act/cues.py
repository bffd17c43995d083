"""What an animator asks for over time: which emotion, how strongly, from when on."""

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.emotions import checked_intensity, emotion_named
from ..errors import ThespisError
from .curves import dying

Array = NDArray[np.float64]
Value = TypeVar("Value")

_STRIDE: Final = 2.0
"""Seconds that one mixture of emotions takes to go over into the next on a longer way."""


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
        return [name for _, name in self.emotions], faded_shares(np.array([time for time, _ in self.emotions]), seconds)

    def knots(self) -> Array:
        """(K,) seconds at which the way from each emotion to the next is divided into strides of about _STRIDE."""
        times = [self.emotions[0][0]]
        for (before, _), (after, _) in itertools.pairwise(self.emotions):
            times += np.linspace(before, after, 1 + max(1, round((after - before) / _STRIDE)))[1:].tolist()
        return np.array(times)

    def changes(self) -> tuple[tuple[float, float], ...]:
        """Seconds from and to which one take is faded into the next."""
        return tuple(itertools.pairwise(self.knots().tolist()))

    def intensity(self, seconds: Array) -> Array:
        """(n,) at `seconds` (n,)."""
        values = np.array([value for _, value in self.intensities])
        eased: Array = faded_shares(np.array([time for time, _ in self.intensities]), seconds) @ values
        return eased


def faded_shares(times: Array, seconds: Array) -> Array:
    """(n, K) shares at `seconds` (n,) of what is there at `times` (K,), rising; between two of them the one changes into the
    other, beginning and ending at rest."""
    place = np.interp(seconds, times, np.arange(len(times)))
    return np.stack([dying(np.abs(place - k)) for k in range(len(times))], axis=-1)


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
