"""Bake as it is used: refusals, failures that change nothing, the operator, undo, saved files."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.scene.bake import apply  # noqa: E402
from thespis.core.scene.bake.bake import bake_action  # noqa: E402
from thespis.core.scene.bake.options import BakeOptions  # noqa: E402
from thespis.core.scene.import_take import import_takes  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.core.take.take import TAKE_FILE, read_take  # noqa: E402
from thespis.tests.bakes import add, constrained, everything, joints, names_of, new_scene, shown  # noqa: E402
from thespis.tests.motions import lively_motion, true_joints  # noqa: E402
from thespis.tests.takes import write_take_folder  # noqa: E402


@pytest.fixture
def scene():
    return new_scene()


# ---- refusals


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (BakeOptions(span="FRAMES", first=5, last=4), "from frame 5 to 4 there is no frame"),
        (BakeOptions(span="FRAMES", first=float("nan")), "are no range"),
        (BakeOptions(span="PREVIEW"), "no preview range"),
        (BakeOptions(rate=0), "rate of 0"),
        (BakeOptions(rate=float("inf")), "rate of inf"),
        (BakeOptions(tolerance=-1), "tolerance of -1"),
        (BakeOptions(steady=float("nan")), "steadying of nan"),
        (BakeOptions(loop=True, span="FRAMES", first=1, last=2), "2 frames make no loop"),
        (BakeOptions(span="FRAMES", first=0, last=9e8), "are too many"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(scene, options, said):
    rig = add(scene, lively_motion(11)).rig
    before = everything()
    with pytest.raises(ThespisError, match=said) as error:
        bake_action(rig, scene, options)
    assert "\n" not in str(error.value) and everything() == before


def test_nothing_to_bake(scene):
    rig = add(scene, lively_motion(11)).rig
    for key in bpy.data.shape_keys:
        key.animation_data_clear()
    rig.animation_data.action = bpy.data.actions.new("empty")
    with pytest.raises(ThespisError, match="walk: its action and NLA have no keys"):
        bake_action(rig, scene, BakeOptions())
    with pytest.raises(ThespisError, match="nothing moves it"):
        bake_action(rig, scene, BakeOptions(span="SCENE"))
    rig.data.pose_position = "REST"
    with pytest.raises(ThespisError, match="rest pose"):
        bake_action(rig, scene, BakeOptions())
    bare = bpy.data.objects.new("bare", bpy.data.armatures.new("bare"))
    with pytest.raises(ThespisError, match="bare: has no bones"):
        bake_action(bare, scene, BakeOptions())


def test_linked_bones_take_no_root_but_an_action(scene, tmp_path):
    add(scene, lively_motion(11))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "linked.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    with bpy.data.libraries.load(str(tmp_path / "linked.blend"), link=True) as (_, into):
        into.objects = ["walk"]
    linked = into.objects[0]
    scene.collection.objects.link(linked)
    with pytest.raises(ThespisError, match="walk: is linked"):
        bake_action(linked, scene, BakeOptions())
    rig = linked.override_create(remap_local_usages=True)
    rig.override_library.is_system_override = False
    before = len(bpy.data.actions)
    with pytest.raises(ThespisError, match="its bones are linked"):
        bake_action(rig, scene, BakeOptions(root="ROOT"))
    assert len(bpy.data.actions) == before
    frames, names = np.arange(1, 12), names_of(rig)
    told = shown(rig, frames, names)
    bake_action(rig, scene, BakeOptions(tolerance=0, face=False))
    np.testing.assert_allclose(shown(rig, frames, names), told, atol=1e-4)


def test_a_hidden_armature_takes_no_root_bone(scene):
    rig = add(scene, lively_motion(11)).rig
    rig.hide_set(True)
    before = everything()
    with pytest.raises(ThespisError, match="walk: is hidden"):
        bake_action(rig, scene, BakeOptions(root="ROOT"))
    assert everything() == before


@pytest.mark.parametrize("broken", ["write_shape_keys", "_play"])
def test_a_failure_leaves_everything(scene, monkeypatch, broken):
    character = constrained(scene)
    rig = character.rig
    character.figure.select_set(True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="POSE")
    before, calls = everything(), []
    names, frames = names_of(rig), np.arange(1, 12)
    poses = shown(rig, frames, names)
    real = getattr(apply, broken)

    def breaks(*arguments):
        calls.append(1)
        if len(calls) == 2 or broken != "_play":
            raise RuntimeError("no more room")
        return real(*arguments)

    monkeypatch.setattr(apply, broken, breaks)
    with pytest.raises(RuntimeError, match="no more room"):
        bake_action(rig, scene, BakeOptions(root="ROOT_TURN"))
    assert everything() == before
    np.testing.assert_allclose(shown(rig, frames, names), poses, atol=1e-5)


def test_mode_selection_frame_and_an_unkeyed_pose_stay(scene):
    character = add(scene, lively_motion(21))
    rig = character.rig
    character.figure.select_set(True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="POSE")
    scene.frame_set(7)
    selected = set(bpy.context.selected_objects)
    bake_action(rig, scene, BakeOptions(root="ROOT"))
    assert bpy.context.mode == "POSE" and bpy.context.view_layer.objects.active == rig
    assert set(bpy.context.selected_objects) == selected and scene.frame_current == 7


# ---- as it is used


@pytest.fixture
def registered():
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    bpy.context.scene.render.fps = 30
    yield bpy.context.scene
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)


def test_one_undo_step_and_saved(registered, tmp_path):
    rig = add(registered, lively_motion(31)).rig
    bpy.context.view_layer.objects.active = rig
    names, frames = names_of(rig), np.arange(1, 32)
    before = shown(rig, frames, names)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.thespis.bake("EXEC_DEFAULT", True, root="ROOT_TURN", tolerance=1.0, name="clean") == {"FINISHED"}
    assert "root" in rig.data.bones
    bpy.ops.ed.undo()
    rig = bpy.data.objects["walk"]
    assert "clean" not in bpy.data.actions and names_of(rig) == names and rig.animation_data.action.name == "walk"
    np.testing.assert_allclose(shown(rig, frames, names), before, atol=1e-5)
    bpy.ops.ed.redo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "baked.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "baked.blend"))
    rig = bpy.data.objects["walk"]
    assert rig.animation_data.action.name == "clean" and bpy.data.actions["walk"].use_fake_user
    off = joints(rig, shown(rig, frames, names), names) - joints(rig, before, names)
    assert np.linalg.norm(off, axis=-1).max() < 1.1e-3


def test_the_operator_says_why_not_and_what_came_of_it(registered):
    assert not bpy.ops.thespis.bake.poll()
    character = add(registered, lively_motion(11))
    bpy.context.view_layer.objects.active = character.figure
    assert bpy.ops.thespis.bake.poll()
    with pytest.raises(RuntimeError, match=r"^Error: walk: from frame 9 to 3 there is no frame"):
        bpy.ops.thespis.bake(span="FRAMES", first=9, last=3)
    assert bpy.ops.thespis.bake() == {"FINISHED"}
    assert character.rig.animation_data.action.name == "walk baked"
    kind = bpy.ops.thespis.bake.get_rna_type()
    assert kind.description and not [p.identifier for p in kind.properties if not (p.description or p.identifier == "rna_type")]
    character.rig.data.pose_position = "REST"
    assert not bpy.ops.thespis.bake.poll()


def test_a_character_with_a_root_is_fitted_again_and_its_bake_is_kept(scene, tmp_path):
    clip = tmp_path / "clip.mp4"
    imported = []
    for number in range(2):
        motion = lively_motion(11, seed=number)
        folder = write_take_folder(tmp_path / f"take {number}", clip, [motion])
        imported.append(import_takes([folder / "person_0.npz"], scene, take=read_take(folder / TAKE_FILE), replace=number > 0))
        rig = imported[-1].characters[0].rig
        if number == 0:
            baked = bake_action(rig, scene, BakeOptions(root="ROOT_TURN")).action.name
    assert len(rigs_of(scene)) == 1 and rig.animation_data.action.name != baked and bpy.data.actions[baked].use_fake_user
    assert "root" not in rig.data.bones
    scene.frame_set(6)
    heads = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in JOINT_NAMES])
    np.testing.assert_allclose(heads, true_joints(motion, 5), atol=2e-3)


def rigs_of(scene):
    return [thing for thing in scene.objects if thing.type == "ARMATURE"]
