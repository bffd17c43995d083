"""Channels become F-curves, in the action that a data-block plays or in a new one."""

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .compat import ActionPart, new_fcurve, present_part, room_for
from .keys import replace_keys, write_keys
from .take_channels import Channel

Array = NDArray[np.floating[Any]]


def key_channels(
    owner: bpy.types.ID,
    channels: list[Channel],
    action: bpy.types.Action | None,
    name: str,
    frames: Array,
    replace: bool = False,
    held: NDArray[np.bool_] | None = None,
) -> bpy.types.Action:
    """Key `channels` of `owner` at scene frames (T,); returns the action that it plays then.

    replace: into the present one, if there is one, in place of its keys from the first to the last of the frames. Else into
    `action`, if it is given, or a new one called `name`; there held (T,) tells which keys hold until the next one.
    """
    room = present_part(owner) if replace else None
    if room is not None:
        for channel in channels:
            for index, values in enumerate(channel.values.T):
                found = room.curves.fcurves.find(channel.path, index=index)
                replace_keys(found or new_fcurve(room.curves, channel.path, index, channel.group), frames, values)
        return room.action
    room = room_for(owner, action, name)
    fill(room, channels, frames, held)
    data = owner.animation_data_create()
    if data.action is not None and data.action.library is None:
        data.action.use_fake_user = True  # or it would be lost when the file is saved
    room.give(data)
    return room.action


def fill(room: ActionPart, channels: Sequence[Channel], frames: Array, held: NDArray[np.bool_] | None = None) -> None:
    """Write the channels into an action that does not have them yet. held: (T,) whether a key holds until the next one."""
    held = np.zeros(len(frames), bool) if held is None else held
    for channel in channels:
        for index, values in enumerate(channel.values.T):
            write_keys(new_fcurve(room.curves, channel.path, index, channel.group), frames, values, held)
