"""The control rig in an installed extension, part of check_extension.py."""

import importlib

import bpy
import numpy as np

MODULE = "bl_ext.user_default.thespis"


def check_control_rig(bench) -> None:
    """The motion stays, what is animated reaches the bones, and nothing is left."""
    assert bpy.ops.thespis.import_motion(filepath=str(bench.alone), match_scene=True) == {"FINISHED"}
    rig = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    rig.location, rig.rotation_euler = (0, 0, 0), (0, 0, 0)
    bpy.context.view_layer.objects.active = rig
    objects = {thing.name for thing in bpy.data.objects}
    assert bpy.ops.thespis.add_control_rig() == {"FINISHED"}
    controls = bpy.context.active_object
    assert controls != rig and bpy.context.mode == "POSE"
    bench.check_joints(rig, 1, 1)
    for limb in ("left_hand_ik", "right_foot_ik"):
        controls.pose.bones[limb]["ik"] = 0.0
    controls.update_tag()
    bench.check_joints(rig, 1, 1)
    for whole in (False, True):
        assert bpy.ops.thespis.snap_limb(limb="RIGHT_LEG", to="IK", whole=whole) == {"FINISHED"}
        assert bpy.ops.thespis.snap_limb(limb="LEFT_ARM", to="FK", whole=whole) == {"FINISHED"}
    for limb in ("left_hand_ik", "right_foot_ik"):
        controls.pose.bones[limb]["ik"] = 1.0
    controls.update_tag()
    bench.check_joints(rig, 1, 1)
    scene = bpy.context.scene
    scene.frame_set(11)
    hand = controls.pose.bones["left_hand_ik"]
    matrix = hand.matrix.copy()
    matrix.translation = matrix.translation.lerp(controls.pose.bones["left_collar_fk"].head, 0.3)
    hand.matrix = matrix
    hand.keyframe_insert("location")
    scene.frame_set(11)
    moved = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in bench.names])
    wrist = moved[bench.names.index("left_wrist")]
    assert np.abs(wrist - np.array(rig.matrix_world @ matrix.translation)).max() < 4e-3
    assert bpy.ops.thespis.bake_to_bones() == {"FINISHED"}
    assert {thing.name for thing in bpy.data.objects} == objects
    assert bpy.context.mode == "OBJECT" and bpy.context.active_object == rig
    scene.frame_set(11)
    baked = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in bench.names])
    assert np.abs(baked - moved).max() < 1e-3
    played = importlib.import_module(f"{MODULE}.core.scene.compat").played_curves(rig)
    assert len({curve.data_path for curve in played}) == 56
