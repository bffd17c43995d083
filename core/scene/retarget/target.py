"""Which bones of the target get keys, and how they hang together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...retarget.controls import Control
from ...retarget.find import Mapping
from ...retarget.rest import rest_of
from ...retarget.rig_file import LimbControl
from ...retarget.roles import NECK, SPINE
from ...retarget.solve import Bend, Pole, Target
from ...retarget.surface import fronts
from ...retarget.turns import orthonormal
from .carriers import Carriers
from .surface import surface_of

Array = NDArray[np.floating[Any]]

_LIMBS: Final = {"ankle": ("hip", "knee", "ankle"), "wrist": ("shoulder", "elbow", "wrist")}


@dataclass(frozen=True)
class Keyed:
    """A bone that gets keys. role: empty for one without. follows: the role whose bone it goes along with. before: the role at
    the end of the limb whose pole it is. root: whether it goes along under the hips.
    """

    bone: str
    role: str = ""
    follows: str = ""
    before: str = ""
    root: bool = False


def keyed_bones(mapping: Mapping, told: Collection[str], limbs: Sequence[LimbControl], with_root: bool) -> list[Keyed]:
    """Those of a mapping whose roles the source tells, and what goes along with them."""
    knows_neck = bool({"head", *NECK} & set(told))
    keyed = [
        Keyed(bone, role)
        for role, bone in mapping.bones.items()
        if role in told or role in SPINE or (role in NECK and knows_neck)
    ]
    if with_root and mapping.root == mapping.mover:
        keyed.append(Keyed(mapping.root, root=True))
    elif mapping.mover not in {one.bone for one in keyed}:
        keyed.append(Keyed(mapping.mover))
    taken = {one.bone for one in keyed}
    roles = {one.role for one in keyed}
    if with_root and mapping.root and mapping.root not in taken:
        keyed.append(Keyed(mapping.root, root=True))
    keyed += [Keyed(bone, follows=role) for bone, role in mapping.follow if role in roles and bone not in taken]
    for limb in limbs:
        if limb.role in roles:
            keyed.append(Keyed(limb.end, follows=limb.role))
            toes = limb.role.replace("ankle", "foot")
            if limb.toes and toes in roles:
                keyed.append(Keyed(limb.toes, follows=toes))
            if limb.pole:
                keyed.append(Keyed(limb.pole, before=limb.role))
    return list({one.bone: one for one in keyed}.values())


def with_mover(mapping: Mapping, armature: bpy.types.Object) -> Mapping:
    """`mapping` with a mover that can be moved: a bone that is connected to the one above it cannot, so that one is moved."""
    bone = armature.data.bones[mapping.mover]
    while bone.use_connect and bone.parent is not None:
        bone = bone.parent
    return replace(mapping, mover=bone.name)


def target_of(
    armature: bpy.types.Object,
    mapping: Mapping,
    keyed: Sequence[Keyed],
    limbs: Sequence[LimbControl],
    carriers: Carriers,
    on_own: bool,
) -> Target:
    """The target for solving. limbs: whose IK controls are keyed. on_own: seen from its own place, upright; else from the world.

    Raises ThespisError.
    """
    bones = armature.data.bones
    controls = [
        Control(
            bone=one.bone,
            role=one.role,
            head=carriers.heads[k],
            axes=carriers.axes[k],
            turned_by=int(carriers.turned_by[k]),
            carried_by=int(carriers.carried_by[k]),
            along=_along(bones[one.bone], carriers.axes[k]),
        )
        for k, one in enumerate(keyed)
    ]
    world = np.array(armature.matrix_world)
    size = float(np.linalg.norm(world[:3, :3], axis=0).mean())
    heads = {one.role: carriers.heads[k] for k, one in enumerate(keyed) if one.role}
    rest = rest_of(heads, size, armature.name)
    turn, place = (rest.axes.T, np.zeros(3)) if on_own else (orthonormal(world[:3, :3]), world[:3, 3])
    at = {one.bone: k for k, one in enumerate(keyed)}
    return Target(
        controls=controls,
        mover=at[mapping.mover],
        root=next((k for k, one in enumerate(keyed) if one.root), -1),
        follow={at[one.bone]: one.follows for one in keyed if one.follows},
        poles=[Pole(at[one.bone], *_limb(one.before)) for one in keyed if one.before],
        bends=[
            Bend(limb.bends, orthonormal(np.array(bones[limb.bends].matrix_local)[:3, :3]), *_limb(limb.role))
            for limb in limbs
            if limb.bends and set(_limb(limb.role)) <= set(heads)
        ],
        rest=rest,
        turn=turn,
        place=place,
        size=size,
        fronts=fronts(size * surface_of(armature), rest),
    )


def _along(bone: bpy.types.Bone, own: Array) -> Array:
    """(3, 3) the axes along which a bone is moved: its own, or without Local Location those of the bone above."""
    if bone.use_local_location:
        return own
    return orthonormal(np.array(bone.parent.matrix_local)[:3, :3]) if bone.parent is not None else np.eye(3)


def _limb(end: str) -> tuple[str, str, str]:
    side, _, part = end.partition("_")
    upper, middle, last = _LIMBS[part]
    return f"{side}_{upper}", f"{side}_{middle}", f"{side}_{last}"
