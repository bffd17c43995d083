"""Marks where a fit is unsure: markers in the timeline, and keys of another colour on the bones that are meant."""

import bpy
import numpy as np
from numpy.typing import NDArray

from ..motion import Motion
from ..skeleton import BODY_JOINT_COUNT, JOINT_NAMES
from ..take.unsure import unsure_frames, unsure_stretches
from .compat import present_part
from .origin import Origin

MARK = "unsure: "
_MARKED = "thespis_marked"
"""On a character: what it was called when it was marked."""
_KEYFRAME, _EXTREME = 0, 1
"""Keyframe.type as numbers; an extreme is drawn in red."""
_NEAR = 0.5


def show_unsure(rig: bpy.types.Object, origin: Origin, motion: Motion, scene: bpy.types.Scene, threshold: float) -> int:
    """Mark the frames of `motion`, which `rig` plays, that are below the threshold, in place of what was marked before; returns
    how many stretches there are. Parts that are unsure together share a marker."""
    hide_unsure(rig, scene)
    if motion.confidence is None:
        return 0
    stretches = unsure_stretches(motion.confidence, motion.fps, threshold)
    begins: dict[int, list[str]] = {}
    for one in stretches:
        begins.setdefault(round(origin.to_scene(float(motion.frames[one.first]))), []).append(one.part)
    rig[_MARKED] = rig.name
    for frame, parts in begins.items():
        scene.timeline_markers.new(_name(rig, parts), frame=frame)
    _colour_keys(rig, origin, motion, threshold)
    return len(stretches)


def hide_unsure(rig: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Take the rig's marks away."""
    for marker in unsure_markers(rig, scene):
        scene.timeline_markers.remove(marker)
    for bone in JOINT_NAMES[:BODY_JOINT_COUNT]:
        for curve in _curves_of(rig, bone):
            types = _types_of(curve)
            if (types == _EXTREME).any():
                curve.keyframe_points.foreach_set("type", np.where(types == _EXTREME, _KEYFRAME, types).astype(np.uint8))


def unsure_markers(rig: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.TimelineMarker]:
    """The rig's markers, by their frames."""
    begin = f"{rig.get(_MARKED, rig.name)} {MARK}"
    own = [marker for marker in scene.timeline_markers if marker.name.startswith(begin)]
    return sorted(own, key=lambda marker: marker.frame)


def _name(rig: bpy.types.Object, parts: list[str]) -> str:
    return f"{rig.name} {MARK}{', '.join(parts)}"


def _colour_keys(rig: bpy.types.Object, origin: Origin, motion: Motion, threshold: float) -> None:
    assert motion.confidence is not None
    frames = np.array([origin.to_scene(float(frame)) for frame in motion.frames])
    for joint, bone in enumerate(JOINT_NAMES[:BODY_JOINT_COUNT]):
        unsure = unsure_frames(motion.confidence, joint, threshold)
        if not unsure.any():
            continue
        for curve in _curves_of(rig, bone):
            keys = np.empty(2 * len(curve.keyframe_points), np.float32)
            curve.keyframe_points.foreach_get("co", keys)
            row = np.clip(np.round((keys[::2] - frames[0]) / origin.step), 0, len(frames) - 1).astype(int)
            near = np.abs(frames[row] - keys[::2]) < _NEAR * origin.step
            types = np.where(near & unsure[row], _EXTREME, _types_of(curve))
            curve.keyframe_points.foreach_set("type", types.astype(np.uint8))


def _types_of(curve: bpy.types.FCurve) -> NDArray[np.uint8]:
    types = np.empty(len(curve.keyframe_points), np.uint8)
    curve.keyframe_points.foreach_get("type", types)
    return types


def _curves_of(rig: bpy.types.Object, bone: str) -> list[bpy.types.FCurve]:
    part = present_part(rig) if rig.animation_data is not None and rig.animation_data.action is not None else None
    if part is None or part.action.library is not None:
        return []
    found = [part.curves.fcurves.find(f'pose.bones["{bone}"].rotation_quaternion', index=index) for index in range(4)]
    return [curve for curve in found if curve is not None]
