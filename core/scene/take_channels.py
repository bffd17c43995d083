"""A take in the terms of what Blender animates: the properties of bones and shape keys, each in the character's own way."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import bpy
import numpy as np
from mathutils import Euler, Quaternion
from numpy.typing import NDArray

from ..errors import ThespisError
from ..motion import Motion
from ..skeleton import JOINT_INDEX, JOINT_NAMES
from .face import face_keys
from .pose import bone_keys
from .rig import Rig
from .rotations import parts_of_turns, turned_from_first
from .space import from_blender

Array = NDArray[np.floating[Any]]
Part = Literal["WHOLE", "UPPER"]

_LEGS: Final = tuple(JOINT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee", "ankle", "foot"))

_FADE: Final = 0.5
"""Seconds in which a layer comes and goes; at most a third of it."""

_NO_TURN: Final = 1e-6
"""Radians."""


@dataclass(frozen=True)
class Channel:
    """One animated property. owner: the data-block that its F-curves belong to. path: the property's, group: of its F-curves.

    values: (T, k), one column for each of its components. present: (k,) what it holds now.
    """

    owner: bpy.types.ID
    path: str
    group: str | None
    values: Array
    present: Array


def check_layers(rig: Rig, part: Part) -> None:
    """Raise ThespisError naming the bone that turns in angles, which do not add up: `rig` takes no layer then."""
    for joint in _joints(rig, part):
        bone = rig.armature.pose.bones[JOINT_NAMES[joint]]
        if bone.rotation_mode != "QUATERNION":
            raise ThespisError(
                f"{rig.armature.name}: {bone.name} turns by {bone.rotation_mode}, and only quaternions can be layered. "
                "Convert its rotation mode, or choose New Action."
            )


def take_channels(rig: Rig, motion: Motion, part: Part, layered: bool) -> list[Channel]:
    """What makes `rig` play `motion`, told in its frame (core.scene.present); part: all of it, or all above the pelvis.

    layered: changes against the first frame, to be added to what is played already, instead of the poses themselves; they come
    and go without a jump. Of the face, whose rest is zero, all counts as a change.
    """
    keys = bone_keys(replace(motion, trans=from_blender(rig.travel(motion.trans))), rig.rest, 0.0)
    turns, place, expression = keys.rotation_quaternion, keys.location, motion.expression
    if layered:
        share = _coming_and_going(len(motion), motion.fps)
        turns = parts_of_turns(turned_from_first(turns), share)
        place, expression = share[:, None] * (place - place[0]), share[:, None] * expression
    bones = rig.armature.pose.bones
    channels = []
    for joint in _joints(rig, part):
        bone = bones[JOINT_NAMES[joint]]
        channels.append(turn_channel(rig.armature, bone, turns[:, joint]))
        if joint == 0:
            path = f"{bone.path_from_id()}.location"
            channels.append(Channel(rig.armature, path, bone.name, place, np.array(bone.location)))
    if motion.body_model == rig.body.model_id:
        channels += _face(rig, expression)
    return channels


def _coming_and_going(frames: int, fps: float) -> Array:
    """(T,) how much of a layer there is: from 0 up to 1 and down again, at rest at the ends."""
    seconds = np.arange(frames) / fps
    fade = min(_FADE, seconds[-1] / 3) or 1.0
    near = np.clip(np.minimum(seconds, seconds[::-1]) / fade, 0.0, 1.0)
    return np.asarray(near**3 * (10.0 - 15.0 * near + 6.0 * near**2), np.float64)


def _joints(rig: Rig, part: Part) -> tuple[int, ...]:
    return tuple(joint for joint in rig.joints if part == "WHOLE" or (joint > 0 and joint not in _LEGS))


def turn_channel(armature: bpy.types.Object, bone: bpy.types.PoseBone, turns: Array) -> Channel:
    """The rotations (T, 4), whose signs do not jump, in the bone's own rotation mode."""
    kind = rotation_path(bone.rotation_mode)
    present = np.array(getattr(bone, kind)[:])
    values = turns_in_mode(bone.rotation_mode, turns, present)
    return Channel(armature, f"{bone.path_from_id()}.{kind}", bone.name, values, present)


def rotation_path(mode: str) -> str:
    """The property that turns a bone, or an object, in this rotation mode."""
    return {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(mode, "rotation_euler")


def turns_in_mode(mode: str, turns: Array, near: Array) -> Array:
    """(T, k) the quaternions (T, 4) as a bone in this rotation mode tells them, near to what it tells now: (k,)."""
    if mode == "QUATERNION":
        # q and -q turn alike: that one which is near the pose now, as keys before the take may be.
        return -turns if turns[0] @ near < 0 else turns
    if mode == "AXIS_ANGLE":
        return _axes_and_angles(turns, near)
    before = Euler(near, mode)
    listed = []
    for turn in turns:
        before = Quaternion(turn).to_euler(mode, before)
        listed.append(tuple(before))
    return np.array(listed)


def _axes_and_angles(turns: Array, near: Array) -> Array:
    """(T, 4) angle and axis of the quaternions (T, 4); neither the axis turns over nor the angle jumps, from `near` (4,) on."""
    told, last = np.empty((len(turns), 4)), near
    for row, turn in enumerate(turns):
        axis, angle = Quaternion(turn).to_axis_angle()
        if abs(angle) < _NO_TURN:  # about any axis: the one before
            axis = last[1:]
        elif np.dot(axis, last[1:]) < 0:
            axis, angle = -axis, -angle
        told[row] = last = np.array([angle + 2 * np.pi * round((last[0] - angle) / (2 * np.pi)), *axis])
    return told


def _face(rig: Rig, expression: Array) -> list[Channel]:
    """The expression (T, E) within the sliders' ends, where Blender would cut it off unseen."""
    return [
        Channel(
            key.owner,
            f"{key.block.path_from_id()}.value",
            None,
            np.clip(expression[:, [key.column]], key.block.slider_min, key.block.slider_max),
            np.array([key.block.value]),
        )
        for key in face_keys(rig)
        if key.column < expression.shape[1]
    ]
