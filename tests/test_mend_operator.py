"""Mend Stretch as it is used: which frames are asked for, where the keys go and which stay, undo, what was said before."""

import os
from dataclasses import replace

import numpy as np
import pytest
from thespis.core.motion import write_motion
from thespis.tests.blender import stand_in
from thespis.tests.motions import true_joints
from thespis.tests.takes import some_motion
from thespis.tests.test_clip_panel import Desk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")

FIRST, LAST = 10, 24
"""Frames of the clip that are mended, of 31; 24 a second as the scene, in which they are 11 to 25."""


class Bench(Desk):
    """A desk with a fitted character, and a stand-in that mends it with the poses of another motion of the same body."""

    def __init__(self, bpy, folder, monkeypatch):
        super().__init__(bpy, folder, monkeypatch)
        self.motion = some_motion()
        self.other = replace(some_motion(3), betas=self.motion.betas, trans=self.motion.trans + (0.1, 0, 0))
        self.fit(self.motion)
        (self.rig,) = self.rigs()
        bpy.context.view_layer.objects.active = self.rig
        self.answer(self.other, True, True)

    def answer(self, motion, before: bool, after: bool, first=FIRST, last=LAST) -> None:
        path = self.folder / "stretch.npz"
        write_motion(motion.slice(first, last + 1), path)
        values = {"before": before, "after": after, "pelvis": [0.0, 0.0, 0.0]}
        stand_in.tell(self.engine, mend={"files": [str(path)], "values": values})

    def mend(self, **wishes):
        return self.bpy.ops.thespis.mend_stretch("EXEC_DEFAULT", True, **{"first": FIRST + 1, "last": LAST + 1, **wishes})

    def keys(self) -> list:
        from thespis.core.scene.compat import all_fcurves

        curves = all_fcurves(self.rig.animation_data.action)
        return [np.array([tuple(key.co) for key in curve.keyframe_points]) for curve in curves]


@pytest.fixture
def bench(tmp_path, monkeypatch, blender):
    return Bench(blender, tmp_path, monkeypatch)


def outside(keys: np.ndarray) -> np.ndarray:
    return keys[(keys[:, 0] <= FIRST + 1.001) | (keys[:, 0] >= LAST + 0.999)]


def test_the_stretch_is_keyed_and_the_rest_stays(bench):
    before = bench.keys()
    bench.bpy.ops.ed.undo_push(message="before")
    assert bench.mend(swap="legs", left="down", smoothness=2.0) == {"FINISHED"}
    (asked,) = bench.asked("mend")
    assert (asked["first"], asked["last"], asked["person"], asked["smoothness"]) == (FIRST, LAST, 0, 2.0)
    assert asked["corrections"] == [{"first": FIRST, "last": LAST, "swap": "legs", "left": "down", "right": "seen"}]
    assert asked["folder"] == str(bench.folder / "clip_take")
    after = bench.keys()
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(outside(new), outside(old))
        assert len(new) == len(old)
    middle = (FIRST + LAST) // 2
    np.testing.assert_allclose(bench.joints(bench.rig, middle + 1), true_joints(bench.other, middle), atol=3e-3)
    for frame in (FIRST, LAST, 3, 28):
        np.testing.assert_allclose(bench.joints(bench.rig, frame + 1), true_joints(bench.motion, frame), atol=3e-3)
    heads = np.array([bench.joints(bench.rig, frame) for frame in range(FIRST - 2, LAST + 5)])
    sharpest = np.abs(np.diff(heads, 2, axis=0)).max((1, 2))
    apart = np.abs(true_joints(bench.other, FIRST) - true_joints(bench.motion, FIRST)).max()
    assert sharpest.max() < 0.25 < 0.5 < apart, "no jump where it joins"
    bench.bpy.ops.ed.undo()
    bench.rig = bench.rigs()[0]
    np.testing.assert_allclose(bench.joints(bench.rig, middle + 1), true_joints(bench.motion, middle), atol=3e-3)


def test_what_was_said_is_known_to_the_next_mend(bench):
    bench.mend(swap="arms")
    bench.mend(right="up", first=13, last=15)
    first, second = bench.asked("mend")
    assert [one["swap"] for one in second["corrections"]] == ["arms", "none"] and second["corrections"][1]["right"] == "up"
    assert len(first["corrections"]) == 1
    bench.mend()
    assert len(bench.asked("mend")[-1]["corrections"]) == 2, "nothing new was said"
    bench.fit(bench.motion)
    bench.answer(bench.other, True, True)
    bench.mend()
    assert bench.asked("mend")[-1]["corrections"] == [], "of another fit nothing was said"


def test_the_preview_range_and_another_rate(bench):
    scene = bench.bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 6, 400
    bench.answer(bench.other, True, False, 5, 30)
    assert bench.mend() == {"FINISHED"}
    asked = bench.asked("mend")[-1]
    assert (asked["first"], asked["last"]) == (5, 30)
    np.testing.assert_allclose(bench.joints(bench.rig, 31), true_joints(bench.other, 30), atol=3e-3)
    bench.mend(preview=False)
    assert bench.asked("mend")[-1]["first"] == FIRST


def test_sparse_keys_made_by_hand_stay_around_it(bench):
    """Of a curve that was thinned out to a few keys, those outside stay, and it goes the same way up to the stretch."""
    from thespis.core.scene.compat import all_fcurves

    curve = next(c for c in all_fcurves(bench.rig.animation_data.action) if c.data_path.endswith("location"))
    for key in [key for key in curve.keyframe_points if round(key.co[0]) not in (1, 5, 30, 31)][::-1]:
        curve.keyframe_points.remove(key)
    shape = [curve.evaluate(frame) for frame in range(1, FIRST + 2)]
    bench.mend()
    curve = next(c for c in all_fcurves(bench.rig.animation_data.action) if c.data_path.endswith("location"))
    np.testing.assert_allclose([curve.evaluate(frame) for frame in range(1, FIRST + 2)], shape, atol=1e-5)
    assert [round(key.co[0]) for key in curve.keyframe_points][:2] == [1, 5]


def test_refusals_leave_the_character(bench):
    before = bench.keys()
    bpy = bench.bpy
    for wishes, cause in (({"first": 20, "last": 10}, "no stretch"), ({"first": 300, "last": 310}, "1 to 31")):
        with pytest.raises(RuntimeError, match=cause):
            bench.mend(**wishes)
    stand_in.tell(bench.engine, mend={"error": "landmarks.npz: is not there. Fit the clip again."})
    with pytest.raises(RuntimeError, match="Fit the clip again"):
        bench.mend()
    assert all((old == new).all() for old, new in zip(before, bench.keys(), strict=True))
    action = bench.rig.animation_data.action
    bench.rig.animation_data.action = None
    with pytest.raises(RuntimeError, match="plays no action"):
        bench.mend()
    bench.rig.animation_data.action = action
    (bench.folder / "clip_take" / "take.json").unlink()
    with pytest.raises(RuntimeError, match="not there any more"):
        bench.mend()
    bpy.context.view_layer.objects.active = None
    assert not bpy.ops.thespis.mend_stretch.poll()
