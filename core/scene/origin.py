"""Where what stands in a scene came from, noted on it: the clip, the take's folder, the person's motion, and when it begins."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from ..motion import Motion
from .compat import all_fcurves

_CLIP: Final = "thespis_clip"
_PERSON: Final = "thespis_person"
_MOTION: Final = "thespis_motion"
_FRAMES: Final = "thespis_frames"
_FIRST: Final = "thespis_first"
_STEP: Final = "thespis_step"
_FIGURE: Final = "thespis_figure"
_CAMERA: Final = "thespis_camera"
_KEYS: Final = "thespis_keys"


@dataclass(frozen=True)
class Origin:
    """Of one character. motion: the file of a take that it plays. frames: first and last frame of the clip. first: scene frame of
    its first key; step: scene frames in a frame of the clip. person: its number in the take."""

    motion: Path
    frames: tuple[int, int]
    first: float
    step: float
    person: int

    def to_clip(self, scene_frame: float) -> float:
        """The frame of the clip that the scene frame shows."""
        return self.frames[0] + (scene_frame - self.first) / self.step

    def to_scene(self, clip_frame: float) -> float:
        """The scene frame in which a frame of the clip is shown."""
        return self.first + (clip_frame - self.frames[0]) * self.step


def note_character(
    rig: bpy.types.Object, figure: bpy.types.Object, path: Path, motion: Motion, first: float, rate: float, person: int
) -> None:
    """Note on a character that it plays `motion`, of the file `path`, from scene frame `first` on at `rate` frames a second."""
    rig[_MOTION] = str(path)
    rig[_FRAMES] = [int(motion.frames[0]), int(motion.frames[-1])]
    rig[_FIRST], rig[_STEP] = float(first), float(rate / motion.fps)
    rig[_PERSON] = person
    figure[_FIGURE] = True
    note_keys(rig)


def origin_of(rig: bpy.types.Object) -> Origin | None:
    """Where the character came from; None when it was not noted."""
    if _MOTION not in rig:
        return None
    first, last = rig[_FRAMES]
    return Origin(_path(rig[_MOTION]), (int(first), int(last)), float(rig[_FIRST]), float(rig[_STEP]), int(rig[_PERSON]))


@lru_cache(maxsize=64)
def _path(told: str) -> Path:
    """Kept, for a panel that asks with each draw: a path is read and hashed slowly the first time."""
    return Path(told)


def note_take(collection: bpy.types.Collection, clip: Path, camera: bpy.types.Object | None) -> None:
    """Note on what holds a take of which clip it is, and which camera belongs to it."""
    collection[_CLIP] = str(clip)
    if camera is not None:
        camera[_CAMERA] = str(clip)


def clip_of(collection: bpy.types.Collection) -> Path | None:
    """The clip whose take the collection holds."""
    return Path(collection[_CLIP]) if _CLIP in collection else None


def takes_of(scene: bpy.types.Scene, clip: Path) -> list[bpy.types.Collection]:
    """The collections of the scene that hold takes of the clip and can be changed, the latest last."""
    return [one for one in scene.collection.children_recursive if clip_of(one) == clip and one.library is None]


def takes_noted(clip: Path) -> list[tuple[bpy.types.Collection, bpy.types.Object | None]]:
    """All collections of the file that hold takes of the clip, each with its camera."""
    return [(one, camera_in(one)) for one in bpy.data.collections if clip_of(one) == clip and one.library is None]


def move_take(rig: bpy.types.Object, folder: Path) -> None:
    """Note on a character that its take lies in `folder` now."""
    rig[_MOTION] = str(folder / Path(rig[_MOTION]).name)


def characters_in(collection: bpy.types.Collection) -> list[bpy.types.Object]:
    """The armatures in the collection that play persons of a take, by their numbers."""
    rigs = [thing for thing in collection.all_objects if thing.type == "ARMATURE" and _MOTION in thing and thing.library is None]
    return sorted(rigs, key=lambda rig: int(rig[_PERSON]))


def figure_of(rig: bpy.types.Object) -> bpy.types.Object | None:
    """The body that was made with the armature, if it is still there."""
    return next((child for child in rig.children if child.type == "MESH" and _FIGURE in child), None)


def camera_in(collection: bpy.types.Collection) -> bpy.types.Object | None:
    """The camera of the take, if it is still there."""
    return next((thing for thing in collection.all_objects if thing.type == "CAMERA" and _CAMERA in thing), None)


def note_keys(rig: bpy.types.Object) -> None:
    """Note on the character's action what its keys are now: nobody has changed them by hand."""
    for action in _actions(rig):
        action[_KEYS] = _sum_of(action)


def edited_actions(rig: bpy.types.Object) -> list[bpy.types.Action]:
    """The actions that the character plays and that were changed since `note_keys`, or are not from it at all."""
    return [action for action in _actions(rig) if action.get(_KEYS) != _sum_of(action)]


def _actions(rig: bpy.types.Object) -> Iterator[bpy.types.Action]:
    figure = figure_of(rig)
    owners: list[Any] = [rig, figure.data.shape_keys if figure is not None else None]
    played = [owner.animation_data.action for owner in owners if owner is not None and owner.animation_data]
    yield from {action: None for action in played if action is not None and action.library is None}


def _sum_of(action: bpy.types.Action) -> str:
    """A number that changes with any key."""
    total, count = 0.0, 0
    for number, curve in enumerate(all_fcurves(action), start=1):
        keys = np.empty(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get("co", keys)
        total += float(keys.astype(np.float64) @ np.sqrt(np.arange(number, number + len(keys), dtype=np.float64)))
        count += len(keys)
    return f"{count} {total:.6e}"
