"""Act Emotion as it is used: where a take stands, the operator with a stand-in for the engine, undo, refusals."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from thespis.core.act.act import act
from thespis.core.act.cues import steady
from thespis.core.act.request import ActRequest
from thespis.core.errors import ThespisError
from thespis.core.motion import read_motion
from thespis.models.emotion.train import TrainOptions, train
from thespis.models.emotion.weights import save_model
from thespis.tests.blender import stand_in
from thespis.tests.emotion_sets import small_set, waving
from thespis.tests.motions import true_joints
from thespis.tests.stages import Stage

POSIX = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """A tiny model that was hardly trained."""
    folder = tmp_path_factory.mktemp("trained")
    options = TrainOptions(steps=5, batch=4, width=40, layers=1, latent=12, device="cpu", threads=1)
    save_model(train(small_set(), folder, options, "Made up."), folder / "small.safetensors")
    return folder / "small.safetensors"


def elsewhere(turn: float = 2.0):
    """Somebody who stands away from the middle, turned."""
    motion = waving(np.random.default_rng(3), 10)
    poses = motion.poses.copy()
    poses[:, 0] = (0, turn, 0)
    return replace(motion, poses=poses, trans=motion.trans + (1.5, 0, -2.0))


def heading(motion, frame: int) -> float:
    front = Rotation.from_rotvec(motion.poses[frame, 0]).as_matrix()[:, 2]
    return float(np.arctan2(front[0], front[2]))


# ---- the engine's side


def test_a_take_stands_where_it_is_put_without_taking_on_the_pose(weights):
    from thespis.models.emotion.weights import load_model

    model, start = load_model(weights), elsewhere()
    plain = ActRequest(steady("joy", 1.0), 3.0, 1)
    own, put, joined = (
        act(model, request)
        for request in (plain, replace(plain, start=start, joins=False), replace(plain, start=start, joins=True))
    )
    np.testing.assert_allclose(put.trans[0, [0, 2]], start.trans[-1, [0, 2]], atol=0.05)
    assert heading(put, 0) == pytest.approx(heading(start, -1), abs=0.1)
    np.testing.assert_allclose(put.poses[:, 16:22], own.poses[:, 16:22], atol=1e-6)
    np.testing.assert_allclose(joined.poses[0, 16:22], start.poses[-1, 16:22], atol=1e-4)
    assert np.abs(put.poses[0, 16:22] - start.poses[-1, 16:22]).max() > 0.05
    with pytest.raises(ThespisError, match="no pose to return to"):
        replace(plain, start=start, joins=False, returns=True)


# ---- the operator


@pytest.fixture
def stage(tmp_path, monkeypatch, blender):
    return Stage(blender, tmp_path, monkeypatch)


@POSIX
def test_the_take_is_asked_for_and_keyed_where_and_when_the_character_stands(stage):
    stage.scene.frame_set(13)
    stage.armature.name = "Hero"
    wishes = {"emotion": "anger", "intensity": 0.6, "seconds": 2.0, "seed": 3, "mode": "mean"}
    assert stage.act(**wishes) == {"FINISHED"}
    asked = stage.asked()
    assert asked["emotions"] == [[0, "anger"]] and asked["intensities"] == [[0, pytest.approx(0.6)]]
    assert (asked["seconds"], asked["seed"], asked["mode"], asked["fps"], asked["weights"]) == (2, 3, "mean", 24, None)
    assert asked["joins"] and not Path(asked["start"]).exists(), "what was made for the job alone is gone"
    start = read_motion(stage.engine / "start.npz")
    np.testing.assert_allclose(start.trans[-1], stage.walk.trans[15], atol=1e-4)  # frame 13 of 24 a second, of a walk of 30
    np.testing.assert_allclose(start.betas, stage.walk.betas, atol=1e-5)
    for frame in (0, 20, 45):
        stage.scene.frame_set(13 + frame)
        np.testing.assert_allclose(stage.heads("Hero"), true_joints(stage.take, frame), atol=1e-3)
    first = [point.co[:] for curve in curves(stage.armature) for point in curve.keyframe_points]
    stage.scene.frame_set(13)
    assert stage.act(**wishes) == {"FINISHED"}
    assert [point.co[:] for curve in curves(stage.armature) for point in curve.keyframe_points] == first, "the same keys"


def curves(armature):
    from thespis.core.scene.compat import all_fcurves

    return all_fcurves(armature.animation_data.action)


@POSIX
def test_a_layer_and_a_character_at_rest_only_stand_there(stage):
    assert stage.act(emotion="joy", where="LAYER", part="UPPER") == {"FINISHED"}
    assert stage.asked()["start"] and stage.asked()["joins"] is False and stage.asked()["seconds"] is None
    assert stage.act(emotion="joy", from_pose=False) == {"FINISHED"}
    assert stage.asked()["joins"] is False
    stage.armature.animation_data_clear()
    for bone in stage.armature.pose.bones:
        bone.matrix_basis.identity()
        bone.location, bone.rotation_quaternion = (0, 0, 0), (1, 0, 0, 0)
    assert stage.act(emotion="joy") == {"FINISHED"}
    assert stage.asked()["joins"] is False


@POSIX
def test_the_mesh_may_be_the_active_one(stage):
    stage.bpy.context.view_layer.objects.active = stage.armature.children[0]
    assert stage.act(emotion="joy") == {"FINISHED"}
    assert stage.armature.animation_data.action.name == "walk joy"


@POSIX
@pytest.mark.parametrize("where", ["NEW", "REPLACE", "LAYER"])
def test_one_step_takes_it_back_and_brings_it_again(stage, where):
    bpy = stage.bpy
    bpy.ops.ed.undo_push(message="before")
    stage.scene.frame_set(5)
    bpy.ops.ed.undo_push(message="frame")
    before = stage.heads()
    stage.scene.frame_set(25)
    later = stage.heads()
    stage.scene.frame_set(5)
    assert stage.act(emotion="joy", where=where) == {"FINISHED"}
    bpy.context.scene.frame_set(25)
    acted = stage.heads()
    assert np.abs(acted - later).max() > 0.05
    bpy.ops.ed.undo()
    bpy.context.scene.frame_set(5)
    np.testing.assert_allclose(stage.heads(), before, atol=1e-5)
    bpy.context.scene.frame_set(25)
    np.testing.assert_allclose(stage.heads(), later, atol=1e-5)
    assert not bpy.data.objects["walk"].animation_data.nla_tracks and len(bpy.data.actions) == 1
    bpy.ops.ed.redo()
    bpy.context.scene.frame_set(25)
    np.testing.assert_allclose(stage.heads(), acted, atol=1e-5)


@POSIX
def test_refusals_are_one_line_and_change_nothing(stage):
    bpy = stage.bpy
    assert "intensity is 1.5" in stage.refused(emotion="joy", intensity=1.5)
    assert "0.2 seconds" in stage.refused(emotion="joy", seconds=0.2)
    assert "-1 seconds" in stage.refused(emotion="joy", seconds=-1)
    with pytest.raises(TypeError, match="boredom"):
        stage.act(emotion="boredom")
    stand_in.tell(stage.engine, act={"error": "weights: there are no weights of the emotion model. Install it again."})
    assert "no weights of the emotion model" in stage.refused(emotion="joy", where="LAYER")
    stand_in.tell(stage.engine, act={"die": True})
    assert "starts again with the next job" in stage.refused(emotion="joy")
    (stage.folder / "empty.npz").touch()
    stand_in.tell(stage.engine, act={"file": str(stage.folder / "empty.npz")})
    assert "not a motion file" in stage.refused(emotion="joy")
    (stage.folder / "python").unlink()
    assert "no Python there" in stage.refused(emotion="joy")
    plain = bpy.data.objects.new("plain", bpy.data.armatures.new("plain"))
    stage.scene.collection.objects.link(plain)
    bpy.context.view_layer.objects.active = plain
    assert "plain: lacks the bones pelvis" in stage.refused(emotion="joy")
    for active in (None, bpy.data.objects["Ground"]):
        bpy.context.view_layer.objects.active = active
        assert not bpy.ops.thespis.act_emotion.poll()


@POSIX
def test_the_panel_offers_what_the_operator_takes(stage):
    from thespis.operators.act_emotion import WISHES

    wishes, kind = stage.scene.thespis_act, stage.bpy.ops.thespis.act_emotion.get_rna_type()
    assert set(WISHES) == {p.identifier for p in kind.properties} - {"rna_type"} == {*wishes.bl_rna.properties.keys()} - {
        "rna_type", "name", "live"
    }  # fmt: skip
    assert len(kind.properties["emotion"].enum_items) == 13
    assert all(kind.properties[name].description for name in WISHES)
    wishes.emotion = "pride"
    assert stage.bpy.context.scene.thespis_act.emotion == "pride"
