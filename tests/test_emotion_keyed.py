"""Emotion, intensity and mixture keyed over time: Act follows the keys, and never touches them."""

import itertools
import os
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.act.cues import Cues
from thespis.models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from thespis.tests.stages import Stage

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")

from thespis.core.scene.keyed_cues import _changing, keyed, keyed_cues  # noqa: E402

PANEL = {"follow_keys": True}


@pytest.fixture
def stage(tmp_path, monkeypatch, blender):
    return Stage(blender, tmp_path, monkeypatch)


def key(scene, name: str, *keys) -> None:
    """As a click on the diamond does: (frame, value)."""
    for frame, value in keys:
        setattr(scene.thespis_act, name, value)
        assert scene.keyframe_insert(f"thespis_act.{name}", frame=frame)


def curve(scene, name: str):
    return keyed(scene)[name]


def asked_cues(stage) -> Cues:
    asked = stage.asked()
    return Cues(*(tuple(tuple(cue) for cue in asked[name]) for name in ("emotions", "intensities", "mixes")))


def test_act_follows_the_intensity_that_is_keyed(stage):
    scene = stage.scene
    key(scene, "intensity", (1, 0.1), (25, 1.0), (73, 0.3))
    scene.frame_set(13)
    stage.act(emotion="anger", intensity=0.7, **PANEL)
    asked = asked_cues(stage)
    assert stage.asked()["seconds"] == pytest.approx((73 - 13) / 24), "as far as the keys go"
    assert asked.emotions == ((0, "anger"),)
    for second, value in asked.intensities:
        assert value == pytest.approx(curve(scene, "intensity").evaluate(13 + 24 * second), abs=1e-4)
    # In the middle of each of the network's tokens (a fifth of a second) it is what the curve says.
    middles = np.arange(12) * 0.2 + 0.1
    told = [curve(scene, "intensity").evaluate(13 + 24 * second) for second in middles]
    np.testing.assert_allclose(asked.intensity(middles), told, atol=1e-4)
    assert scene.thespis_act.intensity == pytest.approx(curve(scene, "intensity").evaluate(13), abs=1e-4)
    stage.act(emotion="anger", intensity=0.7, seconds=1.5, **PANEL)
    assert stage.asked()["seconds"] == 1.5 and asked_cues(stage).intensities[-1][0] == pytest.approx(1.5, abs=0.1)
    stage.act(emotion="anger", intensity=0.7, follow_keys=False, seconds=0.0)
    assert stage.asked()["intensities"] == [[0, pytest.approx(0.7)]] and stage.asked()["seconds"] is None
    scene.frame_set(60)  # too little is left of the keys for a take: it lasts as long as it lasts
    stage.act(emotion="anger", intensity=0.7, **PANEL)
    assert stage.asked()["seconds"] is None


def test_an_overshooting_curve_is_kept_in_bounds(stage):
    key(stage.scene, "intensity", (1, 0.5), (25, 3.0), (49, -1.0))
    stage.scene.frame_set(1)
    stage.act(emotion="joy", intensity=0.5, **PANEL)
    values = [value for _, value in asked_cues(stage).intensities]
    assert min(values) == 0 and max(values) == 1


def test_act_follows_emotions_that_are_keyed(stage):
    scene = stage.scene
    key(scene, "emotion", (1, "joy"), (49, "fear"), (121, "shame"))
    scene.frame_set(1)
    stage.act(intensity=0.6, seconds=6.0, **PANEL)
    asked = asked_cues(stage)
    names = [name for _, name in asked.emotions]
    assert names == ["joy", "joy", "fear", "fear", "shame"]
    told, shares = asked.emotion_shares(np.array([0.0, 1.4, 2.0, 2.6, 4.4, 5.6]))
    assert told == ["joy", "fear", "shame"]
    expected = [[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(shares, expected, atol=0.05)
    assert len(asked.changes()) == 2, "nothing changes while an emotion holds"
    assert asked.intensities == ((0, pytest.approx(0.6)),)
    assert stage.armature.animation_data.action.name == "walk joy"


def test_act_follows_a_mixture_that_is_keyed(stage):
    key(stage.scene, "mix", (1, 0.0), (73, 1.0))
    stage.scene.frame_set(1)
    stage.act(emotion="joy", mix_with="anger", intensity=0.6, seconds=3.0, **PANEL)
    told, shares = asked_cues(stage).emotion_shares(np.array([0.0, 1.0, 3.0]))
    assert told == ["joy", "anger"]
    middle = curve(stage.scene, "mix").evaluate(25)
    np.testing.assert_allclose(shares[:, 1], [0, middle, 1], atol=0.01)
    key(stage.scene, "mix_with", (1, "anger"), (49, "pride"))
    stage.act(emotion="joy", mix_with="anger", intensity=0.6, seconds=3.0, **PANEL)
    assert {name for _, name, _ in asked_cues(stage).mixes} == {"anger", "pride"}


@pytest.mark.parametrize("where", ["NEW", "REPLACE", "LAYER"])
def test_keys_outlive_every_take_and_undo_and_the_file(stage, where):
    scene = stage.scene
    key(scene, "intensity", (1, 0.1), (49, 1.0))
    key(scene, "emotion", (1, "pride"), (30, "shame"))
    scene.frame_set(1)
    bpy.ops.ed.undo_push(message="keyed")

    def told() -> dict:
        return {name: [tuple(p.co) for p in found.keyframe_points] for name, found in keyed(bpy.context.scene).items()}

    before = told()
    assert stage.act(where=where, **PANEL) == {"FINISHED"}
    assert told() == before
    assert bpy.ops.thespis.another_take() == {"FINISHED"}
    assert told() == before and stage.asked()["seed"] == 1 and len(asked_cues(stage).intensities) > 1
    bpy.ops.ed.undo()
    assert told() == before
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(stage.folder / "kept.blend"))
    assert told() == before
    bpy.context.scene.frame_set(1)
    assert stage.act(where=where, **PANEL) == {"FINISHED"}
    assert [name for _, name in asked_cues(stage).emotions][-1] == "shame"


def test_another_frame_rate_and_another_scene(stage):
    scene = stage.scene
    key(scene, "intensity", (1, 0.1), (61, 1.0))
    scene.render.fps = 30
    scene.frame_set(1)
    stage.act(emotion="joy", **PANEL)
    assert stage.asked()["seconds"] == pytest.approx(2.0)
    other = bpy.data.scenes.new("other")
    assert keyed(scene) and not keyed(other)
    wishes = SimpleNamespace(emotion="joy", intensity=0.4, mix_with="fear", mix=0.0)
    cues, seconds = keyed_cues(other, wishes, 1, None)
    assert cues.intensities == ((0.0, 0.4),) and seconds is None


def test_only_what_act_reads_can_be_keyed(stage):
    wishes = stage.scene.thespis_act
    can = {p.identifier for p in wishes.bl_rna.properties if p.is_animatable} - {"rna_type", "name"}
    assert can == {"emotion", "intensity", "mix", "mix_with"}
    assert list(EMOTION_INDEX) == [item.identifier for item in wishes.bl_rna.properties["emotion"].enum_items]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.floats(0.04, 0.5))
def test_emotions_told_frame_by_frame_become_rising_cues(values, step):
    told = [(step * k, EMOTIONS[value]) for k, value in enumerate(values)]
    cues = _changing(told, told[-1][0])
    times = np.array([time for time, _ in cues])
    assert times[0] == 0 and (np.diff(times) > 0).all()
    names = [name for _, name in cues]
    changed = [values[0]] + [b for a, b in itertools.pairwise(values) if a != b]
    assert [n for k, n in enumerate(names) if k == 0 or n != names[k - 1]] == [EMOTIONS[value] for value in changed]
