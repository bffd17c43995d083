"""The takes of an emotion set as actions of a character: named, kept, marked as assets, lined up in the NLA."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from ...emotion_set.manifest import SetEntry, entry_of
from ...emotion_set.plan import SetClip
from ...errors import ThespisError
from ...motion import Motion
from ...skeleton import JOINT_COUNT
from ..clock import scene_rate
from ..compat import new_fcurve, room_for, take_slot
from ..export.spans import face_of, fits, note_face
from ..face import face_keys
from ..keys import write_keys
from ..layers import push_down
from ..pose import key_frames
from ..rig import Rig
from ..space import from_blender
from ..take_channels import Channel, take_channels

_ENTRY: Final = "thespis_set_clip"
"""Custom property of an action: its entry of the manifest."""
FIRST_KEY: Final = 1
"""Frame of each action's first key."""
_TRACK: Final = "Emotion Set"
_GAP: Final = 0.5
"""Seconds between two strips."""


@dataclass(frozen=True)
class SetAction:
    """An action of a set; face: the one of the face (before Blender 4.4, else the same)."""

    entry: SetEntry
    action: bpy.types.Action
    face: bpy.types.Action


def standing(rig: Rig) -> Motion:
    """The character's body over the armature's origin, facing as at rest: where a set's takes are made for."""
    place = from_blender(rig.pelvis / rig.unit) - rig.origin
    none = np.zeros((1, rig.body.expression_count))
    return Motion(np.zeros((1, JOINT_COUNT, 3)), place[None], rig.betas, none, 30.0, body_model=rig.body.model_id)


def kept_clips(rig: Rig, clips: Sequence[SetClip], overwrite: bool) -> set[str]:
    """The names of clips that are there already, from a set before, and are kept.

    Raises ThespisError when an action that is none of a set has the name of one.
    """
    kept = set()
    for clip in clips:
        action = bpy.data.actions.get(clip.name)
        if action is None:
            continue
        if _ENTRY not in action or not fits(action, rig.armature) or action.library is not None:
            raise ThespisError(f"{clip.name}: another action is called so. Rename it, or make another set.")
        if not overwrite:
            kept.add(clip.name)
    return kept


def write_clip(rig: Rig, clip: SetClip, motion: Motion, scene: bpy.types.Scene, loops: bool) -> SetAction:
    """Key a take as an action of its own, which nothing plays yet; one of a set before with its name is gone."""
    former = bpy.data.actions.get(clip.name)
    if former is not None:
        for gone in {former, face_of(former)}:
            bpy.data.actions.remove(gone)
    frames = key_frames(len(motion), motion.fps, scene_rate(scene), FIRST_KEY)
    held = np.zeros(len(frames), bool)
    owners: dict[bpy.types.ID, list[Channel]] = {}
    for channel in take_channels(rig, motion, "WHOLE", False):
        owners.setdefault(channel.owner, []).append(channel)
    actions: list[bpy.types.Action] = []  # the armature's, and before Blender 4.4 the face's
    for owner, channels in owners.items():
        room = room_for(owner, actions[-1] if actions else None, clip.name if not actions else f"{clip.name} face")
        actions += [room.action] if room.action not in actions else []
        for channel in channels:
            for index, values in enumerate(channel.values.T):
                if room.curves.fcurves.find(channel.path, index=index) is None:  # faces of several meshes may share it
                    write_keys(new_fcurve(room.curves, channel.path, index, channel.group), frames, values, held)
    made = SetAction(entry_of(clip, motion, loops), actions[0], actions[-1])
    action = made.action
    for one in {action, made.face}:
        one.use_fake_user = True
    note_face(action, made.face)
    action.use_cyclic = loops
    action[_ENTRY] = json.dumps(_told(made.entry))
    return made


def read_clip(clip: SetClip) -> SetAction:
    """An action that was written before."""
    action = bpy.data.actions[clip.name]
    told: dict[str, Any] = json.loads(action[_ENTRY])
    x, y, z = told["displacement"]
    entry = SetEntry(clip, int(told["frames"]), float(told["seconds"]), bool(told["loop"]), (x, y, z))
    return SetAction(entry, action, face_of(action))


def mark(made: Sequence[SetAction]) -> None:
    """Mark the actions as assets, tagged with emotion and intensity."""
    for one in made:
        one.action.asset_mark()
        data = one.action.asset_data
        data.description = f"{one.entry.clip.emotion.capitalize()}, {one.entry.clip.level}; {one.entry.seconds:.2f} s"
        have = {tag.name for tag in data.tags}
        for tag in ("Thespis", one.entry.clip.emotion, one.entry.clip.level):
            if tag not in have:
                data.tags.new(tag)


def line_up(rig: Rig, made: Sequence[SetAction], scene: bpy.types.Scene, first: float) -> float:
    """Put a strip of each action one after another onto a new track, from frame `first` on; returns the last frame.

    What the character played goes on below it, as a strip of its own; a line of the same clips from before is replaced.
    """
    owners: list[bpy.types.ID] = [rig.armature, *dict.fromkeys(key.owner for key in face_keys(rig))]
    names = {action.name for one in made for action in (one.action, one.face)}
    gap, last = max(1.0, round(_GAP * scene_rate(scene))), first
    for owner in owners:
        push_down(owner, scene)
        data = owner.animation_data_create()
        for former in [track for track in data.nla_tracks if track.name.startswith(_TRACK)]:
            if all(strip.action is None or strip.action.name in names for strip in former.strips):
                data.nla_tracks.remove(former)
        track = data.nla_tracks.new()
        track.name = _TRACK
        at = first
        for one in made:
            action = one.action if owner == rig.armature else one.face
            length = max(1.0, float(one.action.frame_range[1] - one.action.frame_range[0]))
            strip = track.strips.new(one.action.name, int(at), action)
            take_slot(strip, owner)
            strip.action_frame_start, strip.action_frame_end = FIRST_KEY, FIRST_KEY + length
            strip.frame_start, strip.frame_end = at, at + length
            strip.scale, strip.extrapolation, strip.use_auto_blend = 1.0, "NOTHING", False
            last = at + length
            at = float(np.ceil(last)) + gap
    return last


def _told(entry: SetEntry) -> dict[str, Any]:
    return {"frames": entry.frames, "seconds": entry.seconds, "loop": entry.loop, "displacement": entry.displacement}
