"""The live slider: it moves the take at once, within one undo step, and the exact take follows when it rests; and when it does
nothing. There is no window here, so the tests stand in for the timer."""

import os
import time
from dataclasses import replace

import numpy as np
import pytest
from thespis.core.engine.levels import INTENSITIES, Levels, write_levels
from thespis.core.motion import write_motion
from thespis.tests.blender import stand_in
from thespis.tests.machine import a_tenth
from thespis.tests.motions import lively_motion, true_joints
from thespis.tests.stages import Stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture
def stage(tmp_path, monkeypatch):
    bpy = pytest.importorskip("bpy")
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    stage = Stage(bpy, tmp_path, monkeypatch)
    from thespis.operators import live, orders

    monkeypatch.setattr(orders, "has_timers", lambda: True)
    stage.orders, stage.live = orders, live
    stage.levels = levels_between(stage)
    write_levels(stage.levels, tmp_path / "levels.npz")
    hand_over(stage, stage.levels.motion(0.8))
    yield stage
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)


def levels_between(stage) -> Levels:
    """Stronger is longer, and another pose; a frame lies near its neighbours."""
    whole = lively_motion(60, fps=24.0, seed=4)
    takes = []
    for number, intensity in enumerate(INTENSITIES):
        part = whole.slice(0, 40 + number)
        takes.append(
            replace(part, poses=(0.2 + 0.8 * intensity) * part.poses, trans=part.trans * intensity, betas=stage.walk.betas)
        )
    return Levels.of(INTENSITIES, takes)


def hand_over(stage, take, **more) -> None:
    """The engine's next exact take."""
    write_motion(take, stage.folder / "exact.npz")
    answers = {"act": {"file": str(stage.folder / "exact.npz")}, "act_levels": {"file": str(stage.folder / "levels.npz")}}
    stand_in.tell(stage.engine, **{name: {**answer, **more.get(name, {})} for name, answer in answers.items()})


def turn(stage, seen=None, seconds: float = 20.0) -> None:
    """Stand in for both timers until `seen`; without that, until nothing is left to be done."""
    started = time.monotonic()
    while True:
        if stage.orders.running:
            stage.orders._look()
        again = stage.live._look()
        if seen() if seen else (again is None and not stage.orders.running):
            return
        assert time.monotonic() - started < seconds, stage.orders.messages
        time.sleep(0.01)


def acted(stage, frame: int = 11, **wishes):
    """A take from `frame` on, its levels there; the playhead stands in it."""
    stage.bpy.context.scene.frame_set(frame)
    stage.act(emotion="joy", intensity=0.8, **wishes)
    turn(stage)
    stage.bpy.context.scene.frame_set(frame + 20)
    return stage.bpy.context.scene.thespis_act


def shown(stage, name: str = "walk"):
    stage.bpy.context.view_layer.update()
    return stage.heads(name)


def blend(stage, intensity: float, frame: float = 20):
    """What a blend shows `frame` frames after its first, on the first frame's own."""
    motion = stage.levels.motion(intensity)
    return true_joints(replace(motion, betas=stage.walk.betas), int(frame))


def jobs(stage) -> list[str]:
    return [request["job"] for request in stand_in.asked(stage.engine)]


# ---- it moves


@pytest.mark.parametrize("where", ["NEW", "REPLACE"])
def test_the_take_moves_at_once_and_the_exact_one_follows(stage, where):
    bpy = stage.bpy
    wishes = acted(stage, where=where)
    assert jobs(stage) == ["act", "act_levels"], "decoded as soon as there is a take"
    exact = replace(stage.levels.motion(0.34), poses=stage.levels.motion(0.34).poses * 1.05)
    hand_over(stage, exact)
    for intensity in (0.6, 0.1, 1.0, 0.34):
        wishes.intensity = intensity
        np.testing.assert_allclose(shown(stage), blend(stage, intensity), atol=2e-3)
    assert jobs(stage) == ["act", "act_levels"], "nobody was asked"
    turn(stage)
    assert jobs(stage)[2:] == ["act"] and stage.asked()["intensities"] == [[0, pytest.approx(0.34)]]
    np.testing.assert_allclose(shown(stage), true_joints(exact, 20), atol=2e-3)
    assert [text for _, text in stage.orders.messages if not text.endswith("frames 11 to 58")] == [], "nothing new is said"
    # The rest of the take is as exact, and what lies behind it is as before.
    bpy.context.scene.frame_set(11 + len(exact) - 1)
    np.testing.assert_allclose(shown(stage), true_joints(exact, len(exact) - 1), atol=2e-3)


def test_undo_takes_slider_and_take_back_together(stage):
    bpy = stage.bpy
    wishes = acted(stage)
    bpy.ops.ed.undo_push(message="acted")
    before = shown(stage)
    wishes.intensity = 0.6
    wishes.intensity = 0.2
    bpy.ops.ed.undo_push(message="Intensity")  # Blender's own, when the mouse is let go
    moved = shown(stage)
    assert np.abs(moved - before).max() > 0.02
    hand_over(stage, replace(stage.levels.motion(0.2), poses=stage.levels.motion(0.2).poses * 1.1))
    turn(stage)
    exact = shown(stage)
    assert np.abs(exact - moved).max() > 0.005

    def after(step) -> tuple[float, np.ndarray]:
        step()
        bpy.context.scene.frame_set(31)
        return bpy.context.scene.thespis_act.intensity, shown(stage)

    for step, intensity, pose in (
        (bpy.ops.ed.undo, 0.2, moved),
        (bpy.ops.ed.undo, 0.8, before),
        (bpy.ops.ed.redo, 0.2, moved),
        (bpy.ops.ed.redo, 0.2, exact),
        (bpy.ops.ed.undo, 0.2, moved),
    ):
        value, heads = after(step)
        assert value == pytest.approx(intensity)
        np.testing.assert_allclose(heads, pose, atol=1e-4)
    # It goes on from there.
    bpy.context.scene.thespis_act.intensity = 0.9
    np.testing.assert_allclose(shown(stage), blend(stage, 0.9), atol=2e-3)


def test_what_was_undone_before_the_exact_take_came_stays_undone(stage):
    bpy = stage.bpy
    wishes = acted(stage)
    bpy.ops.ed.undo_push(message="acted")
    before = shown(stage)
    wishes.intensity = 0.2
    bpy.ops.ed.undo_push(message="Intensity")
    hand_over(stage, stage.levels.motion(0.2), act={"seconds": 0.3})
    turn(stage, lambda: jobs(stage).count("act") == 2)
    bpy.ops.ed.undo()
    turn(stage)
    bpy.context.scene.frame_set(31)
    np.testing.assert_allclose(shown(stage), before, atol=1e-4)
    assert not [text for level, text in stage.orders.messages if level == "ERROR"]


def test_a_move_calls_off_the_exact_take_of_the_one_before(stage):
    wishes = acted(stage)
    hand_over(stage, stage.levels.motion(0.5), act={"seconds": 20.0})
    wishes.intensity = 0.5
    turn(stage, lambda: len(stage.orders.running) == 1)
    hand_over(stage, stage.levels.motion(0.3))
    wishes.intensity = 0.3
    turn(stage)
    assert stage.asked()["intensities"] == [[0, pytest.approx(0.3)]]
    assert not [text for level, text in stage.orders.messages if "cancelled" in text]


def test_a_layer_moves_too(stage):
    wishes = acted(stage, where="LAYER", part="UPPER")
    before = shown(stage)
    wishes.intensity = 0.1
    weak = shown(stage)
    wishes.intensity = 1.0
    strong = shown(stage)
    assert np.abs(strong - weak).max() > np.abs(strong - before).max() > 0.01
    strip = stage.armature.animation_data.nla_tracks[-1].strips[0]
    assert strip.frame_end - strip.frame_start == len(stage.levels.motion(1.0)) - 1
    turn(stage)


def test_after_save_and_reopen_it_works_on(stage):
    bpy = stage.bpy
    acted(stage)
    bpy.data.objects["walk"].name = "Hero"
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "kept.blend"))
    stage.live.forget()
    bpy.ops.wm.open_mainfile(filepath=str(stage.folder / "kept.blend"))
    wishes = bpy.context.scene.thespis_act
    before = shown(stage, "Hero")
    asked = len(jobs(stage))
    hand_over(stage, stage.levels.motion(0.3))
    wishes.intensity = 0.3
    np.testing.assert_allclose(shown(stage, "Hero"), before, atol=1e-5)  # not decoded yet
    turn(stage)
    assert sorted(jobs(stage)[asked:]) == ["act", "act_levels"]
    np.testing.assert_allclose(shown(stage, "Hero"), blend(stage, 0.3), atol=2e-3)
    wishes.intensity = 0.7
    np.testing.assert_allclose(shown(stage, "Hero"), blend(stage, 0.7), atol=2e-3)


def test_another_emotion_is_decoded_when_it_is_chosen_and_shown_when_the_slider_moves(stage):
    wishes = acted(stage)
    before = shown(stage)
    wishes.emotion = "anger"
    turn(stage)
    assert jobs(stage)[2:] == ["act_levels"] and stage.asked()["emotions"] == [[0, "anger"]]
    np.testing.assert_allclose(shown(stage), before, atol=1e-6)
    wishes.intensity = 0.4
    np.testing.assert_allclose(shown(stage), blend(stage, 0.4), atol=2e-3)
    hand_over(stage, stage.levels.motion(0.4))
    turn(stage)
    assert stage.asked()["emotions"] == [[0, "anger"]] and jobs(stage)[3:] == ["act"]
    # What is not wanted any more is called off.
    hand_over(stage, stage.levels.motion(0.4), act_levels={"seconds": 20.0})
    wishes.seed = 3
    turn(stage, lambda: stage.live._memory.job is not None and stage.live._memory.job.state == "running")
    stale = stage.live._memory.job
    hand_over(stage, stage.levels.motion(0.4))
    wishes.seed = 4
    turn(stage)
    assert stage.live._memory.levels is not None
    turn(stage, lambda: stale.is_over)
    assert stale.state == "cancelled"


def test_another_frame_rate(stage):
    scene = stage.bpy.context.scene
    wishes = acted(stage)
    scene.render.fps = 48
    wishes.intensity = 0.3
    turn(stage)
    assert stage.asked()["fps"] == 48
    wishes.intensity = 0.6
    np.testing.assert_allclose(shown(stage), blend(stage, 0.6, 10), atol=5e-3)  # frame 31 of 48 a second: the take's tenth
    turn(stage)


# ---- it does not


def test_it_leaves_alone_what_is_not_its_own(stage, monkeypatch):
    bpy, scene = stage.bpy, stage.scene
    live = stage.live
    scene.frame_set(31)
    wishes = scene.thespis_act

    def still(reason: str, on: float = 0.3, armature=None) -> None:
        """Moving the slider changes nothing, asks nobody, and the panel says why."""
        asked, pose = len(jobs(stage)), shown(stage)
        assert reason in live.why_not(armature or stage.armature, scene)
        wishes.intensity = on
        wishes.intensity = on + 0.1
        turn(stage)
        np.testing.assert_allclose(shown(stage), pose, atol=1e-6)
        assert len(jobs(stage)) == asked

    still("No take of Thespis at this frame")
    acted(stage)
    scene.frame_set(100)
    still("No take of Thespis at this frame")
    scene.frame_set(31)
    wishes.live = False
    still("Live is off")
    wishes.live = True
    bpy.ops.object.mode_set(mode="EDIT")
    still("Not in this mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    stage.armature.data.pose_position = "REST"
    still("Not as the character is now")
    stage.armature.data.pose_position = "POSE"
    scene.keyframe_insert("thespis_act.intensity", frame=1)
    still("follows the keys")
    scene.animation_data_clear()
    with monkeypatch.context() as patch:
        patch.setattr(live, "is_busy", lambda: True)
        still("")
    # Another character is moved by its own takes only.
    bpy.ops.thespis.import_motion(filepath=str(stage.folder / "walk.npz"))
    other = bpy.context.active_object
    assert other != stage.armature
    scene.frame_set(31)
    still("No take of Thespis", armature=other)
    bpy.context.view_layer.objects.active = None
    wishes.intensity = 0.9
    bpy.context.view_layer.objects.active = stage.armature.children[0]
    bpy.ops.object.mode_set(mode="WEIGHT_PAINT")
    pose = shown(stage)
    wishes.intensity = 0.2
    np.testing.assert_allclose(shown(stage), pose, atol=1e-6)
    bpy.ops.object.mode_set(mode="OBJECT")
    turn(stage)
    wishes.intensity = 0.3  # the mesh stands for its armature
    np.testing.assert_allclose(shown(stage), blend(stage, 0.3), atol=2e-3)


def test_an_override_is_left_alone(stage):
    bpy = stage.bpy
    acted(stage)
    path = stage.folder / "library.blend"
    bpy.data.libraries.write(str(path), {stage.armature, *stage.armature.children}, fake_user=True)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(path), link=True) as (source, linked):
        linked.objects = list(source.objects)
    scene = bpy.context.scene
    for thing in linked.objects:
        scene.collection.objects.link(thing)
    rig = next(thing for thing in linked.objects if thing.type == "ARMATURE")
    own = rig.override_hierarchy_create(scene, bpy.context.view_layer, do_fully_editable=True)
    bpy.context.view_layer.objects.active = own
    scene.frame_set(31)
    asked = len(jobs(stage))
    scene.thespis_act.intensity = 0.1
    turn(stage)
    assert len(jobs(stage)) == asked and "linked" in stage.live.why_not(own, scene)


def test_work_done_by_hand_is_kept_and_said(stage):
    wishes = acted(stage)
    bone = stage.armature.pose.bones["left_elbow"]
    bone.rotation_quaternion = (0.8, 0.6, 0, 0)
    bone.keyframe_insert("rotation_quaternion")
    pose = shown(stage)
    wishes.intensity = 0.3
    turn(stage)
    np.testing.assert_allclose(shown(stage), pose, atol=1e-6)
    assert stage.orders.messages[-1][0] == "ERROR" and "changed by hand" in stage.orders.messages[-1][1]


def test_two_scenes(stage):
    """The panel of one scene moves nobody in another."""
    bpy = stage.bpy
    acted(stage)
    other = bpy.data.scenes.new("other")
    pose, asked = shown(stage), len(jobs(stage))
    other.thespis_act.intensity = 0.1
    turn(stage)
    np.testing.assert_allclose(shown(stage), pose, atol=1e-6)
    assert len(jobs(stage)) == asked
    bpy.context.window.scene = other
    stage.scene.thespis_act.intensity = 0.2
    turn(stage)
    bpy.context.window.scene = stage.scene
    np.testing.assert_allclose(shown(stage), pose, atol=1e-6)


def test_a_character_that_goes_while_the_exact_take_is_made(stage):
    wishes = acted(stage)
    wishes.intensity = 0.3
    stage.bpy.data.objects.remove(stage.armature)
    turn(stage)
    assert jobs(stage) == ["act", "act_levels"]


def test_an_engine_that_dies_costs_the_blend_only(stage):
    wishes = acted(stage)
    stand_in.tell(stage.engine, act_levels={"die": True}, act={"file": str(stage.folder / "exact.npz")})
    wishes.seed = 8
    turn(stage)
    pose = shown(stage)
    wishes.intensity = 0.3
    np.testing.assert_allclose(shown(stage), pose, atol=1e-6)
    hand_over(stage, stage.levels.motion(0.3))
    turn(stage)
    np.testing.assert_allclose(shown(stage), blend(stage, 0.3), atol=2e-3)


def test_without_a_window_nothing_is_begun(stage, monkeypatch):
    wishes = acted(stage)
    monkeypatch.setattr(stage.orders, "has_timers", lambda: False)
    pose = shown(stage)
    wishes.intensity = 0.1
    assert stage.live._look() is None and len(jobs(stage)) == 2
    np.testing.assert_allclose(shown(stage), pose, atol=1e-6)


# ---- how fast


def test_a_move_costs_less_than_a_tenth_of_a_second(stage):
    wishes = acted(stage)
    took = []
    for step in range(50):
        started = time.process_time()
        wishes.intensity = 0.5 + 0.5 * np.sin(step)
        stage.bpy.context.view_layer.update()
        took.append(time.process_time() - started)
    median, worst = np.percentile(took, [50, 95])
    print(f"a move of the slider: median {1000 * median:.0f} ms, 95th percentile {1000 * worst:.0f} ms of processor time")
    assert worst < a_tenth()
    turn(stage)


def test_a_control_rig_moves_along_until_somebody_animates_it(stage):
    bpy = stage.bpy
    assert bpy.ops.thespis.add_control_rig() == {"FINISHED"}
    controls = bpy.context.active_object
    wishes = acted(stage)
    for intensity in (0.6, 0.1):
        wishes.intensity = intensity
        np.testing.assert_allclose(shown(stage), blend(stage, intensity), atol=2e-3)
    hand_over(stage, stage.levels.motion(0.1))
    turn(stage)
    np.testing.assert_allclose(shown(stage), true_joints(stage.levels.motion(0.1), 20), atol=2e-3)
    controls.pose.bones["left_hand_ik"].keyframe_insert("location", frame=30.5)
    before = shown(stage)
    wishes.intensity = 0.9
    np.testing.assert_allclose(shown(stage), before, atol=1e-6)
    turn(stage)
    assert any("its controls were animated" in text for _, text in stage.orders.messages)
