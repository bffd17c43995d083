"""Where the 55 bones of a character lie: heads at the joints, tails that make it read as a body, rolls. numpy only.

Blender's axes, metres. SMPL-X gives a joint a place but no direction: tails and rolls are free, and the rotations are
converted by the resulting rest matrices (core.scene.pose).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..skeleton import EYES, JAW, JOINT_COUNT, JOINT_INDEX, JOINT_NAMES, LEFT_HAND, PARENTS, RIGHT_HAND
from .space import to_blender

Array = NDArray[np.floating[Any]]

SHORTEST: Final = 0.005
"""Metres; Blender drops bones of no length."""

# The child that a bone points at where it has several, or one that is not its continuation.
_POINTS_AT: Final = {
    "pelvis": "spine1",
    "spine1": "spine2",
    "spine2": "spine3",
    "spine3": "neck",
    "left_wrist": "left_middle1",
    "right_wrist": "right_middle1",
}

# Fingertips and toes, by the names of the smplx package's vertex_ids.
_TIP: Final = {
    f"{side}_{finger}3": f"{side[0]}{finger}"
    for side in ("left", "right")
    for finger in ("index", "middle", "pinky", "ring", "thumb")
}
_TOES: Final = {"left_foot": "LBigToe", "right_foot": "RBigToe"}

_FORWARD, _BACK, _UP, _DOWN = (np.array(v, np.float64) for v in ((0, -1, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1)))


@dataclass(frozen=True)
class RestBones:
    """heads, tails: (55, 3) Blender's world, metres. z_axes: (55, 3) where each bone's local Z shall point (roll).

    connected: (55,) whether the bone starts where its parent ends.
    """

    heads: Array
    tails: Array
    z_axes: Array
    connected: NDArray[np.bool_]


def rest_bones(body: Body, vertices: Array, joints: Array) -> RestBones:
    """The bones of a body at rest.

    vertices: (V, 3), joints: (55, 3) of the rest shape, SMPL-X's axes (models.body.load.rest_shape).
    """
    heads = to_blender(np.asarray(joints, np.float64))
    skin = to_blender(np.asarray(vertices, np.float64))
    tails = np.stack([_tail(name, heads, skin, body) for name in JOINT_NAMES])
    short = np.linalg.norm(tails - heads, axis=1) < SHORTEST
    tails[short] = heads[short] + SHORTEST * _UP
    parents = np.array(PARENTS)
    connected = np.zeros(JOINT_COUNT, bool)
    connected[1:] = np.linalg.norm(tails[parents[1:]] - heads[1:], axis=1) < 1e-6
    return RestBones(heads, tails, np.stack([_z_axis(j) for j in range(JOINT_COUNT)]), connected)


def _tail(name: str, heads: Array, skin: Array, body: Body) -> Array:
    index = JOINT_INDEX[name]
    head = heads[index]
    if name in _POINTS_AT:
        return heads[JOINT_INDEX[_POINTS_AT[name]]]
    children = [j for j in range(JOINT_COUNT) if PARENTS[j] == index]
    if len(children) == 1:
        return heads[children[0]]
    own = skin[body.weights[:, index] > 0.5]
    if name == "head":
        return head + _reach(own, head, _UP, 0.2) * _UP
    if index == JAW:
        return _chin(own, head)
    if index in EYES:
        return head + 2 * _reach(own, head, _FORWARD, 0.012) * _FORWARD
    if name in _TOES:
        toe = skin[body.vertex_ids[_TOES[name]]] if _TOES[name] in body.vertex_ids else head + 0.08 * _FORWARD
        # Straight on from the ball of the foot, level with it, as the foot rests on the floor.
        return np.array([toe[0], toe[1], head[2]])
    along = head - heads[PARENTS[index]]
    if _TIP.get(name) in body.vertex_ids:
        tip = skin[body.vertex_ids[_TIP[name]]]
        return head + along / np.linalg.norm(along) * max(SHORTEST, float((tip - head) @ along) / np.linalg.norm(along))
    return head + 0.8 * along


def _reach(points: Array, start: Array, direction: Array, otherwise: float) -> float:
    """How far `points` go from `start` in `direction`; `otherwise` where a body has no such points."""
    far = float(((points - start) @ direction).max()) if len(points) else 0.0
    return far if far > SHORTEST else otherwise


def _chin(jaw_skin: Array, head: Array) -> Array:
    """The point of the jaw's skin, on the midline, that is farthest forward and down; the jaw bone ends there."""
    middle = jaw_skin[np.abs(jaw_skin[:, 0] - head[0]) < 0.01] if len(jaw_skin) else jaw_skin
    if len(middle) == 0:
        return head + np.array([0.0, -0.07, -0.03])
    chin = middle[np.argmax(middle @ (_FORWARD + _DOWN))]
    return np.array([head[0], chin[1], chin[2]])


def _z_axis(joint: int) -> Array:
    """Rolls: the local X axis is each hinge's own axis, and turning about it positively bends elbow, knee, finger and
    spine the way they bend and opens the jaw. Left and right have mirrored rolls, so that Blender's flipped paste works.
    """
    name = JOINT_NAMES[joint]
    if joint in LEFT_HAND + RIGHT_HAND:
        # A thumb's pad faces the other fingers as well as the floor.
        return _DOWN + 0.75 * _BACK if "thumb" in name else _DOWN
    if joint == JAW:
        return _DOWN
    if joint in EYES or name.endswith(("_foot", "_ankle")):
        return _UP
    if name.endswith(("_hip", "_knee")):
        return _BACK
    if name.endswith("_wrist"):
        return _DOWN
    return _FORWARD
