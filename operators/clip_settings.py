# mypy: disable-error-code="valid-type"
"""What the Clip panel keeps with the scene: the clip, what a look at it showed, who was chosen, and the wishes."""

import time
from pathlib import Path
from typing import Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, StringProperty

from ..core.clip_path import clip_exists, pattern_of
from ..core.engine.look_job import ClipLook
from ..core.errors import ThespisError
from . import orders, settings
from .clip_wishes import ClipWishes

_BETWEEN_LOOKS: Final = 3.0
"""Seconds for which it is believed that a clip is still there, so that drawing does not ask the disk each time."""
_there: dict[Path, tuple[float, bool]] = {}


class ClipPerson(bpy.types.PropertyGroup):
    """Somebody who was found in the clip."""

    chosen: BoolProperty(name="Fit", description="Fit this person", default=False)
    x: FloatProperty()
    y: FloatProperty()
    frame: IntProperty()
    picture: StringProperty()


def _clip_changed(clip: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """Another clip was chosen: what was known of the one before is forgotten, and it is looked at if that can be done now."""
    forget_look(clip)
    path = Path(bpy.path.abspath(clip.filepath)) if clip.filepath else None
    pattern = pattern_of(path) if path is not None and path.is_file() else None
    clip.pattern = pattern.name if pattern is not None else ""
    _look_again(clip, context)


def _look_again(clip: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    if clip.filepath and orders.has_timers() and settings.engine_or_none(context) is not None:
        bpy.ops.thespis.look_at_clip("EXEC_DEFAULT")


class ClipSettings(ClipWishes, bpy.types.PropertyGroup):
    """filepath: as it was chosen. pattern: of the numbered pictures that it is one of. frames to first: of the last look; frames
    is 0 before it. problem: why there was none."""

    filepath: StringProperty(
        name="Clip",
        description="A movie, a picture, the first of numbered pictures, or a folder of pictures",
        subtype="FILE_PATH",
        update=_clip_changed,
    )
    sequence: BoolProperty(
        name="Image Sequence",
        description="Take all the pictures that are numbered like this one, rather than this one alone",
        default=True,
        update=_look_again,
    )
    pattern: StringProperty()
    frames: IntProperty()
    width: IntProperty()
    height: IntProperty()
    fps: FloatProperty()
    is_sequence: BoolProperty()
    focal_35mm: FloatProperty()
    first: StringProperty()
    problem: StringProperty()
    found: CollectionProperty(type=ClipPerson)


def clip_path(clip: ClipSettings) -> Path:
    """The clip that is meant. Raises ThespisError when none is chosen."""
    if not clip.filepath:
        raise ThespisError("No clip is chosen. Choose a movie, a picture, or a folder of numbered pictures.")
    path = Path(bpy.path.abspath(clip.filepath).rstrip("/\\"))
    return path.with_name(clip.pattern) if clip.pattern and clip.sequence else path


def is_there(path: Path) -> bool:
    """Whether the clip is there, or was a moment ago."""
    now = time.monotonic()
    at, there = _there.get(path, (-_BETWEEN_LOOKS, False))
    if now - at >= _BETWEEN_LOOKS:
        there = clip_exists(path)
        _there[path] = now, there
    return there


def persons_of(clip: ClipSettings) -> str:
    """Who is chosen, as Fit Clip takes it."""
    return "; ".join(f"{person.x:g},{person.y:g}@{person.frame}" for person in clip.found if person.chosen)


def forget_look(clip: ClipSettings) -> None:
    """Nothing is known of the clip."""
    clip.frames, clip.problem, clip.first = 0, "", ""
    clip.found.clear()


def keep_look(clip: ClipSettings, look: ClipLook) -> None:
    """Keep what a look showed; the most prominent person is chosen."""
    forget_look(clip)
    clip.frames, (clip.width, clip.height), clip.fps = look.frames, look.size, float(look.fps)
    clip.is_sequence, clip.focal_35mm, clip.first = look.is_sequence, look.focal_35mm or 0.0, str(look.first)
    for number, found in enumerate(look.people):
        person = clip.found.add()
        person.x, person.y, person.frame, person.picture = found.x, found.y, found.frame, str(found.picture)
        person.chosen = number == 0
    if not clip.whole and clip.end >= look.frames:
        clip.end = look.frames - 1
