"""Arms and legs solved in closed form from shoulder to wrist and from hip to ankle (two bones and a hinge)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ....models.body.load import Body
from ...fit.two_bones import STRAIGHTEST, smallest_turn, turns_to_reach
from ...skeleton import JOINT_INDEX, PARENTS

Array = NDArray[np.floating[Any]]

SIDES = ("left", "right")


def joint_frames(body: Body, poses: Array, trans: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """World places (T, 55, 3) and rotations (T, 55, 3, 3) of the performer's joints (forward kinematics, betas all zero)."""
    rest = np.asarray(body.J_regressor, np.float64) @ body.v_template
    turns = Rotation.from_rotvec(np.reshape(poses, (-1, 3))).as_matrix().reshape(len(poses), -1, 3, 3)
    places, world = np.empty((len(poses), len(rest), 3)), np.empty_like(turns)
    places[:, 0], world[:, 0] = rest[0] + trans, turns[:, 0]
    for joint, parent in enumerate(PARENTS[1:], 1):
        places[:, joint] = places[:, parent] + world[:, parent] @ (rest[joint] - rest[parent])
        world[:, joint] = world[:, parent] @ turns[:, joint]
    return places, world


def with_ankle(body: Body, poses: Array, trans: Array, side: str, ankle: Array, foot: Rotation) -> NDArray[np.float64]:
    """The poses (T, 55, 3) with one leg's hip, knee and ankle turned so that the ankle is at `ankle` (T, 3), world.

    foot: T world rotations that the foot is given. The knee keeps the plane it bends in. Out of reach: as far as it goes.
    """
    numbers = [JOINT_INDEX[f"{side}_{name}"] for name in ("hip", "knee", "ankle")]
    joints, world = joint_frames(body, poses, trans)
    hip, knee, heel = (joints[:, n] for n in numbers)
    swing, flex = turns_to_reach(hip, knee, heel, ankle, -world[:, numbers[1], :, 0])
    hip_world = swing * Rotation.from_matrix(world[:, numbers[0]])
    knee_world = swing * flex * Rotation.from_matrix(world[:, numbers[1]])
    out = np.array(poses, np.float64)
    out[:, numbers[0]] = (Rotation.from_matrix(world[:, 0]).inv() * hip_world).as_rotvec()
    out[:, numbers[1]] = (hip_world.inv() * knee_world).as_rotvec()
    out[:, numbers[2]] = (knee_world.inv() * foot).as_rotvec()
    return out


def with_wrist(body: Body, poses: Array, trans: Array, side: str, wrist: Array, elbow: Array, hand: Array) -> NDArray[np.float64]:
    """The poses (T, 55, 3) with one arm's shoulder, elbow and wrist turned so that the wrist is at `wrist` (T, 3), world.

    elbow: (T, 3) direction in which the elbow points, world, need not be square to the arm. hand: (T, 3) how the hand lies on the
    forearm: bent towards the palm, towards the thumb, and the forearm's turn that brings the thumb up (radians); at zeros the
    palm lies in the plane in which the elbow bends. Out of reach: as far as it goes.
    """
    numbers = [JOINT_INDEX[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist")]
    joints, world = joint_frames(body, poses, trans)
    shoulder, middle, end = (joints[:, n] for n in numbers)
    a, b = np.linalg.norm(middle - shoulder, axis=1), np.linalg.norm(end - middle, axis=1)
    reach = wrist - shoulder
    far = np.clip(np.linalg.norm(reach, axis=1), np.abs(a - b) + 1e-3, STRAIGHTEST * (a + b))
    reach /= np.linalg.norm(reach, axis=1, keepdims=True)
    out = elbow - (elbow * reach).sum(axis=1, keepdims=True) * reach
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    lean = np.arccos(np.clip((a**2 + far**2 - b**2) / (2 * a * far), -1, 1))[:, None]
    along = np.cos(lean) * reach + np.sin(lean) * out
    fore = (far[:, None] * reach - a[:, None] * along) / b[:, None]
    hinge = np.cross(out, reach)  # closing the elbow turns `along` about it towards `fore`
    sign = 1.0 if side == "left" else -1.0
    # At rest the arm lies along +x (left) or -x (right) and the elbow closes forward, about -y (left) or +y (right).
    upper_world = _frame(sign * along, -sign * hinge)
    lower_world = _frame(sign * fore, -sign * hinge)
    # The bones at rest are not quite along x: turn what really lies there.
    rest = np.asarray(body.J_regressor, np.float64) @ body.v_template
    upper_world = upper_world * _from_axis(rest[numbers[1]] - rest[numbers[0]], sign)
    lower_world = lower_world * _from_axis(rest[numbers[2]] - rest[numbers[1]], sign)
    length = rest[numbers[2]] - rest[numbers[1]]
    turn = -hand[:, 2:] * length / np.linalg.norm(length)
    bend = Rotation.from_rotvec(hand[:, :1] * (0.0, 0.0, -sign) + hand[:, 1:2] * (0.0, -sign, 0.0))
    result = np.array(poses, np.float64)
    above = Rotation.from_matrix(world[:, JOINT_INDEX[f"{side}_collar"]])
    result[:, numbers[0]] = (above.inv() * upper_world).as_rotvec()
    # The forearm's turn goes along its length: half of it at the elbow.
    result[:, numbers[1]] = (upper_world.inv() * lower_world * Rotation.from_rotvec(0.5 * turn)).as_rotvec()
    result[:, numbers[2]] = (Rotation.from_rotvec(0.5 * turn) * bend).as_rotvec()
    return result


def _frame(x: Array, y: Array) -> Rotation:
    """Rotations whose first two columns are the unit vectors x and y (T, 3), square to each other."""
    return Rotation.from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def _from_axis(bone: Array, sign: float) -> Rotation:
    """The rotation that brings a bone (3,) at rest onto the x axis (sign 1: +x, -1: -x)."""
    return smallest_turn(np.asarray(bone, np.float64)[None], np.array([[sign, 0.0, 0.0]]))
