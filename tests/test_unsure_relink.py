"""Where a fit is unsure, marked, visited and unmarked; and what has moved, found again if it is the same."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from thespis.core.skeleton import JOINT_INDEX
from thespis.core.take.take import TAKE_FILE, read_take
from thespis.core.take.unsure import unsure_stretches
from thespis.tests.blender import stand_in
from thespis.tests.takes import some_motion
from thespis.tests.test_clip_panel import Desk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


def doubtful():
    """The right wrist is made up in rows 5 to 11, the left knee in 20 to 25, the face flickers for a frame."""
    motion = some_motion()
    confidence = np.full((31, 55), 0.95)
    confidence[5:12, JOINT_INDEX["right_wrist"]] = 0.2
    confidence[20:26, JOINT_INDEX["left_knee"]] = 0.4
    confidence[15, JOINT_INDEX["jaw"]] = 0.1
    return replace(motion, confidence=confidence)


def test_stretches_have_names_and_ends():
    motion = doubtful()
    found = unsure_stretches(motion.confidence, 24.0)
    assert [(one.part, one.first, one.last) for one in found] == [("right arm", 5, 11), ("left leg", 20, 25)]
    assert found[0].confidence == pytest.approx(0.2)
    assert len(unsure_stretches(motion.confidence, 24.0, threshold=0.3)) == 1
    flicker = motion.confidence.copy()
    flicker[13:19, JOINT_INDEX["right_wrist"]] = 0.2  # after one sure frame: it is one stretch
    assert next((one.first, one.last) for one in unsure_stretches(flicker, 24.0)) == (5, 18)
    assert unsure_stretches(np.ones((31, 55)), 24.0) == []


@pytest.fixture
def desk(tmp_path, monkeypatch, blender):
    return Desk(blender, tmp_path, monkeypatch)


def red_keys(rig, bone: str) -> list[int]:
    from thespis.core.scene.compat import present_part

    curve = present_part(rig).curves.fcurves.find(f'pose.bones["{bone}"].rotation_quaternion', index=1)
    return [round(key.co[0]) for key in curve.keyframe_points if key.type == "EXTREME"]


def test_marks_come_with_the_fit_and_go(desk):
    bpy = desk.bpy
    desk.fit(doubtful())
    (rig,) = desk.rigs()
    scene, marks = bpy.context.scene, bpy.context.scene.timeline_markers
    assert [(marker.name, marker.frame) for marker in marks] == [("clip unsure: right arm", 6), ("clip unsure: left leg", 21)]
    assert red_keys(rig, "right_wrist") == list(range(6, 13)) and not red_keys(rig, "head")
    scene.frame_set(1)
    visited = []
    for back in (False, False, False, True):
        bpy.ops.thespis.next_unsure(back=back)
        visited.append(scene.frame_current)
    assert visited == [6, 21, 6, 21]
    marks.new("my own", frame=3)
    rig.name = "Hero"
    bpy.ops.thespis.show_unsure(threshold=0.3)
    assert sorted(marker.name for marker in marks) == ["Hero unsure: right arm", "my own"]
    bpy.ops.ed.undo_push(message="marked")
    bpy.ops.thespis.hide_unsure("EXEC_DEFAULT", True)
    assert [marker.name for marker in marks] == ["my own"] and not red_keys(rig, "right_wrist")
    bpy.ops.ed.undo()
    assert len(bpy.context.scene.timeline_markers) == 2
    desk.fit(doubtful(), mark_unsure=False)
    assert len(desk.rigs()) == 1


def test_a_clip_that_moved_is_linked_again(desk):
    bpy = desk.bpy
    desk.fit(doubtful(), camera=True)
    desk.bpy.context.view_layer.objects.active = desk.rigs()[0]
    desk.settings.filepath = str(desk.clip)
    take = desk.folder / "clip_take" / TAKE_FILE
    moved = desk.folder / "elsewhere" / "clip.mp4"
    moved.parent.mkdir()
    shutil.move(desk.clip, moved)
    stand_in.tell(desk.engine, look={**desk.look, "values": {**desk.look["values"], "frames": 30}})
    with pytest.raises(RuntimeError, match=r"another clip \(frames: 30"):
        bpy.ops.thespis.relink(filepath=str(moved))
    assert read_take(take).clip == desk.clip
    stand_in.tell(desk.engine, look=desk.look)
    assert bpy.ops.thespis.relink(filepath=str(moved)) == {"FINISHED"}
    assert read_take(take).clip == moved and desk.settings.filepath == str(moved)
    assert [Path(bpy.path.abspath(image.filepath)) for image in bpy.data.images if image.source == "MOVIE"] == [moved]
    from thespis.core.scene.origin import takes_of

    assert takes_of(bpy.context.scene, moved) and not takes_of(bpy.context.scene, desk.clip)


def test_a_take_that_moved_is_found_again(desk):
    bpy = desk.bpy
    desk.fit(doubtful())
    (rig,) = desk.rigs()
    there, other = desk.folder / "archive", desk.folder / "other"
    shutil.move(desk.folder / "clip_take", there)
    with pytest.raises(RuntimeError, match="no such file"):
        bpy.ops.thespis.show_unsure()
    shutil.copytree(there, other)
    (other / "person_0.npz").unlink()
    with pytest.raises(RuntimeError, match="another take"):
        bpy.ops.thespis.relink(filepath=str(other / TAKE_FILE))
    assert bpy.ops.thespis.relink(filepath=str(there)) == {"FINISHED"}
    assert bpy.ops.thespis.show_unsure() == {"FINISHED"} and rig["thespis_motion"] == str(there / "person_0.npz")
