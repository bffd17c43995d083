"""What a character shows now, as a Motion that a take can go on from."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import bpy
import numpy as np

from ..motion import Motion
from .clock import scene_rate
from .controlled import controls_of
from .face import face_keys
from .rig import Rig

_SAME: Final = 1e-3
"""Radians and metres by which the shown pose may differ from the keyed one, which is in 32 bits, and still be that."""
_AT_REST: Final = 1e-3
_CHANNELS: Final = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale")


def motion_at(rig: Rig, scene: bpy.types.Scene, frame: int) -> Motion:
    """As present_motion, of another frame; pose and frame of `scene` stay as they are."""
    if frame == scene.frame_current:
        return present_motion(rig, scene)
    bpy.context.view_layer.update()
    with _kept(rig, scene):
        scene.frame_set(frame)
        return present_motion(rig, scene)


def present_motion(rig: Rig, scene: bpy.types.Scene) -> Motion:
    """The pose that `rig` shows now, face included; two frames where it moves as keyed, so that its speed is known.

    In the frame of the armature (of the bone above the pelvis), y = 0 the floor under its origin, on its body. Pose and frame of
    `scene`, the current one, stay as they are.
    """
    bpy.context.view_layer.update()  # what came in just now shows its rest pose until then
    shown, rate = [_shown(rig)], scene_rate(scene)
    if rig.armature.animation_data is not None:
        with _kept(rig, scene):
            frame = scene.frame_current
            scene.frame_set(frame - 1)
            before = _shown(rig)
            scene.frame_set(frame)
            keyed = _shown(rig)
        # A pose that was changed by hand and not keyed is on no curve and has no speed.
        if all(np.abs(a - b).max() < _SAME for a, b in zip(keyed[:2], shown[0][:2], strict=True)):
            shown.insert(0, before)
    poses, trans, expression = (np.stack(part) for part in zip(*shown, strict=True))
    return Motion(poses, trans, rig.betas, expression, rate, body_model=rig.body.model_id)


def is_at_rest(motion: Motion) -> bool:
    """Whether its last pose is the armature's rest pose, which nobody means to act from."""
    return bool(np.abs(motion.poses[-1]).max() < _AT_REST)


def _shown(rig: Rig) -> tuple[Any, Any, Any]:
    expression = np.zeros(rig.body.expression_count)
    for key in face_keys(rig):
        expression[key.column] = key.block.value
    return (*rig.turn_and_place(), expression)


@contextmanager
def _kept(rig: Rig, scene: bpy.types.Scene) -> Iterator[None]:
    """Going to another frame and back loses what was posed and not keyed."""
    controls = controls_of(rig.armature)
    bones = [*rig.armature.pose.bones, *(controls.pose.bones if controls is not None else ())]
    posed = [(bone, name, tuple(getattr(bone, name))) for bone in bones for name in _CHANNELS]
    blocks = [(key.block, key.block.value) for key in face_keys(rig)]
    frame, subframe = scene.frame_current, scene.frame_subframe
    try:
        yield
    finally:
        scene.frame_set(frame, subframe=subframe)
        for bone, name, value in posed:
            if tuple(getattr(bone, name)) != value:
                setattr(bone, name, value)
        for block, value in blocks:
            if block.value != value:
                block.value = value
        bpy.context.view_layer.update()
