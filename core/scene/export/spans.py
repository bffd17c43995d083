"""Which clips of a character are exported, and what it has to play while each is read."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import bpy

from ...errors import ThespisError
from ..bake.span import played_span
from ..compat import all_fcurves, plays
from ..control.attach import let_go
from ..controlled import follows_controls
from ..sampled import keys_moved_with
from .wishes import ExportWishes

_FACE: Final = "thespis_face"
"""Custom property of an action: the action of the face that belongs to it (before Blender 4.4, where one holds both)."""


@dataclass(frozen=True)
class Span:
    """One clip. action: what the character has to play; None: what it plays now. first, last: scene frames, in between too."""

    name: str
    action: bpy.types.Action | None
    first: float
    last: float


def spans_of(armature: bpy.types.Object, wishes: ExportWishes, scene: bpy.types.Scene) -> list[Span]:
    """The clips of `armature` that are wished for, in order. Raises ThespisError when there is none, or no such action."""
    find = {"PRESENT": _present, "SCENE": _scene, "STRIPS": _strips, "MARKED": _marked, "CHOSEN": _chosen}
    spans = find[wishes.clips](armature, wishes, scene)
    seen: set[str] = set()
    for span in spans:
        if span.name in seen:
            raise ThespisError(f"{armature.name}: two clips are called {span.name}. Give one of them another name.")
        seen.add(span.name)
    return spans


def _present(armature: bpy.types.Object, _wishes: ExportWishes, scene: bpy.types.Scene) -> list[Span]:
    data = armature.animation_data
    action = data.action if data is not None else None
    controlled = played_span(armature) if follows_controls(armature) else None
    if controlled is not None:
        return [Span(action.name if action is not None else armature.name, None, *controlled)]
    if action is not None and all_fcurves(action):
        return [Span(action.name, None, *range_of(action))]
    strips = _played_strips(armature)
    if strips:
        first, last = min(strip.frame_start for strip in strips), max(strip.frame_end for strip in strips)
        return [Span(armature.name, None, first, last)]
    if armature.constraints or any(bone.constraints for bone in armature.pose.bones):
        return _scene(armature, _wishes, scene)
    raise ThespisError(f"{armature.name}: has no keys to export. Act or import a motion first, or choose actions.")


def _scene(armature: bpy.types.Object, _wishes: ExportWishes, scene: bpy.types.Scene) -> list[Span]:
    return [Span(armature.name, None, scene.frame_start, scene.frame_end)]


def _strips(armature: bpy.types.Object, _wishes: ExportWishes, _scene: bpy.types.Scene) -> list[Span]:
    strips = sorted(_played_strips(armature), key=lambda strip: strip.frame_start)
    if not strips:
        raise ThespisError(f"{armature.name}: there is no strip in its NLA that plays. Push an action down first.")
    return [Span(strip.name, None, strip.frame_start, strip.frame_end) for strip in strips]


def _marked(armature: bpy.types.Object, _wishes: ExportWishes, _scene: bpy.types.Scene) -> list[Span]:
    actions = [action for action in bpy.data.actions if action.asset_data is not None and fits(action, armature)]
    if not actions:
        raise ThespisError(f"{armature.name}: no action that fits it is marked as an asset. Mark the actions to export first.")
    return [Span(action.name, action, *range_of(action)) for action in actions]


def _chosen(armature: bpy.types.Object, wishes: ExportWishes, _scene: bpy.types.Scene) -> list[Span]:
    spans = []
    for name in wishes.chosen:
        action = bpy.data.actions.get(name)
        if action is None:
            raise ThespisError(f"{name}: there is no such action. Choose another one.")
        if not fits(action, armature):
            raise ThespisError(f"{name}: moves no bone of {armature.name}. Choose another action.")
        spans.append(Span(name, action, *range_of(action)))
    if not spans:
        raise ThespisError(f"{armature.name}: no action is chosen. Choose at least one.")
    return spans


def fits(action: bpy.types.Action, armature: bpy.types.Object) -> bool:
    """Whether the action moves bones of the armature."""
    bones = armature.pose.bones
    paths = (curve.data_path for curve in all_fcurves(action))
    return any(path.startswith('pose.bones["') and path.split('"')[1] in bones for path in paths)


def range_of(action: bpy.types.Action) -> tuple[float, float]:
    """First and last frame of the action: those that were set for it, else of its keys."""
    first, last = action.frame_range
    return float(first), float(last)


def note_face(action: bpy.types.Action, face: bpy.types.Action) -> None:
    """Note that the action `face` belongs to `action`; nothing where they are one."""
    if face != action:
        action[_FACE] = face


def face_of(action: bpy.types.Action) -> bpy.types.Action:
    """The action of the face that belongs to `action`, which may be itself."""
    return action.get(_FACE) or action


def _played_strips(armature: bpy.types.Object) -> list[bpy.types.NlaStrip]:
    data = armature.animation_data
    if data is None or not data.use_nla:
        return []
    tracks = [track for track in data.nla_tracks if track.is_solo] or [track for track in data.nla_tracks if not track.mute]
    return [strip for track in tracks for strip in track.strips if not strip.mute and strip.action is not None]


@contextmanager
def playing(armature: bpy.types.Object, action: bpy.types.Action | None) -> Iterator[None]:
    """While the block runs, armature and faces play `action` and nothing else, from their rest; afterwards all is as before.

    None: they play what they play.
    """
    if action is None:
        yield
        return
    face = face_of(action)
    with ExitStack() as stack:
        stack.enter_context(let_go(armature))
        stack.enter_context(_at_rest(armature))
        stack.enter_context(plays(armature, action))
        for owner in keys_moved_with(armature):
            stack.enter_context(plays(owner, face))
        yield


@contextmanager
def _at_rest(armature: bpy.types.Object) -> Iterator[None]:
    """What an action does not key would else stay as it is posed now."""
    channels = [(bone, name) for bone in armature.pose.bones for name in _REST]
    blocks = [block for owner in keys_moved_with(armature) for block in owner.key_blocks[1:]]
    posed = [tuple(getattr(bone, name)) for bone, name in channels]
    values = [block.value for block in blocks]
    try:
        for bone, name in channels:
            setattr(bone, name, _REST[name])
        for block in blocks:
            block.value = 0.0
        yield
    finally:
        for (bone, name), value in zip(channels, posed, strict=True):
            setattr(bone, name, value)
        for block, value in zip(blocks, values, strict=True):
            block.value = value


_REST: Final = {
    "location": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
