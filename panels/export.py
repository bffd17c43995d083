"""The panel from which characters leave for other programs."""

import bpy

from ..core.scene.export.presets import PRESETS
from ..operators.export import PRESET_ITEMS, THESPIS_OT_export
from .thespis import Sidebar, THESPIS_PT_main


class THESPIS_PT_export(Sidebar, bpy.types.Panel):
    """A file for each program."""

    bl_idname = "THESPIS_PT_export"
    bl_label = "Export"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012
    bl_order = 5

    def draw(self, _context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        grid = self.layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for preset, label, _ in PRESET_ITEMS:
            button = grid.operator(THESPIS_OT_export.bl_idname, text=label, icon="EXPORT")
            button.preset, button.format = preset, PRESETS[preset].ending
