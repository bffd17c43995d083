"""The actions of an emotion set, as the character plays them now, to one file with its manifest."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ...emotion_set.manifest import manifest_of, write_manifest
from ...emotion_set.plan import SetClip
from ..export.characters import SCENE_FORMATS, check_free, check_out, export_characters, files_of
from ..export.wishes import ExportWishes
from .write_set import SetAction


def manifest_path(out: Path) -> Path:
    """Where the manifest of a set goes: beside its file."""
    return out.with_suffix(".json")


def check_export(out: Path, clips: Sequence[SetClip], overwrite: bool) -> None:
    """Raise ThespisError when a set cannot be written to `out`, before anything is made."""
    check_out(out, SCENE_FORMATS)
    for file in (*files_of(out, [clip.name for clip in clips]), manifest_path(out)):
        check_free(file, overwrite)


def export_set(
    armature: bpy.types.Object, made: Sequence[SetAction], out: Path, wishes: ExportWishes, scene: bpy.types.Scene
) -> list[str]:
    """Write the set to `out`, whose ending says the format, and its manifest beside; returns lines to show.

    Raises ThespisError naming the file, the cause and the next step.
    """
    check_export(out, [one.entry.clip for one in made], wishes.overwrite)
    chosen = replace(wishes, clips="CHOSEN", chosen=tuple(one.action.name for one in made))
    exported = export_characters([armature], out, chosen, scene)
    manifest = manifest_path(out)
    write_manifest(manifest, manifest_of([one.entry for one in made], exported.files, exported.fps))
    return [*exported.told(), f"{manifest}: emotion, intensity, frames, loop, displacement and seed of each clip"]
