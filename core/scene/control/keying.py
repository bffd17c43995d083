"""Keys of controls: what their channels hold for a motion, written into the action that the control rig plays."""

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...control.layout import Layout
from ...control.limbs import FINGERS, HEAD_BASE, HEAD_SWITCH, LIMBS, ROOT, curl, fk
from ...control.placing import bases, fk_names, fk_poses, head_base, ik_names, ik_poses
from ...control.transforms import Array, placed
from ..channel_keys import key_channels
from ..compat import played_curves
from ..rotations import continuous_quaternions, matrices_from_quaternions, quaternions_from_matrices
from ..take_channels import Channel


def put_on_controls(
    controls: bpy.types.Object,
    layout: Layout,
    frames: Array,
    joints: dict[str, Array],
    name: str = "",
    replace: bool = False,
    held: NDArray[np.bool_] | None = None,
) -> None:
    """Key the controls at the scene frames (T,) so that the character's joints stand at (T, 4, 4), both ways to move a limb.

    The root and the head's switch stay as they are, and what they do is allowed for. name, replace, held: as `key_channels` has
    them.
    """
    fresh = not replace
    root_rest = layout.controls[ROOT].rest
    root = root_rest @ _basis_over(controls, ROOT, frames, fresh)
    hold = _over(controls, f'pose.bones["{fk("head")}"]["{HEAD_SWITCH}"]', 0, frames, fresh)
    poses = {ROOT: root, **fk_poses(layout, joints)}
    poses[HEAD_BASE] = head_base(layout, poses[fk("neck")], root, np.clip(hold, 0, 1))
    for limb in LIMBS:
        poses |= ik_poses(layout, limb, joints)
    names = [*fk_names(layout), *(control for limb in LIMBS for control in ik_names(limb))]
    channels = basis_channels(controls, layout, bases(layout, poses, poses, names))
    key_channels(controls, channels, None, name, frames, replace, held)
    if replace:
        _settle(controls, frames)
    else:
        for bone in _added(controls):
            bone.rotation_euler = (0.0, 0.0, 0.0)


def basis_channels(controls: bpy.types.Object, layout: Layout, found: dict[str, Array]) -> list[Channel]:
    """What is keyed of controls whose channels hold these matrices (T, 4, 4)."""
    channels = []
    for name, basis in found.items():
        control, bone = layout.controls[name], controls.pose.bones[name]
        path = bone.path_from_id()
        if control.moves:
            channels.append(Channel(controls, f"{path}.location", name, basis[:, :3, 3], np.array(bone.location)))
        if control.turns == "FREE":
            turns = continuous_quaternions(quaternions_from_matrices(basis[:, :3, :3]))
            present = np.array(bone.rotation_quaternion[:])
            turns = -turns if turns[0] @ present < 0 else turns
            channels.append(Channel(controls, f"{path}.rotation_quaternion", name, turns, present))
    return channels


def pose_as(channels: list[Channel], controls: bpy.types.Object, row: int = 0) -> None:
    """Pose the controls as a row of their channels says, without keys."""
    for channel in channels:
        bone = controls.pose.bones[channel.group or ""]
        setattr(bone, channel.path.rsplit(".", 1)[1], channel.values[row].tolist())


def _over(controls: bpy.types.Object, path: str, index: int, frames: Array, fresh: bool) -> Array:
    """(T,) a property's value at the frames; fresh: nothing is keyed any more."""
    curves = [] if fresh else [c for c in played_curves(controls) if c.data_path == path and c.array_index == index]
    if curves and not curves[0].is_empty:
        return np.array([curves[0].evaluate(float(frame)) for frame in frames])
    value: Any = controls.path_resolve(path)
    return np.full(len(frames), float(value if isinstance(value, float | int) else value[index]))


def _basis_over(controls: bpy.types.Object, name: str, frames: Array, fresh: bool) -> Array:
    """(T, 4, 4) what the channels of a control hold at the frames; it turns by quaternions and is not scaled."""
    path = controls.pose.bones[name].path_from_id()
    place = np.stack([_over(controls, f"{path}.location", axis, frames, fresh) for axis in range(3)], axis=-1)
    turn = np.stack([_over(controls, f"{path}.rotation_quaternion", part, frames, fresh) for part in range(4)], axis=-1)
    return placed(matrices_from_quaternions(turn), place)


def _added(controls: bpy.types.Object) -> list[bpy.types.PoseBone]:
    """The controls that add to what the others say: they are at rest where a motion is put on."""
    names = [limb.roll for limb in LIMBS if limb.is_leg] + [curl(finger) for finger in FINGERS]
    return [controls.pose.bones[name] for name in names if name in controls.pose.bones]


def _settle(controls: bpy.types.Object, frames: Array) -> None:
    """Let such controls that do something be at rest from the first to the last of the frames."""
    keyed = {curve.data_path for curve in played_curves(controls)}
    ends = frames[[0, -1]] if len(frames) > 1 else frames
    for bone in _added(controls):
        path = f"{bone.path_from_id()}.rotation_euler"
        if path in keyed or any(bone.rotation_euler):
            still = Channel(controls, path, bone.name, np.zeros((len(ends), 3)), np.array(bone.rotation_euler))
            key_channels(controls, [still], None, "", ends, replace=True)
