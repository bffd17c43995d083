"""A take that was written onto the bones of a character lands on its controls, too."""

import zlib
from typing import Final

import bpy

from ...control.transforms import Array
from ...errors import ThespisError
from ..compat import played_curves
from ..controlled import controls_of
from ..keys import keys_between, read_keys
from ..rig import Rig
from ..sampled import sample_armature
from .attach import let_go
from .keying import put_on_controls
from .layer import check_no_layers, has_layers, play_alone
from .played import played_frames, whole_frames
from .standing import joints_in, layout_for

_PUT: Final = "thespis_put"
"""Custom property of an action of controls: checksums of the takes that were put there, by their ids."""
ALL: Final = "all"
"""In place of an id: everything that was put there when the controls were made."""


def put_take(rig: Rig, scene: bpy.types.Scene, first: float, last: float, name: str = "", replace: bool = True) -> None:
    """Let the controls of `rig`, if it has any, do from frame `first` to `last` what its bones are keyed to do there.

    replace: in place of what they did there; else in a new action called `name`.
    """
    controls = controls_of(rig.armature)
    if controls is None:
        return
    if replace:
        check_no_layers(controls)
    frames = whole_frames(first, last)
    with let_go(rig.armature):
        sampled = sample_armature(rig.armature, frames, scene, with_face=False)
    put_on_controls(controls, layout_for(rig), frames, joints_in(rig, sampled), name, replace)
    if not replace:
        play_alone(controls)


def check_can_put(character: bpy.types.Object) -> None:
    """Raise ThespisError when a take cannot be put in place of what the controls of the character, if it has any, do."""
    controls = controls_of(character)
    if controls is not None:
        check_no_layers(controls)


def note_put(character: bpy.types.Object, take_id: str, first: float, last: float) -> None:
    """Note on the controls' action that the take lies there as it was put."""
    controls = controls_of(character)
    if controls is None:
        return
    action = controls.animation_data.action
    if _PUT not in action:
        action[_PUT] = {}
    action[_PUT][take_id] = f"{_checksum(controls, whole_frames(first, last)):08x}"


def check_as_put(character: bpy.types.Object, take_id: str, first: float, last: float) -> None:
    """Raise ThespisError when the controls' keys in the take were changed since it was put there: that work would be lost."""
    controls = controls_of(character)
    if controls is None:
        return
    check_no_layers(controls)
    action = controls.animation_data.action if controls.animation_data is not None else None
    noted = action.get(_PUT, {}).get(take_id) if action is not None else None
    if noted != f"{_checksum(controls, whole_frames(first, last)):08x}":
        raise ThespisError(
            f"{character.name}: its controls were animated since it came, which would be lost. Act anew, or undo the change."
        )


def is_as_put(controls: bpy.types.Object) -> bool:
    """Whether nobody has animated the controls since they were made."""
    data = controls.animation_data
    if data is None or data.action is None:
        return True
    frames = played_frames(controls)
    return (
        not has_layers(controls)
        and bool(len(frames))
        and data.action.get(_PUT, {}).get(ALL) == f"{_checksum(controls, frames):08x}"
    )


def _checksum(controls: bpy.types.Object, frames: Array) -> int:
    """Of the keys of all controls in these frames, in 32 bits."""
    told = 0
    for curve in played_curves(controls):
        told = zlib.crc32(f"{curve.data_path} {curve.array_index}".encode(), told)
        told = zlib.crc32(keys_between(read_keys(curve), frames[0], frames[-1]).tobytes(), told)
    return told
