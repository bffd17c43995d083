"""An armature with SMPL-X's bones, whoever made it, as something that can take on a Motion and be read as one."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector
from numpy.typing import NDArray

from ...models.body.load import Body, load_body, rest_shape
from ..errors import ThespisError
from ..skeleton import BODY_JOINT_COUNT, JOINT_COUNT, JOINT_INDEX, JOINT_NAMES, PARENTS
from .controlled import character_of
from .space import from_blender, rest_axes, to_blender

Array = NDArray[np.floating[Any]]

_LEG: Final = tuple(JOINT_INDEX[name] for name in ("left_hip", "left_knee", "left_ankle"))
_NAMED: Final = 4
"""How many missing bones an error names."""


@dataclass(frozen=True)
class Rig:
    """What lies between the bones of `armature` and SMPL-X.

    joints: those that it has bones for, the 22 of the body among them.
    axes: (3, 3) rotation from Blender's usual axes (Z up, facing -Y) to those in which the armature stands at rest.
    rest: (55, 3, 3) columns are the bones' local axes, seen in the usual axes; identity where there is no bone.
    pelvis: (3,) where the pelvis bone begins at rest, in the usual axes, from the floor under the armature's origin.
    unit: lengths of the armature in a metre of the body, told from the length of the legs.
    body: the open body. betas: (B,) the character's shape, zeros when it is not known. origin: (3,) SMPL-X's rest pelvis.
    """

    armature: bpy.types.Object
    joints: tuple[int, ...]
    axes: Array
    rest: Array
    pelvis: Array
    unit: float
    body: Body
    betas: Array
    origin: Array

    def turn_and_place(self) -> tuple[Array, Array]:
        """What the bones show now, constraints and all: poses (55, 3) axis-angle and trans (3,) of SMPL-X.

        Seen from the bone above the pelvis where there is one, so that its motion carries the character along.
        """
        bones = self.armature.pose.bones
        above = bones[JOINT_NAMES[0]].parent
        back = Matrix() if above is None else (above.matrix @ above.bone.matrix_local.inverted()).inverted()
        usual = Matrix(self.axes.tolist()).to_quaternion()
        turns = [Quaternion()] * JOINT_COUNT
        poses = np.zeros((JOINT_COUNT, 3))
        for joint, parent in enumerate(PARENTS):
            turns[joint] = turns[parent] if parent >= 0 else Quaternion()
            if joint in self.joints:
                bone = bones[JOINT_NAMES[joint]]
                shown = (back @ bone.matrix @ bone.bone.matrix_local.inverted()).to_quaternion()
                turns[joint] = usual.inverted() @ shown @ usual
            local = turns[parent].inverted() @ turns[joint] if parent >= 0 else turns[joint]
            if local.w < 0:  # the same turn the short way round: what follows is linear in the vector
                local.negate()
            poses[joint] = from_blender(np.array(local.to_exponential_map()))
        head = np.array(back @ Vector(bones[JOINT_NAMES[0]].head)) @ self.axes
        place = head - np.array(self.armature.data.bones[JOINT_NAMES[0]].head_local) @ self.axes + self.pelvis
        return poses, from_blender(place / self.unit) - self.origin

    def travel(self, trans: Array) -> Array:
        """(T, 3) how far the pelvis bone is moved from its rest for SMPL-X's trans (T, 3), in the usual axes."""
        moved: Array = to_blender(trans + self.origin) * self.unit - self.pelvis
        return moved


def armature_of(thing: bpy.types.Object | None) -> bpy.types.Object | None:
    """The armature that `thing` is, or that moves it; of a control rig the character that it moves. None when there is none."""
    if thing is None or thing.type == "ARMATURE":
        return thing and (character_of(thing) or thing)
    moved_by = [modifier.object for modifier in thing.modifiers if modifier.type == "ARMATURE"]
    return next((one for one in (*moved_by, thing.parent) if one is not None and one.type == "ARMATURE"), None)


def read_rig(armature: bpy.types.Object) -> Rig:
    """`armature` as a Rig. Raises ThespisError that names the bones of the body which it lacks."""
    bones = armature.data.bones
    missing = [name for name in JOINT_NAMES[:BODY_JOINT_COUNT] if name not in bones]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise ThespisError(
            f"{armature.name}: lacks the bones {', '.join(missing[:_NAMED])}{more}. Choose an armature with SMPL-X's bone names."
        )
    joints = tuple(joint for joint, name in enumerate(JOINT_NAMES) if name in bones)
    at = {joint: np.array(bones[JOINT_NAMES[joint]].head_local) for joint in joints}
    left, up = at[_LEG[0]] - at[JOINT_INDEX["right_hip"]], at[JOINT_INDEX["neck"]] - at[0]
    if min(np.linalg.norm(left), np.linalg.norm(up)) < 1e-6:
        raise ThespisError(f"{armature.name}: its bones do not stand like a person at rest. Choose another armature.")
    axes = rest_axes(left, up)
    rest = np.tile(np.eye(3), (JOINT_COUNT, 1, 1))
    for joint in joints:
        rest[joint] = axes.T @ np.array(bones[JOINT_NAMES[joint]].matrix_local.to_3x3())
    body = _open_body()
    betas = _betas(armature, body)
    own, lowest = _stature(tuple(betas.tolist()))
    unit = _length([at[joint] for joint in _LEG]) / _length([own[joint] for joint in _LEG])
    ankle = _LEG[-1]
    floor = (at[ankle] @ axes)[2] - (own[ankle][1] - lowest) * unit
    pelvis = at[0] @ axes - np.array([0.0, 0.0, floor])
    return Rig(armature, joints, axes, rest, pelvis, float(unit), body, betas, own[0].astype(np.float64))


@cache
def _open_body() -> Body:
    """Read once: a slider cannot wait for it."""
    return load_body()


@lru_cache(maxsize=32)
def _stature(betas: tuple[float, ...]) -> tuple[Array, float]:
    """(55, 3) joints of the open body at rest, and the height of its lowest point."""
    vertices, joints = rest_shape(_open_body(), np.array(betas))
    return joints, float(vertices[:, 1].min())


def _betas(armature: bpy.types.Object, body: Body) -> Array:
    """The shape that the character was made with, if it is one of the open body's."""
    told = armature.get("thespis_betas")
    betas = np.zeros(body.beta_count)
    if told is not None and armature.get("thespis_body_model") == body.model_id:
        known = np.asarray(list(told), np.float64)[: body.beta_count]
        betas[: len(known)] = known
    return betas


def _length(points: list[Array]) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
