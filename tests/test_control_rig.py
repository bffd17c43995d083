"""A control rig moves its character as before, is animated on, and gives the motion back to the bones."""

import time
from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Matrix, Vector  # noqa: E402
from thespis.core.control.two_bone import reach  # noqa: E402
from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.motion import Motion  # noqa: E402
from thespis.core.scene.compat import all_fcurves, played_curves  # noqa: E402
from thespis.core.scene.control.add import add_controls, remove_controls  # noqa: E402
from thespis.core.scene.control.bring_back import bake_to_bones  # noqa: E402
from thespis.core.scene.controlled import character_of, controls_of  # noqa: E402
from thespis.core.scene.rig import armature_of, read_rig  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.scene.write_take import write_take  # noqa: E402
from thespis.core.skeleton import JOINT_INDEX  # noqa: E402
from thespis.tests.armatures import foreign  # noqa: E402
from thespis.tests.control_stage import (  # noqa: E402
    a_character,
    assert_same,
    controlled,
    fresh_scene,
    put,
    shown,
    switch,
)
from thespis.tests.motions import lively_motion  # noqa: E402


@pytest.fixture
def scene():
    return fresh_scene()


def at(scene, armature, name: str, end: str = "head") -> np.ndarray:
    """Where a bone's head or tail is now, armature space."""
    bpy.context.view_layer.update()
    return np.array(getattr(armature.pose.bones[name], end))


def keys_of(armature) -> list:
    return [[tuple(key.co) for key in curve.keyframe_points] for curve in all_fcurves(armature.animation_data.action)]


# ---- as before


@pytest.mark.parametrize("seed", [0, 1])
def test_a_character_moves_as_before_either_way_and_when_it_is_baked_back(seed):
    """Keys between the frames, an object that is moved, turned and scaled."""
    scene = fresh_scene(24)
    rig = a_character(scene, lively_motion(61, fps=30.0, seed=seed))
    rig.matrix_world = Matrix.Translation((3, -2, 0.5)) @ Matrix.Rotation(1.0, 4, (1, 2, 3)) @ Matrix.Diagonal((2, 2, 2, 1))
    bpy.context.view_layer.update()
    before, keys, action = shown(rig, scene), keys_of(rig), rig.animation_data.action
    controls = add_controls(rig, scene).controls
    assert_same(shown(rig, scene), before)
    switch(controls, 0.0)
    assert_same(shown(rig, scene), before)
    switch(controls, 1.0)
    baked, frames = bake_to_bones(rig, scene)
    assert baked != action and action.use_fake_user and list(frames) == list(before.frames)
    remove_controls(rig)
    assert_same(shown(rig, scene), before)
    rig.animation_data.action = action
    assert keys_of(rig) == keys


def test_taken_off_nothing_of_it_is_left(scene):
    motion = lively_motion(21)
    rig = a_character(scene, motion)
    keys, front, kind = keys_of(rig), rig.show_in_front, rig.data.display_type
    kinds = ("objects", "armatures", "meshes", "actions", "collections")
    before = {kind: {thing.name for thing in getattr(bpy.data, kind)} for kind in kinds}
    controls = add_controls(rig, scene).controls
    assert controls_of(rig) == controls and character_of(controls) == rig
    assert armature_of(controls) == rig and armature_of(rig.children[0]) == rig
    other = a_character(scene, motion, "Other")
    add_controls(other, scene)
    shapes = [thing for thing in bpy.data.objects if "thespis_form" in thing]
    assert len(shapes) == len({thing["thespis_form"] for thing in shapes}) >= 5, "made once"
    assert not any(thing.visible_get() for thing in shapes)
    for character in (rig, other):
        remove_controls(character)
    assert not [bone for bone in rig.pose.bones if len(bone.constraints)]
    for thing in (other.children[0], other):
        bpy.data.objects.remove(thing)
    left = {kind: {thing.name for thing in getattr(bpy.data, kind) if "Other" not in thing.name} for kind in kinds}
    assert left == before | {"meshes": left["meshes"] & before["meshes"]}
    assert keys_of(rig) == keys and (rig.show_in_front, rig.data.display_type) == (front, kind)


def test_a_straight_leg_that_is_pushed_through_keeps_its_knee_ahead(scene):
    """It stands for a second, the knees straight within a tremble or bent the wrong way a little, and then steps."""
    rng = np.random.default_rng(2)
    poses = rng.normal(0, 0.003, (60, 55, 3))
    poses[:, 0] = (0, 1.0, 0)
    bend = np.concatenate([np.full(20, -0.03), np.zeros(20), 0.6 * np.sin(np.linspace(0, np.pi, 20))])
    for side in ("left", "right"):
        poses[:, JOINT_INDEX[f"{side}_knee"], 0] += bend
        poses[:, JOINT_INDEX[f"{side}_hip"], 0] -= bend / 2
    standing = Motion(poses, np.zeros((60, 3)), np.zeros(16), np.zeros((60, 0)), 30.0, body_model="open")
    rig, controls, before = controlled(scene, standing)
    assert_same(shown(rig, scene), before)
    told = sample_armature(controls, before.frames, scene, with_face=False)
    for side in ("left", "right"):
        pole, knee = told.bone(f"{side}_knee_pole")[:, :3, 3], told.bone(f"{side}_knee_shown")[:, :3, 3]
        front = told.bone(f"{side}_hip_shown")[:, :3, 2] * -1  # the bone's Z points back
        assert np.sum((pole - knee) * front, axis=1).min() > 0.3
        assert np.linalg.norm(np.diff(pole, axis=0), axis=1).max() < 0.05
    scene.frame_set(10)
    put(controls, "left_foot_ik", (0, 0, 0.2))
    assert at(scene, rig, "left_knee") @ front[9] > before.bone("left_knee")[9, :3, 3] @ front[9] + 0.15, "ahead"


def test_blenders_own_ik_finds_what_is_computed(scene):
    """Targets and poles anywhere, out of reach as well."""
    rng = np.random.default_rng(4)
    _, controls, _ = controlled(scene, lively_motion(3))
    controls.animation_data_clear()
    bones = controls.pose.bones
    start = at(scene, controls, "left_shoulder_solver")
    lengths = tuple(bones[name].length for name in ("left_shoulder_solver", "left_elbow_solver"))
    for _ in range(60):
        away = rng.normal(size=3)
        target = start + away / np.linalg.norm(away) * rng.uniform(0.3, 1.1) * sum(lengths)
        pole = start + rng.normal(0, 0.6, 3)
        for name, place in (("left_hand_ik", target), ("left_elbow_pole", pole)):
            bones[name].location = bones[name].bone.matrix_local.inverted() @ Vector(place)
        bpy.context.view_layer.update()
        truth = reach(start[None], target[None], pole[None], lengths)
        np.testing.assert_allclose(at(scene, controls, "left_elbow_solver"), truth.middle[0], atol=1e-3)
        for name, frame in (("left_shoulder_solver", truth.upper), ("left_elbow_solver", truth.lower)):
            np.testing.assert_allclose(np.array(bones[name].matrix)[:3, :3], frame[0], atol=5e-3)


def test_somebody_elses_armature(scene):
    """Centimetres, Y up, bones of any direction and roll, Euler angles, a bone above the pelvis that walks along."""
    armature = foreign(mode="XYZ")
    armature.scale = (0.01,) * 3
    scene.frame_set(1)
    write_take(read_rig(armature), replace(lively_motion(31), betas=np.zeros(16)), scene, "take", "NEW", "WHOLE")
    root = armature.pose.bones["root"]
    root.location = (0, 50, 20)
    root.keyframe_insert("location", frame=1)
    root.location = (0, -50, 0)
    root.keyframe_insert("location", frame=31)
    before = shown(armature, scene)
    controls = add_controls(armature, scene).controls
    assert_same(shown(armature, scene), before)
    switch(controls, 0.0)
    assert_same(shown(armature, scene), before)
    scene.frame_set(12)
    straight = at(scene, armature, "left_index3", "head")
    curl = controls.pose.bones["left_index_curl"]
    curl.rotation_euler.x = 0.8
    bpy.context.view_layer.update()
    moved = at(scene, armature, "left_index3", "head") - straight
    down = np.array(controls.pose.bones["left_index1_fk"].matrix)[:3, 2]
    assert moved @ down > 0.8 * np.linalg.norm(moved) > 1.0, "towards the palm, centimetres"
    curl.rotation_euler.x = 0
    bake_to_bones(armature, scene)
    remove_controls(armature)
    assert_same(shown(armature, scene), before)
    assert armature.pose.bones["left_elbow"].rotation_mode == "XYZ"


def test_a_character_that_stands_still(scene):
    rig = a_character(scene, lively_motion(3))
    rig.animation_data_clear()
    rig.pose.bones["left_elbow"].rotation_quaternion = (0.9, 0.1, 0.3, 0.2)
    before = shown(rig, scene, [scene.frame_current])
    controls = add_controls(rig, scene).controls
    assert not played_curves(controls)
    bpy.context.view_layer.update()
    assert_same(shown(rig, scene, [scene.frame_current]), before)
    scene.frame_set(7)
    assert_same(shown(rig, scene, [7]), before)
    _, frames = bake_to_bones(rig, scene)
    assert list(frames) == [7]


def test_cuts_stay_cuts(scene):
    walk = lively_motion(30)
    rig = a_character(scene, replace(walk, cuts=np.array([15])))
    controls = add_controls(rig, scene).controls
    for armature, name in ((controls, "hips"), (rig, "pelvis")):
        curve = next(c for c in played_curves(armature) if c.data_path == f'pose.bones["{name}"].location')
        assert [key.co[0] for key in curve.keyframe_points if key.interpolation == "CONSTANT"] == [15]
        bake_to_bones(rig, scene)


# ---- animated on


def test_what_an_animator_does_reaches_the_bones(scene):
    rig, controls, before = controlled(scene, lively_motion(31))
    scene.frame_set(11)
    wrist, foot, elbow = (before.bone(name)[10, :3, 3] for name in ("left_wrist", "right_ankle", "left_elbow"))
    inwards = (before.bone("left_collar")[10, :3, 3] - wrist) / np.linalg.norm(before.bone("left_collar")[10, :3, 3] - wrist)
    put(controls, "left_hand_ik", 0.2 * inwards)
    put(controls, "right_foot_ik", (0, 0, 0.1))
    np.testing.assert_allclose(at(scene, rig, "left_wrist"), wrist + 0.2 * inwards, atol=4e-3)
    np.testing.assert_allclose(at(scene, rig, "right_ankle"), foot + (0, 0, 0.1), atol=2e-3)
    pole = np.array(controls.pose.bones["left_elbow_pole"].head)
    assert np.linalg.norm(at(scene, rig, "left_elbow") - pole) < np.linalg.norm(elbow - pole) + 0.02
    animated = shown(rig, scene)
    bake_to_bones(rig, scene)
    remove_controls(rig)
    assert_same(shown(rig, scene), animated)


def test_out_of_reach_the_limb_is_straight_and_in_one_piece(scene):
    rig, controls, _ = controlled(scene, lively_motion(5))
    scene.frame_set(3)
    put(controls, "left_hand_ik", (5, 0, 0))
    shoulder, elbow, wrist = (at(scene, rig, f"left_{name}") for name in ("shoulder", "elbow", "wrist"))
    bones = rig.data.bones
    for (a, b), (one, other) in (((shoulder, elbow), ("shoulder", "elbow")), ((elbow, wrist), ("elbow", "wrist"))):
        rest = (bones[f"left_{other}"].head_local - bones[f"left_{one}"].head_local).length
        assert np.linalg.norm(b - a) == pytest.approx(rest, abs=1e-4)
    assert np.dot(elbow - shoulder, wrist - elbow) / np.linalg.norm(elbow - shoulder) / np.linalg.norm(wrist - elbow) > 0.99
    animated = shown(rig, scene)
    bake_to_bones(rig, scene)
    remove_controls(rig)
    assert_same(shown(rig, scene), animated)


def test_halfway_between_the_two_ways_limbs_keep_their_lengths(scene):
    rig, controls, _ = controlled(scene, lively_motion(11))
    scene.frame_set(5)
    put(controls, "left_hand_ik", (0.1, 0.1, 0.2))
    put(controls, "right_foot_ik", (0, -0.2, 0.2))
    switch(controls, 0.5)
    half = shown(rig, scene)
    bones = rig.data.bones
    for one, other in (("left_elbow", "left_wrist"), ("right_hip", "right_knee"), ("right_knee", "right_ankle")):
        rest = (bones[other].head_local - bones[one].head_local).length
        long = np.linalg.norm(half.bone(other)[:, :3, 3] - half.bone(one)[:, :3, 3], axis=1)
        np.testing.assert_allclose(long, rest, atol=1e-5)
    bake_to_bones(rig, scene)
    remove_controls(rig)
    assert_same(shown(rig, scene), half)


def test_the_foot_rolls_over_its_ball_and_its_heel(scene):
    rig, controls, _ = controlled(scene, lively_motion(3))
    scene.frame_set(2)
    roll = controls.pose.bones["left_foot_roll"]
    ankle, toes, tip = at(scene, rig, "left_ankle"), at(scene, rig, "left_foot"), at(scene, rig, "left_foot", "tail")
    sole = np.array(controls.pose.bones["left_foot_ik"].matrix)[:3, 2]
    roll.rotation_euler.x = 0.5
    np.testing.assert_allclose(at(scene, rig, "left_foot"), toes, atol=2e-3)
    np.testing.assert_allclose(at(scene, rig, "left_foot", "tail"), tip, atol=2e-3)
    assert (at(scene, rig, "left_ankle") - ankle) @ sole > 0.03, "the heel rises"
    roll.rotation_euler.x = -0.4
    assert (at(scene, rig, "left_foot", "tail") - tip) @ sole > 0.03, "the toes rise"


def test_the_head_holds_its_turn(scene):
    rig, controls, _ = controlled(scene, lively_motion(3))
    scene.frame_set(2)
    head, hips = controls.pose.bones["head_fk"], controls.pose.bones["spine1_fk"]
    head["hold_turn"] = 1.0
    controls.update_tag()
    bpy.context.view_layer.update()
    turned = np.array(rig.pose.bones["head"].matrix)[:3, :3]
    hips.rotation_quaternion.rotate(Matrix.Rotation(0.7, 3, "Y").to_quaternion())
    bpy.context.view_layer.update()
    np.testing.assert_allclose(np.array(rig.pose.bones["head"].matrix)[:3, :3], turned, atol=1e-4)
    head["hold_turn"] = 0.0
    controls.update_tag()
    bpy.context.view_layer.update()
    assert np.abs(np.array(rig.pose.bones["head"].matrix)[:3, :3] - turned).max() > 0.1


# ---- refusals, speed


def test_what_cannot_be_done_is_said_and_changes_nothing(scene):
    rig = a_character(scene, lively_motion(5))
    with pytest.raises(ThespisError, match="has no control rig"):
        bake_to_bones(rig, scene)
    with pytest.raises(ThespisError, match="has no control rig"):
        remove_controls(rig)
    rig.pose.bones["left_shoulder"].scale = (1.2, 1.2, 1.2)
    objects = set(bpy.data.objects)
    with pytest.raises(ThespisError, match="left_shoulder is scaled, or left_elbow moved, at frame 1"):
        add_controls(rig, scene)
    rig.pose.bones["left_shoulder"].scale = (1, 1, 1)
    assert set(bpy.data.objects) == objects and controls_of(rig) is None
    add_controls(rig, scene)
    with pytest.raises(ThespisError, match="has a control rig already"):
        add_controls(rig, scene)
    bpy.data.objects.remove(controls_of(rig))
    assert controls_of(rig) is None
    add_controls(rig, scene)
    assert all(len(bone.constraints) == 1 for bone in rig.pose.bones), "those of the deleted one are gone"


def test_ten_seconds_are_quick(scene):
    rig = a_character(scene, lively_motion(301))
    begun = time.process_time()
    add_controls(rig, scene)
    added = time.process_time() - begun
    bake_to_bones(rig, scene)
    baked = time.process_time() - begun - added
    assert added < 2.0 and baked < 2.0, (added, baked)  # measured alone: 0.1 to 0.7 and 0.4 to 0.5
