"""How far each joint of the fit may be believed. 0.9: keep it. 0.5: look at it. 0.1: it is made up.

Of body joints it is the share of such joints that is within 10 cm of the truth; of fingers and face, how well they were seen.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..observe.tracks import Track
from ..skeleton import BODY_JOINT_COUNT, EYES, JAW, JOINT_COUNT, LEFT_HAND, RIGHT_HAND
from .doubt import FEATURES, doubts
from .parts import hand_score

Array = NDArray[np.floating[Any]]

WEIGHTS: dict[str, float] = {
    "reach": 1.3,
    "deep": -1.8,
    "unseen": 1.25,
    "own": 2.3,
    "beside": 1.7,
    "turned": -2.0,
    "bias": -0.5,
}
"""Of a logistic model of the odds that a joint is more than 10 cm from its true place, seen from the pelvis. Found by
`core.measure.calibrate` on rendered clips of 16 recorded motions, with hidden and cut-off limbs among them."""
UNSEEN = 0.1
"""Of fingers and faces that the prior made up."""
GAP, GAP_SECONDS = 0.3, 0.25
"""Confidence in the first frame without the person, and the time after which it falls to a third."""


def joint_confidence(
    track: Track, camera: Camera, joints: Array, present: NDArray[np.bool_], face_seen: Array, fps: float
) -> Array:
    """(T, 55) in [0, 1]; joints: (T, 55, 3) in the camera's frame; face_seen: (T,) in [0, 1]."""
    out = np.zeros((len(track), JOINT_COUNT))
    out[:, :BODY_JOINT_COUNT] = body_confidence(doubts(track, camera, joints))
    for hand, fingers in enumerate((LEFT_HAND, RIGHT_HAND)):
        score = hand_score(track, hand)
        out[:, list(fingers)] = (np.maximum(score, UNSEEN) * np.clip(track.body_score, 0, 1))[:, None]
    out[:, [JAW, *EYES]] = np.maximum(face_seen, UNSEEN)[:, None]

    away_frames = _frames_to_nearest(present)
    decay = GAP * np.exp(-(away_frames - 1) / max(GAP_SECONDS * fps, 1e-6))
    out = np.where(present[:, None], out, np.minimum(decay[:, None], GAP))
    return np.clip(np.nan_to_num(out), 0, 1)


def body_confidence(features: Array) -> Array:
    """(T, 22) in [0, 1], from their (T, 22, F) FEATURES: the share of such joints that is within 10 cm of the truth."""
    odds = features @ np.array([WEIGHTS[name] for name in FEATURES]) + WEIGHTS["bias"]
    confidence: Array = 1 / (1 + np.exp(odds))
    return confidence


def _frames_to_nearest(present: NDArray[np.bool_]) -> Array:
    """(T,) frames to the nearest one in which the person is present."""
    where = np.flatnonzero(present)
    index = np.arange(len(present))
    after = np.clip(np.searchsorted(where, index), 0, len(where) - 1)
    before = np.clip(after - 1, 0, None)
    nearest: Array = np.minimum(abs(where[after] - index), abs(where[before] - index)).astype(float)
    return nearest
