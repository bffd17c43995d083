"""Smooth joins: a take begins in a given pose, ends in it, or runs in a circle (inertialization, Bollo 2018)."""

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.features import layout
from ..skeleton import LEFT_HAND, RIGHT_HAND

Array = NDArray[np.float64]

JOIN = 0.9
"""Seconds that an offset takes to die away; at most a third of the take."""


def begun_in(values: Array, start: Array, fps: float, velocity: Array | None = None, coasts: bool = False) -> Array:
    """Features (T, D) that begin in `start` (D,), moving on with its `velocity` (D,) a second.

    coasts: who walks comes to a stand ahead, where all that follows takes place, instead of being drawn back.
    """
    span = _span(len(values), fps)
    time = np.arange(len(values)) / fps
    offset = start - values[0]
    own = (values[1] - values[0]) * fps
    speed = np.zeros_like(offset) if velocity is None else velocity - own
    change = _dying(time / span)[:, None] * offset + _running_out(time, span)[:, None] * speed
    if coasts:
        over_floor = [layout().place.start, layout().place.start + 2]
        further = _coming_to_rest(time, span) - _running_out(time, span)
        change[:, over_floor] += further[:, None] * speed[over_floor]
    return _put_together(values, change)


def ended_in(values: Array, end: Array, fps: float) -> Array:
    """Features (T, D) that come to rest in `end` (D,)."""
    return begun_in(values[::-1], end, fps, np.zeros(values.shape[1]))[::-1]


def fingers_met(poses: Array, start: Array, fps: float) -> Array:
    """Poses (T, 55, 3) whose fingers begin as in `start` (55, 3), since features know only the main directions of a hand."""
    fingers = [*LEFT_HAND, *RIGHT_HAND]
    share = _dying(np.arange(len(poses)) / fps / _span(len(poses), fps))
    met = poses.copy()
    met[:, fingers] += share[:, None, None] * (start - poses[0])[fingers]
    return met


def looped(values: Array, fps: float) -> Array:
    """Features (T, D) whose last frame is the first, reached with the first's velocity."""
    span = _span(len(values), fps)
    left = (len(values) - 1 - np.arange(len(values))) / fps
    offset = values[0] - values[-1]
    speed = ((values[1] - values[0]) - (values[-1] - values[-2])) * fps
    return _put_together(values, _dying(left / span)[:, None] * offset - _running_out(left, span)[:, None] * speed)


def _put_together(values: Array, change: Array) -> Array:
    out: Array = values + change
    contacts = layout().contacts
    out[:, contacts] = values[:, contacts]  # which foot stands is for the feet to settle
    return out


def _span(frames: int, fps: float) -> float:
    return max(min(JOIN, (frames - 1) / fps / 3), 1 / fps)


def _dying(share: Array) -> Array:
    """From 1 to 0 over shares 0 to 1, at rest at both ends, without a jump of the acceleration (the least-jerk curve, Flash and
    Hogan 1985)."""
    u = np.clip(share, 0, 1)
    return 1 - u**3 * (10 - 15 * u + 6 * u * u)


def _running_out(time: Array, span: float) -> Array:
    """Seconds gone with a speed of 1 that dies away within `span`: 0 at both ends, slope 1 at the first, curvature 0 at both."""
    u = np.clip(time / span, 0, 1)
    return span * u * (1 - u) ** 3 * (1 + 3 * u)


def _coming_to_rest(time: Array, span: float) -> Array:
    """Seconds gone with a speed that goes from 1 down to 0 within `span` and begins as that of `_running_out` does."""
    u = np.clip(time / span, 0, 1)
    return span * (u - 2 * u**3 + 2 * u**4 - 0.6 * u**5)
