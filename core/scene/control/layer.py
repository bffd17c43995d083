"""Layers on controls: what an animator adds to a motion that has a key in every frame."""

import bpy

from ...errors import ThespisError
from ..compat import room_for
from ..layers import push_down


def add_layer(controls: bpy.types.Object, scene: bpy.types.Scene) -> bpy.types.Action:
    """Let what the controls play be a strip of their NLA, and start an empty action above it whose keys are added to it.

    Blender itself tells a key of such an action from the pose that is seen. Raises ThespisError, changing nothing.
    """
    data = controls.animation_data
    if data is None or data.action is None:
        raise ThespisError(f"{controls.name}: plays nothing that a layer could be put on. Key its controls directly.")
    if data.use_tweak_mode:
        raise ThespisError(f"{controls.name}: a strip of its NLA is being tweaked. Leave tweak mode first.")
    push_down(controls, scene)
    part = room_for(controls, None, f"{controls.name} layer")
    part.give(data)
    data.action_blend_type, data.action_influence, data.action_extrapolation = "COMBINE", 1.0, "HOLD"
    return part.action


def has_layers(controls: bpy.types.Object) -> bool:
    """Whether more than one plain action moves the controls."""
    data = controls.animation_data
    if data is None:
        return False
    alone = data.action is None or (data.action_blend_type == "REPLACE" and data.action_influence == 1.0)
    return not alone or (data.use_nla and any(not track.mute for track in data.nla_tracks))


def check_no_layers(controls: bpy.types.Object) -> None:
    """Raise ThespisError when keys of whole poses cannot be put onto the controls, for they would be added to layers."""
    if has_layers(controls):
        raise ThespisError(f"{controls.name}: has layers. Bake to Bones and add controls again, which makes them one.")


def play_alone(controls: bpy.types.Object) -> None:
    """Let the controls play their action and no layers, which stay in their NLA, muted."""
    data = controls.animation_data
    data.action_blend_type, data.action_influence, data.action_extrapolation = "REPLACE", 1.0, "HOLD"
    for track in data.nla_tracks:
        track.mute = True
