"""What was solved becomes an action of the target."""

from collections.abc import Sequence

import bpy
import numpy as np

from ...retarget.rig_file import Switch
from ..channel_keys import fill
from ..compat import room_for
from ..take_channels import Array, Channel
from ..write_take import as_before_on_error

_SOURCE = "thespis_retargeted_from"
"""Under this name an action keeps from whom its motion is."""


def switch_channels(target: bpy.types.Object, switches: Sequence[Switch]) -> list[Channel]:
    """The properties as they are set now, to be keyed once, so that other actions may have them otherwise."""
    channels = []
    for switch in switches:
        bone = target.pose.bones[switch.bone]
        path = f'{bone.path_from_id()}["{bpy.utils.escape_identifier(switch.property)}"]'
        value = np.array([float(bone[switch.property])])
        channels.append(Channel(target, path, bone.name, value[None], value))
    return channels


def write_action(
    target: bpy.types.Object,
    source: bpy.types.Object,
    channels: Sequence[Channel],
    once: Sequence[Channel],
    frames: Array,
    name: str,
) -> bpy.types.Action:
    """Write channels at the frames (T,), and those of `once` at the first one, into an action called `name` that `target`, which
    plays none, then plays; its meshes' shape keys too.

    An action that was made so before, of the same source, and that nothing plays any more is replaced; any other stays in the
    file. When it fails, all is played that was played.
    """
    mark = f"{source.name} > {target.name}"
    owners: dict[bpy.types.ID, list[Channel]] = {}
    for channel in channels:
        owners.setdefault(channel.owner, []).append(channel)
    former: dict[bpy.types.Action, str] = {}
    try:
        with as_before_on_error(list(owners)):
            for owner in owners:
                if owner.animation_data is not None and owner.animation_data.action is not None:
                    let_go(owner)
            former = {action: action.name for action in bpy.data.actions if action.get(_SOURCE) == mark and action.users == 0}
            for action in former:
                action.name = f"{action.name} former"
            written = _written(owners, once, frames, name)
    except BaseException:
        for action, known in former.items():  # what was begun is gone now, and its name is free
            action.name = known
        raise
    for action in former:
        bpy.data.actions.remove(action)
    for action in written:
        action[_SOURCE] = mark
    return written[0]


def let_go(owner: bpy.types.ID) -> None:
    """Let `owner` play no action; one that is not of retargeting stays in the file without a user."""
    action = owner.animation_data.action
    owner.animation_data.action = None
    if action.library is None and _SOURCE not in action:
        action.use_fake_user = True


def _written(
    owners: dict[bpy.types.ID, list[Channel]], once: Sequence[Channel], frames: Array, name: str
) -> list[bpy.types.Action]:
    written: list[bpy.types.Action] = []
    for owner, listed in owners.items():
        room = room_for(owner, written[0] if written else None, f"{name} face" if written else name)
        fill(room, listed, frames)
        if not written:
            fill(room, once, frames[:1])
        room.give(owner.animation_data_create())
        written.append(room.action)
    return list(dict.fromkeys(written))
