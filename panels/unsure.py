"""The panel of where the fit is unsure, and of what has moved."""

import bpy

from ..core.scene.unsure_marks import unsure_markers
from ..operators.clip_settings import is_there
from ..operators.relink import THESPIS_OT_relink
from ..operators.unsure import THESPIS_OT_hide_unsure, THESPIS_OT_next_unsure, THESPIS_OT_show_unsure, fitted_armature
from .engine import draw_lines
from .jobs import columns
from .thespis import Sidebar, THESPIS_PT_main


class THESPIS_PT_unsure(Sidebar, bpy.types.Panel):
    """Where to look first."""

    bl_idname = "THESPIS_PT_unsure"
    bl_label = "Unsure Stretches"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_order = 1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown for characters that were fitted."""
        return fitted_armature(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, fitted = self.layout, fitted_armature(context)
        if fitted is None:
            return
        armature, origin = fitted
        if not is_there(origin.motion):
            draw_lines(layout, f"Its take is not there: {origin.motion.parent.name}", columns(context), "ERROR")
            layout.operator(THESPIS_OT_relink.bl_idname, text="Relink", icon="FILE_REFRESH")
            return
        count = len(unsure_markers(armature, context.scene))
        if not count:
            layout.operator(THESPIS_OT_show_unsure.bl_idname, text="Mark", icon="MARKER")
            return
        row = layout.row(align=True)
        row.operator(THESPIS_OT_next_unsure.bl_idname, text="", icon="PREV_KEYFRAME").back = True
        row.operator(THESPIS_OT_next_unsure.bl_idname, text=f"Next of {count}", icon="NEXT_KEYFRAME")
        row.operator(THESPIS_OT_hide_unsure.bl_idname, text="", icon="X")
