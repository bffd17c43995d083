# mypy: disable-error-code="valid-type"
"""Fit Clip: footage becomes a rigged, keyframed character, lined up with it."""

from pathlib import Path
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.engine.client import Job
from ..core.engine.fit_job import fit_of, submit_fit, take_folder
from ..core.engine.wire import FitRequest
from ..core.errors import ThespisError
from ..core.observe.choose import parse_person
from . import engine, orders, settings
from .bring_in import Coming, Wishes, bring_in, can_import, said
from .clip_wishes import ClipWishes, draw_people, draw_wishes


class THESPIS_OT_fit_clip(ClipWishes, bpy.types.Operator, ImportHelper):  # type: ignore[misc]
    """Fit the people in a clip and import them with the clip's camera. The sidebar shows how far it is"""

    bl_idname = "thespis.fit_clip"
    bl_label = "Fit Clip"
    # What changes the scene, and is undone, is THESPIS_OT_fit_clip_finish.
    bl_options: ClassVar[set[str]] = set()

    filter_movie: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    persons: StringProperty(
        name="Persons",
        description="Fit those who are seen at X,Y (pixels) in a frame, written X,Y@FRAME, several with ; between them",
        default="",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run; without an engine it can, and says what to do."""
        return can_import(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Choose a clip, unless there is nothing to fit it with."""
        try:
            settings.engine(context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return super().invoke(context, event)

    def draw(self, _context: bpy.types.Context) -> None:
        """The options."""
        self.layout.use_property_split, self.layout.use_property_decorate = True, False
        draw_people(self.layout, self)
        draw_wishes(self.layout, self, is_sequence=True, again=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Hand the clip to the engine; on an error the scene stays as it is."""
        try:
            engine.client(context)  # first of all: without one, nothing else matters
            clip = self._clip()
            request = self._request(self._body(context))
            out = take_folder(clip, Path(bpy.path.abspath(self.folder)) if self.folder else None)
            wishes = Wishes(self.camera, self.sound, self.match_scene, self.again == "REPLACE", self.mark_unsure)
            return orders.give(FitOrder(context.scene, clip, out, request, wishes), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def _clip(self) -> Path:
        if not self.filepath:
            raise ThespisError("No clip is chosen. Choose a movie, a picture, or a folder of numbered pictures.")
        return Path(bpy.path.abspath(self.filepath).rstrip("/\\"))

    def _body(self, context: bpy.types.Context) -> str:
        if self.body == "OPEN":
            return "open"
        own = settings.chosen(context, "body_file")
        if not own:
            raise ThespisError("No SMPL-X file is named. Name your own in Thespis' preferences, or use the open body.")
        return own

    def _request(self, body: str) -> FitRequest:
        return FitRequest(
            people=None if self.all_people else self.people,
            persons=tuple((one.x, one.y, one.frame) for one in map(parse_person, filter(str.strip, self.persons.split(";")))),
            rate=self.rate,
            start=self.start,
            end=None if self.whole else self.end,
            focal_mm=self.focal if self.focal_known else None,
            gender=self.gender,
            body=body,
            fast=self.fast,
            overlay=self.overlay,
        )


class FitOrder(orders.Order):
    """A clip to fit into the new folder `out`, and to bring into the scene."""

    finisher = "fit_clip_finish"
    shares = (0.9, 0.1)

    def __init__(self, scene: bpy.types.Scene, clip: Path, out: Path, request: FitRequest, wishes: Wishes) -> None:
        super().__init__(f"Fit {clip.name}", scene)
        self._clip, self._out, self._request, self._wishes = clip, out, request, wishes
        self._coming: Coming | None = None
        self._warnings: list[str] = []

    def next_job(self, before: Job | None) -> Job | None:
        """First the fit, then the movie behind the camera."""
        if before is None:
            return submit_fit(engine.client(bpy.context), self._clip, self._out, self._request)
        if self._coming is not None:
            self._coming.take_movie(before)
            return None
        take, motions = fit_of(before)
        self._warnings = take.warnings
        self._coming = Coming(motions, take, self._request.body, self._wishes)
        scene = self.scene.find()
        return self._coming.ask_for_movie(bpy.context, scene) if scene is not None else None

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Import the take."""
        assert self._coming is not None
        try:
            imported = bring_in(context, self._coming)
        except ThespisError as error:
            raise ThespisError(f"{error} {self.kept()}") from error
        imported.warnings.extend(warning for warning in self._warnings if warning not in imported.warnings)
        return said(imported)

    def kept(self) -> str:
        """Where the take is, once it is made."""
        return f"The fit is done and kept: import it from {self._out}." if self._coming is not None else ""


class THESPIS_OT_fit_clip_finish(orders.Finisher, bpy.types.Operator):
    """Bring the fitted people into the scene"""

    bl_idname = "thespis.fit_clip_finish"
    bl_label = "Fit Clip"
