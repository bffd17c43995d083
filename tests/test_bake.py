"""Bake: what is shown stays shown, from one new action, with few keys; Blender's own bake is the oracle."""

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
from thespis.core.scene.compat import all_fcurves  # noqa: E402
from thespis.core.scene.rig import read_rig  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.scene.write_take import write_take  # noqa: E402
from thespis.tests.bakes import ALL, add, constrained, faces, joints, names_of, new_scene, shown  # noqa: E402
from thespis.tests.motions import lively_motion  # noqa: E402


@pytest.fixture
def scene():
    return new_scene()


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
