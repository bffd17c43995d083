"""A character with a control rig, and how far apart two motions of it are."""

import bpy
import numpy as np
from thespis.core.motion import Motion
from thespis.core.scene.character import build_character
from thespis.core.scene.control.add import add_controls
from thespis.core.scene.sampled import Sampled, sample_armature
from thespis.core.skeleton import JOINT_NAMES
from thespis.tests.motions import open_body

SWITCHES = ("left_hand_ik", "right_hand_ik", "left_foot_ik", "right_foot_ik")


def fresh_scene(fps: int = 30):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = fps
    return bpy.context.scene


def a_character(scene, motion: Motion, name: str = "Hero"):
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), name, scene, collection).rig


def controlled(scene, motion: Motion):
    """A character, its controls, and what it showed before it had them."""
    rig = a_character(scene, motion)
    before = shown(rig, scene)
    return rig, add_controls(rig, scene).controls, before


def shown(rig, scene, frames=None) -> Sampled:
    if frames is None:
        first, last = rig.animation_data.action.frame_range
        frames = range(int(np.floor(first)), int(np.ceil(last)) + 1)
    return sample_armature(rig, frames, scene, with_face=False)


def switch(controls, value: float) -> None:
    """All four limbs."""
    for name in SWITCHES:
        controls.pose.bones[name]["ik"] = value
    controls.update_tag()
    bpy.context.view_layer.update()


def apart(a: Sampled, b: Sampled) -> tuple[float, float]:
    """The largest distance in metres of the world, and the largest angle in degrees, between joints at the same frames."""
    names = [name for name in JOINT_NAMES if name in a.names]
    own, other = ((s.worlds[:, None] @ np.stack([s.bone(name) for name in names], 1)) for s in (a, b))
    far = np.linalg.norm(own[..., :3, 3] - other[..., :3, 3], axis=-1).max()
    first, second = (np.stack([s.bone(name)[:, :3, :3] for name in names], 1) for s in (a, b))
    gap = np.linalg.norm(first - second, axis=(-1, -2)) / np.sqrt(8)
    return float(far), float(np.degrees(2 * np.arcsin(np.minimum(gap, 1))).max())


def assert_same(a: Sampled, b: Sampled) -> None:
    """Every joint within a millimetre and half a degree."""
    far, turned = apart(a, b)
    assert far < 1e-3 and turned < 0.5, f"{far * 1000:.3f} mm, {turned:.3f} degrees"


def put(controls, name: str, by, frame=None) -> None:
    """Move a control by so much in armature space, at the present frame, and key it."""
    bpy.context.view_layer.update()
    bone = controls.pose.bones[name]
    matrix = bone.matrix.copy()
    matrix.translation += type(matrix.translation)(by)
    bone.matrix = matrix
    bone.keyframe_insert("location")
    bone.keyframe_insert("rotation_quaternion")
    bpy.context.view_layer.update()
