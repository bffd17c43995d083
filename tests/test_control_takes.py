"""The control rig among the other things an animator does: new takes, exports, files, links."""

import os

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.tests.control_fixtures import NAMES, controlled_stage, go_to, nudge, the_same
from thespis.tests.motions import true_joints
from thespis.tests.takes import some_motion
from thespis.tests.test_mend_operator import FIRST, LAST, Bench

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture
def stage(blender, tmp_path, monkeypatch):
    return controlled_stage(blender, tmp_path, monkeypatch)


# ---- takes


@pytest.mark.parametrize("where", ["NEW", "REPLACE"])
def test_a_new_take_lands_on_the_controls(stage, where):
    before = go_to(stage, 3)
    stage.bpy.context.scene.frame_set(5)
    nudge(stage.bpy, stage.controls, "left_index_curl", (0, 0, 0))
    stage.controls.pose.bones["left_index_curl"].rotation_euler.x = 0.4
    assert stage.act(emotion="joy", where=where) == {"FINISHED"}
    for frame in (0, 20, 45):
        np.testing.assert_allclose(go_to(stage, 5 + frame), true_joints(stage.take, frame), atol=1e-3)
    if where == "REPLACE":
        np.testing.assert_allclose(go_to(stage, 3), before, atol=1e-3)
    else:
        assert stage.controls.animation_data.action.name == "walk joy controls"
        assert stage.bpy.data.actions["walk controls"].use_fake_user
    nudge(stage.bpy, stage.controls, by=(0.1, 0, 0))


def test_a_take_starts_from_what_the_controls_show_and_loses_nothing_that_is_not_keyed(stage):
    scene = stage.bpy.context.scene
    scene.frame_set(13)
    bone = stage.controls.pose.bones["hips"]
    bone.location = [a + b for a, b in zip(bone.location, (0.3, 0, 0), strict=True)]
    stage.bpy.context.view_layer.update()
    posed = stage.heads()
    assert stage.act(emotion="joy") == {"FINISHED"}
    from thespis.core.motion import read_motion

    start = read_motion(stage.engine / "start.npz")
    np.testing.assert_allclose(true_joints(start, -1), posed, atol=2e-3)


def test_a_layer_is_refused_with_what_to_do(stage):
    assert "Choose New Action, or Bake to Bones first" in stage.refused(emotion="joy", where="LAYER")


def test_another_take_replaces_the_one_before_unless_its_controls_were_animated(stage):
    bpy = stage.bpy
    bpy.context.scene.frame_set(5)
    stage.act(emotion="joy")
    first = go_to(stage, 20)
    from dataclasses import replace

    from thespis.core.motion import write_motion

    other = replace(stage.take, poses=stage.take.poses * 0.5)
    (stage.folder / "made.npz").unlink()
    write_motion(other, stage.folder / "made.npz")
    assert bpy.ops.thespis.another_take("EXEC_DEFAULT", True) == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 20), true_joints(other, 15), atol=1e-3)
    assert np.abs(first - stage.heads()).max() > 0.02
    assert bpy.ops.thespis.another_take("EXEC_DEFAULT", True) == {"FINISHED"}, "nobody touched it"
    go_to(stage, 21)
    nudge(bpy, stage.controls)
    with pytest.raises(RuntimeError, match="its controls were animated since it came"):
        bpy.ops.thespis.another_take("EXEC_DEFAULT", True)


def test_a_mended_stretch_lands_on_the_controls(blender, tmp_path, monkeypatch):
    bench = Bench(blender, tmp_path, monkeypatch)
    assert blender.ops.thespis.add_control_rig() == {"FINISHED"}
    assert bench.mend() == {"FINISHED"}
    middle = (FIRST + LAST) // 2
    np.testing.assert_allclose(bench.joints(bench.rig, middle + 1), true_joints(bench.other, middle), atol=3e-3)
    for frame in (FIRST, LAST, 3, 28):
        np.testing.assert_allclose(bench.joints(bench.rig, frame + 1), true_joints(bench.motion, frame), atol=3e-3)


@pytest.mark.parametrize("animated", [True, False])
def test_another_fit_brings_controls_of_its_own(blender, tmp_path, monkeypatch, animated):
    from thespis.core.scene.controlled import controls_of

    bench = Bench(blender, tmp_path, monkeypatch)
    blender.ops.thespis.add_control_rig()
    if animated:
        nudge(blender, blender.context.active_object)
    second = some_motion(1, frames=25)
    assert bench.fit(second) == {"FINISHED"}
    rigs = [one for one in bench.rigs() if "thespis_controls" not in one]
    assert len(rigs) == 1 and len(bench.rigs()) == 2 and controls_of(rigs[0]) is not None
    for frame in (0, 12, 24):
        np.testing.assert_allclose(bench.joints(rigs[0], 1 + frame), true_joints(second, frame), atol=2e-3)
    kept = [action.name for action in blender.data.actions if action.use_fake_user]
    assert kept == (["clip controls"] if animated else [])


def test_a_bake_of_everything_lets_the_controls_go_and_they_can_be_followed_again(stage):
    bpy = stage.bpy
    bpy.context.scene.frame_set(10)
    nudge(bpy, stage.controls)
    stage.controls.pose.bones["hips"].keyframe_insert("location", frame=80)
    wanted, late = go_to(stage, 10), go_to(stage, 79)
    assert bpy.ops.thespis.bake(tolerance=0.0) == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 10), wanted, atol=1e-3)
    np.testing.assert_allclose(go_to(stage, 79), late, atol=1e-3)
    go_to(stage, 10)
    nudge(bpy, stage.controls)
    np.testing.assert_allclose(go_to(stage, 10), wanted, atol=1e-3)
    with pytest.raises(RuntimeError, match="Click Follow Controls first"):
        bpy.ops.thespis.bake_to_bones()
    assert bpy.ops.thespis.follow_controls() == {"FINISHED"}
    assert np.abs(go_to(stage, 10) - wanted).max() > 0.05
    assert bpy.ops.thespis.follow_controls(follow=False) == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 10), wanted, atol=1e-3)


def test_what_is_exported_is_what_the_controls_show(stage):
    """The 55 bones, none of the controls."""
    bpy = stage.bpy
    from thespis.core.motion import read_motion
    from thespis.core.scene.export.characters import export_characters
    from thespis.core.scene.export.wishes import ExportWishes

    as_acted = go_to(stage, 10)
    nudge(bpy, stage.controls)
    stage.controls.pose.bones["hips"].keyframe_insert("location", frame=80)
    wanted = go_to(stage, 10)
    assert np.abs(wanted - as_acted).max() > 0.05
    for suffix in (".npz", ".glb"):
        exported = export_characters([stage.armature], stage.folder / f"out{suffix}", ExportWishes(up="Y"))
        assert exported.bones == 55 and exported.clips[0][1] == 80
    chosen = ExportWishes(up="Y", clips="CHOSEN", chosen=("walk",))
    export_characters([stage.armature], stage.folder / "before.npz", chosen)
    np.testing.assert_allclose(true_joints(read_motion(stage.folder / "out.npz"), 9), wanted, atol=4e-3)
    np.testing.assert_allclose(true_joints(read_motion(stage.folder / "before.npz"), 9), as_acted, atol=4e-3)


def test_a_hidden_character_with_controls_is_not_replaced(blender, tmp_path, monkeypatch):
    bench = Bench(blender, tmp_path, monkeypatch)
    blender.ops.thespis.add_control_rig()
    blender.ops.object.mode_set(mode="OBJECT")
    keys, objects = bench.keys(), {thing.name for thing in blender.data.objects}
    blender.context.view_layer.layer_collection.children["clip"].hide_viewport = True
    with pytest.raises(RuntimeError, match="is hidden or in a hidden collection"):
        bench.fit(some_motion(1, frames=25))
    assert {thing.name for thing in blender.data.objects} == objects
    for old, new in zip(keys, bench.keys(), strict=True):
        np.testing.assert_array_equal(old, new)


# ---- files


def test_it_is_all_there_after_saving_and_opening(stage):
    bpy = stage.bpy
    bpy.context.scene.frame_set(10)
    nudge(bpy, stage.controls)
    wanted = go_to(stage, 10)
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(stage.folder / "saved.blend"))
    np.testing.assert_allclose(go_to(stage, 10), wanted, atol=1e-5)
    armature, controls = the_same(stage)
    assert bpy.context.active_object == controls and bpy.ops.thespis.bake_to_bones.poll()
    assert bpy.ops.thespis.bake_to_bones() == {"FINISHED"}
    np.testing.assert_allclose(go_to(stage, 10), wanted, atol=1e-3)
    assert armature.animation_data.action.name == "walk animated"


def test_a_linked_character_is_refused(stage):
    bpy = stage.bpy
    bpy.ops.thespis.remove_control_rig()
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "library.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(stage.folder / "library.blend"), link=True) as (_, wanted):
        wanted.collections = ["walk"]
    bpy.context.scene.collection.children.link(bpy.data.collections["walk"])
    linked = bpy.data.objects["walk"]
    bpy.context.view_layer.objects.active = linked
    assert not bpy.ops.thespis.add_control_rig.poll()
    from thespis.core.scene.control.add import check_can_add

    with pytest.raises(ThespisError, match="linked from another file"):
        check_can_add(linked)


def test_an_override_takes_controls(stage):
    bpy = stage.bpy
    bpy.ops.thespis.remove_control_rig()
    bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "library.blend"))
    wanted = go_to(stage, 10)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    with bpy.data.libraries.load(str(stage.folder / "library.blend"), link=True) as (_, names):
        names.collections = ["walk"]
    linked = bpy.data.collections["walk"]
    scene.collection.children.link(linked)
    own = linked.override_hierarchy_create(scene, bpy.context.view_layer, do_fully_editable=True)
    armature = next(thing for thing in own.all_objects if thing.type == "ARMATURE")
    bpy.context.view_layer.objects.active = armature
    assert bpy.ops.thespis.add_control_rig() == {"FINISHED"}
    for opened in (False, True):
        if opened:
            name = armature.name
            bpy.ops.wm.save_as_mainfile(filepath=str(stage.folder / "shot.blend"))
            bpy.ops.wm.open_mainfile(filepath=str(stage.folder / "shot.blend"))
            armature = next(thing for thing in bpy.data.objects if thing.name == name and thing.library is None)
        controls = bpy.context.active_object
        bpy.context.scene.frame_set(10)
        np.testing.assert_allclose([armature.pose.bones[name].head for name in NAMES], wanted, atol=1e-3)
        hips = controls.pose.bones["hips"]
        hips.location = [place + 0.2 for place in hips.location]
        bpy.context.view_layer.update()
        assert np.abs(np.array(armature.pose.bones["pelvis"].head) - wanted[0]).max() > 0.15


def test_a_hidden_character_is_refused_and_nothing_is_made(stage):
    bpy = stage.bpy
    bpy.ops.thespis.remove_control_rig()
    objects = [thing.name for thing in bpy.data.objects]
    bpy.context.view_layer.layer_collection.children[0].hide_viewport = True
    bpy.context.view_layer.objects.active = stage.armature
    with pytest.raises(RuntimeError, match=r"is hidden, or in a hidden collection. Show it first"):
        bpy.ops.thespis.add_control_rig()
    assert [thing.name for thing in bpy.data.objects] == objects
