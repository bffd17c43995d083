"""Doctor: what is installed, what is missing, and how to mend it."""

import bpy

from ..core.setup.doctor import Finding
from . import engine_state

_WIDTH = 110
"""Characters of a line before Blender cuts it off."""


class THESPIS_OT_doctor(bpy.types.Operator):
    """Look at everything that Thespis needs, and say what is missing and how to mend it"""

    bl_idname = "thespis.doctor"
    bl_label = "Thespis Doctor"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if engine_state.doctor_is_at_work():
            cls.poll_message_set("The doctor is looking already")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Start looking; the list pops up when it is there. Without a window, wait and report it."""
        if not bpy.app.background:
            engine_state.start_doctor(context, _pop_up)
            self.report({"INFO"}, "The doctor is looking, which takes some seconds")
            return {"FINISHED"}
        job = engine_state.start_doctor(context)
        job.wait()
        engine_state.settle()
        for finding in engine_state.findings():
            self.report({"WARNING"} if finding.fix else {"INFO"}, f"{finding.what}: {finding.state}. {finding.fix}".rstrip(". "))
        return {"FINISHED"}


def draw_findings(layout: bpy.types.UILayout, findings: tuple[Finding, ...]) -> None:
    """The list, each line with its state and the fix."""
    column = layout.column(align=True)
    for finding in findings:
        icon = "CHECKMARK" if not finding.fix else "ERROR" if finding.needed else "INFO"
        column.label(text=f"{finding.what}: {finding.state}"[:_WIDTH], icon=icon)
        if finding.fix:
            column.label(text=finding.fix[:_WIDTH], icon="BLANK1")


def _pop_up() -> None:
    manager = bpy.context.window_manager
    if not manager.windows:
        return

    def draw(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
        draw_findings(menu.layout, engine_state.findings())

    with bpy.context.temp_override(window=bpy.context.window or manager.windows[0]):
        manager.popup_menu(draw, title="Thespis Doctor", icon="INFO")
