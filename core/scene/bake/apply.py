"""A bake is put onto an armature: all of it, or nothing."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.keys import Array, Keys
from ..compat import ActionPart, all_fcurves, new_fcurve, present_part, room_for
from ..keys import write_keys
from .changes import Changes, hush
from .face import Face
from .motion import Clip
from .options import BakeOptions
from .root_bone import add_root_bone, check_can_grow, remove_root_bone
from .write import write_bones, write_shape_keys


def apply_bake(
    armature: bpy.types.Object,
    clip: Clip,
    keys: Keys,
    face: Face,
    face_keys: Keys,
    frames: Array,
    held: Matrix | None,
    options: BakeOptions,
) -> tuple[tuple[bpy.types.Action, ...], str]:
    """Give `armature` a new action with the keys, at the scene frames (T,), and let it play that; the face has an action of its
    own before Blender 4.4, which is returned after it. Returned, too: what was muted, in words.

    keys: of the curves that clip.bone and clip.number name. face_keys: of the face's. held: where the object is to stay
    (matrix_basis), None where it did not move by itself. Raises ThespisError; when anything fails, all is as it was.
    """
    former = present_part(armature)
    base = re.sub(r" baked(\.\d+)?$", "", former.action.name if former else armature.name)
    name = options.name or f"{base} baked"
    owners: list[bpy.types.ID] = [armature, *face.owners()]
    with _as_before_on_error(armature, owners) as changes:
        if clip.is_new:
            check_can_grow(armature)
            wanted = clip.bones.names[0]
            assert clip.root == 0
            below = next(b for b, parent in enumerate(clip.bones.parents) if parent == 0)
            add_root_bone(armature, clip.bones.names[below], wanted, float(clip.bones.lengths[0]))
        muted = hush(armature, owners[1:], options.below == "MUTE", changes)
        room = room_for(armature, None, name)
        write_bones(room.curves, armature, clip, keys, frames)
        if held is not None:
            _hold(armature, room, held, frames[0])
        actions = [room.action]
        _play(armature, room, frames, options, changes)
        for owner in face.owners():
            room = room_for(owner, actions[0], f"{name} expression")
            mine = [index for index, (one, _) in enumerate(face.blocks) if one == owner]
            blocks = [face.blocks[index][1] for index in mine]
            write_shape_keys(room.curves, blocks, face_keys.of(mine), frames)
            actions.append(room.action)
            _play(owner, room, frames, options, changes)
    return tuple(dict.fromkeys(actions)), muted


def _play(owner: bpy.types.ID, room: ActionPart, frames: Array, options: BakeOptions, changes: Changes) -> None:
    """Let `owner` play the new action, and the action know its range."""
    data = owner.animation_data_create()
    for name, value in (("action_blend_type", "REPLACE"), ("action_influence", 1.0), ("action_extrapolation", "HOLD")):
        changes.set(data, name, value)
    if data.action is not None and data.action.library is None:
        changes.set(data.action, "use_fake_user", True)  # or it would be lost when the file is saved
    room.give(data)
    action = room.action
    last = max(curve.range()[1] for curve in all_fcurves(action))
    # A range that is told by hand does not grow with what is keyed later on: only where the keys do not tell it.
    if options.loop or last < frames[-1]:
        action.use_frame_range = True
        action.frame_start, action.frame_end = frames[0], frames[-1]
        action.use_cyclic = options.loop


def _hold(armature: bpy.types.Object, room: ActionPart, held: Matrix, frame: float) -> None:
    """The object itself stays where it was in the first frame: its own way is the bones' now."""
    place, turn, size = held.decompose()
    mode = armature.rotation_mode
    axis, angle = turn.to_axis_angle()
    kinds = {"QUATERNION": ("rotation_quaternion", turn[:]), "AXIS_ANGLE": ("rotation_axis_angle", (angle, *axis))}
    turning = kinds[mode] if mode in kinds else ("rotation_euler", turn.to_euler(mode)[:])
    for path, values in (("location", place[:]), turning, ("scale", size[:])):
        for index, value in enumerate(values):
            write_keys(new_fcurve(room.curves, path, index, "Object Transforms"), np.array([frame]), np.array([value]), _ONE)


_ONE = np.zeros(1, bool)


@contextmanager
def _as_before_on_error(armature: bpy.types.Object, owners: Sequence[bpy.types.ID]) -> Iterator[Changes]:
    """When the block raises: actions and a bone made in it go, settings are as they were, and what was played is played again."""
    actions, bones = set(bpy.data.actions), set(armature.data.bones.keys())
    played = [(owner, present_part(owner), owner.animation_data is not None) for owner in owners]
    changes = Changes()
    try:
        yield changes
    except BaseException:
        for owner, part, had_data in played:
            if not had_data:
                owner.animation_data_clear()
            elif part is None:
                owner.animation_data.action = None
            else:
                part.give(owner.animation_data)
        changes.take_back()
        for name in set(armature.data.bones.keys()) - bones:
            remove_root_bone(armature, name)
        for action in set(bpy.data.actions) - actions:
            bpy.data.actions.remove(action)
        raise
