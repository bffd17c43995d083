"""The one place where Blender's versions, 4.2 to 5.2, differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy

VERSION: Final[tuple[int, int, int]] = bpy.app.version

HAS_SLOTS: Final = VERSION >= (4, 4, 0)
"""From 4.4 on one action animates several data-blocks, each through a slot of its own."""

MAX_SHAPE_KEY: Final = 10.0
"""How far Blender lets a shape key's slider go in either direction."""


def animate(owner: bpy.types.ID, action: bpy.types.Action | None, name: str) -> tuple[bpy.types.Action, Any]:
    """Let `action` animate `owner` and return (action, where its F-curves and groups are made), as `room_for` does."""
    part = room_for(owner, action, name)
    owner.animation_data_create()
    part.give(owner.animation_data)
    return part.action, part.curves


@dataclass(frozen=True)
class ActionPart:
    """What of `action` animates one data-block. curves: where its F-curves and groups are made. slot: None before 4.4."""

    action: bpy.types.Action
    curves: Any
    slot: Any

    def give(self, user: bpy.types.AnimData | bpy.types.NlaStrip) -> None:
        """Let `user` play this part."""
        user.action = self.action
        if HAS_SLOTS:
            user.action_slot = self.slot


def room_for(owner: bpy.types.ID, action: bpy.types.Action | None, name: str) -> ActionPart:
    """Where F-curves of `owner` can be made in `action`, which does not animate it yet.

    From 4.4 on an action given a second time gets a second slot. Before, an action fits one kind of data-block only: a
    second owner gets an action of its own, called `name`. Without an action a new one is made.
    """
    if not HAS_SLOTS:
        if action is None or (action.id_root != owner.id_type and action.fcurves):
            action = bpy.data.actions.new(name)
        action.id_root = owner.id_type
        return ActionPart(action, action, None)
    if action is None:
        action = bpy.data.actions.new(name)
    return _part(action, action.slots.new(id_type=owner.id_type, name=owner.name))


def present_part(owner: bpy.types.ID) -> ActionPart | None:
    """What of its action animates `owner` now; None without an action. An action without a slot for it gets one."""
    data = owner.animation_data
    if data is None or data.action is None:
        return None
    if not HAS_SLOTS:
        return ActionPart(data.action, data.action, None)
    if data.action_slot is None:
        data.action_slot = data.action.slots.new(id_type=owner.id_type, name=owner.name)
    return _part(data.action, data.action_slot)


@contextmanager
def plays(owner: bpy.types.ID, action: bpy.types.Action | None) -> Iterator[None]:
    """While the block runs, `owner` plays what `action` has for it, and nothing else; afterwards what it played before.

    Of several slots that fit the kind of data-block it is the one with the owner's name, else the first.
    """
    had_data = owner.animation_data is not None
    data = owner.animation_data_create()
    before, slot = data.action, data.action_slot if HAS_SLOTS else None
    kept = {name: getattr(data, name) for name in _ALONE}
    try:
        for name, value in _ALONE.items():
            setattr(data, name, value)
        data.action = action if action is None or HAS_SLOTS or action.id_root == owner.id_type else None
        take_slot(data, owner)
        yield
    finally:
        data.action = before
        if HAS_SLOTS and before is not None:
            data.action_slot = slot
        for name, value in kept.items():
            setattr(data, name, value)
        if not had_data:
            owner.animation_data_clear()


def take_slot(user: bpy.types.AnimData | bpy.types.NlaStrip, owner: bpy.types.ID) -> None:
    """Let `user` play what its action has for `owner`: the slot with the owner's name, else the first of its kind."""
    if HAS_SLOTS and user.action is not None:
        fitting = [slot for slot in user.action.slots if slot.target_id_type == owner.id_type]
        fitting.sort(key=lambda slot: slot.name_display != owner.name)
        user.action_slot = fitting[0] if fitting else None


_ALONE: Final = {"use_nla": False, "action_blend_type": "REPLACE", "action_influence": 1.0, "action_extrapolation": "HOLD"}


def same_part(action: bpy.types.Action, part: ActionPart) -> ActionPart:
    """What `part` is of its action, in a copy of that."""
    if not HAS_SLOTS:
        return ActionPart(action, action, None)
    return _part(action, next(slot for slot in action.slots if slot.handle == part.slot.handle))


def strip_part(strip: bpy.types.NlaStrip) -> ActionPart | None:
    """What of its action the strip plays; None when that is nothing."""
    if strip.action is None:
        return None
    if not HAS_SLOTS:
        return ActionPart(strip.action, strip.action, None)
    return _part(strip.action, strip.action_slot) if strip.action_slot is not None else None


def played_curves(owner: bpy.types.ID) -> list[bpy.types.FCurve]:
    """The F-curves of the action that animates `owner`; nothing is made."""
    data = owner.animation_data
    if data is None or data.action is None:
        return []
    if not HAS_SLOTS:
        return list(data.action.fcurves)
    bags = [
        strip.channelbag(data.action_slot)
        for layer in data.action.layers
        for strip in layer.strips
        if data.action_slot is not None
    ]
    return [fcurve for bag in bags if bag is not None for fcurve in bag.fcurves]


def _part(action: bpy.types.Action, slot: Any) -> ActionPart:
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return ActionPart(action, strip.channelbag(slot, ensure=True), slot)


def new_fcurve(curves: Any, path: str, index: int, group: str | None) -> bpy.types.FCurve:
    """A new F-curve for `path`[index] in what `animate` returned, in the group of that name."""
    if not HAS_SLOTS:
        return curves.fcurves.new(path, index=index, action_group=group or "")
    fcurve = curves.fcurves.new(path, index=index)
    if group is not None:
        found = curves.groups.get(group)
        fcurve.group = found if found is not None else curves.groups.new(group)
    return fcurve


def all_fcurves(action: bpy.types.Action) -> list[bpy.types.FCurve]:
    """Every F-curve of the action, whatever it animates."""
    if not HAS_SLOTS:
        return list(action.fcurves)
    return [
        fcurve
        for layer in action.layers
        for strip in layer.strips
        for channelbag in strip.channelbags
        for fcurve in channelbag.fcurves
    ]


def new_shape_key(owner: bpy.types.Object, name: str) -> bpy.types.ShapeKey:
    """A shape key that starts at 0 (from 5.0 on Blender starts it at 1)."""
    key = owner.shape_key_add(name=name, from_mix=False)
    key.value = 0.0
    return key


def new_sound_strip(scene: bpy.types.Scene, name: str, path: str, channel: int, frame: int) -> Any:
    """Put a sound file into the scene's sequencer (`sequences` became `strips` in 4.4)."""
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    return strips.new_sound(name=name, filepath=path, channel=channel, frame_start=frame)


def used_channels(scene: bpy.types.Scene) -> set[int]:
    """The channels of the scene's sequencer that hold something."""
    return {strip.channel for strip in _strips(scene)}


def has_sound(scene: bpy.types.Scene, path: Path) -> bool:
    """Whether the scene's sequencer plays the sound of the file at `path`."""
    sounds = [strip.sound for strip in _strips(scene) if strip.type == "SOUND" and strip.sound is not None]
    return any(Path(bpy.path.abspath(sound.filepath)) == path for sound in sounds)


def _strips(scene: bpy.types.Scene) -> list[Any]:
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips if hasattr(editor, "strips") else editor.sequences)
