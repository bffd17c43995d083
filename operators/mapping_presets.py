# mypy: disable-error-code="valid-type"
"""Mappings that the user mends and keeps; they are found again by the names of bones."""

import re
from typing import ClassVar

import bpy
from bpy.props import StringProperty

from ..core.errors import ThespisError
from ..core.files import writing_to
from ..core.retarget.find import check
from ..core.retarget.rig_file import write_rig_file
from .retarget import OfTarget, THESPIS_OT_find_mapping
from .retarget_settings import fill_table, known_rigs, mapping_of, user_mappings


class THESPIS_MT_mappings(bpy.types.Menu):
    """The mappings that the table can be filled from."""

    bl_idname = "THESPIS_MT_mappings"
    bl_label = "Mappings"

    def draw(self, _context: bpy.types.Context) -> None:
        """Blender draws the menu."""
        layout = self.layout
        layout.operator(THESPIS_OT_find_mapping.bl_idname, text="The One that Fits Best", icon="VIEWZOOM").mapping = ""
        layout.separator()
        for name in sorted({rig.name for rig in known_rigs()}):
            layout.operator(THESPIS_OT_find_mapping.bl_idname, text=name).mapping = name


class THESPIS_OT_save_mapping(OfTarget, bpy.types.Operator):
    """Keep the table of bones under a name; rigs with the same bones are then found without help"""

    bl_idname = "thespis.save_mapping"
    bl_label = "Save Mapping"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name", description="What the mapping is called; one that you saved under this name is replaced")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the name."""
        self.name = self.name or context.scene.thespis_retarget.target.name
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file."""
        shown, name = context.scene.thespis_retarget, self.name.strip()
        try:
            file = re.sub(r"[^\w\- ]", "_", name)
            if not file.strip("_ "):
                raise ThespisError("The mapping has no name. Type one.")
            folder = user_mappings()
            if folder is None:
                raise ThespisError("Thespis does not run as an extension and has no folder of its own. Install it from its zip.")
            mapping = mapping_of(context, shown.target)
            check(mapping.bones, shown.target.name, "")
            with writing_to(folder):
                folder.mkdir(parents=True, exist_ok=True)
            write_rig_file(folder / f"{file}.toml", mapping.as_file(name))
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        fill_table(shown, mapping_of(context, shown.target, name))
        self.report({"INFO"}, f"{name}: saved as {folder / file}.toml")
        return {"FINISHED"}
