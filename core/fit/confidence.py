"""How far each joint of the fit may be believed: what was seen of it, and how well the fit agrees with that."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..observe.tracks import Track
from ..skeleton import EYES, JAW, JOINT_COUNT, JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from .parts import hand_score

Array = NDArray[np.floating[Any]]

_SEEN_BY: dict[str, tuple[int, ...]] = {  # joint: BlazePose landmarks that show it
    "pelvis": (23, 24),
    "spine1": (11, 12, 23, 24),
    "spine2": (11, 12, 23, 24),
    "spine3": (11, 12),
    "neck": (11, 12),
    "head": (0, 2, 5, 7, 8),
    **{
        f"{side}_{joint}": tuple(odd + k for odd in landmarks)
        for k, side in enumerate(("left", "right"))
        for joint, landmarks in {
            "collar": (11,),
            "shoulder": (11,),
            "elbow": (13,),
            "wrist": (15,),
            "hip": (23,),
            "knee": (25,),
            "ankle": (27,),
            "foot": (29, 31),
        }.items()
    },
}
UNSEEN = 0.1
"""Of fingers and faces that the prior made up."""
OUTSIDE = 0.3
"""Factor of a landmark beyond the picture's edge: the network guesses there."""
GAP, GAP_SECONDS = 0.3, 0.25
"""Confidence in the first frame without the person, and the time after which it falls to a third."""
DOUBT = 0.02
"""Of the box's side: distance between landmark and fitted joint at which confidence is halved."""


def joint_confidence(
    track: Track, camera: Camera, joints: Array, present: NDArray[np.bool_], face_seen: Array, fps: float
) -> Array:
    """(T, 55) in [0, 1]; joints: (T, 55, 3) in the camera's frame; face_seen: (T,) in [0, 1]."""
    frames = len(track)
    shown = np.clip(np.nan_to_num(track.body_visibility * track.body_presence), 0, 1)
    place = np.nan_to_num(track.body, nan=-1e6)
    outside = ((place < 0) | (place > np.array(camera.size) - 1)).any(-1)
    shown = shown * np.where(outside, OUTSIDE, 1) * np.clip(track.body_score, 0, 1)[:, None]
    depth = np.clip(joints[..., 2:], 0.1, None)
    projected = camera.project(np.concatenate([joints[..., :2], depth], -1))

    out = np.zeros((frames, JOINT_COUNT))
    for name, landmarks in _SEEN_BY.items():
        index = JOINT_INDEX[name]
        out[:, index] = shown[:, landmarks].mean(1)
        if len(landmarks) == 1 and "collar" not in name:
            away = np.linalg.norm(projected[:, index] - place[:, landmarks[0]], axis=-1)
            out[:, index] /= 1 + (away / np.clip(DOUBT * track.box[:, 2], 1, None)) ** 2
    for hand, (fingers, wrist) in enumerate(((LEFT_HAND, "left_wrist"), (RIGHT_HAND, "right_wrist"))):
        score = hand_score(track, hand)
        out[:, JOINT_INDEX[wrist]] = np.maximum(out[:, JOINT_INDEX[wrist]], 0.8 * score * np.clip(track.body_score, 0, 1))
        out[:, list(fingers)] = (np.maximum(score, UNSEEN) * np.clip(track.body_score, 0, 1))[:, None]
    out[:, [JAW, *EYES]] = np.maximum(face_seen, UNSEEN)[:, None]

    away_frames = _frames_to_nearest(present)
    decay = GAP * np.exp(-(away_frames - 1) / max(GAP_SECONDS * fps, 1e-6))
    out = np.where(present[:, None], out, np.minimum(decay[:, None], GAP))
    return np.clip(np.nan_to_num(out), 0, 1)


def _frames_to_nearest(present: NDArray[np.bool_]) -> Array:
    """(T,) frames to the nearest one in which the person is present."""
    where = np.flatnonzero(present)
    index = np.arange(len(present))
    after = np.clip(np.searchsorted(where, index), 0, len(where) - 1)
    before = np.clip(after - 1, 0, None)
    nearest: Array = np.minimum(abs(where[after] - index), abs(where[before] - index)).astype(float)
    return nearest
