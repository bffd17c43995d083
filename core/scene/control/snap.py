"""One way to move a limb takes on what the other one does: the hand's or foot's controls, or those of its joints."""

from typing import Literal

import bpy
import numpy as np

from ...control.layout import Layout
from ...control.limbs import Limb, by_ik, fk
from ...control.placing import Poses, bases, ik_names, ik_poses
from ...control.transforms import Array
from ...errors import ThespisError
from ..channel_keys import key_channels
from ..compat import played_curves
from ..controlled import controls_of
from ..rig import read_rig
from ..sampled import sample_armature
from ..take_channels import Channel
from .keying import basis_channels, pose_as
from .played import played_frames
from .standing import layout_for

Way = Literal["IK", "FK"]


def snap_limb(character: bpy.types.Object, scene: bpy.types.Scene, limb: Limb, to: Way, frames: Array | None) -> None:
    """Put the controls of one way `to` move `limb` where those of the other way have it.

    frames: (T,) at which they are keyed; None: the present one, where only what is animated already is keyed. The switch stays as
    it is. Raises ThespisError, changing nothing.
    """
    controls = controls_of(character)
    if controls is None:
        raise ThespisError(f"{character.name}: has no control rig. Add one first.")
    layout = layout_for(read_rig(character))
    at = np.array([scene.frame_current_final]) if frames is None else frames
    there = _present(controls) if frames is None else _sampled(controls, scene, frames)
    channels = basis_channels(controls, layout, _wanted(layout, limb, to, there))
    if to == "IK" and limb.is_leg:
        roll = controls.pose.bones[limb.roll]
        path = f"{roll.path_from_id()}.rotation_euler"
        channels.append(Channel(controls, path, roll.name, np.zeros((len(at), 3)), np.array(roll.rotation_euler)))
    if frames is None:
        pose_as(channels, controls)
        animated = {curve.data_path for curve in played_curves(controls)}
        channels = [channel for channel in channels if channel.path in animated]
    else:
        channels = _without_idle_roll(controls, channels)
    if channels:
        key_channels(controls, channels, None, controls.name, at, replace=True)


def frames_to_snap(character: bpy.types.Object, scene: bpy.types.Scene) -> Array:
    """(T,) the frames of the controls' keys, within the preview range if there is one. Raises ThespisError without any."""
    controls = controls_of(character)
    frames = played_frames(controls) if controls is not None else np.zeros(0)
    if scene.use_preview_range:
        frames = frames[(frames >= scene.frame_preview_start) & (frames <= scene.frame_preview_end)]
    if not len(frames):
        raise ThespisError(f"{character.name}: its controls have no keys there. Snap the present frame, or choose another range.")
    return frames


def _wanted(layout: Layout, limb: Limb, to: Way, there: Poses) -> Poses:
    """What the channels of the controls of the way `to` have to hold; `there`: where all bones of the rig are."""
    if to == "IK":
        poses = ik_poses(layout, limb, {joint: there[fk(joint)] for joint in limb.joints})
        return bases(layout, poses, {**there, **poses}, ik_names(limb))
    poses = {fk(joint): there[by_ik(joint)] for joint in limb.joints}
    return bases(layout, poses, {**there, **poses}, list(poses))


def _sampled(controls: bpy.types.Object, scene: bpy.types.Scene, frames: Array) -> Poses:
    sampled = sample_armature(controls, frames, scene, with_face=False)
    return {name: sampled.bone(name) for name in sampled.names}


def _present(controls: bpy.types.Object) -> Poses:
    """Where the bones are now, as they are posed."""
    bpy.context.view_layer.update()
    bones = controls.evaluated_get(bpy.context.view_layer.depsgraph).pose.bones
    return {bone.name: np.array(bone.matrix)[None] for bone in bones}


def _without_idle_roll(controls: bpy.types.Object, channels: list[Channel]) -> list[Channel]:
    """Rolls that do nothing need no keys."""
    animated = {curve.data_path for curve in played_curves(controls)}
    return [c for c in channels if not c.path.endswith("rotation_euler") or c.path in animated or np.any(c.present)]
