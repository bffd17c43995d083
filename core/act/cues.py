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
    after the last, they hold. mixes: (second, emotion, share in [0, 1]) of a second emotion, rising in time, that takes its share
    of the first ones'; none for none.
    """

    emotions: tuple[tuple[float, str], ...]
    intensities: tuple[tuple[float, float], ...]
    mixes: tuple[tuple[float, str, float], ...] = ()

    def emotion_shares(self, seconds: Array) -> tuple[list[str], Array]:
        """The E emotions in the order in which they come up, and (n, E) their shares at `seconds` (n,), which sum to 1."""
        shares = faded_shares(np.array([time for time, _ in self.emotions]), seconds)
        told = [name for _, name in self.emotions]
        if self.mixes:
            taken = faded_shares(np.array([time for time, _, _ in self.mixes]), seconds) * [share for _, _, share in self.mixes]
            shares = np.concatenate([shares * (1 - taken.sum(1, keepdims=True)), taken], axis=1)
            told += [name for _, name, _ in self.mixes]
        names = list(dict.fromkeys(told))
        return names, shares @ np.array([[name == other for other in names] for name in told], np.float64)

    def knots(self) -> Array:
        """(K,) seconds at which the way from each mixture to the next is divided into strides of about _STRIDE."""
        cues = [time for time, _ in self.emotions]
        if len(self.mixes) > 1:
            cues = sorted({*cues, *(time for time, _, _ in self.mixes)})
        times = [cues[0]]
        for before, after in itertools.pairwise(cues):
            strides = max(1, round((after - before) / _STRIDE)) if self._differs(before, after) else 1
            times += np.linspace(before, after, 1 + strides)[1:].tolist()
        return np.array(times)

    def changes(self) -> tuple[tuple[float, float], ...]:
        """Seconds from and to which one take is faded into another."""
        return tuple(pair for pair in itertools.pairwise(self.knots().tolist()) if self._differs(*pair))

    def _differs(self, before: float, after: float) -> bool:
        shares = self.emotion_shares(np.array([before, after]))[1]
        return bool(np.abs(shares[1] - shares[0]).max() > 1e-9)

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


def steady(emotion: str, intensity: float, other: str | None = None, share: float = 0.0) -> Cues:
    """One emotion at one intensity, of which `other` takes its share. Raises ThespisError for what is none."""
    mixes = ((0.0, emotion_named(other), checked_share(share)),) if other is not None and share != 0 else ()
    return Cues(((0.0, emotion_named(emotion)),), ((0.0, checked_intensity(intensity)),), mixes)


def checked_share(value: float) -> float:
    """`value` if it lies in [0, 1]. Raises ThespisError otherwise."""
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise ThespisError(f"The share is {value:g}. Give a number from 0 (the first emotion only) to 1 (the second only).")
    return float(value)


def parse_cues(emotions: str, intensities: str, mix: str | None = None) -> Cues:
    """joy, or 0:joy,4:anger; 0.8, or 0:0.2,3:1 (seconds first); anger:0.3, a second emotion and its share.

    Raises ThespisError naming what is not understood.
    """
    mixes = (_mix(mix),) if mix else ()
    return Cues(
        _cues(emotions, emotion_named, "joy, or 0:joy,4:anger"), _cues(intensities, _intensity, "0.8, or 0:0.2,3:1"), mixes
    )


def _mix(text: str) -> tuple[float, str, float]:
    name, _, share = text.partition(":")
    try:
        return 0.0, emotion_named(name), checked_share(float(share))
    except ValueError:
        raise ThespisError(f"'{text}' is no emotion to mix in. Write anger:0.3, with its share after the colon.") from None


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
