# mypy: disable-error-code="valid-type"
"""Choose Clip and Look: what the clip is, its first frame, and who is in it."""

from pathlib import Path
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.engine.client import Job
from ..core.engine.look_job import ClipLook, look_of, submit_look
from ..core.errors import CancelledError, ThespisError
from . import engine, orders
from .bring_in import can_import
from .clip_settings import clip_path, forget_look, keep_look


class THESPIS_OT_choose_clip(bpy.types.Operator, ImportHelper):  # type: ignore[misc]
    """Choose a movie, a picture, the first of numbered pictures, or a folder of pictures"""

    bl_idname = "thespis.choose_clip"
    bl_label = "Choose Clip"
    bl_options: ClassVar[set[str]] = {"UNDO"}

    filter_movie: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default="", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        return can_import(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take the clip over; the panel's property goes on from there."""
        context.scene.thespis_clip.filepath = self.filepath
        return {"FINISHED"}


class THESPIS_OT_look_at_clip(bpy.types.Operator):
    """Look at the clip of the panel: its length, size and rate, its first frame, and who is in the chosen range"""

    bl_idname = "thespis.look_at_clip"
    bl_label = "Look at Clip"
    # What changes the scene, and is undone, is THESPIS_OT_look_at_clip_finish.
    bl_options: ClassVar[set[str]] = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if not can_import(cls, context):
            return False
        if not context.scene.thespis_clip.filepath:
            cls.poll_message_set("Choose a clip first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine."""
        try:
            return orders.give(LookOrder(context.scene), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


class LookOrder(orders.Order):
    """A look at the clip that the scene's panel shows."""

    finisher = "look_at_clip_finish"

    def __init__(self, scene: bpy.types.Scene) -> None:
        clip = scene.thespis_clip
        self._clip = clip_path(clip)
        super().__init__(f"Look at {self._clip.name}", scene)
        self._start, self._end = clip.start, None if clip.whole else clip.end
        self._rate = clip.rate
        self._look: ClipLook | None = None
        self._problem = ""

    def next_job(self, before: Job | None) -> Job | None:
        """The one job; what it finds wrong with the clip is kept for the panel."""
        try:
            if before is None:
                return submit_look(engine.client(bpy.context), self._clip, self._start, self._end, self._rate)
            self._look = look_of(before)
        except CancelledError:
            raise
        except ThespisError as error:
            self._problem = str(error)
        return None

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Keep what was seen, unless another clip was chosen meanwhile."""
        clip = context.scene.thespis_clip
        if not clip.filepath or clip_path(clip) != self._clip:
            return []
        if self._look is None:
            forget_look(clip)
            clip.problem = self._problem
            raise ThespisError(self._problem)
        keep_look(clip, self._look)
        if not clip.found:
            return [("WARNING", f"{Path(self._clip).name}: nobody was found in it. Choose another range, or another clip.")]
        return []


class THESPIS_OT_look_at_clip_finish(orders.Finisher, bpy.types.Operator):
    """Keep what a look at the clip showed"""

    bl_idname = "thespis.look_at_clip_finish"
    bl_label = "Look at Clip"
