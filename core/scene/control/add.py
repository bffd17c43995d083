"""A control rig is put onto a character that moves as before, or taken off it again."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...control.transforms import Array
from ...errors import ThespisError
from ..controlled import character_of, controls_of
from ..rig import read_rig
from ..sampled import sample_armature
from ..write_take import check_can_be_keyed
from .attach import attach, detach
from .build import build_controls
from .follow import ALL, is_as_put, note_put
from .keying import put_on_controls
from .played import held_frames, played_frames
from .shapes import forget_shapes
from .standing import joints_in, layout_for


@dataclass(frozen=True)
class Added:
    """controls: the armature. frames: (T,) whole scene frames at which it is keyed; none for a character that stands still."""

    controls: bpy.types.Object
    frames: Array


def check_can_add(character: bpy.types.Object) -> None:
    """Raise ThespisError when the character gets no control rig as it is now."""
    check_can_be_keyed(character)
    if controls_of(character) is not None:
        raise ThespisError(f"{character.name}: has a control rig already. Remove it first.")


def add_controls(character: bpy.types.Object, scene: bpy.types.Scene) -> Added:
    """Make controls, put the motion that the character plays onto them, and let its bones follow them.

    The character's own action and its NLA stay as they are, unheard. Raises ThespisError, changing nothing.
    """
    check_can_add(character)
    rig = read_rig(character)
    frames = played_frames(character)
    still = not len(frames)
    sampled = sample_armature(character, [scene.frame_current_final] if still else frames, scene, with_face=False)
    joints, layout = joints_in(rig, sampled), layout_for(rig)
    held = np.zeros(1, bool) if still else held_frames(character, frames)
    controls = build_controls(f"{character.name} controls", layout, character, scene)
    put_on_controls(controls, layout, sampled.frames, joints, controls.name, held=held)
    if still:
        action = controls.animation_data.action
        scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
        controls.animation_data_clear()
        bpy.data.actions.remove(action)
    attach(character, controls, layout)
    if not still:
        note_put(character, ALL, frames[0], frames[-1])
    return Added(controls, frames)


def check_in_sight(character: bpy.types.Object) -> None:
    """Raise ThespisError when the character has a control rig that could not be made anew, for bones are made in sight only."""
    controls = controls_of(character)
    if controls is not None and not (controls.visible_get() or character.visible_get()):
        raise ThespisError(f"{character.name}: has a control rig, and is hidden or in a hidden collection. Show it first.")


def take_off_controls(character: bpy.types.Object) -> bool:
    """Take the control rig off, if there is one, and tell whether; what an animator did with it is kept in the file."""
    controls = controls_of(character)
    if controls is None:
        return False
    if not is_as_put(controls):
        for action in _actions(controls):
            action.use_fake_user = True
    remove_controls(character)
    return True


def remove_controls(character: bpy.types.Object) -> None:
    """Take the control rig off: the character plays what it played before it had one. Raises ThespisError without one."""
    controls = controls_of(character)
    if controls is None:
        raise ThespisError(f"{character.name}: has no control rig.")
    if controls.library is not None or controls.override_library is not None:
        raise ThespisError(f"{controls.name}: is linked from another file. Remove it there.")
    detach(character)
    if character_of(controls) is not None:  # a copy of the character was let go, whose original follows on
        return
    actions = _actions(controls)
    armature = controls.data
    bpy.data.objects.remove(controls)
    if not armature.users:
        bpy.data.armatures.remove(armature)
    for action in actions:
        if not action.users and action.library is None:
            bpy.data.actions.remove(action)
    forget_shapes()


def _actions(controls: bpy.types.Object) -> list[bpy.types.Action]:
    """All that the controls play, layers too."""
    data = controls.animation_data
    if data is None:
        return []
    played = [data.action, *(strip.action for track in data.nla_tracks for strip in track.strips)]
    return list(dict.fromkeys(action for action in played if action is not None))
