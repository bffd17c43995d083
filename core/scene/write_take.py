"""A take is written onto a character: in an action of its own, into the one it plays, or as a layer over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from ..motion import Motion
from .channel_keys import fill, key_channels
from .clock import scene_rate
from .compat import present_part, room_for
from .control.follow import check_can_put, put_take
from .controlled import controls_of
from .layers import hold_the_rest, new_strip, push_down
from .pose import key_frames
from .rig import Rig
from .take_channels import Channel, Part, check_layers, take_channels

Array = NDArray[np.floating[Any]]
Where = Literal["NEW", "REPLACE", "LAYER"]


@dataclass(frozen=True)
class Written:
    """action: that holds the take. actions: all of them, for the face has one of its own before Blender 4.4. channels: what was
    keyed. first, last: scene frames of its first and last key."""

    action: bpy.types.Action
    actions: tuple[bpy.types.Action, ...]
    channels: tuple[Channel, ...]
    first: float
    last: float


def check_can_be_keyed(armature: bpy.types.Object) -> None:
    """Raise ThespisError when nothing can be keyed onto `armature` as it is now."""
    override = armature.override_library
    if armature.library is not None or (override is not None and override.is_system_override):
        raise ThespisError(f"{armature.name}: is linked from another file. Make a library override of it that can be edited.")
    data = armature.animation_data
    if armature.mode == "EDIT":
        raise ThespisError(f"{armature.name}: is in Edit Mode. Leave it first.")
    if armature.data.pose_position == "REST":
        raise ThespisError(f"{armature.name}: shows its rest pose. Switch it to Pose Position first.")
    if data is not None and data.use_tweak_mode:
        raise ThespisError(f"{armature.name}: a strip of its NLA is being tweaked. Leave tweak mode first.")


def check_can_act(rig: Rig, where: Where, part: Part) -> None:
    """Raise ThespisError when a take cannot be written onto `rig` like this, before anything is made."""
    armature = rig.armature
    check_can_be_keyed(armature)
    data = armature.animation_data
    if where == "REPLACE" and data is not None and data.action is not None and data.action.library is not None:
        raise ThespisError(f"{data.action.name}: is linked from another file and cannot be changed. Choose New Action.")
    if where == "REPLACE":
        check_can_put(armature)
    if where == "LAYER":
        if data is not None and not data.use_nla:
            raise ThespisError(f"{armature.name}: its NLA is switched off, so a layer would not show. Switch it on.")
        if controls_of(armature) is not None:
            raise ThespisError(
                f"{armature.name}: a layer would not show through its control rig. Choose New Action, or Bake to Bones first."
            )
        check_layers(rig, part)


def write_take(
    rig: Rig, motion: Motion, scene: bpy.types.Scene, name: str, where: Where, part: Part, first: int | None = None
) -> Written:
    """Key `motion`, told in the rig's frame, from frame `first` of `scene` on (None: its current one), in step with its rate.

    NEW: an action called `name`; the one before is kept in the file. REPLACE: into the present action, in place of its keys from
    the take's first to its last frame; an action is made where there is none. LAYER: an NLA strip whose changes are added to what
    the character plays, which moves down into a strip of its own; what nothing animated stays as it is. A control rig takes on
    what the bones are keyed to do.
    Check with `check_can_act` before. When it fails, the character plays what it played.
    """
    frames = key_frames(len(motion), motion.fps, scene_rate(scene), scene.frame_current if first is None else first)
    owners: dict[bpy.types.ID, list[Channel]] = {}
    for channel in take_channels(rig, motion, part, where == "LAYER"):
        owners.setdefault(channel.owner, []).append(channel)
    actions: list[bpy.types.Action] = []  # of the armature first: the body's joints are always there
    with as_before_on_error(list(owners)):
        for owner, channels in owners.items():
            action = actions[0] if actions else None
            if where == "LAYER":
                actions.append(_lay_over(owner, channels, action, name, frames, scene))
            else:
                actions.append(key_channels(owner, channels, action, name, frames, replace=where == "REPLACE"))
        if where != "LAYER":
            put_take(rig, scene, float(frames[0]), float(frames[-1]), f"{name} controls", where == "REPLACE")
    keyed = tuple(channel for channels in owners.values() for channel in channels)
    return Written(actions[0], tuple(dict.fromkeys(actions)), keyed, float(frames[0]), float(frames[-1]))


def _lay_over(
    owner: bpy.types.ID,
    channels: list[Channel],
    action: bpy.types.Action | None,
    name: str,
    frames: Array,
    scene: bpy.types.Scene,
) -> bpy.types.Action:
    push_down(owner, scene)
    hold_the_rest(owner, channels, f"{name} base", float(frames[0]))
    room = room_for(owner, action, name)
    fill(room, channels, frames)
    strip = new_strip(owner, room, name, float(frames[0]), float(frames[-1]))
    # Combining turns by turns; of shape keys, whose default may be 1, it would multiply the values.
    strip.blend_type = "ADD" if owner.id_type == "KEY" else "COMBINE"
    strip.extrapolation = "NOTHING"
    return room.action


@contextmanager
def as_before_on_error(owners: list[bpy.types.ID]) -> Iterator[None]:
    """When the block raises: actions and strips made in it go, and what was played is played again."""
    actions = set(bpy.data.actions)
    played = []
    for owner in owners:
        part = present_part(owner)
        tracks = set(owner.animation_data.nla_tracks) if owner.animation_data else set()
        played.append((owner, part, tracks))
    try:
        yield
    except BaseException:
        for owner, part, tracks in played:
            data = owner.animation_data
            if data is None:
                continue
            for track in set(data.nla_tracks) - tracks:
                data.nla_tracks.remove(track)
            if part is None:
                data.action = None
            else:
                part.give(data)
        for action in set(bpy.data.actions) - actions:
            bpy.data.actions.remove(action)
        raise
