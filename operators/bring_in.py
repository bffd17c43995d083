"""Motions enter the scene: what Import Motion and Fit Clip have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..core.engine.jobs import Tick, backdrop
from ..core.errors import ThespisError
from ..core.scene.clock import scene_rate
from ..core.scene.import_take import Imported, import_takes
from ..core.scene.untouched import all_or_nothing
from ..core.take.take import Take
from . import settings


@dataclass(frozen=True)
class Wishes:
    """What the animator ticked."""

    camera: bool = True
    sound: bool = False
    match_scene: bool = False


def bring_in(
    context: bpy.types.Context, motions: list[Path], take: Take | None, body: str, wishes: Wishes, tick: Tick | None
) -> Imported:
    """Build the characters of `motions`, files of one folder, in the context's scene; raises ThespisError, changing nothing."""
    notes, movie = [], None
    if take and wishes.camera:
        rate = float(take.fps) if wishes.match_scene else scene_rate(context.scene)
        try:
            movie = backdrop(take, motions[0].parent, rate, settings.engine_or_none(context), tick)
        except ThespisError as error:
            notes.append(str(error))
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
        )
    if movie and imported.camera and not _shows(imported.camera):
        notes.append(f"{movie}: Blender cannot show it, so the camera comes without it. Convert it to mp4 (H.264).")
    imported.warnings.extend(notes)
    return imported


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


def report(operator: bpy.types.Operator, imported: Imported) -> None:
    """Say what came in, then what the animator should know."""
    count = len(imported.characters)
    people = f"{count} characters" if count > 1 else "1 character"
    operator.report({"INFO"}, f"{imported.collection.name}: {people}{', camera' if imported.camera else ''}")
    for warning in imported.warnings:
        operator.report({"WARNING"}, warning)


@contextmanager
def progress_cursor(context: bpy.types.Context) -> Iterator[Tick]:
    """The mouse cursor counts the seconds that the engine takes."""
    manager = context.window_manager
    manager.progress_begin(0, 10000)
    try:
        yield manager.progress_update
    finally:
        manager.progress_end()


def can_import(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Whether something can enter the context's scene; the reason why not shows where the operator is greyed out."""
    if context.scene is None or context.view_layer is None:
        cls.poll_message_set("There is no scene to import into")
        return False
    if context.scene.library is not None:
        cls.poll_message_set("The scene is linked from another file and cannot be changed")
        return False
    return True
