"""The panel that brings a motion onto another rig, with the table of its bones."""

from typing import Any

import bpy

from ..operators.mapping_presets import THESPIS_MT_mappings, THESPIS_OT_save_mapping
from ..operators.retarget import THESPIS_OT_find_mapping, THESPIS_OT_retarget, draw_wishes
from ..operators.retarget_settings import WISHES
from .thespis import Sidebar, THESPIS_PT_main


class THESPIS_UL_retarget(bpy.types.UIList):
    """What each bone of the target does."""

    bl_idname = "THESPIS_UL_retarget"

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        _icon: int,
        _active_data: Any,
        _active_property: str,
        _index: int = 0,
    ) -> None:
        """Blender draws a row."""
        split = layout.split(factor=0.42)
        split.label(text=item.name)
        split.prop_search(item, "bone", data.target.data, "bones", text="", icon="BONE_DATA")


class THESPIS_PT_retarget(Sidebar, bpy.types.Panel):
    """A motion for another rig."""

    bl_idname = "THESPIS_PT_retarget"
    bl_label = "Retarget"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_order = 4
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, shown = self.layout, context.scene.thespis_retarget
        layout.use_property_split, layout.use_property_decorate = True, False
        column = layout.column()
        column.prop(shown, "source")
        column.prop(shown, "target")
        draw_wishes(layout, shown)
        chosen = shown.source is not None and shown.target is not None
        if not chosen:
            note = layout.row()
            note.active = False
            note.label(text="Choose source and target", icon="INFO")
        column = layout.column()
        column.scale_y = 1.3
        column.enabled = chosen
        column.operator_context = "EXEC_DEFAULT"
        button = column.operator(THESPIS_OT_retarget.bl_idname, icon="CON_ARMATURE")
        for name in WISHES:
            setattr(button, name, getattr(shown, name))


class THESPIS_PT_retarget_bones(Sidebar, bpy.types.Panel):
    """Which bone of the target does what."""

    bl_idname = "THESPIS_PT_retarget_bones"
    bl_label = "Bones"
    bl_parent_id = THESPIS_PT_retarget.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown as soon as there is a target."""
        return context.scene.thespis_retarget.target is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, shown = self.layout, context.scene.thespis_retarget
        row = layout.row(align=True)
        row.menu(THESPIS_MT_mappings.bl_idname, text=shown.rig or "Mapping")
        row.operator(THESPIS_OT_find_mapping.bl_idname, text="", icon="VIEWZOOM").mapping = ""
        row.operator(THESPIS_OT_save_mapping.bl_idname, text="", icon="FILE_TICK")
        if shown.why:
            note = layout.column()
            note.active = False
            note.label(text="Name the bones yourself", icon="INFO")
        layout.template_list(THESPIS_UL_retarget.bl_idname, "", shown, "rows", shown, "row", rows=8)
