"""Smooth joins: a take begins in a given pose, ends in it, or runs in a circle (inertialization, Bollo 2018)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...models.emotion import rotation6d
from ...models.emotion.features import heading_of, layout
from ...models.emotion.recogniser.windows import joints_of
from ..skeleton import LEFT_HAND, RIGHT_HAND
from .curves import coming_to_rest, dying, running_out

Array = NDArray[np.float64]

JOIN: Final = 1.6
"""Seconds that an offset takes to die away at most; and at most a third of the take."""
_SHORTEST: Final = 0.7
_AWAY, _TURNED_AWAY = 0.5, 1.0
"""Metres and radians off, from which on nobody is drawn back: two steps do not get there."""
_CALMEST, _LIVELIEST = 1.2, 8.0
"""Metres a second squared: what a join is hurried by at least, and at most, whatever the take does."""


def join_seconds(values: Array, pose: Array, fps: float, speed: float = 0.0) -> float:
    """Seconds that features (T, D) take for the way from `pose` (D,) at their beginning: as long as it takes when no joint is
    hurried more than it is in the take itself (in one frame of ten).

    speed: metres a second along the floor, that have to come to rest meanwhile.
    """
    places = joints_of(np.concatenate([pose[None], values]))
    hurried = np.linalg.norm(np.diff(places[1:], 2, axis=0), axis=-1).max(1) * fps**2 if len(values) > 2 else np.zeros(1)
    own = float(np.clip(np.percentile(hurried, 90), _CALMEST, _LIVELIEST))
    way = float(np.linalg.norm(places[1] - places[0], axis=-1).max())
    # The sharpest bend of `dying` is 5.77, that of `coming_to_rest` 1.78.
    wanted = max(np.sqrt(5.77 * way / own), 1.78 * speed / own)
    most = min(JOIN, (len(values) - 1) / fps / 3)
    return float(max(min(max(wanted, _SHORTEST), most), 1 / fps))


def begun_in(values: Array, start: Array, fps: float, span: float, velocity: Array | None = None, coasts: bool = False) -> Array:
    """Features (T, D) that begin in `start` (D,), moving on with its `velocity` (D,) a second; the way takes `span` seconds.

    coasts: who walks comes to a stand ahead, where all that follows takes place, instead of being drawn back.
    """
    time = np.arange(len(values)) / fps
    offset = start - values[0]
    own = (values[1] - values[0]) * fps
    speed = np.zeros_like(offset) if velocity is None else velocity - own
    change = dying(time / span)[:, None] * offset + running_out(time, span)[:, None] * speed
    if coasts:
        over_floor = [layout().place.start, layout().place.start + 2]
        further = coming_to_rest(time, span) - running_out(time, span)
        change[:, over_floor] += further[:, None] * speed[over_floor]
    return _put_together(values, change)


def ended_in(values: Array, end: Array, fps: float, span: float) -> Array:
    """Features (T, D) that come to rest in `end` (D,) after a way of `span` seconds."""
    return begun_in(values[::-1], end, fps, span, np.zeros(values.shape[1]))[::-1]


def where_it_stands(pose: Array, last: Array) -> Array:
    """The pose (D,) to end in, for a take whose last frame is `last` (D,): in its own place and heading, unless that is farther
    off than a step or two; then where the take has gone to, and facing as it does there."""
    parts = layout()
    floor, pelvis = [parts.place.start, parts.place.start + 2], slice(parts.rotations.start, parts.rotations.start + 6)
    own, there = (rotation6d.to_matrices(frame[pelvis]) for frame in (pose, last))
    turned = (heading_of(there) - heading_of(own) + np.pi) % (2 * np.pi) - np.pi
    if np.linalg.norm(last[floor] - pose[floor]) < _AWAY and abs(turned) < _TURNED_AWAY:
        return pose
    out = pose.copy()
    out[floor] = last[floor]
    out[pelvis] = rotation6d.from_matrices(Rotation.from_rotvec([0, turned, 0]).as_matrix() @ own)
    return out


def fingers_met(poses: Array, start: Array, fps: float, span: float) -> Array:
    """Poses (T, 55, 3) whose fingers begin as in `start` (55, 3), since features know only the main directions of a hand."""
    fingers = [*LEFT_HAND, *RIGHT_HAND]
    share = dying(np.arange(len(poses)) / fps / span)
    met = poses.copy()
    met[:, fingers] += share[:, None, None] * (start - poses[0])[fingers]
    return met


def looped(values: Array, fps: float, span: float) -> Array:
    """Features (T, D) whose last frame is the first, reached with the first's velocity after a way of `span` seconds."""
    left = (len(values) - 1 - np.arange(len(values))) / fps
    offset = values[0] - values[-1]
    speed = ((values[1] - values[0]) - (values[-1] - values[-2])) * fps
    change = dying(left / span)[:, None] * offset - running_out(left, span)[:, None] * speed
    floor = [layout().place.start, layout().place.start + 2]
    if np.linalg.norm(offset[floor]) > _AWAY:  # too far for a step: the way back is made in the steps of the whole take
        change[:, floor] += (dying(left / left[0]) - dying(left / span))[:, None] * offset[floor]
    return _put_together(values, change)


def _put_together(values: Array, change: Array) -> Array:
    out: Array = values + change
    contacts = layout().contacts
    out[:, contacts] = values[:, contacts]  # which foot stands is for the feet to settle
    return out
