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
    speed = (spread[1:2] - spread[:1] + spread[-1:] - spread[-2:-1]) / 2
    before, after = _around(spread[:1], speed, spread[-1:], speed)
    return joined_values(spread, fps, before, after)


def looped_turns(turns: Array, fps: float) -> Array:
    """The same of unit quaternions (T, ..., 4), w first, without jumps of sign; the last may be minus the first."""
    away = turned_by(times(turns[:1], inverse(turns[-1:])))
    spread = times(quaternions_from_axis_angle(_shares(turns) * away), turns)
    start = turned_by(times(spread[1:2], inverse(spread[:1])))
    end = turned_by(times(spread[-1:], inverse(spread[-2:-1])))
    step = quaternions_from_axis_angle((start + end) / 2)
    before = np.concatenate([times(inverse(step), spread[:1]), spread[:1]])
    after = np.concatenate([spread[-1:], times(step, spread[-1:])])
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
    start, end = place[1] - place[0], place[-1] - place[-2]
    speed = (start + end @ round_about) / 2
    rate = (heading[1] - heading[0] + heading[-1] - heading[-2]) / 2
    return replace(
        path,
        place=joined_values(place, fps, *_around(place[:1], speed, place[-1:], round_about @ speed)),
        heading=joined_values(heading, fps, *_around(heading[:1], rate, heading[-1:], rate)),
    )


def _around(first: Array, speed: Array, last: Array, speed_at_end: Array) -> tuple[Array, Array]:
    """(2, ...) one frame before the first and the first; the last and one frame after."""
    return np.concatenate([first - speed, first]), np.concatenate([last, last + speed_at_end])


def _shares(values: Array) -> Array:
    return np.linspace(0, 1, len(values)).reshape(-1, *[1] * (values.ndim - 1))
