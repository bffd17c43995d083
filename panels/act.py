"""The panel from which an emotion is acted: what, how strongly, how long, which take, and where it goes."""

from typing import Final

import bpy
from bl_ui.utils import PresetPanel

from ..core.scene.keyed_cues import keyed
from ..core.scene.rig import armature_of
from ..models.emotion.emotions import EMOTIONS
from ..operators import live
from ..operators.act_again import THESPIS_OT_another_take
from ..operators.act_emotion import THESPIS_OT_act_emotion, draw_more_wishes, draw_wishes
from ..operators.act_presets import PRESETS, THESPIS_OT_act_preset_add
from ..operators.choose_emotion import THESPIS_OT_choose_emotion
from ..operators.wishes import WISHES, ActSettings
from .icons import icon_of
from .thespis import Sidebar, THESPIS_PT_main

_LABELS: Final = tuple((emotion, emotion.capitalize()) for emotion in EMOTIONS)
_COLUMN: Final = 98
"""Pixels that a name with its icon takes, at the usual size of the interface."""


class THESPIS_PT_act_presets(PresetPanel, bpy.types.Panel):
    """Presets of the panel."""

    bl_label = "Emotion Presets"
    preset_subdir = PRESETS
    preset_operator = "script.execute_preset"
    preset_add_operator = THESPIS_OT_act_preset_add.bl_idname


class THESPIS_PT_act(Sidebar, bpy.types.Panel):
    """An emotion for the active character."""

    bl_idname = "THESPIS_PT_act"
    bl_label = "Emotion"
    bl_parent_id = THESPIS_PT_main.bl_idname

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Blender draws what stands at the right of the header."""
        THESPIS_PT_act_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, scene = self.layout, context.scene
        wishes, armature = scene.thespis_act, armature_of(context.active_object)
        _draw_emotions(layout, context, wishes)
        draw_wishes(layout, wishes, keyed=True)
        layout.prop(wishes, "live")
        why_not = live.why_not(armature, scene) if wishes.live else ""
        if why_not:
            note = layout.row()
            note.active = False
            note.label(text=why_not, icon="INFO")
        if keyed(scene):
            layout.prop(wishes, "follow_keys")
        column = layout.column()
        column.scale_y = 1.3
        column.operator_context = "EXEC_DEFAULT"
        button = column.operator(THESPIS_OT_act_emotion.bl_idname, text="Act", icon="PLAY")
        for name in WISHES:
            setattr(button, name, getattr(wishes, name))
        row = layout.row(align=True)
        part = row.row(align=True)
        part.active = wishes.mode != "mean"
        part.operator(THESPIS_OT_another_take.bl_idname, icon="FILE_REFRESH").step = 1
        row.operator(THESPIS_OT_another_take.bl_idname, text="Act Again", icon="LOOP_BACK").step = 0


class THESPIS_PT_act_options(Sidebar, bpy.types.Panel):
    """How long, which take, and where it goes."""

    bl_idname = "THESPIS_PT_act_options"
    bl_label = "Take"
    bl_parent_id = THESPIS_PT_act.bl_idname

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        draw_more_wishes(self.layout, context.scene.thespis_act)


def _draw_emotions(layout: bpy.types.UILayout, context: bpy.types.Context, wishes: ActSettings) -> None:
    """A button for each."""
    scale = context.preferences.system.ui_scale
    width = context.region.width / scale if context.region else 220
    grid = layout.grid_flow(row_major=True, columns=max(2, int(width / _COLUMN)), even_columns=True, align=True)
    chosen, choose = wishes.emotion, THESPIS_OT_choose_emotion.bl_idname
    for emotion, label in _LABELS:
        grid.operator(choose, text=label, icon_value=icon_of(emotion), depress=emotion == chosen).emotion = emotion
