"""Bake: what is shown stays shown, from one new action; root, loop, rate, range, refusals; Blender's own bake is the oracle."""

import time
from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras import anim_utils  # noqa: E402
from mathutils import Matrix  # noqa: E402
from thespis.core.bake.keys import shown as shown_by  # noqa: E402
from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.scene.bake import apply  # noqa: E402
from thespis.core.scene.bake import bake as baking  # noqa: E402
from thespis.core.scene.bake.bake import bake_action  # noqa: E402
from thespis.core.scene.bake.options import BakeOptions  # noqa: E402
from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.compat import all_fcurves, new_fcurve, room_for  # noqa: E402
from thespis.core.scene.import_take import import_takes  # noqa: E402
from thespis.core.scene.keys import write_keys  # noqa: E402
from thespis.core.scene.present import present_motion  # noqa: E402
from thespis.core.scene.rig import read_rig  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.scene.write_take import write_take  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.core.take.take import TAKE_FILE, read_take  # noqa: E402
from thespis.tests.motions import lively_motion, open_body, true_joints  # noqa: E402
from thespis.tests.takes import write_take_folder  # noqa: E402
from thespis.tests.test_act_armature import foreign  # noqa: E402

ALL = BakeOptions(tolerance=0, face_tolerance=0)
FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")


@pytest.fixture
def scene():
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


# ---- what is shown stays shown


@pytest.mark.parametrize("root", ["PELVIS", "ROOT", "ROOT_TURN"])
def test_the_world_pose_stays_wherever_the_travel_goes(scene, root):
    character = add(scene, lively_motion(31))
    rig, names, frames = character.rig, names_of(character.rig), np.arange(1, 32)
    rig.matrix_world = Matrix.Translation((3, 2, 0)) @ Matrix.Rotation(1.0, 4, "Z")
    before, face, former = shown(rig, frames, names), faces(rig, frames), rig.animation_data.action
    baked = bake_action(rig, scene, BakeOptions(root=root, tolerance=0, face_tolerance=0))
    after = shown(rig, frames, names)
    np.testing.assert_allclose(joints(rig, after, names), joints(rig, before, names), atol=1e-4)
    np.testing.assert_allclose(after, before, atol=1e-4)
    np.testing.assert_allclose(faces(rig, frames), face, atol=1e-5)
    assert rig.animation_data.action == baked.action != former and former.use_fake_user
    assert (baked.first, baked.last, baked.root_bone) == (1, 31, None if root == "PELVIS" else "root")
    assert baked.keys_before == baked.keys_after and baked.lost < 0.1


def test_layers_constraints_drivers_and_parents_as_blender_bakes_them(scene):
    rig = constrained(scene).rig
    names, frames = names_of(rig), list(range(1, 32))
    before, face = shown(rig, frames, names), faces(rig, frames)
    options = anim_utils.BakeOptions(
        only_selected=False, do_pose=True, do_object=False, do_visual_keying=True, do_constraint_clear=False,
        do_parents_clear=False, do_clean=False, do_location=True, do_rotation=True, do_scale=True, do_bbone=False,
        do_custom_props=False,
    )  # fmt: skip
    oracle = anim_utils.bake_action(rig, action=None, frames=frames, bake_options=options)
    told = {(curve.data_path, curve.array_index): curve for curve in all_fcurves(oracle)}
    rig.animation_data.action = None
    baked = bake_action(rig, scene, ALL)
    assert baked.muted == "2 constraints, 2 drivers, 4 NLA tracks"
    np.testing.assert_allclose(shown(rig, frames, names), before, atol=1e-4)
    np.testing.assert_allclose(faces(rig, frames), face, atol=1e-5)
    compared = 0
    for curve in all_fcurves(baked.action):
        other = told.get((curve.data_path, curve.array_index))
        if other is not None and "location" in curve.data_path:  # quaternions may have the other sign
            compared += 1
            for frame in (1, 13, 31):
                assert curve.evaluate(frame) == pytest.approx(other.evaluate(frame), abs=1e-4), curve.data_path
    assert compared >= 6
    assert not [curve for curve in all_fcurves(baked.action) if len(curve.keyframe_points) != 31]


def test_the_nla_may_stay_under_the_bake(scene):
    rig = constrained(scene).rig
    names, frames = names_of(rig), list(range(1, 32))
    before = shown(rig, frames, names)
    baked = bake_action(rig, scene, BakeOptions(tolerance=0, below="KEEP", face=False))
    assert not any(track.mute for track in rig.animation_data.nla_tracks)
    assert baked.muted == "2 constraints, 1 driver"
    np.testing.assert_allclose(shown(rig, frames, names), before, atol=1e-4)
    tracks = rig.animation_data.nla_tracks
    tracks[0].is_solo = True  # nothing else would be played
    again = bake_action(rig, scene, BakeOptions(tolerance=0, below="KEEP", face=False, name="again"))
    assert again.action.name == "again" and not tracks[0].is_solo


def test_an_object_that_travels_by_itself_hands_its_way_to_the_bones(scene):
    character = add(scene, lively_motion(31, turns=0.2))
    rig, names, frames = character.rig, names_of(character.rig), np.arange(1, 32)
    for frame, place, turn in ((1, (1, 0, 0), 0.5), (31, (4, 2, 0), 2.0)):
        rig.location, rig.rotation_euler = place, (0, 0, turn)
        rig.keyframe_insert("location", frame=frame)
        rig.keyframe_insert("rotation_euler", frame=frame)
    before = shown(rig, frames, names)
    baked = bake_action(rig, scene, BakeOptions(root="ROOT_TURN", tolerance=0))
    np.testing.assert_allclose(shown(rig, frames, names), before, atol=2e-4)
    np.testing.assert_allclose(np.ptp(sample_armature(rig, frames).placed, axis=0), 0, atol=1e-6)
    assert np.linalg.norm(baked.displacement) > 2.5 and baked.turn == pytest.approx(1.5 + 0.2 * np.pi, abs=0.05)


# ---- fewer keys


@pytest.mark.parametrize(("root", "tolerance"), [("PELVIS", 2.0), ("ROOT_TURN", 2.0), ("ROOT", 10.0)])
def test_no_joint_strays_in_blender_in_frames_or_between(scene, root, tolerance):
    rig = add(scene, lively_motion(31)).rig
    frames = np.sort(np.concatenate([np.arange(1, 32), np.random.default_rng(3).uniform(1, 31, 60)]))
    full = bake_action(rig, scene, BakeOptions(root=root, tolerance=0, face_tolerance=0))
    names = names_of(rig)
    before, face = joints(rig, shown(rig, frames, names), names), faces(rig, frames)
    baked = bake_action(rig, scene, BakeOptions(root=root, tolerance=tolerance, face_tolerance=0.05))
    far = 1000 * np.linalg.norm(joints(rig, shown(rig, frames, names), names) - before, axis=-1).max()
    assert 0.2 * tolerance < far <= tolerance
    assert far <= baked.worst_error + 0.02 <= tolerance
    assert np.abs(faces(rig, frames) - face).max() <= 0.05
    assert baked.keys_after < full.keys_after / 2 and baked.keys_before == full.keys_before
    assert baked.keys_after == sum(len(curve.keyframe_points) for action in baked.actions for curve in all_fcurves(action))


def test_blender_shows_between_keys_what_was_reckoned(scene, monkeypatch):
    kept = {}

    def remember(armature, clip, keys, *rest):
        kept.update(clip=clip, keys=keys)
        return apply.apply_bake(armature, clip, keys, *rest)

    monkeypatch.setattr(baking, "apply_bake", remember)
    rig = add(scene, lively_motion(31)).rig
    baked = bake_action(rig, scene, BakeOptions(rate=24, tolerance=5.0, face=False))
    curves = {(curve.data_path, curve.array_index): curve for curve in all_fcurves(baked.action)}
    clip, keys = kept["clip"], kept["keys"]
    count = len(keys.values)
    for part in (0.0, 0.3, 0.5, 0.81):
        told = shown_by(keys, part)[: count - 1]
        for curve, (bone, number) in enumerate(zip(clip.bone, clip.number, strict=True)):
            if 3 <= number < 7:
                found = curves[f'pose.bones["{clip.bones.names[bone]}"].rotation_quaternion', number - 3]
                values = [found.evaluate(1 + (frame + part) * 30 / 24) for frame in range(count - 1)]
                np.testing.assert_allclose(values, told[:, curve], atol=2e-5)


def test_keys_of_a_bone_stand_together_and_turns_do_not_flip(scene):
    rig = add(scene, lively_motion(61, turns=6.0)).rig
    baked = bake_action(rig, scene, BakeOptions(root="ROOT_TURN"))
    times, turns = {}, {}
    for curve in all_fcurves(baked.action):
        if not curve.data_path.startswith("pose"):
            continue
        keys = np.array([point.co[:] for point in curve.keyframe_points])
        times.setdefault(curve.data_path.split('"')[1], set()).add(tuple(keys[:, 0]))
        if "quaternion" in curve.data_path:
            turns.setdefault(curve.data_path, []).append(keys[:, 1])
        assert curve.group.name == curve.data_path.split('"')[1]
    assert {len(one) for one in times.values()} == {1}
    for path, columns in turns.items():
        quaternions = np.stack(columns, 1)
        assert (np.sum(quaternions[1:] * quaternions[:-1], axis=1) > 0).all(), path


def test_ten_seconds_are_baked_within_a_few_times_what_it_takes_to_look_at_them(scene):
    rig = add(scene, lively_motion(301)).rig
    read_rig(rig)
    start = time.process_time()
    for frame in range(1, 302, 10):
        scene.frame_set(frame)
    looked = 10 * (time.process_time() - start)
    start = time.process_time()
    baked = bake_action(rig, scene, BakeOptions(root="ROOT_TURN"))
    assert time.process_time() - start < max(looked, 1.0)
    assert baked.keys_after < baked.keys_before / 4


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


# ---- rate and range


@pytest.mark.parametrize(("fps", "rate"), [(30, 24.0), (24, 60.0), (25, 29.97), (30, None)])
def test_another_rate_keeps_real_time(scene, fps, rate):
    motion = lively_motion(61)
    rig = add(scene, motion).rig
    scene.render.fps = fps
    names, step = names_of(rig), fps / (rate or fps)
    frames = np.arange(1, 61.001, step)
    before = shown(rig, frames, names)
    baked = bake_action(rig, scene, BakeOptions(rate=rate, tolerance=0))
    assert (baked.first, baked.rate) == (1, rate or fps) and 61 - step < baked.last <= 61.001
    np.testing.assert_allclose(shown(rig, frames, names), before, atol=1e-3)
    curve = all_fcurves(baked.action)[0]
    np.testing.assert_allclose([point.co[0] for point in curve.keyframe_points], frames, atol=1e-3)


def test_a_bake_of_a_bake_is_called_as_the_first(scene):
    rig = add(scene, lively_motion(5)).rig
    for name in ("walk baked", "walk baked.001", "walk baked.002"):
        assert bake_action(rig, scene, BakeOptions(face=False)).action.name == name


def test_which_frames(scene):
    rig = add(scene, lively_motion(31)).rig
    scene.frame_start, scene.frame_end = 3, 12
    spans = {"ACTION": (1, 31), "SCENE": (3, 12), "FRAMES": (5.5, 9.5), "PREVIEW": (4, 6)}
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 4, 6
    for span, ends in spans.items():
        rig.animation_data.action = bpy.data.actions["walk"]
        if hasattr(rig.animation_data, "action_slot"):
            rig.animation_data.action_slot = bpy.data.actions["walk"].slots[0]
        baked = bake_action(rig, scene, BakeOptions(span=span, first=5.5, last=9.5, name=span))
        assert (baked.first, baked.last) == ends and baked.action.name == span
        assert tuple(baked.action.frame_range) == ends


@pytest.mark.parametrize("last", [5, 6])
def test_a_frame_or_two(scene, last):
    rig = add(scene, lively_motion(31)).rig
    names, frames = names_of(rig), np.arange(5, last + 1)
    before = shown(rig, frames, names)
    for root in ("ROOT_TURN", "PELVIS"):
        baked = bake_action(rig, scene, BakeOptions(span="FRAMES", first=5, last=last, root=root, steady=1.0))
        assert (baked.first, baked.last) == (5, last) and tuple(baked.action.frame_range) == (5, last)
        np.testing.assert_allclose(shown(rig, frames, names), before, atol=1e-4)


def test_a_still_take_keeps_its_length(scene):
    motion = lively_motion(31)
    still = replace(
        motion, poses=motion.poses[:1].repeat(31, 0), trans=motion.trans[:1].repeat(31, 0), expression=0 * motion.expression
    )
    baked = bake_action(add(scene, still).rig, scene, BakeOptions(root="ROOT_TURN"))
    assert (baked.first, baked.last) == (1, 31) == tuple(baked.action.frame_range)
    assert baked.keys_after == baked.keys_before / 31


def test_strips_are_covered_muted_ones_not(scene):
    rig = add(scene, lively_motion(31)).rig
    scene.frame_set(20)
    write_take(read_rig(rig), lively_motion(41, seed=2), scene, "layer", "LAYER", "WHOLE")
    assert bake_action(rig, scene, BakeOptions()).last == 60
    for owner in (rig, *bpy.data.shape_keys):
        owner.animation_data.action = None
    with pytest.raises(ThespisError, match="no keys"):
        bake_action(rig, scene, BakeOptions())
    rig.animation_data.nla_tracks[0].mute = False
    assert bake_action(rig, scene, BakeOptions()).last == 31


# ---- refusals


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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (BakeOptions(span="FRAMES", first=5, last=4), "from frame 5 to 4 there is no frame"),
        (BakeOptions(span="FRAMES", first=float("nan")), "are no range"),
        (BakeOptions(span="PREVIEW"), "no preview range"),
        (BakeOptions(rate=0), "rate of 0"),
        (BakeOptions(rate=float("inf")), "rate of inf"),
        (BakeOptions(tolerance=-1), "tolerance of -1"),
        (BakeOptions(steady=float("nan")), "steadying of nan"),
        (BakeOptions(loop=True, span="FRAMES", first=1, last=2), "2 frames make no loop"),
        (BakeOptions(span="FRAMES", first=0, last=9e8), "are too many"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(scene, options, said):
    rig = add(scene, lively_motion(11)).rig
    before = everything()
    with pytest.raises(ThespisError, match=said) as error:
        bake_action(rig, scene, options)
    assert "\n" not in str(error.value) and everything() == before


def test_nothing_to_bake(scene):
    rig = add(scene, lively_motion(11)).rig
    for key in bpy.data.shape_keys:
        key.animation_data_clear()
    rig.animation_data.action = bpy.data.actions.new("empty")
    with pytest.raises(ThespisError, match="walk: its action and NLA have no keys"):
        bake_action(rig, scene, BakeOptions())
    with pytest.raises(ThespisError, match="nothing moves it"):
        bake_action(rig, scene, BakeOptions(span="SCENE"))
    rig.data.pose_position = "REST"
    with pytest.raises(ThespisError, match="rest pose"):
        bake_action(rig, scene, BakeOptions())
    bare = bpy.data.objects.new("bare", bpy.data.armatures.new("bare"))
    with pytest.raises(ThespisError, match="bare: has no bones"):
        bake_action(bare, scene, BakeOptions())


def test_linked_bones_take_no_root_but_an_action(scene, tmp_path):
    add(scene, lively_motion(11))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "linked.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    with bpy.data.libraries.load(str(tmp_path / "linked.blend"), link=True) as (_, into):
        into.objects = ["walk"]
    linked = into.objects[0]
    scene.collection.objects.link(linked)
    with pytest.raises(ThespisError, match="walk: is linked"):
        bake_action(linked, scene, BakeOptions())
    rig = linked.override_create(remap_local_usages=True)
    rig.override_library.is_system_override = False
    before = len(bpy.data.actions)
    with pytest.raises(ThespisError, match="its bones are linked"):
        bake_action(rig, scene, BakeOptions(root="ROOT"))
    assert len(bpy.data.actions) == before
    frames, names = np.arange(1, 12), names_of(rig)
    told = shown(rig, frames, names)
    bake_action(rig, scene, BakeOptions(tolerance=0, face=False))
    np.testing.assert_allclose(shown(rig, frames, names), told, atol=1e-4)


def test_a_hidden_armature_takes_no_root_bone(scene):
    rig = add(scene, lively_motion(11)).rig
    rig.hide_set(True)
    before = everything()
    with pytest.raises(ThespisError, match="walk: is hidden"):
        bake_action(rig, scene, BakeOptions(root="ROOT"))
    assert everything() == before


@pytest.mark.parametrize("broken", ["write_shape_keys", "_play"])
def test_a_failure_leaves_everything(scene, monkeypatch, broken):
    character = constrained(scene)
    rig = character.rig
    character.figure.select_set(True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="POSE")
    before, calls = everything(), []
    names, frames = names_of(rig), np.arange(1, 12)
    poses = shown(rig, frames, names)
    real = getattr(apply, broken)

    def breaks(*arguments):
        calls.append(1)
        if len(calls) == 2 or broken != "_play":
            raise RuntimeError("no more room")
        return real(*arguments)

    monkeypatch.setattr(apply, broken, breaks)
    with pytest.raises(RuntimeError, match="no more room"):
        bake_action(rig, scene, BakeOptions(root="ROOT_TURN"))
    assert everything() == before
    np.testing.assert_allclose(shown(rig, frames, names), poses, atol=1e-5)


def test_mode_selection_frame_and_an_unkeyed_pose_stay(scene):
    character = add(scene, lively_motion(21))
    rig = character.rig
    character.figure.select_set(True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="POSE")
    scene.frame_set(7)
    selected = set(bpy.context.selected_objects)
    bake_action(rig, scene, BakeOptions(root="ROOT"))
    assert bpy.context.mode == "POSE" and bpy.context.view_layer.objects.active == rig
    assert set(bpy.context.selected_objects) == selected and scene.frame_current == 7


# ---- as it is used


@pytest.fixture
def registered():
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    bpy.context.scene.render.fps = 30
    yield bpy.context.scene
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)


def test_one_undo_step_and_saved(registered, tmp_path):
    rig = add(registered, lively_motion(31)).rig
    bpy.context.view_layer.objects.active = rig
    names, frames = names_of(rig), np.arange(1, 32)
    before = shown(rig, frames, names)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.thespis.bake("EXEC_DEFAULT", True, root="ROOT_TURN", tolerance=1.0, name="clean") == {"FINISHED"}
    assert "root" in rig.data.bones
    bpy.ops.ed.undo()
    rig = bpy.data.objects["walk"]
    assert "clean" not in bpy.data.actions and names_of(rig) == names and rig.animation_data.action.name == "walk"
    np.testing.assert_allclose(shown(rig, frames, names), before, atol=1e-5)
    bpy.ops.ed.redo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "baked.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "baked.blend"))
    rig = bpy.data.objects["walk"]
    assert rig.animation_data.action.name == "clean" and bpy.data.actions["walk"].use_fake_user
    off = joints(rig, shown(rig, frames, names), names) - joints(rig, before, names)
    assert np.linalg.norm(off, axis=-1).max() < 1.1e-3


def test_the_operator_says_why_not_and_what_came_of_it(registered):
    assert not bpy.ops.thespis.bake.poll()
    character = add(registered, lively_motion(11))
    bpy.context.view_layer.objects.active = character.figure
    assert bpy.ops.thespis.bake.poll()
    with pytest.raises(RuntimeError, match=r"^Error: walk: from frame 9 to 3 there is no frame"):
        bpy.ops.thespis.bake(span="FRAMES", first=9, last=3)
    assert bpy.ops.thespis.bake() == {"FINISHED"}
    assert character.rig.animation_data.action.name == "walk baked"
    kind = bpy.ops.thespis.bake.get_rna_type()
    assert kind.description and not [p.identifier for p in kind.properties if not (p.description or p.identifier == "rna_type")]
    character.rig.data.pose_position = "REST"
    assert not bpy.ops.thespis.bake.poll()


def test_a_character_with_a_root_is_fitted_again_and_its_bake_is_kept(scene, tmp_path):
    clip = tmp_path / "clip.mp4"
    imported = []
    for number in range(2):
        motion = lively_motion(11, seed=number)
        folder = write_take_folder(tmp_path / f"take {number}", clip, [motion])
        imported.append(import_takes([folder / "person_0.npz"], scene, take=read_take(folder / TAKE_FILE), replace=number > 0))
        rig = imported[-1].characters[0].rig
        if number == 0:
            baked = bake_action(rig, scene, BakeOptions(root="ROOT_TURN")).action.name
    assert len(rigs_of(scene)) == 1 and rig.animation_data.action.name != baked and bpy.data.actions[baked].use_fake_user
    assert "root" not in rig.data.bones
    scene.frame_set(6)
    heads = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in JOINT_NAMES])
    np.testing.assert_allclose(heads, true_joints(motion, 5), atol=2e-3)


def rigs_of(scene):
    return [thing for thing in scene.objects if thing.type == "ARMATURE"]
