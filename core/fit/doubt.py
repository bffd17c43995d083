"""What speaks against a fitted joint: numbers that a small model turns into confidence (see confidence.py).

A joint is as far from its true place, seen from the pelvis, as the limbs that lead to it are wrong, each by its length times the
error of its direction. So most features are sums over those limbs, in metres times a doubt about the limb.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..observe.tracks import Track
from ..skeleton import BODY_JOINT_COUNT, JOINT_INDEX
from .parts import hand_score, inside_share

Array = NDArray[np.floating[Any]]

SEEN_BY: Final[dict[str, tuple[int, ...]]] = {  # joint: BlazePose landmarks that show it
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
_LIMBS: Final[dict[str, tuple[str, str]]] = {
    "trunk": ("pelvis", "neck"),
    "neck": ("neck", "head"),
    **{
        f"{side}_{limb}": (f"{side}_{start}", f"{side}_{end}")
        for side in ("left", "right")
        for limb, start, end in (
            ("upper_arm", "shoulder", "elbow"),
            ("forearm", "elbow", "wrist"),
            ("thigh", "hip", "knee"),
            ("shin", "knee", "ankle"),
            ("foot", "ankle", "foot"),
        )
    },
}
_WAY: Final[dict[str, dict[str, float]]] = {  # joint: the limbs that lead to it from the pelvis, and how much of each
    "spine1": {"trunk": 0.25},
    "spine2": {"trunk": 0.5},
    "spine3": {"trunk": 0.6},
    "neck": {"trunk": 1.0},
    "head": {"trunk": 1.0, "neck": 1.0},
    **{
        f"{side}_{joint}": {name if name == "trunk" else f"{side}_{name}": 1.0 for name in limbs}
        for side in ("left", "right")
        for joint, limbs in {
            "collar": ("trunk",),
            "shoulder": ("trunk",),
            "elbow": ("trunk", "upper_arm"),
            "wrist": ("trunk", "upper_arm", "forearm"),
            "knee": ("thigh",),
            "ankle": ("thigh", "shin"),
            "foot": ("thigh", "shin", "foot"),
        }.items()
    },
}
FEATURES: Final = ("reach", "deep", "unseen", "own", "beside", "turned")
"""reach: logarithm of the length (m, and a little) of the limbs that lead to the joint. deep: how much of that length points
towards or away from the camera: what the picture shows of such limbs says most about their depth. unseen: metres of them times
what is not seen of their ends. own: what is not seen of the joint itself. beside: distance of the fit from the landmarks, at the
joint and where those limbs end, in tenths of the person's box. turned: how far the shoulders are turned out of the picture's
plane: from the side a lean is seen."""
_NO_REACH: Final = 0.03
_FAR: Final = 0.1


def shown_share(track: Track, size: tuple[int, int]) -> Array:
    """(T, 33) in [0, 1]: how well each body landmark is seen; nothing is seen beyond the picture's edge, the network guesses.

    A hand that is seen shows its wrist, too.
    """
    shown = np.clip(np.nan_to_num(track.body_visibility * track.body_presence), 0, 1)
    shown = shown * inside_share(track, size)
    for hand, wrist in enumerate((15, 16)):
        shown[:, wrist] = np.maximum(shown[:, wrist], 0.8 * hand_score(track, hand))
    return shown * np.clip(track.body_score, 0, 1)[:, None]


def doubts(track: Track, camera: Camera, joints: Array) -> Array:
    """(T, 22, F) the FEATURES of each body joint. joints: (T, 55, 3) of the fit in the camera's frame."""
    landmarks_shown = shown_share(track, camera.size)
    shown = {name: landmarks_shown[:, list(landmarks)].mean(1) for name, landmarks in SEEN_BY.items()}
    apart = _apart(track, camera, joints)
    line = joints[:, JOINT_INDEX["left_shoulder"]] - joints[:, JOINT_INDEX["right_shoulder"]]
    turned = abs(line[:, 2]) / np.clip(np.linalg.norm(line, axis=-1), 1e-6, None)
    out = np.zeros((len(track), BODY_JOINT_COUNT, len(FEATURES)))
    for name in SEEN_BY:
        index, length = JOINT_INDEX[name], np.full(len(track), 1e-9)
        for limb, share in _WAY.get(name, {}).items():
            start, end = _LIMBS[limb]
            bone = joints[:, JOINT_INDEX[end]] - joints[:, JOINT_INDEX[start]]
            middle = joints[:, JOINT_INDEX[end]] + joints[:, JOINT_INDEX[start]]
            long = share * np.linalg.norm(bone, axis=-1)
            # Depth is along the ray to the limb, not along the camera's axis.
            out[:, index, 1] += share * abs((bone * middle).sum(-1)) / np.clip(np.linalg.norm(middle, axis=-1), 1e-6, None)
            out[:, index, 2] += long * (1 - np.minimum(shown[start], shown[end]))
            out[:, index, 4] += 0.5 * apart[end]
            length = length + long
        out[:, index, 0] = np.log(length + _NO_REACH)
        out[:, index, 1] /= length + _NO_REACH
        out[:, index, 3] = 1 - shown[name]
        out[:, index, 4] += apart[name]
        out[:, index, 5] = turned
    return np.nan_to_num(out)


def _apart(track: Track, camera: Camera, joints: Array) -> dict[str, Array]:
    """(T,) of each joint: distance of the fit from the landmark, where there is one for it alone, in tenths of the box, at most
    3."""
    projected = camera.project(np.concatenate([joints[..., :2], np.clip(joints[..., 2:], 0.1, None)], -1))
    side = np.clip(np.nan_to_num(track.box[:, 2]), 1, None)
    out = {name: np.zeros(len(track)) for name in SEEN_BY}
    for name, landmarks in SEEN_BY.items():
        if len(landmarks) == 1 and "collar" not in name:
            away = np.linalg.norm(projected[:, JOINT_INDEX[name]] - track.body[:, landmarks[0]], axis=-1)
            out[name] = np.clip(np.nan_to_num(away / (_FAR * side)), 0, 3)
    return out
