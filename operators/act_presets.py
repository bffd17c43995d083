"""Presets of what the Emotion panel shows, as Blender keeps them."""

from typing import ClassVar

import bpy
from bl_operators.presets import AddPresetBase

from .wishes import WISHES

PRESETS = "thespis/act"
"""Where they are kept, under the user's presets."""


class THESPIS_MT_act_presets(bpy.types.Menu):
    """Presets of the Emotion panel."""

    bl_idname = "THESPIS_MT_act_presets"
    bl_label = "Emotion Presets"
    preset_subdir = PRESETS
    preset_operator = "script.execute_preset"
    draw = bpy.types.Menu.draw_preset


class THESPIS_OT_act_preset_add(AddPresetBase, bpy.types.Operator):
    """Keep what the Emotion panel shows as a preset, or remove one"""

    bl_idname = "thespis.act_preset_add"
    bl_label = "Add Emotion Preset"
    preset_menu = THESPIS_MT_act_presets.bl_idname
    preset_subdir = PRESETS
    preset_defines: ClassVar = ["wishes = bpy.context.scene.thespis_act"]
    preset_values: ClassVar = [f"wishes.{name}" for name in WISHES]
