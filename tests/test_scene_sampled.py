"""What an armature shows frame by frame is what Blender shows in the animator's own scene, which stays as it was."""

import time

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.compat import new_fcurve, room_for  # noqa: E402
from thespis.core.scene.keys import write_keys  # noqa: E402
from thespis.core.scene.rig import read_rig  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.scene.write_take import write_take  # noqa: E402
from thespis.tests.motions import lively_motion, open_body  # noqa: E402


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


def add(scene, motion, name="walk"):
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), name, scene, collection)


def shown(scene, character, frames):
    """Frame by frame in the scene itself, meshes and all."""
    poses, faces, worlds = [], [], []
    for frame in frames:
        scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
        poses.append([np.array(bone.matrix) for bone in character.rig.pose.bones])
        faces.append([key.value for key in character.figure.data.shape_keys.key_blocks[1:]])
        worlds.append(np.array(character.rig.matrix_world))
    return np.array(poses), np.array(faces), np.array(worlds)


def drive(owner, path, index, kind, target, data_path):
    driver = owner.driver_add(path, index).driver if index is not None else owner.driver_add(path).driver
    variable = driver.variables.new()
    variable.targets[0].id_type, variable.targets[0].id, variable.targets[0].data_path = kind, target, data_path
    driver.type = "AVERAGE"


def test_layers_constraints_drivers_and_parents(scene):
    """Everything at once, at whole frames and between them, forwards and backwards."""
    walk = lively_motion(31)
    character = add(scene, walk)
    bones, keys = character.rig.pose.bones, character.figure.data.shape_keys
    scene.frame_set(8)
    write_take(read_rig(character.rig), lively_motion(16, seed=3), scene, "layer", "LAYER", "WHOLE")
    target = bpy.data.objects.new("target", None)
    scene.collection.objects.link(target)
    room = room_for(target, None, "target")
    write_keys(new_fcurve(room.curves, "location", 2, None), np.array([1.0, 30.0]), np.array([0.0, 2.0]), np.zeros(2, bool))
    room.give(target.animation_data_create())
    constraint = bones["left_wrist"].constraints.new("IK")
    constraint.target, constraint.chain_count = target, 3
    character.rig.parent = target
    drive(bones["jaw"], "location", 0, "OBJECT", target, "location[2]")
    drive(keys.key_blocks[2], "value", None, "OBJECT", character.rig, 'pose.bones["jaw"].location[0]')
    frames = [1, 5, 12.25, 20, 9.5, 30, 40]
    poses, faces, worlds = shown(scene, character, frames)
    scene.frame_set(14)
    told = sample_armature(character.rig, frames)
    np.testing.assert_allclose(told.matrices, poses, atol=1e-5)
    np.testing.assert_allclose(np.stack([key.values for key in told.shape_keys], 1), faces, atol=1e-5)
    np.testing.assert_allclose(told.worlds, worlds, atol=1e-5)
    assert not bones["jaw"].bone.use_connect and np.ptp(poses[:, told.names.index("jaw"), :3, 3]) > 1
    assert np.ptp(worlds[:, 2, 3]) > 1 and np.ptp(faces[:, 1]) > 0.5, "it was a test"
    assert told.names == tuple(bone.name for bone in bones) and [key.name for key in told.shape_keys] == [
        block.name for block in keys.key_blocks[1:]
    ]


def test_the_scene_and_a_pose_that_is_not_keyed_stay(scene):
    character = add(scene, lively_motion(11))
    figure, bones = character.figure, character.rig.pose.bones
    character.rig.hide_viewport = True
    figure.select_set(True)
    bpy.context.view_layer.objects.active = figure
    scene.frame_set(4, subframe=0.5)
    posed = bones["left_elbow"]
    posed.rotation_quaternion = (0.8, 0.6, 0, 0)
    free = next(bone for bone in bones if bone.name == "right_knee")
    free.location = (0, 0.25, 0)
    counts = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "scenes", "actions", "collections", "worlds")}
    told = sample_armature(character.rig, range(1, 12))
    assert counts == {kind: len(getattr(bpy.data, kind)) for kind in counts}
    assert (scene.frame_current, scene.frame_subframe) == (4, 0.5) and bpy.context.scene == scene
    np.testing.assert_allclose(posed.rotation_quaternion, (0.8, 0.6, 0, 0), atol=1e-6)
    assert character.rig.hide_viewport and figure.select_get() and bpy.context.view_layer.objects.active == figure
    assert character.rig.animation_data.drivers.values() == [] and figure.data.shape_keys.animation_data.action is not None
    character.rig.hide_viewport = False
    poses, _, _ = shown(scene, character, range(1, 12))
    np.testing.assert_allclose(told.matrices, poses, atol=1e-5)
    assert np.abs(np.diff(told.bone("left_elbow"), axis=0)).max() > 1e-3, "the keyed elbow moves in what was told"


def test_nothing_is_left_behind_when_it_fails(scene):
    character = add(scene, lively_motion(3))
    counts = len(bpy.data.objects), len(bpy.data.scenes)
    with pytest.raises((OverflowError, ValueError)):
        sample_armature(character.rig, [1.0, 1e12])
    assert counts == (len(bpy.data.objects), len(bpy.data.scenes))


def test_ten_seconds_are_quick(scene):
    """Many times as quick as going through the scene, whose mesh is moved at each frame."""
    character = add(scene, lively_motion(300))
    sample_armature(character.rig, range(1, 3))
    start = time.process_time()
    for frame in range(1, 31):
        scene.frame_set(frame)
    through_the_scene = 10 * (time.process_time() - start)
    start = time.process_time()
    sample_armature(character.rig, range(1, 301))
    assert time.process_time() - start < through_the_scene / 4
