"""The panel from which an emotion is acted."""

import bpy

from ..core.scene.rig import armature_of
from ..operators.act_emotion import WISHES, THESPIS_OT_act_emotion, draw_wishes
from .thespis import Sidebar, THESPIS_PT_main


class THESPIS_PT_act(Sidebar, bpy.types.Panel):
    """An emotion for the active character."""

    bl_idname = "THESPIS_PT_act"
    bl_label = "Emotion"
    bl_parent_id = THESPIS_PT_main.bl_idname

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, wishes = self.layout, context.scene.thespis_act
        draw_wishes(layout, wishes)
        column = layout.column()
        column.scale_y = 1.3
        column.operator_context = "EXEC_DEFAULT"
        button = column.operator(THESPIS_OT_act_emotion.bl_idname, text="Act", icon="PLAY")
        for name in WISHES:
            setattr(button, name, getattr(wishes, name))
        if armature_of(context.active_object) is None:
            layout.label(text="Select a character", icon="INFO")
