"""Left and right: who is seen from the front in one frame is not seen from behind in the next.

The body network sometimes takes a front for a back: all names of left and right change places at once and change back some
frames later. The points themselves stay where they were, so such frames are known by comparing neighbours under both namings.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.landmarks.names import BODY_LANDMARK, BODY_LANDMARK_NAMES
from .reading import Reading

Array = NDArray[np.floating[Any]]


def _other(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


OTHER_SIDE: Final = np.array([BODY_LANDMARK[_other(name)] for name in BODY_LANDMARK_NAMES])
"""(33,) for each body landmark the same one on the other side."""

_LIMBS: Final = slice(11, 33)
"""Shoulders to feet; the head's points lie too close together to tell anything."""
_JUMP: Final = 0.04
"""Mean jump of the limbs' points, in parts of the region's side, from which two namings are compared."""
_DOUBT: Final = 0.12
"""Cost, a second, of naming against the network; the mean jump in parts of the region's side costs itself."""


def named_otherwise(points: Array, reference: Array, side: float) -> bool:
    """Whether `points` (33, 2) fit `reference` (33, 2) far better with left and right exchanged. side: of the region, pixels."""
    same = np.hypot(*(points - reference)[_LIMBS].T).mean()
    other = np.hypot(*(points[OTHER_SIDE] - reference)[_LIMBS].T).mean()
    return bool(same > _JUMP * side and other < 0.5 * same)


def settle(readings: dict[int, Reading], exchanged: set[int], fps: float, cuts: Sequence[int] = ()) -> dict[int, Reading]:
    """The same readings with left and right named so that the limbs jump least over the whole clip.

    exchanged: frames whose names were already exchanged against what the network said. Where the person was not seen, and at
    cuts, the naming begins anew. Solved exactly as a shortest path with two states a frame (Viterbi 1967).
    """
    settled = dict(readings)
    frames = sorted(readings)
    breaks = [k for k in range(1, len(frames)) if frames[k] != frames[k - 1] + 1 or frames[k] in cuts]
    for run in np.split(np.array(frames, int), breaks):
        against = np.array([frame in exchanged for frame in run])
        for frame, turned in zip(run, _path([readings[frame] for frame in run], against, fps), strict=True):
            if turned:
                settled[int(frame)] = _exchange(readings[frame])
    return settled


def _path(run: list[Reading], against: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    """Which of consecutive readings to exchange. against: which of them already name against the network."""
    if not run:
        return np.zeros(0, bool)
    points = np.stack([reading.body for reading in run])[:, _LIMBS].astype(np.float64)
    others = np.stack([reading.body[OTHER_SIDE] for reading in run])[:, _LIMBS].astype(np.float64)
    side = np.array([float(reading.box[2]) for reading in run])
    stay = np.linalg.norm(points[1:] - points[:-1], axis=2).mean(axis=1) / side[1:]
    change = np.linalg.norm(others[1:] - points[:-1], axis=2).mean(axis=1) / side[1:]
    # State 0 keeps a reading's names, state 1 exchanges them; the doubt is paid where the result contradicts the network.
    doubt = _DOUBT / fps * np.column_stack([against, ~against])
    cost, origin = doubt[0], []
    for k in range(1, len(run)):
        # The distance does not change when both frames are exchanged.
        ways = cost[:, None] + np.array([[stay[k - 1], change[k - 1]], [change[k - 1], stay[k - 1]]])
        origin.append(ways.argmin(axis=0))
        cost = ways.min(axis=0) + doubt[k]
    states = [int(cost.argmin())]
    for back in reversed(origin):
        states.append(int(back[states[-1]]))
    return np.array(states[::-1], bool)


def _exchange(reading: Reading) -> Reading:
    """The reading with left and right exchanged: body and hands."""
    return replace(
        reading,
        body=reading.body[OTHER_SIDE],
        body_visibility=reading.body_visibility[OTHER_SIDE],
        body_presence=reading.body_presence[OTHER_SIDE],
        body_world=reading.body_world[OTHER_SIDE],
        hands=reading.hands[::-1],
        hands_world=reading.hands_world[::-1],
        hands_score=reading.hands_score[::-1],
        hands_spread=reading.hands_spread[::-1],
    )
