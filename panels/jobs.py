"""What the engine is doing, and what came of it: a bar, the stage, the time left, Cancel."""

import textwrap

import bpy

from ..core.engine.client import Job
from ..operators import engine_state, orders

_ICONS = {"ERROR": "ERROR", "WARNING": "INFO", "INFO": "CHECKMARK"}
_STAGES = {
    "starting": "Loading",
    "open": "Reading the clip",
    "landmarks": "Looking at frame",
    "fit": "Fitting",
    "write": "Writing",
    "proxy": "Backdrop",
    "overlay": "Overlay movie",
    "acting": "Acting",
}
"""What the animator reads while the engine is at a stage; a stage that is not named here is called by its own name."""
_UNCOUNTED = ("fit",)
"""Stages whose steps mean nothing to an animator."""
_READY, _NOT_READY = ("Ready", "CHECKMARK"), ("Not ready yet", "INFO")
"""The latter while something is missing, which stands above with the button that mends it (panels.engine)."""
_LINES = 2
_WIDTH = 6.5
"""Pixels of a letter in the sidebar, at the usual size of the interface; two lines too many are better than a word cut off."""


def draw_jobs(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the orders that run, then what came of the last ones.

    Never less than two lines: the buttons below stay where they are when a job begins, and when it ends.
    """
    shown = [(number, entry) for number, entry in enumerate(orders.running) if not entry.order.quiet]
    for number, entry in shown:
        column = layout.box().column(align=True)
        row = column.row()
        row.label(text=entry.order.title, icon="TIME")
        row.operator(orders.THESPIS_OT_cancel_job.bl_idname, text="", icon="X", emboss=False).number = number
        if entry.job is not None:
            column.progress(factor=entry.share, text=progress_text(entry.job))
        else:
            column.label(text="Waits for you to finish", icon="BLANK1")
    if shown and not orders.messages:
        return
    row = layout.box().row()
    column = row.column(align=True)
    lines = [
        (part, "BLANK1" if line else _ICONS[level])
        for level, text in orders.messages
        for line, part in enumerate(textwrap.wrap(text, columns(context)))
    ]
    for text, icon in lines or [_NOT_READY if engine_state.known(context).missing else _READY]:
        column.label(text=text, icon=icon)
    if not shown and len(lines) < _LINES:
        column.label(text="")
    if lines:
        row.operator(orders.THESPIS_OT_clear_messages.bl_idname, text="", icon="X", emboss=False)


def progress_text(job: Job) -> str:
    """The stage, how far it is, and the time that is left."""
    if job.cancelled_at is not None:
        return "Stopping"
    if job.state == "waiting":
        return "Waiting for the engine"
    stage = _STAGES.get(job.stage, job.stage.capitalize())
    if job.total > 1 and job.stage not in _UNCOUNTED:
        stage += f" {job.done:.0f}/{job.total:.0f}"
    return stage if job.seconds_left is None else f"{stage}, {time_left(job.seconds_left)}"


def time_left(seconds: float) -> str:
    """As one would say it."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s left"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min left" if minutes >= 10 else f"{minutes} min {rest} s left"


def columns(context: bpy.types.Context) -> int:
    """How many characters a line of the sidebar may have."""
    scale = context.preferences.system.ui_scale
    return max(20, int((context.region.width - 90 * scale) / (_WIDTH * scale))) if context.region else 40
