# mypy: disable-error-code="valid-type"
"""Relink: a clip or a take that was moved is told to the character where it lies now."""

from pathlib import Path
from typing import ClassVar

import bpy
from bpy.props import BoolProperty
from bpy_extras.io_utils import ImportHelper

from ..core.clip_path import clip_exists, pattern_of
from ..core.engine.client import Job
from ..core.engine.look_job import ClipLook, look_of, submit_look
from ..core.errors import ThespisError
from ..core.scene.origin import Origin, move_take, origin_of
from ..core.scene.relink import relink_images
from ..core.take.relink import relinked
from ..core.take.take import TAKE_FILE, read_take
from . import engine, orders
from .names import Name
from .unsure import OfFitted, fitted_armature


class THESPIS_OT_relink(OfFitted, bpy.types.Operator, ImportHelper):  # type: ignore[misc]
    """Choose where the clip of the character lies now, or the take.json of its fit. It is made sure that it is the same"""

    bl_idname = "thespis.relink"
    bl_label = "Relink Clip or Take"
    # What changes the scene, and is undone, is THESPIS_OT_relink_finish; a take that moved is found again at once.
    bl_options: ClassVar[set[str]] = {"UNDO"}

    filter_movie: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take over what was chosen; a clip is looked at first."""
        fitted = fitted_armature(context)
        assert fitted is not None  # poll
        armature, origin = fitted
        chosen = Path(bpy.path.abspath(self.filepath).rstrip("/\\"))
        try:
            if chosen.name == TAKE_FILE or (chosen / TAKE_FILE).exists():
                folder = chosen.parent if chosen.name == TAKE_FILE else chosen
                count = _relink_take(origin, folder)
                self.report({"INFO"}, f"{folder}: is the take of {count} character{'s' if count > 1 else ''} now")
                return {"FINISHED"}
            return orders.give(RelinkOrder(context.scene, armature, origin, chosen), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


class RelinkOrder(orders.Order):
    """A clip to look at, and to be the one of a take if it is the same."""

    finisher = "relink_finish"

    def __init__(self, scene: bpy.types.Scene, armature: bpy.types.Object, origin: Origin, clip: Path) -> None:
        super().__init__(f"Relink {clip.name}", scene)
        self._armature = Name.of("objects", armature)
        self._folder = origin.motion.parent
        self._before = read_take(self._folder / TAKE_FILE)
        # Of numbered pictures one is chosen, and all are meant if all were fitted.
        pattern = pattern_of(clip) if "#" in self._before.clip.name else None
        self._clip = (pattern or clip).absolute()
        self._look: ClipLook | None = None

    def next_job(self, before: Job | None) -> Job | None:
        """The look."""
        if before is None:
            last = self._before.frame_range[0]  # who is in it is known
            return submit_look(engine.client(bpy.context), self._clip, last, last, float(self._before.fps))
        self._look = look_of(before)
        return None

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Tell the take and the scene."""
        assert self._look is not None
        relinked(self._folder, self._clip, self._look)
        relink_images(self._before.clip, self._clip)
        if not clip_exists(Path(bpy.path.abspath(context.scene.thespis_clip.filepath or "-"))):
            context.scene.thespis_clip.filepath = str(self._clip)
        return [("INFO", f"{self._clip.name}: is linked again")]


class THESPIS_OT_relink_finish(orders.Finisher, bpy.types.Operator):
    """Tell the take and the scene where the clip lies"""

    bl_idname = "thespis.relink_finish"
    bl_label = "Relink Clip or Take"


def _relink_take(origin: Origin, folder: Path) -> int:
    """Tell all characters of the take that it lies in `folder` now; returns how many there are."""
    take = read_take(folder / TAKE_FILE)
    if take.frame_range != origin.frames or not (folder / origin.motion.name).exists():
        raise ThespisError(
            f"{folder}: is another take (frames {take.frame_range[0]} to {take.frame_range[1]}). Choose this character's."
        )
    rigs = [one for one in bpy.data.objects if one.type == "ARMATURE" and one.library is None]
    moved = [rig for rig in rigs if (own := origin_of(rig)) is not None and own.motion.parent == origin.motion.parent]
    for rig in moved:
        move_take(rig, folder)
    return len(moved)
