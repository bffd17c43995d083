"""Motions to a file that others read: their characters are made in a scene of our own, written and left."""

from pathlib import Path

import bpy

from ...errors import ThespisError
from ...files import files_written_beside
from ...take.take import Take
from ..import_take import FIRST_FRAME, Imported, import_takes
from ..session import fresh_session, scratch_scene, show_through_camera
from ..stage import add_world
from .characters import SCENE_FORMATS, check_free, check_out, export_characters, said_by_blender
from .wishes import ExportWishes

BLEND = ".blend"
FORMATS = (BLEND, *SCENE_FORMATS)


def export_motions(
    paths: list[Path],
    out: Path,
    wishes: ExportWishes | None = None,
    *,
    body: str = "open",
    take: Take | None = None,
    backdrop: Path | None = None,
    own_session: bool = False,
) -> list[str]:
    """Write the characters of the motion files `paths` to `out`; its ending chooses among FORMATS. Returns lines to show.

    At the motions' own rate unless told otherwise. Whatever is open in this Blender stays as it was, unless own_session says that
    this process is ours alone; only then a .blend can be written, with the take's camera and the clip (backdrop) behind it.
    Raises ThespisError naming the file, the cause and the next step.
    """
    wishes = wishes or ExportWishes()
    check_out(out, FORMATS)
    is_blend = out.suffix.lower() == BLEND
    if is_blend and not own_session:
        raise ThespisError(f"{out}: import the motion and save the file in Blender itself.")
    check_free(out, wishes.overwrite)
    with fresh_session() if own_session else scratch_scene() as scene:
        # In other programs a clip begins at time 0.
        first = FIRST_FRAME if is_blend else 0
        imported = import_takes(
            paths,
            scene,
            body=body,
            take=take,
            backdrop=backdrop,
            with_camera=is_blend,
            match_scene=True,
            first_frame=first,
        )
        notes = [f"note: {warning}" for warning in imported.warnings]
        if not is_blend:
            rigs = [character.rig for character in imported.characters]
            return [*export_characters(rigs, out, wishes, scene).told(), *notes]
        with files_written_beside(out) as beside, said_by_blender(out):
            _save_blend(beside, out, imported)
        frames, rate = scene.frame_end - scene.frame_start + 1, scene.render.fps / scene.render.fps_base
    people = f"{len(paths)} characters" if len(paths) > 1 else "1 character"
    return [f"{out}: {people}, {frames} frames at {rate:g} a second", *notes]


def _save_blend(beside: Path, out: Path, imported: Imported) -> None:
    show_through_camera(imported.camera)
    add_world(bpy.context.scene)
    for thing in list(bpy.context.selected_objects):
        thing.select_set(False)
    for image in bpy.data.images:
        if image.source == "MOVIE":
            image.filepath = bpy.path.relpath(bpy.path.abspath(image.filepath), start=str(out.parent.resolve()))
    bpy.ops.wm.save_as_mainfile(filepath=str(beside), compress=True, copy=True, relative_remap=False)
