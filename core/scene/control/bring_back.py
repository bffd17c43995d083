"""What was animated on the controls becomes plain keys of the character's own bones."""

import bpy
import numpy as np

from ...bake.bones import basis_matrices
from ...control.transforms import Array
from ...errors import ThespisError
from ...skeleton import JOINT_NAMES
from ..bake.bones import read_bones
from ..channel_keys import fill, key_channels
from ..compat import ActionPart, present_part, same_part
from ..controlled import controls_of, follows_controls
from ..rig import Rig, read_rig
from ..rotations import continuous_quaternions, quaternions_from_matrices
from ..sampled import Sampled, keys_moved_with, sample_armature
from ..take_channels import Channel, turn_channel
from ..write_take import check_can_be_keyed
from .played import held_frames, played_frames

_MOVED = 1e-5
"""Metres from which on a bone has been moved."""


def bake_to_bones(character: bpy.types.Object, scene: bpy.types.Scene) -> tuple[bpy.types.Action, Array]:
    """Key the bones as the controls move them, at each whole frame of the controls' keys; returns the action and the frames.

    The action is a copy of the one that the character played, so that what else that animates (a face, a bone above the pelvis)
    goes on; that one stays in the file. Raises ThespisError, changing nothing.
    """
    controls = controls_of(character)
    if controls is None:
        raise ThespisError(f"{character.name}: has no control rig. Add one first.")
    if not follows_controls(character):
        raise ThespisError(f"{character.name}: does not follow its controls now. Click Follow Controls first.")
    check_can_be_keyed(character)
    rig = read_rig(character)
    frames = played_frames(controls)
    held = held_frames(controls, frames)
    if not len(frames):
        frames, held = np.array([scene.frame_current_final]), np.zeros(1, bool)
    sampled = sample_armature(character, frames, scene, with_face=False)
    channels = bone_channels(rig, sampled)
    part = _copied(character, f"{character.name} animated")
    if part is None:
        action = key_channels(character, channels, None, f"{character.name} animated", frames, held=held)
    else:
        own = tuple(f'pose.bones["{JOINT_NAMES[joint]}"].' for joint in rig.joints)
        for curve in [curve for curve in part.curves.fcurves if curve.data_path.startswith(own)]:
            part.curves.fcurves.remove(curve)
        fill(part, channels, frames, held)
        action = part.action
    data = character.animation_data
    data.action_blend_type, data.action_influence, data.action_extrapolation = "REPLACE", 1.0, "HOLD"
    return action, frames


def _copied(character: bpy.types.Object, name: str) -> ActionPart | None:
    """What the character plays, in a copy of its action that it and its face play now; None when it plays none."""
    part = present_part(character)
    if part is None:
        return None
    copy = part.action.copy()
    copy.name, copy.use_fake_user = name, False
    part.action.use_fake_user = part.action.library is None
    for owner in (character, *keys_moved_with(character)):
        own = present_part(owner)
        if own is not None and own.action == part.action:
            same_part(copy, own).give(owner.animation_data)
    return present_part(character)


def bone_channels(rig: Rig, sampled: Sampled) -> list[Channel]:
    """What the bones of the joints have to be keyed with, each in its own rotation mode, to stand as they were sampled."""
    names = list(sampled.names)
    basis = basis_matrices(read_bones(rig.armature), sampled.matrices)
    channels = []
    for joint in rig.joints:
        bone = rig.armature.pose.bones[JOINT_NAMES[joint]]
        own = basis[:, names.index(bone.name)]
        turns = continuous_quaternions(quaternions_from_matrices(own[:, :3, :3]))
        channels.append(turn_channel(rig.armature, bone, turns))
        place = own[:, :3, 3]
        if joint == 0 or np.abs(place).max() > _MOVED * rig.unit:
            path = f"{bone.path_from_id()}.location"
            channels.append(Channel(rig.armature, path, bone.name, place, np.array(bone.location)))
    return channels
