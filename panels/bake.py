"""The Bake panel: what moves the character, made into one clean action."""

import bpy

from ..core.scene.rig import armature_of
from ..operators.bake import WISHES, THESPIS_OT_bake, draw_wishes
from .thespis import Sidebar, THESPIS_PT_main


class THESPIS_PT_bake(Sidebar, bpy.types.Panel):
    """One clean action."""

    bl_idname = "THESPIS_PT_bake"
    bl_label = "Bake"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown for armatures, and meshes that one moves."""
        return armature_of(context.active_object) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, wishes = self.layout, context.scene.thespis_bake
        draw_wishes(layout, wishes)
        column = layout.column()
        column.scale_y = 1.3
        column.operator_context = "EXEC_DEFAULT"
        button = column.operator(THESPIS_OT_bake.bl_idname, text="Bake", icon="ACTION")
        for name in WISHES:
            setattr(button, name, getattr(wishes, name))
