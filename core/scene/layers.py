"""NLA: what a character plays becomes a strip, new strips lie over it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy
import numpy as np

from .compat import ActionPart, all_fcurves, new_fcurve, present_part, room_for
from .keys import write_keys

if TYPE_CHECKING:
    from .take_channels import Channel


def new_strip(owner: bpy.types.ID, part: ActionPart, name: str, first: float, last: float) -> bpy.types.NlaStrip:
    """A strip that plays `part` from scene frame `first` to `last` as it is keyed, in a new track above all others."""
    data = owner.animation_data_create()
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(name, math.floor(first), part.action)
    part.give(strip)
    last = max(last, first + 1)  # a strip has a length, even one of a single key
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start, strip.frame_end = first, last
    strip.scale = 1.0
    return strip


def push_down(owner: bpy.types.ID, scene: bpy.types.Scene) -> None:
    """Let `owner` play its action, if it has one, as the topmost strip of its NLA, looking as before."""
    part, data = present_part(owner), owner.animation_data
    if part is None:
        return
    first, last = part.action.frame_range
    if any(curve.modifiers or curve.extrapolation != "CONSTANT" for curve in all_fcurves(part.action)):
        # A cycle goes on beyond its keys, a strip holds its last one: the strip covers what the scene shows.
        first, last = min(first, scene.frame_start), max(last, scene.frame_end)
    blend, influence, extrapolation = data.action_blend_type, data.action_influence, data.action_extrapolation
    data.action = None
    strip = new_strip(owner, part, part.action.name, first, last)
    strip.blend_type, strip.extrapolation = blend, extrapolation
    if influence < 1:
        strip.use_animated_influence = True
        strip.influence = influence


def hold_the_rest(owner: bpy.types.ID, channels: Sequence["Channel"], name: str, frame: float) -> None:
    """Hold what no action of `owner` animates yet where it is now: a layer is added to a property's default otherwise."""
    data = owner.animation_data_create()
    strips = [strip for track in data.nla_tracks for strip in track.strips if strip.action is not None]
    paths = {curve.data_path for strip in strips for curve in all_fcurves(strip.action)}
    left = [channel for channel in channels if channel.path not in paths]
    if not left:
        return
    room = room_for(owner, None, name)
    for channel in left:
        for index, value in enumerate(channel.present):
            curve = new_fcurve(room.curves, channel.path, index, channel.group)
            write_keys(curve, np.array([frame]), np.array([value]), np.zeros(1, bool))
    new_strip(owner, room, name, frame, frame + 1).extrapolation = "HOLD"
