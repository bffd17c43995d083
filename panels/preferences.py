# mypy: disable-error-code="valid-type"
"""The add-on's preferences: the engine and how it is set up, the user's own SMPL-X file and weights."""

import bpy
from bpy.props import StringProperty

from ..core.setup.own_body import WHERE_FROM
from ..operators import engine_state, settings
from ..operators.doctor import THESPIS_OT_doctor, draw_findings
from ..operators.set_up import (
    THESPIS_OT_cancel_set_up,
    THESPIS_OT_previous_engine,
    THESPIS_OT_remove_old_engines,
    THESPIS_OT_set_up_engine,
)
from .engine import draw_engine, draw_lines

_WIDTH = 90


def _check_python(preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    engine_state.check_chosen("engine_python", bpy.path.abspath(preferences.engine_python) if preferences.engine_python else "")


def _check_body(preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    engine_state.check_chosen("body_file", bpy.path.abspath(preferences.body_file) if preferences.body_file else "")


def _look_again(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    engine_state.forget()


class ThespisPreferences(bpy.types.AddonPreferences):
    """Shown in Edit > Preferences > Add-ons."""

    bl_idname = settings.EXTENSION_NAME

    engine_python: StringProperty(
        name="Engine's Python",
        description="A Python of your own, or the folder of its environment, that has the engine's packages; empty: the engine "
        "that Set Up Engine made",
        subtype="FILE_PATH",
        update=_check_python,
    )
    package_index: StringProperty(
        name="Package Index",
        description="Address of the index that Set Up Engine takes packages from; empty: the one that pip is set to",
    )
    wheel_folder: StringProperty(
        name="Folder of Wheels",
        description="A folder that holds the wheels of all packages, for computers without a network; empty: the index is asked",
        subtype="DIR_PATH",
    )
    body_file: StringProperty(
        name="SMPL-X File",
        description="Your own registered SMPLX_*.npz; empty: the open body only",
        subtype="FILE_PATH",
        update=_check_body,
    )
    weights_file: StringProperty(
        name="Emotion Weights",
        description="Weights of your own training, made by thespis train; empty: those that come with Thespis",
        subtype="FILE_PATH",
        update=_look_again,
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the preferences."""
        layout = self.layout
        layout.label(text="Engine")
        python = engine_state.known(context).python
        if python:
            layout.label(text=f"Fitting and acting run on {python}", icon="CHECKMARK")
        draw_engine(layout, context, _WIDTH)
        column = layout.column()
        column.prop(self, "package_index")
        column.prop(self, "wheel_folder")
        column.prop(self, "engine_python")
        self._note(column, "engine_python")
        row = layout.row()
        if engine_state.job():
            row.operator(THESPIS_OT_cancel_set_up.bl_idname, icon="X")
        else:
            row.operator(THESPIS_OT_set_up_engine.bl_idname, icon="IMPORT")
        row.operator(THESPIS_OT_doctor.bl_idname, text="Doctor", icon="VIEWZOOM")
        row.operator(THESPIS_OT_previous_engine.bl_idname, icon="LOOP_BACK")
        row.operator(THESPIS_OT_remove_old_engines.bl_idname, icon="TRASH")
        if engine_state.findings():
            draw_findings(layout.box(), engine_state.findings())

        layout.separator()
        layout.label(text="Body and Emotion")
        layout.prop(self, "body_file")
        self._note(layout, "body_file")
        column = layout.column(align=True)
        for line in WHERE_FROM:
            column.label(text=line, icon="BLANK1")
        layout.prop(self, "weights_file")

    def _note(self, layout: bpy.types.UILayout, name: str) -> None:
        """Whether what was chosen will do."""
        if getattr(self, name) and name in engine_state.notes:
            good, said = engine_state.notes[name]
            draw_lines(layout, said, _WIDTH, "CHECKMARK" if good else "ERROR")
