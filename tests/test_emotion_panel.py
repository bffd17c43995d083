"""The Emotion panel: what it offers, frames and mixtures, another take in place of one, what stands in the way."""

import os
from dataclasses import replace

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.motion import read_motion, write_motion
from thespis.models.emotion.emotions import EMOTIONS
from thespis.tests.blender import stand_in
from thespis.tests.motions import lively_motion, true_joints
from thespis.tests.stages import Stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture
def stage(tmp_path, monkeypatch, blender):
    return Stage(blender, tmp_path, monkeypatch)


def hand_over(stage, frames: int, seed: int):
    """The engine's next take."""
    take = replace(lively_motion(frames, fps=24.0, seed=seed), betas=stage.walk.betas)
    write_motion(take, stage.folder / f"take{seed}.npz")
    stand_in.tell(stage.engine, act={"file": str(stage.folder / f"take{seed}.npz")})
    return take


def shows(stage, take, first: int, frame: int, name: str = "walk") -> bool:
    stage.bpy.context.scene.frame_set(first + frame)
    return bool(np.abs(stage.heads(name) - true_joints(take, frame)).max() < 1e-3)


# ---- what is asked for


def test_an_emotion_is_chosen_by_a_click_that_can_be_undone(stage):
    bpy = stage.bpy
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.thespis.choose_emotion("EXEC_DEFAULT", True, emotion="shame") == {"FINISHED"}
    assert bpy.context.scene.thespis_act.emotion == "shame"
    bpy.ops.ed.undo()
    assert bpy.context.scene.thespis_act.emotion == "joy"


def test_from_one_frame_to_another_in_the_pose_of_the_first(stage):
    stage.scene.frame_set(3)
    assert stage.act(emotion="fear", span="FRAMES", first_frame=21, last_frame=69) == {"FINISHED"}
    assert stage.asked()["seconds"] == pytest.approx(2.0) and stage.scene.frame_current == 3
    start = read_motion(stage.engine / "start.npz")
    np.testing.assert_allclose(start.trans[-1], stage.walk.trans[25], atol=1e-4)  # frame 21 of 24 a second, of a walk of 30
    assert shows(stage, stage.take, 21, 30)
    assert "Frames 5 to 20 are 0.62 s" in stage.refused(span="FRAMES", first_frame=5, last_frame=20)


def test_a_second_emotion_takes_its_share(stage):
    stage.act(emotion="joy", mix_with="anger", mix=0.25)
    assert stage.asked()["mixes"] == [[0, "anger", 0.25]]
    stage.act(emotion="joy", mix_with="anger", mix=0.0)
    assert stage.asked()["mixes"] == []
    assert "share is 1.5" in stage.refused(mix_with="anger", mix=1.5)


def test_the_panel_shows_what_was_acted(stage):
    stage.act(emotion="pride", intensity=0.3, seed=7, mix_with="fear", mix=0.5, seconds=2.0, where="LAYER")
    wishes = stage.scene.thespis_act
    assert (wishes.emotion, wishes.seed, wishes.mix_with, wishes.seconds) == ("pride", 7, "fear", 2.0)
    assert wishes.intensity == pytest.approx(0.3) and wishes.where == "LAYER"


# ---- another take


@pytest.mark.parametrize("where", ["NEW", "REPLACE", "LAYER"])
@pytest.mark.parametrize("frames", [46, 70, 30])
def test_another_take_replaces_the_one_before(stage, where, frames):
    from thespis.core.scene.compat import all_fcurves

    bpy = stage.bpy
    stage.scene.frame_set(11)
    stage.act(emotion="joy", seed=4, where=where, part="WHOLE")
    started = stage.asked()
    actions, strips = len(bpy.data.actions), [t.name for t in stage.armature.animation_data.nla_tracks]
    bpy.ops.ed.undo_push(message="acted")
    other = hand_over(stage, frames, 9)
    stage.scene.frame_set(30)
    shown = stage.heads()
    assert bpy.ops.thespis.another_take("EXEC_DEFAULT", True) == {"FINISHED"}
    asked = stage.asked()
    assert asked["seed"] == stage.scene.thespis_act.seed == 5 and asked["emotions"] == [[0, "joy"]]
    assert asked["joins"] == started["joins"] and len(bpy.data.actions) == actions
    start = read_motion(stage.engine / "start.npz")
    np.testing.assert_allclose(start.trans[-1], stage.walk.trans[12], atol=0.05)  # as the first take began
    assert [t.name for t in stage.armature.animation_data.nla_tracks] == strips
    if where != "LAYER":
        assert all(shows(stage, other, 11, frame) for frame in (0, 12, frames - 1))
    else:
        strip = stage.armature.animation_data.nla_tracks[-1].strips[0]
        assert (strip.frame_start, strip.frame_end) == (11, 11 + frames - 1)
    curve = all_fcurves(stage.armature.animation_data.action or strip.action)[0]
    own = [point.co[0] for point in curve.keyframe_points if point.co[0] >= 11]
    kept = sum(1 for frame in np.arange(61) * 0.8 + 1 if frame > 11 + max(frames, 46) - 1 + 1e-3) if where == "REPLACE" else 0
    assert len(own) == frames + kept, "nothing is left of the take before, and nothing behind it is lost"
    # Again, as it is one step, and the panel's seed is part of it.
    bpy.ops.ed.undo()
    bpy.context.scene.frame_set(30)
    np.testing.assert_allclose(stage.heads(), shown, atol=1e-5)
    assert bpy.context.scene.thespis_act.seed == 4


def test_again_with_the_same_seed_takes_on_what_was_changed(stage):
    stage.act(emotion="joy", seed=4)
    stage.scene.thespis_act.emotion = "anger"
    assert stage.bpy.ops.thespis.another_take(step=0) == {"FINISHED"}
    assert stage.asked()["emotions"] == [[0, "anger"]] and stage.asked()["seed"] == 4


def test_another_take_after_the_file_was_saved_and_the_character_renamed(stage):
    bpy = stage.bpy
    stage.scene.frame_set(11)
    stage.act(emotion="joy", seed=4)
    bpy.data.objects["walk"].name = "Hero"
    bpy.data.actions["walk joy"].name = "something else"
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(stage.folder / "kept.blend"))
    other = hand_over(stage, 50, 9)
    bpy.context.scene.frame_set(20)
    assert bpy.ops.thespis.another_take() == {"FINISHED"}
    assert shows(stage, other, 11, 30, "Hero")
    start = read_motion(stage.engine / "start.npz")
    np.testing.assert_allclose(start.trans[-1], stage.walk.trans[12], atol=0.05)


def test_several_takes_in_one_action_are_told_apart(stage):
    stage.scene.frame_set(1)
    stage.act(emotion="joy", where="REPLACE")
    stage.scene.frame_set(101)
    stage.act(emotion="anger", where="REPLACE")
    other = hand_over(stage, 40, 9)
    stage.scene.frame_set(120)
    assert stage.bpy.ops.thespis.another_take() == {"FINISHED"}
    assert shows(stage, other, 101, 20) and shows(stage, stage.take, 1, 20)


def test_the_way_to_a_take_that_is_written_again_stays(stage):
    """A turn has two quaternions: those of the new keys are chosen as the old ones were, wherever the playhead stands."""
    for first in (1, 101):
        stage.scene.frame_set(first)
        stage.act(emotion="joy", where="REPLACE")

    def between() -> list:
        poses = []
        for frame in range(40, 110, 10):
            stage.scene.frame_set(frame)
            poses.append(stage.heads())
        return poses

    before = between()
    for frame in (106, 120, 140):
        stage.scene.frame_set(frame)
        stage.bpy.ops.thespis.another_take(step=0)
        np.testing.assert_allclose(between(), before, atol=1e-4)


def test_work_done_by_hand_is_not_lost(stage):
    stage.scene.frame_set(1)
    stage.act(emotion="joy")
    bone = stage.armature.pose.bones["left_elbow"]
    stage.scene.frame_set(12)
    bone.rotation_quaternion = (0.8, 0.6, 0, 0)
    bone.keyframe_insert("rotation_quaternion")
    with pytest.raises(RuntimeError, match="changed by hand"):
        stage.bpy.ops.thespis.another_take()
    stage.scene.frame_set(12)
    np.testing.assert_allclose(bone.rotation_quaternion, (0.8, 0.6, 0, 0), atol=1e-5)


def test_where_there_is_no_take_there_is_none_to_replace(stage):
    from thespis.core.scene.acted import take_at
    from thespis.operators.act_again import acted_at_present

    poll = stage.bpy.ops.thespis.another_take.poll
    assert not poll(), "a walk that was imported is none of ours"
    stage.scene.frame_set(11)
    stage.act(emotion="joy")
    assert poll()
    stage.scene.frame_set(100)
    assert not poll()
    stage.scene.frame_set(20)
    stage.scene.thespis_act.mode = "mean"
    with pytest.raises(RuntimeError, match="typical take is the same whatever the seed"):
        stage.bpy.ops.thespis.another_take()
    # What is noted may be anything: a take that cannot be read is none.
    action = stage.armature.animation_data.action
    key = take_at(stage.armature, 20).id
    action["thespis_takes"][key]["request"] = "{"
    with pytest.raises(ThespisError, match="acts no take of Thespis"):
        acted_at_present(stage.armature, stage.scene)
    action["thespis_takes"] = 3
    assert take_at(stage.armature, 20) is None and not poll()


def test_a_take_that_is_gone_is_said(stage, monkeypatch):
    from thespis.operators import orders

    stage.act(emotion="joy")
    monkeypatch.setattr(orders, "has_timers", lambda: True)
    stage.bpy.ops.thespis.another_take()
    stage.armature.animation_data.action = None
    stage.look()
    assert [level for level, _ in orders.messages] == ["ERROR"] and "is gone" in orders.messages[0][1]


# ---- what stands in the way


def test_why_the_button_is_grey(stage):
    bpy = stage.bpy

    def said() -> str:
        assert not bpy.ops.thespis.act_emotion.poll()
        with pytest.raises(RuntimeError) as error:
            bpy.ops.thespis.act_emotion()
        return str(error.value)

    bpy.ops.object.mode_set(mode="EDIT")
    assert "is in Edit Mode" in said()
    bpy.ops.object.mode_set(mode="OBJECT")
    stage.armature.data.pose_position = "REST"
    assert "shows its rest pose" in said()
    stage.armature.data.pose_position = "POSE"
    bpy.context.view_layer.objects.active = None
    assert "Select the character" in said()
    bpy.context.view_layer.objects.active = stage.armature
    bpy.ops.object.mode_set(mode="POSE")
    assert bpy.ops.thespis.act_emotion.poll(), "a posed character may act"
    stage.act(emotion="joy")


def test_an_override_acts_and_takes_another(stage):
    bpy = stage.bpy
    path = stage.folder / "library.blend"
    bpy.data.libraries.write(str(path), {stage.armature, *stage.armature.children}, fake_user=True)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(path), link=True) as (source, linked):
        linked.objects = list(source.objects)
    scene = bpy.context.scene
    for thing in linked.objects:
        scene.collection.objects.link(thing)
    rig = next(thing for thing in linked.objects if thing.type == "ARMATURE")
    bpy.context.view_layer.objects.active = rig
    assert not bpy.ops.thespis.act_emotion.poll(), "linked"
    own = rig.override_hierarchy_create(scene, bpy.context.view_layer, do_fully_editable=True)
    bpy.context.view_layer.objects.active = own
    assert stage.act(emotion="joy") == {"FINISHED"}
    other = hand_over(stage, 40, 9)
    assert bpy.ops.thespis.another_take() == {"FINISHED"}
    assert shows(stage, other, 1, 20, own.name)


# ---- presets, icons, tooltips


def test_a_preset_keeps_what_the_panel_shows(stage, monkeypatch):
    bpy = stage.bpy
    wishes = stage.scene.thespis_act
    wishes.emotion, wishes.intensity, wishes.mode, wishes.where = "guilt", 0.35, "mean", "LAYER"

    def own_folder(*_kind, path="", **_more):
        (stage.folder / path).mkdir(parents=True, exist_ok=True)
        return str(stage.folder / path)

    monkeypatch.setattr(bpy.utils, "user_resource", own_folder)
    assert bpy.ops.thespis.act_preset_add(name="Slumped") == {"FINISHED"}
    (kept,) = stage.folder.rglob("Slumped.py")
    wishes.emotion, wishes.intensity, wishes.mode, wishes.where = "joy", 0.8, "sample", "NEW"
    bpy.ops.script.execute_preset(filepath=str(kept), menu_idname="THESPIS_MT_act_presets")
    assert (wishes.emotion, wishes.mode, wishes.where) == ("guilt", "mean", "LAYER")
    assert wishes.intensity == pytest.approx(0.35)


def test_every_emotion_has_an_icon_that_is_told_apart_at_20_pixels(stage):
    import cv2
    from thespis.core.render.emotion_icons import SIZE, icon_of
    from thespis.panels import icons

    small = []
    for emotion in EMOTIONS:
        drawn = icon_of(emotion)
        assert drawn.shape == (SIZE, SIZE, 4)
        kept = cv2.imread(str(icons.Path(icons.__file__).with_name(f"{emotion}.png")), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(cv2.cvtColor(kept, cv2.COLOR_BGRA2RGBA), drawn)
        shares = drawn[..., 3:].astype(float) / 255
        small.append(cv2.resize(drawn[..., :3] * shares + 48 * (1 - shares), (20, 20), interpolation=cv2.INTER_AREA))
        assert tuple(icons._loaded[emotion].image_size) == (SIZE, SIZE), "Blender reads it; without a window it has no number"
    for k, one in enumerate(small):
        for other in small[k + 1 :]:
            assert np.abs(one - other).mean() > 20, "of 255, in the mean of all pixels"


def test_every_button_says_what_it_does(stage):
    from thespis.operators.act_again import THESPIS_OT_another_take
    from thespis.operators.choose_emotion import THESPIS_OT_choose_emotion

    class Told:
        emotion, step = "shame", 0

    assert THESPIS_OT_choose_emotion.description(None, Told) == "Shame: hiding, small"
    assert "Act again as the panel says" in THESPIS_OT_another_take.description(None, Told)
    Told.step = 1
    assert "next seed" in THESPIS_OT_another_take.description(None, Told)
    for name in ("act_emotion", "another_take", "choose_emotion"):
        kind = getattr(stage.bpy.ops.thespis, name).get_rna_type()
        assert kind.description and all(p.description for p in kind.properties if p.identifier not in ("rna_type", "emotion"))
