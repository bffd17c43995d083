"""Whether the mouse is held down: a slider that is being dragged is no operator, and Blender does not tell of it otherwise."""

from typing import ClassVar

import bpy

_state = {"held": False}


def is_held() -> bool:
    """Whether the left button of the mouse is down in one of Blender's windows."""
    if bpy.app.background:
        return False
    for window in bpy.context.window_manager.windows:
        with bpy.context.temp_override(window=window):
            bpy.ops.thespis.read_mouse("INVOKE_DEFAULT")
        if _state["held"]:
            return True
    return False


class THESPIS_OT_read_mouse(bpy.types.Operator):
    """Look at the mouse. An operator that is invoked is handed the last press or release of the window, whoever took it"""

    bl_idname = "thespis.read_mouse"
    bl_label = "Read Mouse"
    bl_options: ClassVar[set[str]] = {"INTERNAL"}

    def invoke(self, _context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Note whether it is held."""
        _state["held"] = event.type == "LEFTMOUSE" and event.value == "PRESS"
        return {"CANCELLED"}
