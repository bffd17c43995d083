"""The panel from which an emotion set is made."""

import bpy

from ..operators.emotion_set import SET_WISHES, THESPIS_OT_emotion_set, draw_set_wishes
from .act import THESPIS_PT_act
from .thespis import Sidebar


class THESPIS_PT_emotion_set(Sidebar, bpy.types.Panel):
    """Takes of many emotions at once."""

    bl_idname = "THESPIS_PT_emotion_set"
    bl_label = "Emotion Set"
    bl_parent_id = THESPIS_PT_act.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, wishes = self.layout, context.scene.thespis_set
        draw_set_wishes(layout, wishes)
        column = layout.column()
        column.scale_y = 1.3
        column.operator_context = "EXEC_DEFAULT"
        count = len(wishes.emotions) * len(wishes.levels) * wishes.takes
        button = column.operator(THESPIS_OT_emotion_set.bl_idname, text=f"Make {count} Takes", icon="PLAY")
        for name in SET_WISHES:
            setattr(button, name, getattr(wishes, name))
