# mypy: disable-error-code="valid-type"
"""Where the fit is unsure: marks in the timeline and on the keys, on and off, and from one to the next."""

from typing import ClassVar

import bpy
from bpy.props import BoolProperty, FloatProperty

from ..core.errors import ThespisError
from ..core.motion import read_motion
from ..core.scene.origin import Origin, origin_of
from ..core.scene.rig import armature_of
from ..core.scene.unsure_marks import hide_unsure, show_unsure, unsure_markers
from ..core.take.unsure import THRESHOLD


def fitted_armature(context: bpy.types.Context) -> tuple[bpy.types.Object, Origin] | None:
    """The active character and where it came from, if it was fitted."""
    armature = armature_of(context.active_object)
    origin = origin_of(armature) if armature is not None else None
    return (armature, origin) if armature is not None and origin is not None else None


class OfFitted:
    """Operators for characters that were fitted."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if fitted_armature(context) is None:
            cls.poll_message_set("Select a character that was fitted")  # type: ignore[attr-defined]
            return False
        return True


class THESPIS_OT_show_unsure(OfFitted, bpy.types.Operator):
    """Mark where the fit is unsure: a marker in the timeline where a stretch begins, and red keys on the bones that are meant"""

    bl_idname = "thespis.show_unsure"
    bl_label = "Mark Unsure Stretches"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    threshold: FloatProperty(
        name="Confidence",
        description="What is below it is marked. 0.5: look at it; 0.1: made up",
        default=THRESHOLD,
        min=0.0,
        max=1.0,
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Mark them."""
        fitted = fitted_armature(context)
        assert fitted is not None  # poll
        armature, origin = fitted
        try:
            motion = read_motion(origin.motion)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        count = show_unsure(armature, origin, motion, context.scene, self.threshold)
        self.report({"INFO"}, f"{count} unsure stretches" if count else "The fit is sure of everything")
        return {"FINISHED"}


class THESPIS_OT_hide_unsure(OfFitted, bpy.types.Operator):
    """Take away the marks of where the fit is unsure"""

    bl_idname = "thespis.hide_unsure"
    bl_label = "Remove Marks"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take them away."""
        fitted = fitted_armature(context)
        assert fitted is not None  # poll
        hide_unsure(fitted[0], context.scene)
        return {"FINISHED"}


class THESPIS_OT_next_unsure(OfFitted, bpy.types.Operator):
    """Go to where the next unsure stretch begins"""

    bl_idname = "thespis.next_unsure"
    bl_label = "Next Unsure Stretch"
    bl_options: ClassVar[set[str]] = {"UNDO"}

    back: BoolProperty(name="Back", description="To the one before instead", default=False, options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Move the playhead; after the last one comes the first."""
        fitted = fitted_armature(context)
        assert fitted is not None  # poll
        scene = context.scene
        frames = [marker.frame for marker in unsure_markers(fitted[0], scene)]
        if not frames:
            self.report({"INFO"}, "No unsure stretch is marked")
            return {"CANCELLED"}
        if self.back:
            scene.frame_set(max((frame for frame in frames if frame < scene.frame_current), default=frames[-1]))
        else:
            scene.frame_set(min((frame for frame in frames if frame > scene.frame_current), default=frames[0]))
        return {"FINISHED"}
