"""Where the elbow is, the hand being where it is: the swivel that is comfortable, clear of the body and kind to the wrist.

For every frame a fan of swivels is judged, then the path through all frames that costs least is taken (dynamic programming):
nothing that is decided frame by frame stays in one piece when arms cross, hug or cover the face.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .turns import square_to, unit

Array = NDArray[np.floating[Any]]

SWIVELS: Final = np.radians(np.arange(-64.0, 113.0, 8.0))
"""Candidates: about the line from shoulder to wrist, from where the elbow hangs comfortably; positive is outward and up."""
_LOOSE: Final = np.radians(38.0)
"""Swivel that costs 1."""
_QUICK: Final = np.radians(7.0)
"""Change from frame to frame, at 30 frames a second, that costs 1."""


def comfortable(wrist: Array) -> NDArray[np.float64]:
    """(T, 3) where the elbow hangs, for a wrist (T, 3) from the shoulder in arm lengths, axes of the chest, left arm.

    Down, a little out and back; the higher, the farther across or behind the hand, the more outward (an anatomical prior, in the
    spirit of Tolani, Goswami and Badler 2000).
    """
    x, y, z = wrist.T
    raised = np.clip((y + 0.1) / 0.8, 0, 1)
    across = np.clip((0.05 - x) / 0.5, 0, 1)
    behind = np.clip(-z / 0.3, 0, 1) * np.clip((y + 0.2) / 0.4, 0, 1)
    back = np.clip((-z - 0.05) / 0.25, 0, 1)
    return unit(
        np.stack(
            [
                0.42 + 0.45 * raised + 0.10 * across + 0.5 * behind + 0.5 * back,
                -1.0 + 0.25 * raised + 0.10 * across + 0.9 * behind,
                -0.42 + 0.30 * raised + 0.75 * across + 1.2 * behind - 0.5 * back,
            ],
            1,
        )
    )


def elbow_fan(along: Array, hint: Array, sign: float) -> NDArray[np.float64]:
    """(T, S, 3) unit directions, square to `along` (T, 3), in which the elbow lies at each of SWIVELS from `hint` (T, 3)."""
    hint = square_to(hint, along)
    side = np.cross(along, hint)
    angle = SWIVELS * sign
    return np.asarray(np.cos(angle)[:, None] * hint[:, None] + np.sin(angle)[:, None] * side[:, None])


def cheapest(cost: Array, wanted: Array, fps: float) -> NDArray[np.float64]:
    """(T,) swivels: the cheapest path through costs (T, S), drawn to `wanted` (T,)."""
    cost = cost + ((SWIVELS - wanted[:, None]) / _LOOSE) ** 2
    step = ((SWIVELS[:, None] - SWIVELS[None]) / (_QUICK * 30 / fps)) ** 2
    total, back = cost[0], np.zeros(cost.shape, int)
    for frame in range(1, len(cost)):
        ways = total[:, None] + step
        back[frame] = ways.argmin(0)
        total = ways[back[frame], np.arange(len(SWIVELS))] + cost[frame]
    path = np.zeros(len(cost), int)
    path[-1] = int(total.argmin())
    for frame in range(len(cost) - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return SWIVELS[path]
