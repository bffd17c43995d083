"""The target is made ready for new keys: nothing animates it, its pose is cleared, switches are set; as before on an error."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import bpy

from ...errors import ThespisError
from ...retarget.rig_file import Switch
from ..compat import present_part
from .write import let_go

_POSED = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale")


@contextmanager
def prepared(armature: bpy.types.Object, switches: Sequence[Switch], mute: Sequence[bpy.types.Constraint]) -> Iterator[None]:
    """While the block runs, and after it: no action plays, every bone is at rest and `mute` are muted. When the block raises,
    all of that is as it was, and so are `switches`, which it may set."""
    bones = armature.pose.bones
    data = armature.animation_data
    part, use_nla = present_part(armature), data.use_nla if data else True
    poses = [tuple(tuple(getattr(bone, name)) for name in _POSED) for bone in bones]
    values: list[tuple[bpy.types.PoseBone, str, Any]] = []
    muted = [(constraint, constraint.mute) for constraint in mute]
    try:
        if data is not None:
            if data.action is not None:
                let_go(armature)
            data.use_nla = False
        for bone in bones:
            bone.location, bone.scale = (0, 0, 0), (1, 1, 1)
            bone.rotation_quaternion, bone.rotation_euler, bone.rotation_axis_angle = (1, 0, 0, 0), (0, 0, 0), (0, 0, 1, 0)
        for switch in switches:
            values.append((bones[switch.bone], switch.property, bones[switch.bone].get(switch.property)))
        for constraint in mute:
            constraint.mute = True
        yield
    except BaseException:
        for bone, kept in zip(bones, poses, strict=True):
            for name, value in zip(_POSED, kept, strict=True):
                setattr(bone, name, value)
        for bone, name, value in reversed(values):
            bone[name] = value
        for constraint, was in muted:
            constraint.mute = was
        if part is not None:
            part.give(armature.animation_data)
        elif armature.animation_data is not None:
            armature.animation_data.action = None
        raise
    finally:
        if data is not None:
            data.use_nla = use_nla


def known_switches(armature: bpy.types.Object, switches: Sequence[Switch]) -> list[Switch]:
    """Those whose property the bone has."""
    return [switch for switch in switches if switch.property in armature.pose.bones[switch.bone]]


def switch_over(armature: bpy.types.Object, switches: Sequence[Switch]) -> None:
    """Set custom properties, each in the kind of number that it is. Raises ThespisError when one is none."""
    for switch in switches:
        bone = armature.pose.bones[switch.bone]
        kind = type(bone[switch.property])
        if kind not in (bool, int, float):
            raise ThespisError(f"{bone.name}: its property {switch.property} is no number. Choose another mapping.")
        bone[switch.property] = kind(switch.value)


def constraints_on(armature: bpy.types.Object, names: Sequence[str]) -> list[bpy.types.Constraint]:
    """Those at work on the bones called `names`."""
    return [
        constraint
        for name in names
        for constraint in armature.pose.bones[name].constraints
        if not constraint.mute and constraint.influence > 0
    ]
