"""What the engine is doing, and what came of it: a bar, the stage, the time left, Cancel."""

import textwrap

import bpy

from ..core.engine.client import Job
from ..operators import orders

_ICONS = {"ERROR": "ERROR", "WARNING": "INFO", "INFO": "CHECKMARK"}
_WIDTH = 6.5
"""Pixels of a letter in the sidebar, at the usual size of the interface; two lines too many are better than a word cut off."""


def draw_jobs(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the orders that run, then what came of the last ones; nothing when there are none."""
    for number, entry in enumerate(orders.running):
        if entry.order.quiet:
            continue
        column = layout.box().column(align=True)
        row = column.row()
        row.label(text=entry.order.title, icon="TIME")
        row.operator(orders.THESPIS_OT_cancel_job.bl_idname, text="", icon="X", emboss=False).number = number
        if entry.job is not None:
            column.progress(factor=entry.job.share, text=progress_text(entry.job))
    if orders.messages:
        box = layout.box()
        top = box.row()
        column = top.column(align=True)
        for level, text in orders.messages:
            for line, part in enumerate(textwrap.wrap(text, columns(context))):
                column.label(text=part, icon="BLANK1" if line else _ICONS[level])
        top.operator(orders.THESPIS_OT_clear_messages.bl_idname, text="", icon="X", emboss=False)


def progress_text(job: Job) -> str:
    """The stage, how far it is, and the time that is left."""
    if job.cancelled_at is not None:
        return "Stopping"
    if job.state == "waiting":
        return "Waiting for the engine"
    stage = job.stage.capitalize()
    if job.total > 1:
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
