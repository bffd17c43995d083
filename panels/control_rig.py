"""The panel of the control rig: which way each limb is moved, snapping, and back to the bones."""

from typing import Final

import bpy

from ..core.control.limbs import HEAD_SWITCH, IK_SWITCH, LIMBS, fk
from ..core.scene.controlled import controls_of, follows_controls
from ..core.scene.rig import armature_of
from ..operators.control_rig import (
    THESPIS_OT_add_control_rig,
    THESPIS_OT_bake_to_bones,
    THESPIS_OT_follow_controls,
    THESPIS_OT_hold_head,
    THESPIS_OT_layer_controls,
    THESPIS_OT_remove_control_rig,
    THESPIS_OT_snap_limb,
)
from .thespis import Sidebar, THESPIS_PT_main

_GROUPS: Final = (
    ("Controls", "Body"), ("Controls IK", "IK"), ("Controls FK", "FK"), ("Controls Twist", "Twist"),
    ("Controls Fingers", "Curls"), ("Controls Finger Joints", "Fingers"), ("Controls Face", "Face"),
)  # fmt: skip
"""Bone collections, and what they are called on a button."""


class THESPIS_PT_control_rig(Sidebar, bpy.types.Panel):
    """Animate on top of what was captured or acted."""

    bl_idname = "THESPIS_PT_control_rig"
    bl_label = "Control Rig"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown for characters."""
        armature = armature_of(context.active_object)
        return armature is not None and armature.pose is not None and "pelvis" in armature.pose.bones

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, character = self.layout, armature_of(context.active_object)
        controls = controls_of(character) if character is not None else None
        if controls is None:
            column = layout.column()
            column.scale_y = 1.3
            column.operator(THESPIS_OT_add_control_rig.bl_idname, icon="CON_ARMATURE")
            return
        if character is not None and not follows_controls(character):
            row = layout.row(align=True)
            row.label(text="Plays its own keys", icon="INFO")
            row.operator(THESPIS_OT_follow_controls.bl_idname)
        _draw_limbs(layout, controls, context.scene)
        _draw_groups(layout, controls.data)
        layout.operator(THESPIS_OT_layer_controls.bl_idname, icon="NLA")
        column = layout.column(align=True)
        column.operator(THESPIS_OT_bake_to_bones.bl_idname, icon="ACTION")
        column.operator(THESPIS_OT_remove_control_rig.bl_idname, text="Remove", icon="X")


def _draw_limbs(layout: bpy.types.UILayout, controls: bpy.types.Object, scene: bpy.types.Scene) -> None:
    bones = controls.pose.bones
    column = layout.column(align=True)
    for limb in LIMBS:
        bone = bones.get(limb.control)
        if bone is None:
            continue
        split = column.split(factor=0.3, align=True)
        split.label(text=limb.key.replace("_", " ").title())
        row = split.row(align=True)
        row.prop(bone, f'["{IK_SWITCH}"]', text="IK", slider=True)
        snaps = row.row(align=True)
        snaps.scale_x = 0.8
        for to in ("IK", "FK"):
            button = snaps.operator(THESPIS_OT_snap_limb.bl_idname, text=f"to {to}")
            button.limb, button.to, button.whole = limb.key.upper(), to, scene.thespis_snap_all
    column.prop(scene, "thespis_snap_all")
    head = bones.get(fk("head"))
    if head is not None:
        holds = head.get(HEAD_SWITCH, 0.0) > 0.5
        text = "Head Goes Along" if holds else "Hold Head's Turn"
        layout.operator(THESPIS_OT_hold_head.bl_idname, text=text, icon="ORIENTATION_GIMBAL").hold = not holds


def _draw_groups(layout: bpy.types.UILayout, armature: bpy.types.Armature) -> None:
    grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
    for name, label in _GROUPS:
        collection = armature.collections.get(name)
        if collection is not None:
            grid.prop(collection, "is_visible", text=label, toggle=True)
