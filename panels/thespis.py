"""The panel in the 3D view's sidebar."""

import bpy

from ..core.scene.rig import armature_of
from ..operators.import_motion import THESPIS_OT_import_motion
from .engine import draw_engine
from .jobs import draw_jobs


class Sidebar:
    """Where the panels stand."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Thespis"


class THESPIS_PT_main(Sidebar, bpy.types.Panel):
    """From a clip or a motion to a character."""

    bl_idname = "THESPIS_PT_main"
    bl_label = "Thespis"

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout = self.layout
        column = layout.column(align=True)
        column.scale_y = 1.3
        column.operator(THESPIS_OT_import_motion.bl_idname, icon="ARMATURE_DATA")
        draw_engine(layout, context)
        draw_jobs(layout, context)


class THESPIS_PT_character(Sidebar, bpy.types.Panel):
    """What is known of the active character."""

    bl_idname = "THESPIS_PT_character"
    bl_label = "Character"
    bl_parent_id = "THESPIS_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown for characters only."""
        return _character(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        rig = _character(context)
        if rig is None:
            return
        rows = [("Name", rig.name), ("Body", rig["thespis_body_model"]), ("Measured at", f"{rig['thespis_fps']:.5g} fps")]
        column = self.layout.column(align=True)
        for name, value in rows:
            split = column.split(factor=0.4)
            split.label(text=name)
            split.label(text=str(value))


def _character(context: bpy.types.Context) -> bpy.types.Object | None:
    """The rig of the active object, or the rig that moves the active mesh, if it is one of ours."""
    rig = armature_of(context.active_object)
    return rig if rig is not None and "thespis_body_model" in rig else None
