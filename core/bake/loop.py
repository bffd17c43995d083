"""A take that can be played over and over: its last pose becomes its first, and nothing jumps there."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..joining import inverse, joined_turns, joined_values, times, turned_by
from ..scene.rotations import quaternions_from_axis_angle
from .channels import Parts
from .root import Path

Array = NDArray[np.floating[Any]]


def looped_values(values: Array, fps: float) -> Array:
    """(T, ...) numbers whose last frame is their first, and whose speed goes on over the seam.

    What is between last and first is spread evenly over the take; what is left between the speeds dies away within half a second.
    """
    share = _shares(values)
    spread = values + share * (values[:1] - values[-1:])
    start, end = _meeting(np.diff(spread[:3], axis=0), np.diff(spread[-3:], axis=0))
    return joined_values(spread, fps, *_around(spread, start, end))


def looped_turns(turns: Array, fps: float) -> Array:
    """The same of unit quaternions (T, ..., 4), w first, without jumps of sign; the last may be minus the first."""
    away = turned_by(times(turns[:1], inverse(turns[-1:])))
    spread = times(quaternions_from_axis_angle(_shares(turns) * away), turns)
    start, end = _meeting(_steps(spread[:3]), _steps(spread[-3:]))
    start, end = quaternions_from_axis_angle(start), quaternions_from_axis_angle(end)
    before = np.stack([times(inverse(start), spread[0]), spread[0]])
    after = np.stack([spread[-1], times(end, spread[-1])])
    return joined_turns(spread, fps, before, after)


def looped_parts(parts: Parts, fps: float, bones: list[int]) -> Parts:
    """The parts with these bones looped."""
    location, turns, scale = parts.location.copy(), parts.turns.copy(), parts.scale.copy()
    location[:, bones] = looped_values(location[:, bones], fps)
    turns[:, bones] = looped_turns(turns[:, bones], fps)
    scale[:, bones] = looped_values(scale[:, bones], fps)
    return Parts(location, turns, scale)


def looped_path(path: Path, fps: float) -> Path:
    """The path of a root that goes on at its end as it began, seen from itself; what it travels in all is kept."""
    turned = path.turns()
    round_about = turned[-1] @ turned[0].T
    place, heading = path.place, path.heading
    # The end, seen as if it were the start: turned back by what the root turns in all.
    start, end = _meeting(np.diff(place[:3], axis=0), np.diff(place[-3:], axis=0) @ round_about)
    rate, last_rate = _meeting(np.diff(heading[:3]), np.diff(heading[-3:]))
    return replace(
        path,
        place=joined_values(place, fps, *_around(place, start, round_about @ end)),
        heading=joined_values(heading, fps, *_around(heading, rate, last_rate)),
    )


def _meeting(first: Array, last: Array) -> tuple[Array, Array]:
    """The speeds of first and last frame that meet at the seam, for the first two (2, ...) and the last two of a take: they
    differ by no more than speeds of neighbouring frames do there."""
    jump = first[0] - last[1]
    usual = (first[1] - first[0] + last[1] - last[0]) / 2
    return first[0] - (jump - usual) / 2, last[1] + (jump - usual) / 2


def _steps(turns: Array) -> Array:
    """(T - 1, ..., 3) the turns from each frame to the next."""
    return turned_by(times(turns[1:], inverse(turns[:-1])))


def _around(values: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """(2, ...) one frame before the first and the first; the last and one frame after."""
    return np.stack([values[0] - start, values[0]]), np.stack([values[-1], values[-1] + end])


def _shares(values: Array) -> Array:
    return np.linspace(0, 1, len(values)).reshape(-1, *[1] * (values.ndim - 1))
