"""Emotion sets: the plan, the manifest, the command line, and the operator with a stand-in for the engine."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from thespis.core.emotion_set.plan import LEVELS, SetWishes, emotions_named, levels_named
from thespis.core.errors import ThespisError
from thespis.models.emotion.emotions import EMOTIONS
from thespis.tests.stages import Stage

POSIX = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")
ROOT = Path(__file__).parent.parent


# ---- the plan


def test_a_set_has_every_emotion_at_every_intensity():
    clips = SetWishes(takes=2, seed=5).clips()
    assert len({clip.name for clip in clips}) == len(clips) == len(EMOTIONS) * len(LEVELS) * 2
    assert clips[0].name == "joy_low_01" and clips[-1].name == "neutral_high_02"
    for clip in clips:
        # A take is one performance at three intensities.
        assert clip.seed == 4 + clip.take and 0 < clip.intensity <= 1
    request = SetWishes(loops=True, seconds=3.0).request(clips[5], 24.0)
    assert request.loops and request.seconds == 3.0 and request.fps == 24.0 and request.seed == clips[5].seed
    assert request.mode == "sample" and SetWishes(mode="crossed").request(clips[5], 24.0).mode == "crossed"
    assert request.cues.intensities[0][1] == clips[5].intensity and request.cues.emotions[0][1] == clips[5].emotion


def test_emotions_and_intensities_are_named_in_any_order():
    assert emotions_named("all") == EMOTIONS and emotions_named("anger, Joy") == ("joy", "anger")
    assert levels_named("ALL") == ("low", "medium", "high") and levels_named("high low") == ("low", "high")
    for wrong, what in ((lambda: emotions_named("angr"), "Did you mean anger"), (lambda: levels_named("loud"), "no intensity"),
                        (lambda: SetWishes(emotions=()), "No emotion"), (lambda: SetWishes(levels=()), "No intensity"),
                        (lambda: SetWishes(takes=0), "takes"), (lambda: SetWishes(seconds=40.0), "seconds")):  # fmt: skip
        with pytest.raises(ThespisError, match=what):
            wrong()


# ---- the operator


@pytest.fixture
def stage(tmp_path, monkeypatch, blender):
    return Stage(blender, tmp_path, monkeypatch)


def make(stage, **wishes):
    few = {"emotions": {"joy", "anger"}, "levels": {"low", "high"}, "previews": False}
    return stage.bpy.ops.thespis.emotion_set("EXEC_DEFAULT", True, **(few | wishes))


NAMES = ["anger_high_01", "anger_low_01", "joy_high_01", "joy_low_01"]


@POSIX
def test_a_set_is_made_marked_lined_up_and_exported(stage, tmp_path):
    bpy = stage.bpy
    stage.scene.render.fps = 24
    stage.scene.frame_set(5)
    played = stage.armature.animation_data.action
    out = tmp_path / "set.glb"
    assert make(stage, filepath=str(out)) == {"FINISHED"}
    made = [action for action in bpy.data.actions if action.asset_data is not None]
    assert sorted(action.name for action in made) == NAMES
    for action in made:
        assert action.use_fake_user and action.frame_range[:] == (1.0, 46.0)
        assert {tag.name for tag in action.asset_data.tags} >= {"Thespis", action.name.split("_")[0]}
    asked = [request["arguments"] for request in _asked(stage)]
    assert len(asked) == 4 and {a["seed"] for a in asked} == {0}
    tracks = {track.name: track for track in stage.armature.animation_data.nla_tracks}
    strips = tracks["Emotion Set"].strips
    assert [strip.name for strip in strips] == ["joy_low_01", "joy_high_01", "anger_low_01", "anger_high_01"]
    assert strips[0].frame_start == 5 and all(a.frame_end < b.frame_start for a, b in itertools.pairwise(strips))
    assert stage.armature.animation_data.action is None and any(s.action == played for t in tracks.values() for s in t.strips)
    # What plays is the take.
    from thespis.core.motion import read_motion
    from thespis.tests.motions import true_joints

    take = read_motion(tmp_path / "made.npz")
    stage.scene.frame_set(int(strips[2].frame_start) + 20)
    np.testing.assert_allclose(stage.heads(), true_joints(take, 20), atol=2e-3)
    manifest = json.loads((tmp_path / "set.json").read_text())
    assert manifest["files"] == ["set.glb"] and manifest["frames_per_second"] == 24
    assert [clip["clip"] for clip in manifest["clips"]] == [strip.name for strip in strips]
    first = manifest["clips"][0]
    assert first["frames"] == 46 and first["seconds"] == pytest.approx(45 / 24) and first["loop"] is False
    np.testing.assert_allclose(first["root_displacement"], take.trans[-1] - take.trans[0], atol=1e-3)
    from thespis.core.scene.export.glb import read_glb

    content, _ = read_glb(out)
    assert [animation["name"] for animation in content["animations"]] == [clip["clip"] for clip in manifest["clips"]]
    for animation in content["animations"]:
        assert content["accessors"][animation["samplers"][0]["input"]]["max"][0] == pytest.approx(45 / 24)


def _asked(stage) -> list[dict]:
    from thespis.tests.blender import stand_in

    return stand_in.asked(stage.engine)


@POSIX
def test_what_is_there_is_kept_and_foreign_names_are_refused(stage):
    bpy = stage.bpy
    make(stage, emotions={"joy"})
    before = bpy.data.actions["joy_low_01"]
    assert len(_asked(stage)) == 2
    make(stage)
    assert len(_asked(stage)) == 4 and bpy.data.actions["joy_low_01"] == before
    assert [track.name for track in stage.armature.animation_data.nla_tracks].count("Emotion Set") == 1
    make(stage, emotions={"joy"}, overwrite=True)
    assert len(_asked(stage)) == 6 and len([a for a in bpy.data.actions if a.name.startswith("joy_low")]) == 1
    bpy.data.actions.new("anger_medium_01")
    state = stage.state()
    with pytest.raises(RuntimeError, match="anger_medium_01: another action is called so"):
        make(stage, emotions={"anger"}, levels={"medium"})
    with pytest.raises(RuntimeError, match="No emotion is chosen"):
        make(stage, emotions=set())
    assert stage.state() == state and len(_asked(stage)) == 6


@POSIX
def test_a_file_that_cannot_be_written_is_said_before_anything_is_made(stage, tmp_path):
    for out, said in (("nowhere/set.glb", "does not exist"), ("set.obj", "ending"), ("walk.npz/set.fbx", "is a file")):
        with pytest.raises(RuntimeError, match=said):
            make(stage, filepath=str(tmp_path / out))
    (tmp_path / "set_joy_high_01.bvh").write_text("mine")
    with pytest.raises(RuntimeError, match=r"set_joy_high_01\.bvh: exists already"):
        make(stage, filepath=str(tmp_path / "set.bvh"))
    assert _asked(stage) == [] and not [action for action in stage.bpy.data.actions if action.asset_data is not None]


@POSIX
def test_a_failed_engine_leaves_nothing(stage):
    from thespis.tests.blender import stand_in

    stand_in.tell(stage.engine, act={"error": "the weights are of another version."})
    state = stage.state()
    with pytest.raises(RuntimeError, match="another version"):
        make(stage)
    assert stage.state() == state


@POSIX
def test_a_cancelled_set_leaves_nothing_and_the_next_is_made(stage, monkeypatch):
    from thespis.operators import orders

    monkeypatch.setattr(orders, "has_timers", lambda: True)
    stage.slow(0.2)
    state = stage.state()
    assert make(stage) == {"FINISHED"}
    stage.look(lambda: orders.running and orders.running[0].jobs == 1)
    assert 0.2 < orders.running[0].share < 0.8
    orders.cancel(0)
    stage.look()
    assert stage.state() == state and "cancelled" in orders.messages[0][1]
    stage.slow(0.0)
    make(stage, emotions={"joy"})
    stage.look()
    assert "joy_low_01" in stage.bpy.data.actions and orders.messages[0] == ("INFO", "2 takes made")


@POSIX
def test_previews_show_the_character(stage):
    make(stage, emotions={"joy"}, levels={"high"}, previews=True)
    preview = stage.bpy.data.actions["joy_high_01"].preview
    if preview is None or tuple(preview.image_size) != (128, 128):
        from thespis.operators import orders

        pytest.skip(f"this machine draws no pictures: {orders.messages}")
    pixels = np.array(preview.image_pixels_float).reshape(128, 128, 4)
    seen = pixels[..., 3] > 0.5
    rows, columns = np.nonzero(seen)
    assert 0.02 < seen.mean() < 0.5 and 80 < rows.max() - rows.min() < 127 and columns.min() > 0 and columns.max() < 127
    assert stage.bpy.context.scene == stage.scene and stage.scene.render.engine != "BLENDER_WORKBENCH"


# ---- the command line


def test_the_command_line_makes_one_file_and_its_manifest(tmp_path):
    pytest.importorskip("bpy")
    out = tmp_path / "set.glb"
    asked = ["--emotions", "joy", "--intensities", "low,high", "--seconds", "1.5", "--skeleton-only", "--loop"]
    command = [sys.executable, ROOT / "bootstrap.py", "emotion-set", "--out", out, *asked]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr
    assert "2 clips" in ended.stdout
    manifest = json.loads((tmp_path / "set.json").read_text())
    assert [clip["clip"] for clip in manifest["clips"]] == ["joy_low_01", "joy_high_01"]
    assert all(clip["loop"] and clip["frames"] == 46 for clip in manifest["clips"])
    again = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert again.returncode == 2 and "exists already" in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set.glb", "set.json"]


def test_the_command_line_refuses_before_it_acts(tmp_path, monkeypatch, capsys):
    pytest.importorskip("bpy")
    from thespis.core.commandline import main
    from thespis.core.emotion_set import run

    monkeypatch.setattr(run, "made_takes", lambda *_: pytest.fail("it has begun to act"))
    for more, said in (
        (["--out", tmp_path / "nowhere" / "set.glb"], "does not exist"),
        (["--out", tmp_path / "set.obj"], "ending"),
        (["--out", tmp_path / "set.fbx", "--fps", "0.5"], "0.5 frames a second"),
    ):
        assert main(["emotion-set", *map(str, more)]) == 2
        assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
