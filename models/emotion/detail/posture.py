"""How performers hold themselves, which the decoder leaves out: a lean, a twist, where the weight is, slow over a whole take.

The latent tells it in part only. It hangs together over the body: who stands on one leg leans, and holds the head against it. A
network that draws it would have to learn all that; so that of a performance is laid over takes as it is.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....core.skeleton import BODY_JOINT_COUNT, JOINT_INDEX
from .network import DETAIL

Array = NDArray[np.float64]

POSTURE: Final = [column for column in range(3 * JOINT_INDEX["left_shoulder"]) if column != 1] + [3 * BODY_JOINT_COUNT + 1]
"""Which numbers of a detail are posture: trunk, head, collars, legs, how high the pelvis is. Not the arms, which would miss what
they reach for, and not where the pelvis goes and turns to, which would miss its steps."""
WAVES: Final = 3
"""Cosines over the length of a take that tell a posture: how it is on the whole, from begin to end, and around the middle."""


def posture_of(missing: Array) -> Array:
    """(WAVES, len(POSTURE)) the posture in what is missing (T, DETAIL), for takes of any length."""
    posture: Array = np.linalg.lstsq(_waves(len(missing)), missing[:, POSTURE], rcond=None)[0]
    return posture


def held(posture: Array, frames: int) -> Array:
    """(frames, DETAIL) a posture (WAVES, len(POSTURE)) as something to lay over a take."""
    detail = np.zeros((frames, DETAIL))
    detail[:, POSTURE] = _waves(frames) @ posture
    return detail


def _waves(frames: int) -> Array:
    """(frames, WAVES)."""
    waves: Array = np.cos(np.pi * (np.arange(frames)[:, None] + 0.5) / frames * np.arange(WAVES))
    return waves
