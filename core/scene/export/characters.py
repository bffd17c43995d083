"""Characters of the scene to a file: what exporters are given, what goes in, what is said about it."""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import ThespisError
from ...files import check_can_be_written, files_written_beside
from ..clock import scene_rate, set_scene_range, set_scene_rate
from ..session import scratch_scene
from ..space import y_up
from .clip import Clip
from .posed import posed_kept
from .presets import Preset
from .read_clips import read_clips
from .root import begun_at_origin, needs_root, rooted
from .source import Source, read_source
from .stand_in import build_stand_in, play_clip
from .wishes import ExportWishes
from .write_bvh import write_bvh
from .write_fbx import root_axes, write_fbx
from .write_glb import write_gltf
from .write_npz import write_npz
from .write_usd import write_usd

Array = NDArray[np.floating[Any]]

SCENE_FORMATS: Final = (".glb", ".fbx", ".bvh", ".usdc", ".npz")
_ONE_CLIP: Final = (".bvh", ".usdc", ".npz")
"""Formats that hold one clip: several become several files."""
_ONE_CHARACTER: Final = (".bvh", ".npz")
_CENTIMETRES: Final = 100.0
NO_SPACE: Final = 1_000_000
"""Bytes; with less left, an export that failed did so for want of space."""


@dataclass(frozen=True)
class Exported:
    """What went into which files. clips: name, frames, seconds of each. left_out: bones that only control others and stayed.

    notes: what the user should know.
    """

    files: tuple[Path, ...]
    characters: int
    bones: int
    meshes: int
    fps: float
    clips: tuple[tuple[str, int, float], ...]
    left_out: int = 0
    notes: tuple[str, ...] = field(default=())

    def told(self) -> list[str]:
        """Lines to show: the files with their size, and what is in them."""
        size = sum(file.stat().st_size for file in self.files) / 1e6
        many = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        bones = _count(self.bones, "bone") + (f" ({_count(self.left_out, 'control')} left out)" if self.left_out else "")
        who = f"{_count(self.characters, 'character')}, {bones}, {_count(self.meshes, 'mesh', 'meshes')}"
        frames = sum(clip[1] for clip in self.clips)
        what = f"{self.clips[0][0]}" if len(self.clips) == 1 else _count(len(self.clips), "clip")
        first = f"{self.files[0]}{many}: {who}; {what}, {frames} frames at {self.fps:g} a second; {size:.1f} MB"
        return [first, *(f"note: {note}" for note in self.notes)]


def export_characters(
    armatures: list[bpy.types.Object], out: Path, wishes: ExportWishes, scene: bpy.types.Scene | None = None
) -> Exported:
    """Write the characters of `scene` (None: the current one) to `out`; its ending chooses among SCENE_FORMATS.

    A format that holds one clip gives a file a clip, `out` with the clip's name behind its own, when there are several.
    Nothing of the scene is changed; files appear whole or not at all. Raises ThespisError naming what is wrong and what to do.
    """
    scene = scene or bpy.context.scene
    suffix = out.suffix.lower()
    check_out(out, SCENE_FORMATS)
    if not armatures:
        raise ThespisError("No character is selected. Select an armature, or a mesh that one moves.")
    if len(armatures) > 1 and suffix in _ONE_CHARACTER:
        raise ThespisError(f"{out}: a {suffix} holds one character. Export each person by itself.")
    for armature in armatures:
        if armature.mode == "EDIT":
            raise ThespisError(f"{armature.name}: is in Edit Mode. Leave it first.")
    preset = wishes.settled
    if len(armatures) > 1:  # or they would stand inside one another
        preset = replace(preset, at_origin=False)
    with_mesh = wishes.mesh and suffix not in (".bvh", ".npz")
    bpy.context.view_layer.update()
    with posed_kept(scene):
        sources = [read_source(armature, scene, with_mesh, preset.deform_only and suffix != ".npz") for armature in armatures]
        takes = [read_clips(source, wishes, scene) for source in sources]
        if len({len(clips) for clips in takes}) > 1:
            raise ThespisError(f"{out}: the characters have different numbers of clips. Export them one by one.")
        files = files_of(out, [clip.name for clip in takes[0]])
        for file in files:
            check_free(file, wishes.overwrite)
        for number, file in enumerate(files):
            chosen = takes if len(files) == 1 else [[clips[number]] for clips in takes]
            with files_written_beside(file) as beside, said_by_blender(file):
                if suffix == ".npz":
                    write_npz(beside, sources[0], chosen[0][0], wishes.up)
                else:
                    _write(beside, sources, chosen, preset)
    roots = [suffix != ".npz" and needs_root(source.rest, source.parents, preset.root) for source in sources]
    fps = takes[0][0].fps
    clips = tuple((clip.name, len(clip), clip.seconds) for clip in takes[0])
    bones, meshes = sum(len(source.bones) for source in sources) + sum(roots), sum(len(source.figures) for source in sources)
    left_out = sum(source.left_out for source in sources)
    notes = tuple(_notes(sources, takes, suffix, scene))
    return Exported(tuple(files), len(sources), bones, meshes, fps, clips, left_out, notes)


def check_out(out: Path, formats: tuple[str, ...]) -> None:
    """Raise ThespisError when the ending of `out` is none of `formats`."""
    if out.suffix.lower() not in formats:
        raise ThespisError(f"{out}: the ending chooses the format. Use one of {', '.join(formats)}.")


def check_free(file: Path, overwrite: bool) -> None:
    """Raise ThespisError when the file is there and is to be kept, or cannot be written where it shall be."""
    if not overwrite and os.path.lexists(file):
        raise ThespisError(f"{file}: exists already and is kept. Choose another name, or allow overwriting.")
    check_can_be_written(file)


def files_of(out: Path, names: Sequence[str]) -> list[Path]:
    """The files that hold clips of these names: `out`, or one for each where its format holds one clip."""
    if len(names) == 1 or out.suffix.lower() not in _ONE_CLIP:
        return [out]
    return [out.with_name(f"{out.stem}_{bpy.path.clean_name(name)}{out.suffix}") for name in names]


def _write(path: Path, sources: list[Source], takes: list[list[Clip]], preset: Preset) -> None:
    """Write characters, each with its clips, with the exporter for the ending of `path`."""
    suffix = path.suffix.lower()
    space = y_up() if suffix == ".bvh" or (suffix == ".fbx" and preset.up == "Y") else np.eye(4)
    if suffix == ".fbx":
        space[:3] *= _CENTIMETRES
    axes = root_axes(preset) if suffix == ".fbx" else np.eye(4)
    roots = [axes if needs_root(source.rest, source.parents, preset.root) else None for source in sources]
    takes = [
        [_in_file(clip, source, preset, root, space) for clip in clips]
        for source, clips, root in zip(sources, takes, roots, strict=True)
    ]
    with _names_lent(sources, preset, suffix) as (names, figures), scratch_scene() as scene:
        set_scene_rate(scene, takes[0][0].fps)
        stand_ins = [
            build_stand_in(source, root, space, (name, *(figures[figure] for figure in source.figures)), scene.collection)
            for source, root, name in zip(sources, roots, names, strict=True)
        ]
        _select([thing for stand_in in stand_ins for thing in (stand_in.rig, *stand_in.figures)])
        if suffix == ".bvh":
            rig = stand_ins[0].rig.data.bones
            rest = np.array([rig[bone].matrix_local for bone in stand_ins[0].bones])
            lengths = np.array([rig[bone].length for bone in stand_ins[0].bones])
            write_bvh(path, stand_ins[0].bones, stand_ins[0].parents, rest, lengths, takes[0][0])
            return
        if suffix == ".glb":
            write_gltf(path, stand_ins, takes)
            return
        if suffix == ".fbx":
            scene.name = path.stem
            write_fbx(path, stand_ins, takes, preset)
            return
        for stand_in, (clip,) in zip(stand_ins, takes, strict=True):
            play_clip(stand_in, clip)
        set_scene_range(scene, 0, max(len(clip) for (clip,) in takes) - 1)
        write_usd(path)


def _in_file(clip: Clip, source: Source, preset: Preset, root: Array | None, space: Array) -> Clip:
    """The clip in the file's space: at the origin, or where its character stands; its travel where the preset wants it."""
    clip = begun_at_origin(clip, source.rest, source.parents) if preset.at_origin else clip.moved(clip.place)
    return rooted(clip, source.rest, source.parents, preset.root, root).moved(space)


@contextmanager
def _names_lent(sources: list[Source], preset: Preset, suffix: str) -> Iterator[tuple[list[str], dict[Any, str]]]:
    """While the block runs, the characters' names are free, so that the file has them and not anger.001."""
    lent = [thing for source in sources for thing in (source.armature, *source.figures)]
    names = [thing.name for thing in lent]
    wanted = [source.armature.name for source in sources]
    if suffix == ".fbx" and preset.armature is not None and len(sources) == 1:
        wanted = [preset.armature]
    other = bpy.data.objects.get(wanted[0])
    if other is not None and other not in lent:
        lent.append(other)
        names.append(other.name)
    try:
        for thing in lent:
            if thing.library is None:  # names of other files' objects are not in the way
                thing.name = f"{thing.name} lent"
        yield wanted, dict(zip(lent, names, strict=True))
    finally:
        for thing, name in zip(lent, names, strict=True):
            if thing.library is None:
                thing.name = name


def _select(things: list[bpy.types.Object]) -> None:
    for thing in list(bpy.context.selected_objects):
        thing.select_set(False)
    for thing in things:
        thing.select_set(True)
    bpy.context.view_layer.objects.active = things[0]


def _notes(sources: list[Source], takes: list[list[Clip]], suffix: str, scene: bpy.types.Scene) -> Iterator[str]:
    if suffix == ".bvh" and any(values.any() for clips in takes for clip in clips for values in clip.shape_keys.values()):
        yield "a .bvh holds no face; the shape keys stay behind."
    for source in sources:
        for figure in source.figures:
            others = [modifier.name for modifier in figure.modifiers if modifier.type != "ARMATURE" and modifier.show_viewport]
            if others:
                yield f"{figure.name}: its modifiers ({', '.join(others)}) are not applied."
    rate = takes[0][0].fps
    if suffix == ".usdc" and abs(rate - scene_rate(scene)) > 1e-6:
        yield f"sampled anew at {rate:g} frames a second; the scene has {scene_rate(scene):g}."


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}" if number else f"no {one}"


@contextmanager
def said_by_blender(out: Path) -> Iterator[None]:
    """Blender's operators say anything as a RuntimeError, an exporter's whole traceback with it."""
    try:
        yield
    except RuntimeError as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("Location:")]
        # USD names the file that it could not write, but not why.
        if any("No space left" in line for line in said) or shutil.disk_usage(out.parent).free < NO_SPACE:
            raise OSError(errno.ENOSPC, "disk full") from error
        raise ThespisError(f"{out}: Blender could not write it ({said[-1]}). Try another folder or format.") from error
