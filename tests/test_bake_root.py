"""Where the travel goes, and loops: root bones, in place, armatures of any make."""

from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.scene.bake.bake import bake_action  # noqa: E402
from thespis.core.scene.bake.options import BakeOptions  # noqa: E402
from thespis.core.scene.compat import all_fcurves  # noqa: E402
from thespis.core.scene.present import present_motion  # noqa: E402
from thespis.core.scene.rig import read_rig  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.scene.write_take import write_take  # noqa: E402
from thespis.tests.bakes import add, everything, faces, joints, names_of, new_scene, paths, shown  # noqa: E402
from thespis.tests.motions import lively_motion  # noqa: E402
from thespis.tests.test_act_armature import foreign  # noqa: E402


@pytest.fixture
def scene():
    return new_scene()


# ---- root


def test_in_place_the_pelvis_stays_where_it_began(scene):
    rig = add(scene, lively_motion(31)).rig
    names, frames = names_of(rig), np.arange(1, 32)
    before = shown(rig, frames, names)
    baked = bake_action(rig, scene, BakeOptions(root="IN_PLACE", tolerance=0))
    after = shown(rig, frames, names)
    moved = before[..., :3, 3] - after[..., :3, 3]
    np.testing.assert_allclose(np.ptp(after[:, 0, :2, 3], axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(moved, moved[:, :1].repeat(len(names), 1), atol=1e-4)
    np.testing.assert_allclose(moved[..., 2], 0, atol=1e-4)
    np.testing.assert_allclose(after[..., :3, :3], before[..., :3, :3], atol=1e-4)
    assert "root" not in rig.data.bones and np.linalg.norm(baked.displacement) < 1e-3


def test_a_root_bone_lies_on_the_ground_under_the_pelvis_and_heads_as_it_does(scene):
    motion = lively_motion(31, turns=0.8)
    rig = add(scene, motion).rig
    baked = bake_action(rig, scene, BakeOptions(root="ROOT_TURN", tolerance=0))
    root, pelvis = rig.data.bones["root"], rig.data.bones["pelvis"]
    assert pelvis.parent == root and not pelvis.use_connect and not root.use_deform
    np.testing.assert_allclose(np.array(root.matrix_local), np.eye(4), atol=1e-6)
    told = sample_armature(rig, np.arange(1, 32))
    under = told.bone("root") @ np.array([*pelvis.head_local, 1.0])
    np.testing.assert_allclose(under[:, :2], told.bone("pelvis")[:, :2, 3], atol=1e-4)
    np.testing.assert_allclose(told.bone("root")[:, 2], np.tile([0, 0, 1, 0], (31, 1)), atol=1e-5)
    x, y, z = motion.trans[-1] - motion.trans[0]
    fronts = told.bone("root")[:, :3, 0]
    assert baked.turn == pytest.approx(0.8 * np.pi, abs=0.05)
    np.testing.assert_allclose(baked.displacement, told.bone("root")[-1, :3, 3] - told.bone("root")[0, :3, 3], atol=1e-4)
    assert np.abs(baked.displacement[:2] - (x, -z)).max() < 0.2 and y == 0
    assert np.degrees(np.arccos(fronts[0] @ fronts[-1])) == pytest.approx(144, abs=4)


def test_a_steady_root_does_not_sway(scene):
    motion = lively_motion(61)
    sway = 0.05 * np.sin(np.arange(61) * 0.8)
    motion = replace(motion, trans=motion.trans + sway[:, None] * np.array([0.5, 0.0, 1.0]))
    rig = add(scene, motion).rig
    names, frames = names_of(rig), np.arange(1, 62)
    before = shown(rig, frames, names)
    bends = []
    for steady in (0.0, 0.5):
        bake_action(rig, scene, BakeOptions(root="ROOT_TURN", steady=steady, tolerance=0))
        np.testing.assert_allclose(shown(rig, frames, names), before, atol=2e-4)
        bends.append(np.abs(np.diff(sample_armature(rig, frames).bone("root")[:, :3, 3], n=2, axis=0)).max())
    assert bends[1] < bends[0] / 2


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "AXIS_ANGLE"])
def test_an_armature_of_another_make_with_a_root_of_its_own(scene, mode):
    armature = foreign(mode=mode)
    armature.rotation_mode = mode
    root = armature.pose.bones["root"]
    root.location = (40, 7, -20)
    write_take(read_rig(armature), replace(lively_motion(31, turns=0.6), betas=np.zeros(16)), scene, "take", "NEW", "WHOLE")
    names, frames = names_of(armature), np.array([1, 2, 7.5, 20, 31])
    others = [name for name in names if name != "root"]
    before = shown(armature, frames, others)
    baked = bake_action(armature, scene, BakeOptions(root="ROOT_TURN", tolerance=2.0))
    assert baked.root_bone == "root" and len(armature.data.bones) == len(names)
    off = joints(armature, shown(armature, frames, others), others) - joints(armature, before, others)
    assert np.linalg.norm(off, axis=-1).max() < 100 * 0.005, "centimetres; between frames Euler angles go their own way"
    for curve in all_fcurves(baked.action):  # no axis turns over, no angle jumps
        assert (
            "rotation" not in curve.data_path or np.abs(np.diff([key.co[1] for key in curve.keyframe_points])).max(initial=0) < 2
        )
    kind = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(mode, "rotation_euler")
    assert ('pose.bones["left_elbow"].' + kind, 0) in paths(baked.action)
    way = sample_armature(armature, frames).bone("root")[:, :3, 3]
    assert np.ptp(way[:, 1]) < 1e-2 and np.ptp(way[:, 0]) > 50, "Y is up"
    x, _, z = way[-1] - way[0]
    np.testing.assert_allclose(baked.displacement, np.array([x, -z, 0]) / 100, atol=1e-3)


def test_a_pelvis_that_is_connected_to_its_root_is_not_torn_off(scene):
    armature = foreign(mode="QUATERNION")
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    bones["root"].tail = bones["pelvis"].head
    bones["pelvis"].use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    for frame, height in ((1, 0), (20, 30)):
        armature.pose.bones["root"].location = (height, 0, 5)
        armature.pose.bones["root"].keyframe_insert("location", frame=frame)
    names, frames = names_of(armature), np.arange(1, 21)
    before, kept = shown(armature, frames, names), everything()
    with pytest.raises(ThespisError, match="pelvis is connected to the bone above it"):
        bake_action(armature, scene, BakeOptions(root="ROOT"))
    assert everything() == kept
    baked = bake_action(armature, scene, BakeOptions(tolerance=0))
    np.testing.assert_allclose(shown(armature, frames, names), before, atol=1e-2)
    assert baked.lost < 0.1 and np.linalg.norm(baked.displacement) == pytest.approx(0.3, abs=0.01)


def test_any_armature_a_tail_that_wags(scene):
    """No names that are known, no pelvis, no mesh."""
    data = bpy.data.armatures.new("tail")
    tail = bpy.data.objects.new("tail", data)
    scene.collection.objects.link(tail)
    bpy.context.view_layer.objects.active = tail
    bpy.ops.object.mode_set(mode="EDIT")
    before = None
    for number in range(5):
        bone = data.edit_bones.new(f"part {number}")
        bone.head, bone.tail = (0, number, 1), (0, number + 1, 1)
        bone.parent, bone.use_connect, before = before, before is not None, bone
    bpy.ops.object.mode_set(mode="OBJECT")
    for frame in range(1, 42, 4):
        for bone in tail.pose.bones:
            bone.rotation_mode = "XYZ"
            bone.rotation_euler = (0, 0, np.sin(frame / 5))
            bone.keyframe_insert("rotation_euler", frame=frame)
        tail.pose.bones[0].location = (frame / 10, 0, 0)
        tail.pose.bones[0].keyframe_insert("location", frame=frame)
    frames = np.arange(1, 42)
    told = shown(tail, frames, names_of(tail))
    names = names_of(tail)
    baked = bake_action(tail, scene, BakeOptions(root="ROOT", tolerance=3.0))
    assert baked.root_bone == "root" and data.bones["part 0"].parent.name == "root"
    off = joints(tail, shown(tail, frames, names), names) - joints(tail, told, names)
    assert np.linalg.norm(off, axis=-1).max() < 3.1e-3
    np.testing.assert_allclose(baked.displacement, (4.0, 0, 0), atol=1e-3)


def test_a_character_with_a_root_acts_and_is_read_as_before(scene):
    walk = lively_motion(31, turns=0.5)
    character = add(scene, walk)
    rig = character.rig
    scene.frame_set(20)
    then = present_motion(read_rig(rig), scene)
    bake_action(rig, scene, BakeOptions(root="ROOT_TURN", tolerance=0))
    scene.frame_set(20)
    now = present_motion(read_rig(rig), scene)
    np.testing.assert_allclose(now.poses[:, 1:], then.poses[:, 1:], atol=1e-3)
    assert len(now) == 2 and np.abs(now.trans[-1, [0, 2]]).max() < 0.2 < np.abs(then.trans[-1, [0, 2]]).max(), (
        "seen from the root"
    )
    heads = np.array([rig.pose.bones[name].head for name in names_of(rig)])
    take = lively_motion(16, seed=4)
    take = replace(take, betas=walk.betas, poses=np.repeat(now.poses[-1:], 16, 0), trans=np.repeat(now.trans[-1:], 16, 0))
    write_take(read_rig(rig), take, scene, "stands", "NEW", "WHOLE", 20)
    scene.frame_set(30)
    np.testing.assert_allclose([rig.pose.bones[name].head for name in names_of(rig)], heads, atol=1e-3)


# ---- loops


@pytest.mark.parametrize("root", ["PELVIS", "ROOT_TURN", "IN_PLACE"])
def test_a_loop_ends_as_it_begins_and_goes_on(scene, root):
    rig = add(scene, lively_motion(31, turns=0.3)).rig
    baked = bake_action(rig, scene, BakeOptions(root=root, loop=True, tolerance=0, face_tolerance=0))
    assert baked.loop and baked.action.use_cyclic and tuple(baked.action.frame_range) == (1, 31)
    told = sample_armature(rig, np.arange(1, 32))
    poses = told.matrices
    if root == "ROOT_TURN":
        poses = np.linalg.inv(told.bone("root"))[:, None] @ poses
        assert np.linalg.norm(baked.displacement) > 1.5, "the way is kept"
    places = poses[..., :3, 3]
    np.testing.assert_allclose(poses[-1], poses[0], atol=1e-4)
    bend = np.abs(places[1] - 2 * places[0] + places[-2]).max()
    assert bend < 1.3 * np.abs(np.diff(places, n=2, axis=0)).max()
    face = faces(rig, np.arange(1, 32))
    np.testing.assert_allclose(face[-1], face[0], atol=1e-5)


def test_fewer_keys_leave_a_loop_closed(scene):
    rig = add(scene, lively_motion(61, turns=0.3)).rig
    bake_action(rig, scene, BakeOptions(loop=True, tolerance=4.0))
    for curve in all_fcurves(rig.animation_data.action):
        keys = curve.keyframe_points
        if curve.data_path.startswith("pose") and len(keys) > 1:
            assert keys[0].co[1] == pytest.approx(keys[-1].co[1], abs=1e-6)
            leaving = keys[0].handle_right - keys[0].co
            coming = keys[-1].co - keys[-1].handle_left
            assert leaving[1] / leaving[0] == pytest.approx(coming[1] / coming[0], abs=1e-4)
