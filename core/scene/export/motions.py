"""Motions to a file that others read: a scene of its own is made, written and left."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..errors import ThespisError
from ..files import files_written_beside
from ..take.take import Take
from .character import Character
from .import_take import FIRST_FRAME, Imported, import_takes
from .presets import preset_called
from .session import fresh_session, scratch_scene, show_through_camera
from .stage import add_world
from .writers import WRITERS

BLEND = ".blend"
FORMATS = (BLEND, *WRITERS)
NO_SPACE = 1_000_000
"""Bytes; with less left, an export that failed did so for want of space."""


def export_motions(
    paths: list[Path],
    out: Path,
    *,
    preset: str | None = None,
    body: str = "open",
    overwrite: bool = False,
    take: Take | None = None,
    backdrop: Path | None = None,
    own_session: bool = False,
) -> list[str]:
    """Write the characters of the motion files `paths` to `out`; its ending chooses among FORMATS. Returns lines to show.

    The scene has the motions' own rate. Whatever is open in this Blender stays as it was, unless own_session says that this
    process is ours alone; only then a .blend can be written, with the take's camera and the clip (backdrop) behind it.
    Raises ThespisError naming the file, the cause and the next step; an existing file is kept unless `overwrite`.
    """
    suffix = out.suffix.lower()
    if suffix not in FORMATS:
        raise ThespisError(f"{out}: the ending chooses the format. Use one of {', '.join(FORMATS)}.")
    if suffix == BLEND and not own_session:
        raise ThespisError(f"{out}: import the motion and save the file in Blender itself.")
    if out.exists() and not overwrite:
        raise ThespisError(f"{out}: exists already and is kept. Choose another name, or allow overwriting.")
    chosen = preset_called(preset)
    with fresh_session() if own_session else scratch_scene() as scene, files_written_beside(out) as beside:
        imported = import_takes(
            paths,
            scene,
            body=body,
            take=take,
            backdrop=backdrop,
            with_camera=suffix == BLEND,
            match_scene=True,
            # In other programs a clip begins at time 0.
            first_frame=FIRST_FRAME if suffix == BLEND else 0,
        )
        with _said_by_blender(out):
            if suffix == BLEND:
                _save_blend(beside, out, imported)
            else:
                _select(imported.characters)
                WRITERS[suffix](beside, imported.characters, chosen)
        frames = scene.frame_end - scene.frame_start + 1
        rate = scene.render.fps / scene.render.fps_base
    people = f"{len(paths)} characters" if len(paths) > 1 else "1 character"
    return [f"{out}: {people}, {frames} frames at {rate:g} a second", *(f"note: {warning}" for warning in imported.warnings)]


@contextmanager
def _said_by_blender(out: Path) -> Iterator[None]:
    """Blender's operators say anything as a RuntimeError, an exporter's whole traceback with it."""
    try:
        yield
    except RuntimeError as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("Location:")]
        # USD names the file that it could not write, but not why.
        if any("No space left" in line for line in said) or shutil.disk_usage(out.parent).free < NO_SPACE:
            raise OSError(errno.ENOSPC, "disk full") from error
        raise ThespisError(f"{out}: Blender could not write it ({said[-1]}). Try another folder or format.") from error


def _select(characters: list[Character]) -> None:
    """Exporters write what is selected; BVH the active armature."""
    for thing in list(bpy.context.selected_objects):
        thing.select_set(False)
    for character in characters:
        for thing in (character.rig, character.figure):
            thing.select_set(True)
        bpy.context.view_layer.objects.active = character.rig


def _save_blend(beside: Path, out: Path, imported: Imported) -> None:
    show_through_camera(imported.camera)
    add_world(bpy.context.scene)
    _select([])
    for image in bpy.data.images:
        if image.source == "MOVIE":
            image.filepath = bpy.path.relpath(bpy.path.abspath(image.filepath), start=str(out.parent.resolve()))
    bpy.ops.wm.save_as_mainfile(filepath=str(beside), compress=True, copy=True, relative_remap=False)
