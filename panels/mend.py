"""The Mend panel: some frames of a fitted character fitted anew."""

import bpy

from ..core.scene.origin import origin_of
from ..core.scene.rig import armature_of
from ..operators.mend_stretch import WISHES, THESPIS_OT_mend_stretch, draw_wishes
from .thespis import Sidebar, THESPIS_PT_main


class THESPIS_PT_mend(Sidebar, bpy.types.Panel):
    """What was seen wrongly is put right."""

    bl_idname = "THESPIS_PT_mend"
    bl_label = "Mend"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown for characters that were fitted."""
        armature = armature_of(context.active_object)
        return armature is not None and origin_of(armature) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, wishes = self.layout, context.scene.thespis_mend
        draw_wishes(layout, wishes, context.scene)
        column = layout.column()
        column.scale_y = 1.3
        column.operator_context = "EXEC_DEFAULT"
        button = column.operator(THESPIS_OT_mend_stretch.bl_idname, text="Mend", icon="MODIFIER")
        for name in WISHES:
            setattr(button, name, getattr(wishes, name))
