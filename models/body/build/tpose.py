"""Brings people sculpted in MakeHuman's A-pose into the rest pose of SMPL-X: arms out, hands flat, legs straight.

Each joint gets the rotation that turns its bone into the rest pose's direction. The mesh follows by *inverse* linear blend
skinning (each vertex is moved so that skinning with the opposite rotations gives back the sculpted place), so that the
sculpted shoulders and hips come back when a pose lowers the arms. The directions are those of published SMPL-X joint tables
within a few degrees, so that pose parameters mean the same.
"""

from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from ....core.skeleton import JAW, JOINT_INDEX, PARENTS
from .makehuman import Array

PELVIS: Final = (0.0, -0.35, 0.01)
"""Where SMPL-X's neutral rest body has its pelvis, metres."""

_UPPER_ARM: Final = (0.97, -0.20, -0.13)
_FOREARM: Final = (1.0, 0.03, -0.03)
_HAND: Final = (1.0, -0.07, -0.03)
_KNUCKLES: Final = (0.28, 0.06, 0.95)
"""From the little finger's first joint to the index finger's."""
_FINGERS: Final = {
    "index": (0.99, 0.0, 0.09),
    "middle": (1.0, -0.02, -0.06),
    "ring": (0.97, -0.02, -0.24),
    "pinky": (0.88, -0.05, -0.47),
}
_THUMB: Final = ((0.62, -0.05, 0.78), (0.72, -0.10, 0.68), (0.78, -0.15, 0.60))
_THIGH: Final = (0.055, -0.99, -0.035)
_SHIN: Final = (-0.03, -0.99, -0.06)
_FOOT_YAW: Final = np.arctan2(0.31, 0.855)
_COLLAR_RAISED: Final = np.radians(8.0)
"""Raising the arm to the side takes the collar bone along."""

_JAW_SHUT: Final = 0.012
"""Radians. MakeHuman sculpts the lips a hair apart, and teeth would shine through."""

_TIP_ROW: Final = {"thumb": 0, "index": 1, "middle": 2, "ring": 3, "pinky": 4}


def rest_rotations(joints: Array, tips: Array) -> Array:
    """(N, 55, 3, 3) rotations, in the body's frame, from the A-pose joints (N, 55, 3) and fingertips (N, 10, 3)."""
    rotations = np.tile(np.eye(3), (len(joints), 55, 1, 1))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        _arm(rotations, joints, tips, side, sign)
        _leg(rotations, joints, side, sign)
    rotations[:, JAW] = Rotation.from_rotvec((-_JAW_SHUT, 0, 0)).as_matrix()
    return rotations


def posed_joints(joints: Array, rotations: Array) -> Array:
    """(N, 55, 3) joints after turning each bone; the pelvis goes to its place."""
    placed = np.zeros_like(joints)
    placed[:, 0] = PELVIS
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            placed[:, joint] = placed[:, parent] + _turned(rotations[:, parent], joints[:, joint] - joints[:, parent])
    return placed


def unskinned(vertices: Array, weights: Array, joints: Array, placed: Array, rotations: Array) -> Array:
    """(V, 3) rest vertices which linear blend skinning with the opposite rotations takes to the sculpted `vertices`.

    One person: vertices (V, 3), weights (V, 55), joints and placed (55, 3), rotations (55, 3, 3).
    """
    back = rotations.transpose(0, 2, 1)
    offset = joints - _turned(back, placed)
    matrix = (weights @ back.reshape(55, 9)).reshape(-1, 3, 3)
    rest: Array = np.linalg.solve(matrix, (vertices - weights @ offset)[..., None])[..., 0]
    return rest


def _arm(rotations: Array, joints: Array, tips: Array, side: str, sign: float) -> None:
    def at(name: str) -> Array:
        place: Array = joints[:, JOINT_INDEX[f"{side}_{name}"]]
        return place

    def row(name: str) -> int:
        return JOINT_INDEX[f"{side}_{name}"]

    rotations[:, row("collar")] = Rotation.from_rotvec((0, 0, _COLLAR_RAISED * sign)).as_matrix()
    upper, fore = at("elbow") - at("shoulder"), at("wrist") - at("elbow")
    # The slight bend of the sculpted elbow fixes the roll: its hinge opens to the front (+Z).
    shoulder = _frame(_side(_UPPER_ARM, sign)[None], np.array([[0.0, 0.0, 1.0]])) @ _frame(upper, fore).swapaxes(1, 2)
    elbow = _arc(_turned(shoulder, fore), _side(_FOREARM, sign)) @ shoulder
    hand = _frame(_side(_HAND, sign)[None], np.array(_KNUCKLES)[None] * (sign, 1, 1))
    wrist = hand @ _frame(at("middle1") - at("wrist"), at("index1") - at("pinky1")).swapaxes(1, 2)
    rotations[:, row("shoulder")] = shoulder
    rotations[:, row("elbow")] = _half_twist(elbow, wrist, _side(_FOREARM, sign)) @ elbow
    rotations[:, row("wrist")] = wrist
    for finger, tip in _TIP_ROW.items():
        above = wrist
        for k in (1, 2, 3):
            end = at(f"{finger}{k + 1}") if k < 3 else tips[:, tip + (0 if sign > 0 else 5)]
            direction = _THUMB[k - 1] if finger == "thumb" else _FINGERS[finger]
            above = _arc(_turned(above, end - at(f"{finger}{k}")), _side(direction, sign)) @ above
            rotations[:, row(f"{finger}{k}")] = above


def _leg(rotations: Array, joints: Array, side: str, sign: float) -> None:
    hip, knee, ankle, foot = (JOINT_INDEX[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
    rotations[:, hip] = _arc(joints[:, knee] - joints[:, hip], _side(_THIGH, sign))
    shin = _turned(rotations[:, hip], joints[:, ankle] - joints[:, knee])
    rotations[:, knee] = _arc(shin, _side(_SHIN, sign)) @ rotations[:, hip]
    # The foot stays level, as sculpted; only its yaw is made the same for all.
    length = joints[:, foot] - joints[:, ankle]
    yaw = _FOOT_YAW * sign - np.arctan2(length[:, 0], length[:, 2])
    rotations[:, ankle] = rotations[:, foot] = Rotation.from_euler("y", yaw[:, None]).as_matrix()


def _half_twist(elbow: Array, wrist: Array, axis: Array) -> Array:
    """Half of the turn about the forearm that is left between elbow and hand."""
    turn = wrist @ elbow.swapaxes(1, 2)
    sine = np.stack([turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], -1) @ axis
    angle = np.arctan2(sine, np.trace(turn, axis1=1, axis2=2) - 1)
    half: Array = Rotation.from_rotvec(0.5 * angle[:, None] * axis).as_matrix()
    return half


def _side(direction: tuple[float, float, float], sign: float) -> Array:
    return _unit(np.array(direction) * (sign, 1.0, 1.0))


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def _frame(x: Array, towards: Array) -> Array:
    """(N, 3, 3) right-handed frames: first column along x, second in the plane of x and `towards`."""
    x = _unit(x)
    z = _unit(np.cross(x, towards))
    return np.stack([x, np.cross(z, x), z], axis=-1)


def _arc(start: Array, end: Array) -> Array:
    """(N, 3, 3) shortest rotations from start (N, 3) to the direction end (3,)."""
    start, end = _unit(start), _unit(np.broadcast_to(end, start.shape))
    v, c = np.cross(start, end), (start * end).sum(axis=-1)[:, None, None]
    k = np.zeros((len(start), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 2] = -v[:, 2], v[:, 1], -v[:, 0]
    k -= k.swapaxes(1, 2)
    return np.eye(3) + k + k @ k / (1 + c)


def _turned(rotations: Array, vectors: Array) -> Array:
    turned: Array = (rotations @ vectors[..., None])[..., 0]
    return turned
