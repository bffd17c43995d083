"""Orders as a window has them: handed in, looked at by a timer, brought in as one step, whatever happens meanwhile. There is no
window here, so the tests stand in for the timer."""

import os
import time
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from thespis.tests.blender import stand_in
from thespis.tests.motions import true_joints
from thespis.tests.stages import Stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture
def stage(tmp_path, monkeypatch):
    bpy = pytest.importorskip("bpy")
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    stage = Stage(bpy, tmp_path, monkeypatch)
    from thespis.operators import orders

    monkeypatch.setattr(orders, "has_timers", lambda: True)
    stage.orders = orders
    stage.slow(0.3)
    yield stage
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)


def told(stage) -> list:
    return list(stage.orders.messages)


def test_a_take_comes_as_one_step_where_it_was_asked_for(stage):
    bpy = stage.bpy
    stage.scene.frame_set(13)
    bpy.ops.ed.undo_push(message="before")
    assert stage.act(emotion="joy") == {"FINISHED"}
    (entry,) = stage.orders.running
    assert entry.job.state == "waiting" and len(bpy.data.actions) == 1, "nobody waits for it"
    stage.scene.frame_set(40)  # the animator goes on working
    stage.armature.name = "Hero"
    bpy.ops.ed.undo_push(message="renamed")
    stage.look()
    assert bpy.data.objects["Hero"].animation_data.action.name == "Hero joy" and not stage.orders.running
    bpy.context.scene.frame_set(13 + 20)
    np.testing.assert_allclose(stage.heads("Hero"), true_joints(stage.take, 20), atol=1e-3)
    assert told(stage) == [("INFO", "Hero joy: frames 13 to 58")]
    bpy.ops.ed.undo()
    assert "Hero" in bpy.data.objects and len(bpy.data.actions) == 1, "what was done meanwhile is a step of its own"
    bpy.ops.ed.redo()
    assert len(bpy.data.actions) == 2


def test_undo_during_a_job_harms_nothing(stage):
    bpy = stage.bpy
    bpy.ops.ed.undo_push(message="before")
    stage.scene.frame_set(30)
    bpy.ops.ed.undo_push(message="frame")
    assert stage.act(emotion="joy") == {"FINISHED"}
    bpy.ops.ed.undo()
    stage.look()
    assert bpy.data.objects["walk"].animation_data.action.name == "walk joy"
    assert told(stage)[0][1].startswith("walk joy: frames 30 to")


def test_the_bar_goes_on_from_job_to_job(stage):
    order, job = SimpleNamespace(shares=(0.75, 0.25)), SimpleNamespace(share=0.5)
    states = ((job, 0, 0), (None, 0, 1), (job, 0, 1), (None, 0, 2), (job, 0, 2))
    entries = [stage.orders.Running(order, *state) for state in states]
    assert [entry.share for entry in entries] == [0.375, 0.75, 0.875, 1.0, 1.0]


def test_progress_and_cancel(stage):
    from thespis.panels.jobs import progress_text

    stage.slow(30.0)
    assert stage.act(emotion="joy") == {"FINISHED"}
    (entry,) = stage.orders.running
    assert progress_text(entry.job) == "Waiting for the engine"
    stage.look(lambda: entry.job.state == "running")
    assert progress_text(entry.job) == "Looking at frame 1/2, 12 s left"
    started = time.monotonic()
    assert stage.bpy.ops.thespis.cancel_job(number=0) == {"FINISHED"}
    assert progress_text(entry.job) == "Stopping"
    stage.look()
    assert time.monotonic() - started < 1.0
    assert told(stage) == [("INFO", "walk: joy: cancelled.")] and len(stage.bpy.data.actions) == 1
    stage.bpy.ops.thespis.clear_messages()
    assert not told(stage)


def test_a_character_that_is_gone(stage):
    stage.act(emotion="joy")
    stage.bpy.data.objects.remove(stage.armature)
    stage.look()
    ((level, text),) = told(stage)
    assert level == "ERROR" and "walk: is gone" in text and len(stage.bpy.data.actions) == 1


def test_another_file_is_left_alone(stage):
    stage.act(emotion="joy")
    stage.bpy.ops.wm.read_homefile(use_empty=True)
    stage.look()
    ((level, text),) = told(stage)
    assert level == "ERROR" and "another file is open" in text and not stage.bpy.data.actions


def test_an_engine_that_dies_is_said_and_the_next_take_is_made(stage):
    from thespis.operators import engine

    stage.act(emotion="joy")
    stage.look(lambda: stage.orders.running[0].job.state == "running")
    os.kill(engine.client(stage.bpy.context).process_id, 9)
    stage.look()
    ((level, text),) = told(stage)
    assert level == "ERROR" and "starts again with the next job" in text
    stage.act(emotion="joy")
    stage.look()
    assert [level for level, _ in told(stage)] == ["INFO", "INFO"] and "started again" in told(stage)[1][1]
    assert stage.armature.animation_data.action.name == "walk joy"


def test_a_fit_goes_on_to_its_movie_and_comes_in(stage):
    from thespis.core.camera import Camera
    from thespis.core.motion import write_motion
    from thespis.core.take.take import TAKE_FILE, Take, write_take

    done, clip = stage.folder / "done", stage.folder / "clip.mp4"
    done.mkdir()
    clip.touch()
    write_motion(stage.walk, done / "person_0.npz")
    people = [{"file": "person_0.npz", "gender": "neutral", "body_model": "open", "frames_seen": 61}]
    camera = Camera((320, 240), (300.0, 300.0), (159.5, 119.5))
    write_take(Take(clip, Fraction(30), (0, 60), 61, camera, people, {}, False, False), done / TAKE_FILE)
    stand_in.tell(stage.engine, fit={"folder": str(done)}, proxy={"error": "no movie today"})
    assert stage.bpy.ops.thespis.fit_clip("EXEC_DEFAULT", True, filepath=str(clip)) == {"FINISHED"}
    stage.look()
    assert [request["job"] for request in stand_in.asked(stage.engine)] == ["fit", "proxy"]
    assert [level for level, _ in told(stage)][:2] == ["INFO", "WARNING"] and "clip: 1 character, camera" in told(stage)[0][1]
    assert any("no movie today" in text for _, text in told(stage))
    assert stage.bpy.data.collections["clip"] and (stage.folder / "clip_take" / TAKE_FILE).exists()
    # With its scene gone, the take is kept.
    other = stage.bpy.data.scenes.new("other")
    stage.bpy.ops.thespis.fit_clip("EXEC_DEFAULT", True, filepath=str(clip))
    stage.bpy.context.window.scene = other
    stage.bpy.data.scenes.remove(stage.scene)
    stage.look()
    ((level, text),) = told(stage)
    assert level == "ERROR" and "its scene is gone" in text and str(stage.folder / "clip_take_2") in text


def test_disabling_the_extension_ends_engine_and_orders(stage):
    import thespis
    from thespis.operators import engine

    stage.slow(30.0)
    stage.act(emotion="joy")
    client = engine.client(stage.bpy.context)
    stage.look(lambda: client.jobs[0].state == "running")
    process, folder = client.process_id, client.folder
    started = time.monotonic()
    thespis.unregister()
    assert time.monotonic() - started < 2.0 and not folder.exists() and not stage.orders.running
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not stage.bpy.app.timers.is_registered(stage.orders._look)
    thespis.register()
