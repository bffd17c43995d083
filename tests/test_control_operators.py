"""The control rig's buttons: adding, snapping, layers, the head, baking, undo."""

import os

import numpy as np
import pytest
from thespis.tests.control_fixtures import NAMES, controlled_stage, go_to, nudge, the_same
from thespis.tests.motions import true_joints

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture
def stage(blender, tmp_path, monkeypatch):
    return controlled_stage(blender, tmp_path, monkeypatch)


def test_the_rig_comes_in_pose_mode_and_every_button_finds_its_character(stage):
    bpy = stage.bpy
    assert bpy.context.mode == "POSE" and stage.controls.name == "walk controls"
    assert not bpy.ops.thespis.add_control_rig.poll()
    for active in (stage.controls, stage.armature, stage.armature.children[0]):
        bpy.context.view_layer.objects.active = active
        for name in ("bake_to_bones", "remove_control_rig", "snap_limb", "act_emotion"):
            assert getattr(bpy.ops.thespis, name).poll(), name
    assert bpy.ops.thespis.remove_control_rig() == {"FINISHED"}
    assert bpy.ops.thespis.add_control_rig.poll() and not bpy.ops.thespis.bake_to_bones.poll()


@pytest.mark.parametrize("remove", [True, False])
def test_baking_takes_the_controls_off_or_leaves_them(stage, remove):
    bpy = stage.bpy
    stage.bpy.context.scene.frame_set(10)
    nudge(bpy, stage.controls)
    wanted = go_to(stage, 10)
    assert bpy.ops.thespis.bake_to_bones(remove=remove) == {"FINISHED"}
    armature, controls = the_same(stage)
    assert (controls is None) == remove and (bpy.context.active_object == armature) == remove
    assert armature.animation_data.action.name == "walk animated"
    np.testing.assert_allclose(go_to(stage, 10), wanted, atol=1e-3)


def test_one_step_takes_each_of_them_back(stage):
    bpy = stage.bpy
    bpy.ops.ed.undo_push(message="added")
    before = go_to(stage, 10)
    bpy.ops.ed.undo_push(message="frame")
    assert bpy.ops.thespis.bake_to_bones(True) == {"FINISHED"}
    assert the_same(stage)[1] is None
    bpy.ops.ed.undo()
    armature, controls = the_same(stage)
    assert controls is not None and armature.animation_data.action.name == "walk"
    bpy.context.view_layer.objects.active = armature
    assert bpy.ops.thespis.remove_control_rig(True) == {"FINISHED"}
    bpy.ops.ed.undo()
    assert the_same(stage)[1] is not None
    np.testing.assert_allclose(go_to(stage, 10), before, atol=1e-4)


@pytest.mark.parametrize("limb", ["LEFT_ARM", "RIGHT_LEG"])
@pytest.mark.parametrize("whole", [True, False])
def test_snapping_lets_the_switch_change_nothing(stage, limb, whole):
    bpy, bones = stage.bpy, stage.controls.pose.bones
    hand, turned = {"LEFT_ARM": ("left_hand_ik", "left_elbow_fk"), "RIGHT_LEG": ("right_foot_ik", "right_knee_fk")}[limb]
    frames = (8, 20, 31) if whole else (20,)

    def switched(value: float) -> list:
        bones[hand]["ik"] = value
        stage.controls.update_tag()
        return [go_to(stage, frame) for frame in frames]

    for frame in frames:
        go_to(stage, frame)
        nudge(bpy, stage.controls, hand, (0.03, -0.04, 0.05))
    go_to(stage, 20)
    by_hand, by_joint = switched(1.0), switched(0.0)
    assert np.abs(np.array(by_hand) - by_joint).max() > 0.02
    go_to(stage, 20)
    assert bpy.ops.thespis.snap_limb(limb=limb, to="FK", whole=whole) == {"FINISHED"}
    np.testing.assert_allclose(switched(0.0), by_hand, atol=1e-3)
    for frame in frames:
        go_to(stage, frame)
        bones[turned].rotation_quaternion = (0.9, 0.3, 0.1, 0.1)
        bones[turned].keyframe_insert("rotation_quaternion")
    by_joint = switched(0.0)
    go_to(stage, 20)
    assert bpy.ops.thespis.snap_limb(limb=limb, to="IK", whole=whole) == {"FINISHED"}
    np.testing.assert_allclose(switched(1.0), by_joint, atol=1e-3)


def test_snapping_keeps_to_the_preview_range(stage):
    from thespis.core.scene.compat import played_curves

    scene = stage.bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 10, 12
    before = {(c.data_path, c.array_index): [tuple(k.co) for k in c.keyframe_points] for c in played_curves(stage.controls)}
    go_to(stage, 11)
    nudge(stage.bpy, stage.controls)
    assert stage.bpy.ops.thespis.snap_limb(limb="LEFT_ARM", to="FK", whole=True) == {"FINISHED"}
    for curve in played_curves(stage.controls):
        old = before[curve.data_path, curve.array_index]
        for key, was in zip(curve.keyframe_points, old, strict=True):
            assert 10 <= was[0] <= 12 or tuple(key.co) == was
    scene.frame_preview_start, scene.frame_preview_end = 500, 600
    with pytest.raises(RuntimeError, match="no keys there"):
        stage.bpy.ops.thespis.snap_limb(limb="LEFT_ARM", to="FK", whole=True)


def test_the_panel_draws_in_no_time_with_and_without_controls(stage):
    """A layout notes what would be drawn."""
    from thespis.panels.control_rig import THESPIS_PT_control_rig as Panel

    class Layout:
        def __init__(self):
            self.drawn = []

        def __getattr__(self, name):
            def draw(*arguments, **wishes):
                self.drawn.append((name, arguments))
                return self

            return draw

    drawn = Layout()
    assert Panel.poll(stage.bpy.context)
    Panel.draw(type("Drawn", (), {"layout": drawn})(), stage.bpy.context)
    said = [arguments for name, arguments in drawn.drawn if name == "operator"]
    assert len(said) == 12 and ("thespis.bake_to_bones",) in said
    assert all(hasattr(arguments[0], "bl_rna") for name, arguments in drawn.drawn if name == "prop")


def test_a_layer_changes_a_whole_take_with_one_key_and_is_baked_with_it(stage):
    from mathutils import Euler

    bpy, scene = stage.bpy, stage.bpy.context.scene
    before = {frame: go_to(stage, frame) for frame in (3, 20, 40)}
    assert bpy.ops.thespis.layer_controls() == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 20), before[20], atol=1e-4)
    hips = stage.controls.pose.bones["hips"]
    matrix = hips.matrix.copy()
    matrix.translation.z -= 0.05
    hips.matrix = matrix
    hips.keyframe_insert("location")
    pelvis = NAMES.index("pelvis")
    for frame, was in before.items():
        assert go_to(stage, frame)[pelvis][2] == pytest.approx(was[pelvis][2] - 0.05, abs=1e-3)
    scene.frame_set(20)
    stage.controls.pose.bones["left_shoulder_fk"].rotation_quaternion.rotate(Euler((0.5, 0.2, 0.1)))
    stage.controls.pose.bones["left_shoulder_fk"].keyframe_insert("rotation_quaternion")
    bpy.context.view_layer.update()
    bones = stage.controls.pose.bones
    turned = np.array(bones["left_wrist_fk"].head)
    assert bpy.ops.thespis.snap_limb(limb="LEFT_ARM", to="IK") == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 20)[NAMES.index("left_wrist")], turned, atol=1e-3)
    for refused in (
        lambda: bpy.ops.thespis.snap_limb(limb="LEFT_ARM", to="IK", whole=True),
        lambda: bpy.ops.thespis.hold_head(),
        lambda: stage.act(emotion="joy", where="REPLACE"),
    ):
        with pytest.raises(RuntimeError, match="has layers"):
            refused()
    layered = {frame: go_to(stage, frame) for frame in (3, 20, 40)}
    assert bpy.ops.thespis.bake_to_bones() == {"FINISHED"}
    for frame, shown in layered.items():
        np.testing.assert_allclose(go_to(stage, frame), shown, atol=1e-3)


def test_a_new_take_silences_the_layers(stage):
    stage.bpy.ops.thespis.layer_controls()
    stage.bpy.context.scene.frame_set(5)
    nudge(stage.bpy, stage.controls, "hips", (0.3, 0, 0))
    assert stage.act(emotion="joy", where="NEW", from_pose=False) == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 25), true_joints(stage.take, 20), atol=1e-3)


def test_the_head_holds_its_turn_and_goes_along_again(stage):
    from mathutils import Euler

    bpy, controls = stage.bpy, stage.controls
    before = {frame: go_to(stage, frame) for frame in (3, 20, 40)}

    def turn(frame: float) -> np.ndarray:
        go_to(stage, frame)
        return np.array(stage.armature.pose.bones["head"].matrix)[:3, :3]

    turns = {frame: turn(frame) for frame in before}
    assert bpy.ops.thespis.hold_head() == {"FINISHED"} and controls.pose.bones["head_fk"]["hold_turn"] == 1.0
    for frame, was in before.items():
        np.testing.assert_allclose(go_to(stage, frame), was, atol=1e-3)
    go_to(stage, 20)
    controls.pose.bones["spine2_fk"].rotation_quaternion.rotate(Euler((0.3, 0.2, 0.4)))
    controls.pose.bones["spine2_fk"].keyframe_insert("rotation_quaternion")
    np.testing.assert_allclose(turn(20), turns[20], atol=1e-3)
    moved = go_to(stage, 20)
    assert np.abs(moved - before[20]).max() > 0.05
    assert bpy.ops.thespis.hold_head(hold=False) == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 20), moved, atol=1e-3)
    np.testing.assert_allclose(turn(20), turns[20], atol=1e-3)


def test_a_copy_of_the_character_is_let_go_without_taking_the_controls_away(stage):
    bpy = stage.bpy
    from thespis.core.scene.control.add import remove_controls
    from thespis.core.scene.controlled import controls_of

    copy = stage.armature.copy()
    bpy.context.scene.collection.objects.link(copy)
    assert controls_of(copy) == stage.controls
    remove_controls(copy)
    assert controls_of(copy) is None and controls_of(stage.armature) == stage.controls


def test_adding_is_one_step_wherever_the_animator_is(stage):
    bpy = stage.bpy
    bpy.ops.thespis.remove_control_rig()
    bpy.ops.object.mode_set(mode="POSE")
    before = go_to(stage, 10)
    objects = {thing.name for thing in bpy.data.objects}
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.thespis.add_control_rig("EXEC_DEFAULT", True) == {"FINISHED"}
    assert bpy.context.mode == "POSE" and bpy.context.active_object.name == "walk controls"
    bpy.ops.ed.undo()
    assert the_same(stage)[1] is None and {thing.name for thing in bpy.data.objects} == objects
    np.testing.assert_allclose(go_to(stage, 10), before, atol=1e-5)
