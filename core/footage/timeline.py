"""Unevenly spaced frames onto an even grid of time, so that a motion keeps the clip's own speed."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_COMMON_RATES = tuple(Fraction(n) for n in (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 60, 120, 240)
)
_LARGEST_GAP = 10.0
"""Seconds; a longer hole in the time stamps is taken for a broken file and closed."""


@dataclass(frozen=True)
class Timeline:
    """fps and, for each frame of the even grid, the stored frame it shows (-1: none)."""

    fps: Fraction
    source: NDArray[np.int64]
    variable: bool


def constant_rate(seconds: NDArray[np.float64], average: Fraction | None, base: Fraction | None) -> Timeline:
    """Place stored frames at `seconds` (rising from 0) on a grid of constant rate.

    average, base: the rates the file's header names, if any; used only when they agree with the time stamps.
    Evenly spaced frames (up to a quarter of a frame of jitter) map one to one.
    """
    if len(seconds) < 2:
        return Timeline(snapped_rate(average) if average and 1 <= average <= 240 else Fraction(30), np.zeros(1, np.int64), False)
    steps = np.diff(seconds)
    positive = steps[steps > 0]
    if len(positive) == 0:
        fps = snapped_rate(average) if average else Fraction(30)
        return Timeline(fps, np.arange(len(seconds), dtype=np.int64), True)
    if steps.max() > _LARGEST_GAP:
        steps = np.where(steps > _LARGEST_GAP, np.median(positive), steps)
        seconds = np.concatenate([[0.0], np.cumsum(steps)])
    typical = float(np.median(positive))
    mean_rate = Fraction((len(seconds) - 1) / float(seconds[-1])).limit_denominator(100_000)
    if np.abs(seconds - np.arange(len(seconds)) / float(mean_rate)).max() < 0.5 * typical:
        named = average if average and abs(float(average / mean_rate) - 1) < 0.002 else mean_rate
        return Timeline(snapped_rate(named), np.arange(len(seconds), dtype=np.int64), False)
    candidates = [rate for rate in (base, average) if rate and 1 <= rate <= 240]
    candidates.append(Fraction(1 / typical).limit_denominator(1001))
    fps = next((rate for rate in candidates if _fits(steps, float(rate))), candidates[-1])
    cells = np.round(seconds * float(fps)).astype(np.int64)
    source = np.full(cells[-1] + 1, -1, np.int64)
    # Written backwards so that, of two frames in one cell, the earlier stays.
    source[cells[::-1]] = np.arange(len(cells))[::-1]
    return Timeline(snapped_rate(fps), source, True)


def _fits(steps: NDArray[np.float64], rate: float) -> bool:
    """Whether the steps are whole numbers of frames at this rate, without wasting a grid ten times too fine."""
    frames = steps * rate
    return bool(np.abs(frames - np.round(frames)).mean() < 0.1 and 0.9 < np.median(frames) < 10)


def snapped_rate(rate: Fraction) -> Fraction:
    """The common rate within 0.05 %, if there is one: 59.94 is written in many ways."""
    nearest = min(_COMMON_RATES, key=lambda common: abs(float(common - rate)))
    return nearest if abs(float(nearest / rate) - 1) < 5e-4 else rate.limit_denominator(1001)
