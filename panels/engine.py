"""How the engine stands, as the sidebar and the preferences both show it. Nothing is looked up while drawing."""

import textwrap

import bpy

from ..operators import engine_state, settings
from ..operators.doctor import THESPIS_OT_doctor
from ..operators.set_up import THESPIS_OT_cancel_set_up, THESPIS_OT_set_up_engine


def draw_engine(layout: bpy.types.UILayout, context: bpy.types.Context, width: int = 34) -> None:
    """What is missing and the one button that mends it, or the set-up that runs; nothing when all is well.

    width: how many characters a line may have.
    """
    standing, known = engine_state.standing(), engine_state.known(context)
    if standing and standing.state == "running":
        box = layout.box().column()
        box.progress(factor=standing.step.factor, text=standing.step.stage)
        if standing.step.detail:
            box.label(text=standing.step.detail)
        box.operator(THESPIS_OT_cancel_set_up.bl_idname, text="Cancel", icon="X")
        return
    failed = standing is not None and standing.state == "failed"
    if not (known.missing or known.outdated or failed):
        return
    box = layout.box().column()
    if known.missing:
        draw_lines(box, f"Missing: {', '.join(known.missing)}", width, "INFO")
    elif known.outdated:
        draw_lines(box, "The engine is of an earlier Thespis and can be brought up to date.", width, "INFO")
    if failed and standing:
        draw_lines(box, standing.message, width, "ERROR")
        home = engine_state.home()
        if home:
            box.operator("wm.path_open", text="Open Log", icon="TEXT").filepath = str(home / "setup.log")
    if "engine" in known.missing or known.outdated or failed:
        row = box.row()
        row.scale_y = 1.3
        row.operator(THESPIS_OT_set_up_engine.bl_idname, icon="IMPORT")
        box.operator("preferences.addon_show", text="Other Ways", icon="PREFERENCES").module = settings.EXTENSION_NAME
    box.operator(THESPIS_OT_doctor.bl_idname, text="Doctor", icon="VIEWZOOM")


def draw_lines(layout: bpy.types.UILayout, text: str, width: int, icon: str) -> None:
    """A text over several lines: Blender cuts a label off in the middle."""
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, width)):
        column.label(text=line, icon="BLANK1" if number else icon)
