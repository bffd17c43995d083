"""Places that hands go to: spots on the body's own skin, and a few in the air before it. Written for the left hand."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...body.load import Body

Array = NDArray[np.floating[Any]]

_TRUNK: Final = (0, 3, 6, 9, 12, 13, 14, 16, 17, 1, 2)
_HEAD: Final = (12, 15, 22, 23, 24)
_PELVIS, _SPINE1, _SPINE3, _NECK, _HEAD_JOINT, _THIGH = 0, 3, 9, 12, 15, 1
_BAND: Final = 0.022
"""Metres about a height, or beside a line, in which a spot is looked for."""

OTHER_ARM: Final = {"other_hand": 20, "other_wrist": 20, "other_forearm": 18, "other_elbow": 18, "other_upper_arm": 16}
"""Landmarks on the other arm and the joint of the left arm that carries them."""
PAIRED: Final = ("palms", "prayer", "palms_high", "palms_low", "palms_back")
"""Places where both hands meet."""
LANDMARKS: Final = (
    "top", "forehead", "brow", "temple", "ear", "eyes", "nose", "cheek", "mouth", "chin", "throat", "nape",
    "shoulder", "opp_shoulder", "opp_arm", "opp_elbow", "opp_ribs", "chest", "heart", "ribs", "belly", "hip", "small_of_back",
    "thigh", "groin", "table", *PAIRED, *OTHER_ARM,
)  # fmt: skip


def find_landmarks(body: Body, vertices: Array, joints: Array) -> dict[str, tuple[int, NDArray[np.float64]]]:
    """Landmark -> (joint that carries it, place (3,) in the rest pose, metres) for a left hand.

    vertices: (V, 3), joints: (55, 3) of the body at rest. Those of OTHER_ARM lie on the left arm, to be mirrored.
    """
    main = np.asarray(body.weights).argmax(1)

    def skin(joint: tuple[int, ...], height: float, across: float, axis: int, sign: int) -> NDArray[np.float64]:
        chosen = np.isin(main, joint) & (np.abs(vertices[:, 1] - height) < _BAND)
        if axis == 2:
            chosen &= np.abs(vertices[:, 0] - across) < _BAND
        spots = np.asarray(vertices[chosen], np.float64)
        found = spots[np.argmax(sign * spots[:, axis])]
        return np.array([across, height, found[2]]) if axis == 2 else np.array([found[0], height, found[2]])

    def front(carrier: int, parts: tuple[int, ...]) -> Callable[[float, float], tuple[int, NDArray[np.float64]]]:
        return lambda across, height: (carrier, skin(parts, height, across, 2, 1))

    eyes, chest_height, belt = joints[23, 1], joints[9, 1] + 0.07, joints[0, 1] + 0.1
    shoulder = joints[16]
    face, chest, belly = front(_HEAD_JOINT, _HEAD), front(_SPINE3, _TRUNK), front(_SPINE1, _TRUNK)
    side_of_head = skin(_HEAD, eyes, 0, 0, 1)
    front_z = chest(0.03, chest_height)[1][2]
    middle = np.array([0.0, 0.0, 1.0])
    spots = {
        "top": (_HEAD_JOINT, np.array([0.045, vertices[np.isin(main, _HEAD), 1].max() - 0.012, joints[15, 2]])),
        "forehead": face(0.015, eyes + 0.045),
        "brow": face(0.04, eyes + 0.02),
        "temple": (_HEAD_JOINT, np.array([side_of_head[0], eyes + 0.03, joints[23, 2] - 0.07])),
        "ear": (_HEAD_JOINT, np.array([side_of_head[0] + 0.005, eyes - 0.015, joints[23, 2] - 0.08])),
        "eyes": face(0.033, eyes),
        "nose": face(0.005, eyes - 0.045),
        "cheek": face(0.048, eyes - 0.05),
        "mouth": face(0.0, eyes - 0.075),
        "chin": face(0.0, eyes - 0.105),
        "throat": (_NECK, skin(_HEAD, joints[12, 1] - 0.015, 0.0, 2, 1)),
        "nape": (_NECK, skin((*_HEAD, 9), joints[12, 1] + 0.04, 0.03, 2, -1)),
        "shoulder": (_SPINE3, shoulder + (0.0, 0.055, 0.02)),
        "opp_shoulder": (_SPINE3, np.array([-0.8 * shoulder[0], shoulder[1] + 0.03, chest(-0.14, shoulder[1])[1][2] - 0.01])),
        "opp_arm": (_SPINE3, np.array([-shoulder[0] - 0.045, shoulder[1] - 0.13, front_z - 0.035])),
        "opp_elbow": (_SPINE3, np.array([-shoulder[0] + 0.01, shoulder[1] - 0.22, front_z + 0.05])),
        "opp_ribs": (_SPINE3, np.array([-0.13, joints[9, 1] - 0.08, chest(-0.12, joints[9, 1] - 0.08)[1][2] + 0.01])),
        "chest": chest(0.03, chest_height),
        "heart": chest(-0.05, chest_height),
        "ribs": chest(0.1, joints[6, 1]),
        "belly": belly(0.03, joints[3, 1] + 0.01),
        "hip": (_PELVIS, skin(_TRUNK, belt, 0, 0, 1) * (1, 1, 0) + joints[0] * (0, 0, 1) + (0, 0, 0.045)),
        "small_of_back": (_PELVIS, skin(_TRUNK, joints[3, 1] - 0.02, 0.05, 2, -1)),
        "thigh": (_THIGH, skin((1,), joints[1, 1] - 0.12, joints[1, 0], 2, 1)),
        "groin": (_PELVIS, skin(_TRUNK, joints[1, 1] + 0.02, 0.03, 2, 1)),
        "table": (_PELVIS, np.array([0.14, joints[0, 1] + 0.02, 0.5])),
        "palms": (_SPINE3, joints[9] * (0, 1, 0) + (0, 0.02, 0) + middle * (front_z + 0.19)),
        "prayer": (_SPINE3, joints[9] * (0, 1, 0) + (0, 0.05, 0) + middle * (front_z + 0.09)),
        "palms_high": (_HEAD_JOINT, np.array([0.0, eyes + 0.2, front_z + 0.12])),
        "palms_low": (_PELVIS, np.array([0.0, joints[0, 1] + 0.0, skin(_TRUNK, joints[0, 1], 0.03, 2, 1)[2] + 0.05])),
        "palms_back": (_PELVIS, np.array([0.0, joints[0, 1] + 0.03, skin(_TRUNK, joints[0, 1], 0.03, 2, -1)[2] - 0.045])),
        "other_hand": (20, joints[20] + (0.075, 0.017, 0.0)),
        "other_wrist": (20, joints[20] + (-0.015, 0.03, 0.0)),
        "other_forearm": (18, 0.55 * joints[18] + 0.45 * joints[20] + (0.0, 0.035, 0.01)),
        "other_elbow": (18, joints[18] + (0.02, 0.0, -0.04)),
        "other_upper_arm": (16, 0.5 * (joints[16] + joints[18]) + (0.0, 0.0, 0.05)),
    }
    return {name: (carrier, np.asarray(place, np.float64)) for name, (carrier, place) in spots.items()}
