"""The Clip panel: a clip, what is in it, who is to be fitted and how, and the fit."""

from pathlib import Path

import bpy

from ..core.errors import ThespisError
from ..core.scene.origin import takes_of
from ..operators.clip_settings import ClipSettings, clip_path, is_there, persons_of
from ..operators.clip_wishes import WISHES, draw_people, draw_wishes
from ..operators.fit_clip import THESPIS_OT_fit_clip
from ..operators.look_at_clip import THESPIS_OT_choose_clip, THESPIS_OT_look_at_clip
from ..operators.previews import icon_of
from ..operators.relink import THESPIS_OT_relink
from ..operators.unsure import fitted_armature
from .engine import draw_lines
from .jobs import columns
from .thespis import Sidebar, THESPIS_PT_main

_FIRST_SCALE, _PERSON_SCALE = 7.0, 3.2
"""Heights of the pictures, in buttons."""
_IN_A_ROW = 3


class THESPIS_PT_clip(Sidebar, bpy.types.Panel):
    """A clip becomes characters."""

    bl_idname = "THESPIS_PT_clip"
    bl_label = "Clip"
    bl_parent_id = THESPIS_PT_main.bl_idname
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        layout, clip = self.layout, context.scene.thespis_clip
        row = layout.row(align=True)
        row.prop(clip, "filepath", text="")
        row.operator(THESPIS_OT_choose_clip.bl_idname, text="", icon="FILE_MOVIE")
        if clip.pattern:
            layout.prop(clip, "sequence")
        try:
            path = clip_path(clip)
        except ThespisError:
            layout.label(text="Choose a movie or pictures", icon="INFO")
            return
        width = columns(context)
        if not is_there(path):
            draw_lines(layout, f"{path.name} is not there (any more). Choose where it lies now.", width, "ERROR")
            if fitted_armature(context) is not None:
                layout.operator(THESPIS_OT_relink.bl_idname, text="Relink", icon="FILE_REFRESH")
            return
        if clip.problem:
            draw_lines(layout, _without_path(clip.problem, path), width, "ERROR")
        if clip.frames:
            _draw_facts(layout, clip)
            _draw_found(layout, clip)
        else:
            layout.operator(THESPIS_OT_look_at_clip.bl_idname, icon="VIEWZOOM")
        _draw_fit(layout, context, clip, path)


class THESPIS_PT_clip_options(Sidebar, bpy.types.Panel):
    """How the clip is fitted."""

    bl_idname = "THESPIS_PT_clip_options"
    bl_label = "Options"
    bl_parent_id = THESPIS_PT_clip.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown once a clip is chosen."""
        return bool(context.scene.thespis_clip.filepath)

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the panel."""
        clip = context.scene.thespis_clip
        draw_wishes(self.layout, clip, clip.is_sequence, again=False)


def _draw_facts(layout: bpy.types.UILayout, clip: ClipSettings) -> None:
    picture = icon_of(clip.first)
    if picture:
        layout.template_icon(icon_value=picture, scale=_FIRST_SCALE)
    column = layout.column(align=True)
    column.label(text=f"{clip.frames} frames, {clip.frames / clip.fps:.1f} s, {clip.fps:.5g} fps")
    lens = f", lens {clip.focal_35mm:.0f} mm" if clip.focal_35mm else ""
    column.label(text=f"{clip.width} x {clip.height}{lens}")


def _draw_found(layout: bpy.types.UILayout, clip: ClipSettings) -> None:
    """The people to choose from, and a way to look again."""
    row = layout.row()
    row.label(text=f"{len(clip.found)} found" if clip.found else "Nobody was found", icon="USER" if clip.found else "ERROR")
    row.operator(THESPIS_OT_look_at_clip.bl_idname, text="", icon="FILE_REFRESH", emboss=False)
    if not clip.found:
        return
    grid = layout.grid_flow(row_major=True, columns=_IN_A_ROW, even_columns=True, even_rows=True, align=True)
    for number, person in enumerate(clip.found):
        cell = grid.column(align=True)
        picture = icon_of(person.picture)
        if picture:
            cell.template_icon(icon_value=picture, scale=_PERSON_SCALE)
        cell.prop(person, "chosen", text=f"Person {number + 1}", toggle=True)
    if not persons_of(clip):
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        draw_people(column, clip)


def _draw_fit(layout: bpy.types.UILayout, context: bpy.types.Context, clip: ClipSettings, path: Path) -> None:
    if takes_of(context.scene, path):
        layout.row().prop(clip, "again", expand=True)
    column = layout.column()
    column.scale_y = 1.3
    column.operator_context = "EXEC_DEFAULT"
    button = column.operator(THESPIS_OT_fit_clip.bl_idname, text="Fit", icon="PLAY")
    button.filepath, button.persons = str(path), persons_of(clip)
    for name in WISHES:
        setattr(button, name, getattr(clip, name))


def _without_path(problem: str, path: Path) -> str:
    """The line without the folders, which take up all of a panel."""
    return problem.replace(str(path), path.name)
