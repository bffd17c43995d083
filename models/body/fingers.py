"""Finger poses by name (open, relaxed, fist, point, ...), for either hand of any body."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.skeleton import JOINT_INDEX
from .load import Body

Array = NDArray[np.floating[Any]]

FINGERS: Final = ("index", "middle", "pinky", "ring", "thumb")
"""SMPL-X's order; three joints each."""
_TIPS: Final = ("lindex", "lmiddle", "lpinky", "lring", "lthumb")
_THUMB_CLOSES: Final = (0.55, -0.35, -0.75)
"""Across the palm of the left hand at rest, whose palm looks down; the fingers close straight down."""
_FULL: Final = {False: (1.35, 1.55, 1.0), True: (0.5, 0.6, 0.8)}
"""Flexion (rad) at closure 1 of the three joints of a finger, and of the thumb (True)."""

_SHAPES: Final[dict[str, tuple[tuple[float, ...], float]]] = {
    # closure of index, middle, pinky, ring, thumb; spread (rad) between neighbours
    "open": ((0.02, 0.02, 0.04, 0.03, 0.0), 0.05),
    "relaxed": ((0.2, 0.25, 0.32, 0.3, 0.2), 0.0),
    "fist": ((0.95, 1.0, 1.0, 1.0, 0.85), 0.0),
    "point": ((0.04, 0.85, 0.95, 0.9, 0.7), 0.0),
    "pinch": ((0.5, 0.3, 0.18, 0.22, 0.75), 0.03),
    "spread": ((-0.03, -0.03, -0.03, -0.03, -0.25), 0.22),
    "hold": ((0.5, 0.52, 0.58, 0.55, 0.45), 0.03),
    "thumb up": ((0.92, 0.95, 1.0, 0.97, -0.3), 0.0),
    "victory": ((0.03, 0.03, 0.95, 0.92, 0.8), 0.16),
    "loose": ((0.34, 0.42, 0.52, 0.48, 0.3), 0.0),
    "flat": ((0.08, 0.06, 0.09, 0.07, 0.12), 0.0),
    "cup": ((0.26, 0.27, 0.3, 0.28, 0.3), 0.01),
    "claw": ((0.42, 0.42, 0.44, 0.42, 0.2), 0.12),
    "wrap": ((0.62, 0.66, 0.7, 0.68, 0.35), 0.0),
}
SHAPES: Final = tuple(_SHAPES)
_FAN: Final = (1.0, 0.15, -1.6, -0.7, 0.9)
"""How many spreads each finger turns towards the thumb."""


def finger_pose(body: Body, shape: str, side: str) -> NDArray[np.float64]:
    """(15, 3) axis-angle of the finger joints of the left or right hand in one of SHAPES."""
    joints = np.asarray(body.J_regressor, np.float64) @ body.v_template
    closures, spread = _SHAPES[shape]
    pose = np.zeros((15, 3))
    for i, (finger, tip, closure) in enumerate(zip(FINGERS, _TIPS, closures, strict=True)):
        thumb = finger == "thumb"
        places = [joints[JOINT_INDEX[f"left_{finger}{k}"]] for k in (1, 2, 3)] + [body.v_template[body.vertex_ids[tip]]]
        for k in range(3):
            hinge = np.cross(places[k + 1] - places[k], _THUMB_CLOSES if thumb else (0.0, -1.0, 0.0))
            pose[3 * i + k] = closure * _FULL[thumb][k] * hinge / np.linalg.norm(hinge)
        pose[3 * i] += spread * _FAN[i] * np.array([0.0, -1.0, 0.0])
    # An axis-angle on the other side of the body.
    return pose if side == "left" else pose * (1.0, -1.0, -1.0)
