"""Motions enter the scene: what Import Motion and Fit Clip have in common."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..core.clip_path import clip_exists
from ..core.engine.client import Job
from ..core.engine.fit_job import backdrop_of, shows_itself, submit_backdrop
from ..core.errors import CancelledError, ThespisError
from ..core.motion import read_motion
from ..core.scene.clock import scene_rate
from ..core.scene.import_take import Imported, import_takes
from ..core.scene.origin import origin_of
from ..core.scene.unsure_marks import show_unsure
from ..core.scene.untouched import all_or_nothing
from ..core.take.take import Take
from ..core.take.unsure import THRESHOLD
from . import engine


@dataclass(frozen=True)
class Wishes:
    """What the animator ticked."""

    camera: bool = True
    sound: bool = False
    match_scene: bool = False
    replace: bool = False
    mark_unsure: bool = False


class Coming:
    """Motions on their way into a scene: the movie behind the camera is asked for, then all of it is brought in.

    motions: files of one folder. take: of the fit, for the camera.
    """

    def __init__(self, motions: list[Path], take: Take | None, body: str, wishes: Wishes) -> None:
        self.motions, self.take, self.body, self.wishes = motions, take, body, wishes
        self.notes: list[str] = []
        self.movie: Path | None = None

    def needs_movie(self, context: bpy.types.Context) -> bool:
        """Whether a movie is to be made for the context's scene, and there is an engine to make it."""
        return (
            self.take is not None
            and self.wishes.camera
            and clip_exists(self.take.clip)
            and not shows_itself(self.take, self._rate(self.take, context.scene))
            and engine.client_or_none(context) is not None
        )

    def ask_for_movie(self, context: bpy.types.Context, scene: bpy.types.Scene) -> Job | None:
        """Hand in the job that makes the movie; None when there is none to be made. Why there is none is noted."""
        if self.take is None or not self.wishes.camera:
            return None
        rate, folder = self._rate(self.take, scene), self.motions[0].parent
        try:
            job = submit_backdrop(engine.client_or_none(context), self.take, folder, rate)
        except ThespisError as error:
            self.notes.append(str(error))
            return None
        if job is None:
            self.movie = self.take.clip
        return job

    def take_movie(self, job: Job) -> None:
        """The job of the movie is over. Raises CancelledError; what else went wrong costs the movie only."""
        try:
            assert self.take is not None
            self.movie = backdrop_of(job, self.take)
        except CancelledError:
            raise
        except ThespisError as error:
            self.notes.append(str(error))

    def wait_for_movie(self, context: bpy.types.Context) -> None:
        """Have the movie made, and wait for it."""
        job = self.ask_for_movie(context, context.scene)
        if job is not None:
            with suppress(ThespisError):  # take_movie notes it
                engine.client(context).wait(job)
            self.take_movie(job)

    def _rate(self, take: Take, scene: bpy.types.Scene) -> float:
        return float(take.fps) if self.wishes.match_scene else scene_rate(scene)


def bring_in(context: bpy.types.Context, coming: Coming) -> Imported:
    """Build the characters in the context's scene; raises ThespisError, changing nothing."""
    motions, take, body, wishes = coming.motions, coming.take, coming.body, coming.wishes
    notes, movie = list(coming.notes), coming.movie
    with all_or_nothing(context.scene):
        imported = import_takes(
            motions,
            context.scene,
            body=body,
            backdrop=movie,
            take=take,
            with_camera=wishes.camera,
            with_sound=wishes.sound,
            match_scene=wishes.match_scene,
            replace=wishes.replace,
        )
        if wishes.mark_unsure:
            _mark_unsure(context.scene, imported)
    if movie and imported.camera and not _shows(imported.camera):
        notes.append(f"{movie}: Blender cannot show it, so the camera comes without it. Convert it to mp4 (H.264).")
    imported.warnings.extend(notes)
    return imported


def _mark_unsure(scene: bpy.types.Scene, imported: Imported) -> None:
    for character in imported.characters:
        origin = origin_of(character.rig)
        if origin is not None:
            show_unsure(character.rig, origin, read_motion(origin.motion), scene, THRESHOLD)


def _shows(camera: bpy.types.Object) -> bool:
    """Whether the movie behind the camera can be read. Blender takes any file for one; then it goes again."""
    backgrounds = camera.data.background_images
    image = backgrounds[0].image
    if all(image.size):
        return True
    backgrounds[0].image = None  # `clear` alone would keep counting it as used
    backgrounds.clear()
    if not image.users:
        bpy.data.images.remove(image)
    return False


def said(imported: Imported) -> list[tuple[str, str]]:
    """What came in, then what the animator should know: INFO or WARNING, and a line."""
    count = len(imported.characters)
    people = f"{count} characters" if count > 1 else "1 character"
    told = f"{imported.collection.name}: {people}{', camera' if imported.camera else ''}"
    return [("INFO", told), *(("WARNING", warning) for warning in imported.warnings)]


def can_import(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Whether something can enter the context's scene; the reason why not shows where the operator is greyed out."""
    if context.scene is None or context.view_layer is None:
        cls.poll_message_set("There is no scene to import into")
        return False
    if context.scene.library is not None:
        cls.poll_message_set("The scene is linked from another file and cannot be changed")
        return False
    return True
