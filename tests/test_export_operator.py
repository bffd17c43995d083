"""Export as it is used in the window: what the scene shows goes into the file, and the scene stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.motion import read_motion, write_motion  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.tests.blender.round_trip import angles_between, read_back, shown  # noqa: E402
from thespis.tests.motions import lively_motion, true_joints, true_turns  # noqa: E402


@pytest.fixture
def rig(tmp_path):
    """A character that walks, in a scene of 30 frames a second, with the extension."""
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    motion = lively_motion(31)
    write_motion(motion, tmp_path / "walk.npz")
    bpy.context.scene.render.fps = 30
    bpy.ops.thespis.import_motion(filepath=str(tmp_path / "walk.npz"))
    yield bpy.context.active_object
    thespis.unregister()


def state() -> dict:
    """All that an export must leave alone."""
    names = {
        kind: [thing.name for thing in getattr(bpy.data, kind)]
        for kind in ("objects", "meshes", "armatures", "actions", "scenes")
    }
    view = bpy.context.view_layer.objects
    played = [
        (thing.name, thing.animation_data and (thing.animation_data.action, thing.animation_data.use_nla))
        for thing in bpy.data.objects
    ]
    slots = [(a.name, len(getattr(a, "slots", ())), a.use_fake_user, a.asset_data) for a in bpy.data.actions]
    chosen = ([thing.name for thing in bpy.context.selected_objects], view.active and view.active.name)
    posed = [tuple(bone.matrix_basis.to_quaternion()) for thing in bpy.data.objects if thing.pose for bone in thing.pose.bones]
    values = [key.value for keys in bpy.data.shape_keys for key in keys.key_blocks]
    return names | {
        "played": played, "slots": slots, "chosen": chosen, "posed": posed, "values": values,
        "frame": bpy.context.scene.frame_current, "scene": bpy.context.scene.name, "rate": bpy.context.scene.render.fps,
    }  # fmt: skip


def export(path, **wishes) -> None:
    before = state()
    assert bpy.ops.thespis.export(filepath=str(path), **wishes) == {"FINISHED"}
    assert state() == before


def refused(path, **wishes) -> str:
    before, files = state(), sorted(path.parent.glob("**/*")) if path.parent.exists() else None
    with pytest.raises(RuntimeError) as error:
        bpy.ops.thespis.export(filepath=str(path), **wishes)
    assert state() == before
    assert files is None or sorted(path.parent.glob("**/*")) == files
    said = str(error.value).strip()
    assert said.startswith("Error: ") and "\n" not in said
    return said


def seen(armature, frames) -> np.ndarray:
    """(T, 55, 3) joints in the world."""
    sampled = sample_armature(armature, frames)
    columns = [sampled.names.index(name) for name in JOINT_NAMES]
    return (sampled.worlds[:, None] @ sampled.matrices[:, columns])[..., :3, 3]


def test_the_edited_action_leaves(rig, tmp_path):
    curve = next(c for c in rig.animation_data.action.layers[0].strips[0].channelbags[0].fcurves if "left_elbow" in c.data_path)
    curve.keyframe_points[10].co[1] += 0.3
    curve.update()
    bpy.context.scene.frame_set(7)
    wrong = np.array([true_joints(lively_motion(31), frame) for frame in (5, 10)])
    truth = seen(rig, [6, 11])
    assert np.abs(truth - wrong).max() > 0.01
    export(tmp_path / "a.glb", mesh=False)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    np.testing.assert_allclose(read_back(tmp_path / "a.glb", 30, [5, 10], JOINT_NAMES).joints, truth, atol=2e-3)


def test_who_poses_a_character_goes_on_posing(rig, tmp_path):
    """In Pose Mode, with something posed and not keyed, through a mesh, with names that the file would like to have."""
    bpy.context.scene.frame_set(9)
    bpy.data.objects.new("Armature", None)
    bpy.ops.object.mode_set(mode="POSE")
    rig.pose.bones["head"].rotation_quaternion = (0.5, 0.5, 0.5, 0.5)
    truth = seen(rig, [1, 21])
    export(tmp_path / "a.fbx", preset="unreal")
    assert rig.mode == "POSE" and bpy.data.objects["Armature"].type == "EMPTY"
    np.testing.assert_allclose(rig.pose.bones["head"].rotation_quaternion, 0.5)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    back = read_back(tmp_path / "a.fbx", 30, [0, 20], JOINT_NAMES)
    np.testing.assert_allclose(back.joints - back.joints[0, 0], truth - truth[0, 0], atol=2e-3)
    assert bpy.data.objects["Armature"].type == "ARMATURE"


def test_a_turned_and_scaled_armature_stands_upright_in_metres(rig, tmp_path):
    """As importers leave it: lying on its back by a quarter turn, in centimetres, its object stood up and made smaller."""
    export(tmp_path / "first.fbx", mesh=False)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.fbx(filepath=str(tmp_path / "first.fbx"), anim_offset=0.0)
    (again,) = (thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    assert again.scale.x == pytest.approx(0.01) and abs(again.rotation_euler.x) == pytest.approx(np.pi / 2)
    again.parent = bpy.data.objects.new("carries", None)
    bpy.context.collection.objects.link(again.parent)
    again.parent.rotation_euler.z, again.parent.location = 1.0, (3.0, -2.0, 0.0)
    bpy.context.view_layer.objects.active = again
    truth = seen(again, [0, 10, 20])
    for ending in (".glb", ".fbx", ".bvh"):
        export(tmp_path / f"plain{ending}", mesh=False)
    export(tmp_path / "unity.fbx", mesh=False, preset="unity")
    for ending in (".glb", ".fbx", ".bvh"):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        back = read_back(tmp_path / f"plain{ending}", 30, [0, 10, 20], JOINT_NAMES)
        np.testing.assert_allclose(back.joints, truth, atol=2e-3)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    back = read_back(tmp_path / "unity.fbx", 30, [0, 10, 20], JOINT_NAMES)
    back_turned = truth - (3.0, -2.0, 0.0)
    c, s = np.cos(-1.0), np.sin(-1.0)
    back_turned = back_turned @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
    away = back.joints[0, 0] - back_turned[0, 0]
    assert away[2] == pytest.approx(0, abs=2e-3)
    np.testing.assert_allclose(back.joints, back_turned + away, atol=2e-3)


def test_layers_and_strips_leave_as_they_show(rig, tmp_path):
    action = rig.animation_data.action
    slot = getattr(rig.animation_data, "action_slot", None)
    rig.animation_data.action = None
    tracks = rig.animation_data.nla_tracks
    for number, start in enumerate((1, 41)):
        strip = tracks.new().strips.new(f"part {number}", start, action)
        if slot is not None:
            strip.action_slot = slot
        strip.extrapolation = "NOTHING"
    tracks[1].strips[0].scale = 0.5
    truth = seen(rig, [1, 16, 41, 51])
    assert np.abs(truth[1] - truth[3]).max() > 0.01
    export(tmp_path / "strips.fbx", mesh=False, clips="STRIPS")
    export(tmp_path / "strips.bvh", clips="STRIPS")
    export(tmp_path / "whole.glb", mesh=False)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    back = read_back(tmp_path / "whole.glb", 30, [0, 15, 40, 50], JOINT_NAMES)
    np.testing.assert_allclose(back.joints, truth, atol=2e-3)
    assert back.seconds == pytest.approx(55 / 30, abs=1e-3)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    back = read_back(tmp_path / "strips_part_1.bvh", 30, [0, 10], JOINT_NAMES)
    assert back.seconds == pytest.approx(15 / 30, abs=1e-3)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.fbx(filepath=str(tmp_path / "strips.fbx"), anim_offset=0.0)
    (armature,) = (thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    for name, frames, rows in (("part 0", [0, 15], [0, 1]), ("part 1", [0, 10], [2, 3])):
        np.testing.assert_allclose(in_take(armature, name, frames).joints, truth[rows], atol=2e-3)


def in_take(armature, name, frames):
    """What an armature shows in a take of an .fbx."""
    action = next(action for action in bpy.data.actions if action.name.split("|")[:2] == [armature.name, name])
    armature.animation_data.action = action
    if hasattr(armature.animation_data, "action_slot"):
        armature.animation_data.action_slot = action.slots[0]
    return shown(armature, frames, JOINT_NAMES, 30, 0.0)


def test_two_people_leave_with_several_clips_each(rig, tmp_path):
    other = replace(lively_motion(31, seed=7), betas=lively_motion(31).betas)
    write_motion(other, tmp_path / "other.npz")
    bpy.ops.thespis.import_motion(filepath=str(tmp_path / "other.npz"))
    both = [rig, bpy.context.active_object]
    for armature in both:
        action, slot = armature.animation_data.action, getattr(armature.animation_data, "action_slot", None)
        armature.animation_data.action = None
        track = armature.animation_data.nla_tracks.new()
        for name, start, first, last in (("early", 1, 1, 11), ("late", 41, 11, 31)):
            strip = track.strips.new(name, start, action)
            if slot is not None:
                strip.action_slot = slot
            strip.action_frame_start, strip.action_frame_end, strip.extrapolation = first, last, "NOTHING"
        armature.select_set(True)
    export(tmp_path / "both.fbx", mesh=False, clips="STRIPS")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    bpy.ops.import_scene.fbx(filepath=str(tmp_path / "both.fbx"), anim_offset=0.0)
    for name, motion in (("walk", lively_motion(31)), ("other", other)):
        for take, first in (("early", 0), ("late", 10)):
            truth = [true_joints(motion, first + frame) for frame in (0, 5, 10)]
            np.testing.assert_allclose(in_take(bpy.data.objects[name], take, [0, 5, 10]).joints, truth, atol=2e-3)


def test_a_motion_for_amass_and_for_thespis(rig, tmp_path):
    given = read_motion(tmp_path / "walk.npz")
    export(tmp_path / "own.npz", up="Y")
    own = read_motion(tmp_path / "own.npz")
    np.testing.assert_allclose(own.trans, given.trans, atol=1e-5)
    np.testing.assert_allclose(own.betas, given.betas, atol=1e-5)
    np.testing.assert_allclose(own.expression, given.expression, atol=1e-5)
    np.testing.assert_allclose(
        [true_joints(own, f) for f in (0, 15, 30)], [true_joints(given, f) for f in (0, 15, 30)], atol=1e-4
    )
    export(tmp_path / "amass.npz")
    with np.load(tmp_path / "amass.npz", allow_pickle=False) as file:
        held = {name: file[name] for name in file.files}
    assert {"root_orient", "pose_body", "pose_hand", "pose_jaw", "pose_eye", "poses", "trans", "betas", "gender"} <= held.keys()
    assert str(held["surface_model_type"]) == "smplx" and int(held["num_betas"]) == 16 and held["betas"].shape == (16,)
    parts = [held[name] for name in ("root_orient", "pose_body", "pose_jaw", "pose_eye", "pose_hand")]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), held["poses"])
    assert float(held["mocap_time_length"]) == pytest.approx(31 / 30) and float(held["mocap_frame_rate"]) == 30
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    bpy.ops.thespis.import_motion(filepath=str(tmp_path / "amass.npz"))
    plain = replace(given, betas=np.zeros(16))
    joints = seen(bpy.context.active_object, [1, 16, 31])
    for row, frame in enumerate((0, 15, 30)):
        truth = true_joints(plain, frame)
        np.testing.assert_allclose(joints[row] - joints[row, :1], truth - truth[:1], atol=2e-3)
        np.testing.assert_allclose(joints[row, 0], true_joints(given, frame)[0], atol=2e-3)


def test_what_cannot_be_exported_is_said_in_a_line(rig, tmp_path):
    action = rig.animation_data.action
    assert "ending" in refused(tmp_path / "a.obj")
    assert "does not exist" in refused(tmp_path / "nowhere" / "a.glb")
    (tmp_path / "there.glb").write_bytes(b"mine")
    assert "exists already" in refused(tmp_path / "there.glb")
    assert (tmp_path / "there.glb").read_bytes() == b"mine"
    assert "no action is chosen" in refused(tmp_path / "a.glb", clips="CHOSEN")
    assert "no such action" in refused(tmp_path / "a.glb", clips="CHOSEN", actions="nothing")
    assert "marked as an asset" in refused(tmp_path / "a.glb", clips="MARKED")
    assert "no strip" in refused(tmp_path / "a.glb", clips="STRIPS")
    rig.scale = (1, 2, 1)
    bpy.context.view_layer.update()
    assert "scaled unevenly" in refused(tmp_path / "a.glb")
    rig.scale = (1, 1, 1)
    rig.animation_data.action = None
    assert "no keys" in refused(tmp_path / "a.glb")
    rig.animation_data.action = action
    bpy.data.objects["walk body"].hide_set(True)
    assert "no mesh that shows" in refused(tmp_path / "a.glb")
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = None
    assert not bpy.ops.thespis.export.poll()


def test_chosen_actions_leave_whatever_is_played_and_posed(rig, tmp_path):
    from thespis.core.scene.import_take import import_takes

    motion = replace(lively_motion(21, seed=5), betas=lively_motion(31).betas)
    write_motion(motion, tmp_path / "other.npz")
    other = import_takes([tmp_path / "other.npz"], bpy.context.scene, with_camera=False).characters[0]
    other.action.use_fake_user = True
    other.action.name = "wave"
    truth = [true_joints(motion, frame) for frame in (0, 10, 20)]
    bpy.data.objects.remove(other.figure)
    bpy.data.objects.remove(other.rig)
    bpy.context.view_layer.objects.active = rig
    rig.select_set(True)
    export(tmp_path / "two.glb", mesh=False, clips="CHOSEN", actions="wave;walk")
    from thespis.core.scene.export.glb import read_glb

    content, _ = read_glb(tmp_path / "two.glb")
    assert [animation["name"] for animation in content["animations"]] == ["wave", "walk"]
    bpy.data.actions["wave"].asset_mark()
    export(tmp_path / "marked.glb", mesh=False, clips="MARKED")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    back = read_back(tmp_path / "marked.glb", 30, [0, 10, 20], JOINT_NAMES)
    np.testing.assert_allclose(back.joints, truth, atol=2e-3)
    assert angles_between(back.turns, np.array([true_turns(motion, frame) for frame in (0, 10, 20)])).max() < 0.2
