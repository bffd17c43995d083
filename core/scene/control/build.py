"""The armature of a control rig: its bones, their constraints, switches, colours and shapes."""

from typing import Final, get_args

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...control.layout import Control, Group, Layout
from ...control.limbs import (
    FINGERS,
    HEAD_BASE,
    HEAD_STILL,
    HEAD_SWITCH,
    IK_SWITCH,
    LIMBS,
    Limb,
    by_ik,
    curl,
    fk,
    shown,
    solver,
    twist,
)
from ...errors import ThespisError
from ..armature import edit_mode, palette_of
from ..controlled import mark_controls
from .shapes import shape_object

_HIDDEN_AT_FIRST: Final = ("FK", "Finger Joints", "Twist", "Mechanism")


def collection_name(group: str) -> str:
    """The bone collection of a group of controls."""
    return "Controls" if group == "Main" else f"Controls {group}"


def build_controls(name: str, layout: Layout, character: bpy.types.Object, scene: bpy.types.Scene) -> bpy.types.Object:
    """A control rig that stands at rest where `character` does, in its collections, carried by it. Active and selected after.

    Raises ThespisError when it could not be seen, for bones can be made in sight only.
    """
    armature = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, armature)
    own = [place for place in character.users_collection if place.library is None and place.override_library is None]
    for collection in own or [scene.collection]:
        collection.objects.link(rig)
    rig.parent = character
    for axis in range(3):
        rig.lock_location[axis] = rig.lock_rotation[axis] = rig.lock_scale[axis] = True
    bpy.context.view_layer.update()
    if not rig.visible_get():
        raise ThespisError(f"{character.name}: is hidden, or in a hidden collection. Show it first.")
    with edit_mode(rig):
        for control in layout.controls.values():
            bone = armature.edit_bones.new(control.name)
            bone.head, bone.tail = (0.0, 0.0, 0.0), (0.0, control.length, 0.0)
            bone.matrix = Matrix(control.rest.tolist())
            bone.use_deform = False
            if control.parent is not None:
                bone.parent = armature.edit_bones[control.parent]
    for group in get_args(Group):
        armature.collections.new(collection_name(group)).is_visible = group not in _HIDDEN_AT_FIRST
    for control in layout.controls.values():
        _dress(rig, control, scene)
    for limb in LIMBS:
        _switch(rig.pose.bones[limb.control], IK_SWITCH, 1.0, "1: the limb follows this control. 0: it is turned joint by joint")
        _move_by_end(rig, limb)
    _switch(
        rig.pose.bones[fk("head")], HEAD_SWITCH, 0.0, "1: the head keeps its turn while the body below it turns. 0: it goes along"
    )
    _hold_head(rig)
    for finger in FINGERS:
        _curl(rig, finger)
    mark_controls(rig)
    rig.show_in_front = True
    return rig


def _dress(rig: bpy.types.Object, control: Control, scene: bpy.types.Scene) -> None:
    bone = rig.pose.bones[control.name]
    rig.data.collections[collection_name(control.group)].assign(bone.bone)
    bone.rotation_mode = "XYZ" if control.turns == "X" else "QUATERNION"
    for axis in range(3):
        bone.lock_location[axis] = not control.moves
        bone.lock_scale[axis] = True
        bone.lock_rotation[axis] = control.turns == "NONE" or (control.turns == "X" and axis != 0)
    bone.lock_rotation_w = control.turns == "NONE"
    bone.lock_rotations_4d = control.turns == "NONE"
    bone.bone.color.palette = palette_of(control.name)
    shape = control.shape
    if shape is None:
        bone.bone.hide_select = True
        return
    back = Matrix(control.rest[:3, :3].T.tolist())
    bone.custom_shape = shape_object(shape.form, scene)
    bone.use_custom_shape_bone_size = False
    bone.custom_shape_scale_xyz = shape.size
    bone.custom_shape_translation = back @ Vector(shape.at - control.rest[:3, 3])
    bone.custom_shape_rotation_euler = (back @ Matrix(shape.frame.tolist())).to_euler()
    bone.custom_shape_wire_width = 2.0


def _switch(bone: bpy.types.PoseBone, name: str, value: float, description: str) -> None:
    bone[name] = value
    bone.id_properties_ui(name).update(min=0.0, max=1.0, soft_min=0.0, soft_max=1.0, default=value, description=description)
    bone.property_overridable_library_set(f'["{name}"]', True)


def _constrain(rig: bpy.types.Object, bone: str, kind: str, target: str, space: str = "POSE") -> bpy.types.Constraint:
    constraint = rig.pose.bones[bone].constraints.new(kind)
    constraint.target, constraint.subtarget = rig, target
    if kind != "IK":
        constraint.owner_space = constraint.target_space = space
    return constraint


def _driven(constraint: bpy.types.Constraint, rig: bpy.types.Object, bone: str, switch: str) -> None:
    """Let the switch of the control `bone` be the constraint's influence."""
    driver = constraint.driver_add("influence").driver
    driver.type = "SUM"
    variable = driver.variables.new()
    variable.targets[0].id = rig
    variable.targets[0].data_path = f'pose.bones["{bone}"]["{switch}"]'


def _move_by_end(rig: bpy.types.Object, limb: Limb) -> None:
    bones = rig.pose.bones
    ik = _constrain(rig, solver(limb.middle), "IK", limb.target)
    ik.pole_target, ik.pole_subtarget, ik.pole_angle = rig, limb.pole, 0.0
    ik.chain_count, ik.use_stretch = 2, False
    bones[solver(limb.middle)].lock_ik_x = bones[solver(limb.middle)].lock_ik_y = True  # a hinge, square to the bend
    # What is turned further than the solver turned it still has its joints where they belong: the lower bone hangs on the upper
    # one and points to where the solver's limb ends.
    _constrain(rig, twist(limb.middle), "COPY_LOCATION", twist(limb.upper)).head_tail = 1.0
    _constrain(rig, twist(limb.middle), "DAMPED_TRACK", solver(limb.middle)).head_tail = 1.0
    _constrain(rig, by_ik(limb.end), "COPY_LOCATION", twist(limb.middle)).head_tail = 1.0
    for joint in limb.joints:
        _constrain(rig, shown(joint), "COPY_ROTATION", fk(joint))
        _driven(_constrain(rig, shown(joint), "COPY_ROTATION", by_ik(joint)), rig, limb.control, IK_SWITCH)
    if limb.is_leg:
        _driven(_constrain(rig, limb.toes_base, "COPY_ROTATION", limb.toes_level), rig, limb.control, IK_SWITCH)
        for pivot, lowest, highest in ((limb.heel, -np.pi / 2, 0.0), (limb.ball, 0.0, np.pi / 2)):
            _constrain(rig, pivot, "COPY_ROTATION", limb.roll, "LOCAL")
            limits = bones[pivot].constraints.new("LIMIT_ROTATION")
            limits.owner_space = "LOCAL"
            limits.use_limit_x = limits.use_limit_y = limits.use_limit_z = True
            limits.min_x, limits.max_x = lowest, highest


def _hold_head(rig: bpy.types.Object) -> None:
    _driven(_constrain(rig, HEAD_BASE, "COPY_ROTATION", HEAD_STILL), rig, fk("head"), HEAD_SWITCH)


def _curl(rig: bpy.types.Object, finger: str) -> None:
    if curl(finger) not in rig.pose.bones:
        return
    for number in (1, 2, 3):
        if fk(f"{finger}{number}") in rig.pose.bones:
            added = _constrain(rig, fk(f"{finger}{number}"), "COPY_ROTATION", curl(finger), "LOCAL")
            added.use_y = added.use_z = False
            added.mix_mode = "AFTER"
