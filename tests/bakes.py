"""Characters to bake, and what they show; for the tests of baking."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.scene.bake.options import BakeOptions  # noqa: E402
from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.compat import all_fcurves, new_fcurve, room_for  # noqa: E402
from thespis.core.scene.keys import write_keys  # noqa: E402
from thespis.core.scene.rig import read_rig  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.scene.write_take import write_take  # noqa: E402
from thespis.tests.motions import lively_motion, open_body  # noqa: E402

ALL = BakeOptions(tolerance=0, face_tolerance=0)


def new_scene():
    """An empty scene of 31 frames, 30 a second."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    bpy.context.scene.frame_end = 31
    return bpy.context.scene


def add(scene, motion, name="walk"):
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), name, scene, collection)


def names_of(rig):
    return [bone.name for bone in rig.pose.bones]


def shown(rig, frames, names):
    """(T, B, 4, 4) bones in the world."""
    told = sample_armature(rig, frames)
    order = [told.names.index(name) for name in names]
    return told.worlds[:, None] @ told.matrices[:, order]


def faces(rig, frames):
    return np.stack([key.values for key in sample_armature(rig, frames).shape_keys], 1)


def joints(rig, poses, names):
    """(T, B, 2, 3) heads and tails."""
    lengths = np.array([rig.data.bones[name].length for name in names])
    heads = poses[..., :3, 3]
    return np.stack([heads, heads + poses[..., :3, 1] * lengths[:, None]], 2)


def paths(action):
    return {(curve.data_path, curve.array_index) for curve in all_fcurves(action)}


def constrained(scene):
    """A character with everything over it: layer, IK to a moving target, copied turn, driven bone and shape key, parent."""
    character = add(scene, lively_motion(31))
    rig, keys = character.rig, character.figure.data.shape_keys
    scene.frame_set(8)
    write_take(read_rig(rig), lively_motion(16, seed=3), scene, "layer", "LAYER", "WHOLE")
    target = bpy.data.objects.new("target", None)
    scene.collection.objects.link(target)
    room = room_for(target, None, "target")
    for index, (start, end) in enumerate(((0.5, 0.9), (-0.4, -0.1), (0.8, 1.6))):
        curve = new_fcurve(room.curves, "location", index, None)
        write_keys(curve, np.array([1.0, 30.0]), np.array([start, end]), np.zeros(2, bool))
    room.give(target.animation_data_create())
    bones = rig.pose.bones
    arm = bones["left_wrist"].constraints.new("IK")
    arm.target, arm.chain_count = target, 3
    copied = bones["head"].constraints.new("COPY_ROTATION")
    copied.target, copied.influence = target, 0.5
    for owner, path, index in ((bones["jaw"], "location", 1), (keys.key_blocks[2], "value", None)):
        driver = (owner.driver_add(path, index) if index is not None else owner.driver_add(path)).driver
        driver.type = "AVERAGE"
        variable = driver.variables.new()
        variable.targets[0].id, variable.targets[0].data_path = target, "location[0]"
    rig.parent = target
    return character


def everything():
    kinds = ("actions", "objects", "scenes", "armatures")
    lists = {kind: sorted(one.name for one in getattr(bpy.data, kind)) for kind in kinds}
    rig = next((thing for thing in bpy.data.objects if thing.type == "ARMATURE" and thing.library is None), None)
    if rig is None:
        return lists
    data, keys = rig.animation_data, [key.animation_data for key in bpy.data.shape_keys]
    played = [one.action.name if one and one.action else None for one in (data, *keys)]
    mutes = [one.mute for bone in rig.pose.bones for one in bone.constraints]
    mutes += [track.mute for one in (data, *keys) if one for track in one.nla_tracks]
    mutes += [curve.mute for one in (data, *keys) if one for curve in one.drivers]
    fake = [action.use_fake_user for action in bpy.data.actions]
    chosen = bpy.context.view_layer.objects.active, list(bpy.context.selected_objects), bpy.context.mode
    return lists, names_of(rig), played, mutes, fake, chosen, bpy.context.scene.frame_current
