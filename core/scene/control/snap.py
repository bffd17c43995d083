"""One way to move a limb takes on what the other one does: the hand's or foot's controls, or those of its joints."""

from typing import Literal

import bpy
import numpy as np

from ...control.layout import Layout
from ...control.limbs import HEAD_BASE, HEAD_SWITCH, ROOT, Limb, by_ik, fk
from ...control.placing import Poses, bases, head_base, ik_names, ik_poses
from ...control.transforms import Array
from ...errors import ThespisError
from ..channel_keys import key_channels
from ..compat import played_curves
from ..controlled import controls_of
from ..rig import read_rig
from ..sampled import sample_armature
from ..take_channels import Channel
from .keying import basis_channels, pose_as
from .layer import check_no_layers, has_layers
from .played import played_frames
from .standing import layout_for

Way = Literal["IK", "FK"]


def snap_limb(character: bpy.types.Object, scene: bpy.types.Scene, limb: Limb, to: Way, frames: Array | None) -> None:
    """Put the controls of one way `to` move `limb` where those of the other way have it.

    frames: (T,) at which they are keyed; None: the present one, where only what is animated already is keyed. The switch stays as
    it is. Raises ThespisError, changing nothing.
    """
    controls = _controls(character)
    layout = layout_for(read_rig(character))
    if frames is None:
        channels = _snapped(controls, layout, limb, to, _present(controls))
        pose_as(channels, controls)
        _key_present(controls, channels, scene)
        return
    check_no_layers(controls)
    channels = _snapped(controls, layout, limb, to, _sampled(controls, scene, frames))
    animated = {curve.data_path for curve in played_curves(controls)}
    channels = [c for c in channels if c.path in animated or not c.path.endswith("rotation_euler") or np.any(c.present)]
    key_channels(controls, channels, None, controls.name, frames, replace=True)


def _snapped(controls: bpy.types.Object, layout: Layout, limb: Limb, to: Way, there: Poses) -> list[Channel]:
    """What the controls of the way `to` have to be keyed with; a foot does not roll then."""
    channels = basis_channels(controls, layout, _wanted(layout, limb, to, there))
    if to == "IK" and limb.is_leg:
        roll = controls.pose.bones[limb.roll]
        still = np.zeros((len(there[ROOT]), 3))
        channels.append(
            Channel(controls, f"{roll.path_from_id()}.rotation_euler", roll.name, still, np.array(roll.rotation_euler))
        )
    return channels


def _key_present(controls: bpy.types.Object, channels: list[Channel], scene: bpy.types.Scene) -> None:
    """Key at the present frame what is animated, or else would not last; Blender knows what it comes to in a layer."""
    animated = {curve.data_path for curve in played_curves(controls)}
    layered = has_layers(controls)
    for channel in channels:
        if channel.path in animated or layered:
            bone = controls.pose.bones[channel.group or ""]
            bone.keyframe_insert(channel.path.rsplit(".", 1)[1], frame=scene.frame_current_final, group=bone.name)


def hold_head(character: bpy.types.Object, scene: bpy.types.Scene, hold: bool) -> None:
    """Let the head keep its turn whatever the body below it does, or go along with the neck; it moves as before.

    Its control is keyed anew at each frame of the controls' keys, which are in the way of no other switch. Raises ThespisError,
    changing nothing.
    """
    controls = _controls(character)
    check_no_layers(controls)
    head = controls.pose.bones[fk("head")]
    path = f'{head.path_from_id()}["{HEAD_SWITCH}"]'
    if any(curve.data_path == path for curve in played_curves(controls)):
        raise ThespisError(f"{controls.name}: the head's switch is keyed. Delete its keys first.")
    layout, frames = layout_for(read_rig(character)), played_frames(controls)
    there = _sampled(controls, scene, frames) if len(frames) else _present(controls)
    count = len(there[ROOT])
    there[HEAD_BASE] = head_base(layout, there[fk("neck")], there[ROOT], np.full(count, float(hold)))
    channels = basis_channels(controls, layout, bases(layout, there, there, [head.name]))
    head[HEAD_SWITCH] = float(hold)
    controls.update_tag()
    pose_as(channels, controls)
    if len(frames):
        key_channels(controls, channels, None, controls.name, frames, replace=True)


def frames_to_snap(character: bpy.types.Object, scene: bpy.types.Scene) -> Array:
    """(T,) the frames of the controls' keys, within the preview range if there is one. Raises ThespisError without any."""
    controls = controls_of(character)
    frames = played_frames(controls) if controls is not None else np.zeros(0)
    if scene.use_preview_range:
        frames = frames[(frames >= scene.frame_preview_start) & (frames <= scene.frame_preview_end)]
    if not len(frames):
        raise ThespisError(f"{character.name}: its controls have no keys there. Snap the present frame, or choose another range.")
    return frames


def _controls(character: bpy.types.Object) -> bpy.types.Object:
    controls = controls_of(character)
    if controls is None:
        raise ThespisError(f"{character.name}: has no control rig. Add one first.")
    return controls


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
