"""A take that was written before is written anew, in its place: same action, same first frame."""

import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..act.request import ActRequest
from ..errors import ThespisError
from ..motion import Motion
from .acted import Acted, note_take, take_called
from .clock import scene_rate
from .compat import ActionPart, present_part, strip_part
from .control.follow import check_as_put, note_put, put_take
from .keys import keys_between, read_keys, rewrite_keys
from .pose import key_frames
from .rig import Rig
from .take_channels import Channel, Part, take_channels
from .write_take import Where, Written

Array = NDArray[np.floating[Any]]


def keep_record(written: Written, request: ActRequest, where: Where, part: Part) -> Acted:
    """Note on its actions that this take was just written, and by which request."""
    acted = Acted(uuid.uuid4().hex[:12], request, where, part, written.first, written.last, 0)
    note_take(written.actions, acted)
    curves = _curves(list(written.channels), acted)
    acted = replace(acted, checksum=_checksum(curves, [curve.own for curve in curves]))
    note_take(written.actions, acted)
    note_put(written.channels[0].owner, acted.id, acted.first, acted.last)
    return acted


def rewrite_take(rig: Rig, motion: Motion, scene: bpy.types.Scene, acted: Acted, request: ActRequest) -> Acted:
    """Key `motion`, which `request` made, in place of the take `acted` that `rig` plays; returns it as it is now.

    Raises ThespisError, changing nothing, when the take is gone, or its keys were changed by hand since: that work would be lost.
    """
    channels = take_channels(rig, motion, acted.part, acted.where == "LAYER")
    frames = key_frames(len(motion), motion.fps, scene_rate(scene), acted.first)
    curves = _curves(channels, acted)
    if _checksum(curves, [curve.own for curve in curves]) != acted.checksum:
        raise ThespisError(
            f"{rig.armature.name}: the keys of this take were changed by hand, which would be lost. Act anew, or undo the change."
        )
    check_as_put(rig.armature, acted.id, acted.first, acted.last)
    keys = np.empty((len(curves), len(frames), 2), np.float32)
    keys[:, :, 0], keys[:, :, 1] = frames, _as_before(curves)
    for curve, new in zip(curves, keys, strict=True):
        assert curve.fcurve is not None  # the checksum would differ
        rewrite_keys(curve.fcurve, curve.places, new, acted.last)
    actions = [_end_at(owner, acted, float(frames[-1])) for owner in dict.fromkeys(channel.owner for channel in channels)]
    now = replace(acted, request=request, last=float(frames[-1]), checksum=_checksum(curves, keys))
    note_take(tuple(dict.fromkeys(actions)), now)
    put_take(rig, scene, now.first, max(now.last, acted.last))
    note_put(rig.armature, now.id, now.first, now.last)
    return now


@dataclass(frozen=True)
class _Curve:
    """One component of a channel. values: (T,) to be keyed. fcurve: None when there is none any more. places: (K, 2) its keys,
    own: those of them that are the take's."""

    path: str
    index: int
    values: Array
    fcurve: bpy.types.FCurve | None
    places: Array
    own: Array


def _curves(channels: list[Channel], acted: Acted) -> list[_Curve]:
    """The F-curves that hold the take. Raises ThespisError when a data-block plays it no more."""
    found: dict[bpy.types.ID, dict[tuple[str, int], bpy.types.FCurve]] = {}
    for owner in dict.fromkeys(channel.owner for channel in channels):
        room = _room(owner, acted)
        found[owner] = {(fcurve.data_path, fcurve.array_index): fcurve for fcurve in room.curves.fcurves}
    curves = []
    for channel in channels:
        for index, values in enumerate(channel.values.T):
            fcurve = found[channel.owner].get((channel.path, index))
            places = read_keys(fcurve) if fcurve is not None else np.zeros((0, 2), np.float32)
            curves.append(_Curve(channel.path, index, values, fcurve, places, keys_between(places, acted.first, acted.last)))
    return curves


def _as_before(curves: list[_Curve]) -> Array:
    """(C, T) the values with turns written as the take's first keys have them: q and -q, or a whole turn more, turn alike, but
    the way there from the keys before the take would be another one."""
    out = np.stack([curve.values for curve in curves])
    first = np.array([curve.own[0, 1] for curve in curves])
    for number, curve in enumerate(curves):
        if curve.path.endswith("rotation_euler"):
            out[number] += 2 * np.pi * np.round((first[number] - out[number, 0]) / (2 * np.pi))
        elif curve.index == 0 and curve.path.endswith("rotation_quaternion"):
            parts = slice(number, number + 4)
            if first[parts] @ out[parts, 0] < 0:
                out[parts] *= -1
    return out


def _room(owner: bpy.types.ID, acted: Acted) -> ActionPart:
    played = take_called(owner, acted.id)
    room = None
    if played is not None:
        room = present_part(owner) if played.strip is None else strip_part(played.strip)
    if room is None:
        raise ThespisError(f"{owner.name}: plays this take no more. Act anew.")
    return room


def _end_at(owner: bpy.types.ID, acted: Acted, last: float) -> bpy.types.Action:
    """Let a strip that plays the whole take play all of it still. Returns the action."""
    played = take_called(owner, acted.id)
    assert played is not None
    strip = played.strip
    if strip is not None and last != acted.last and abs(strip.action_frame_end - acted.last) < 0.01:
        strip.action_frame_end = max(last, strip.action_frame_start + 1)
        strip.frame_end = strip.frame_start + strip.scale * (strip.action_frame_end - strip.action_frame_start)
    return played.action


def _checksum(curves: list[_Curve], keys: Iterable[Array]) -> int:
    """Of the keys (T, 2), in 32 bits, of each curve."""
    told = 0
    for curve, own in zip(curves, keys, strict=True):
        told = zlib.crc32(f"{curve.path} {curve.index} {curve.fcurve is not None}".encode(), told)
        told = zlib.crc32(np.asarray(own, np.float32).tobytes(), told)
    return told
