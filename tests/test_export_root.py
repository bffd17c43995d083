"""Where a character's travel goes, which bones leave, and at what rate: as a file shows it."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.motion import write_motion  # noqa: E402
from thespis.core.scene.export.motions import export_motions  # noqa: E402
from thespis.core.scene.export.wishes import ExportWishes  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.tests.blender.round_trip import angles_between, import_file, read_back, shown  # noqa: E402
from thespis.tests.motions import lively_motion, true_joints, true_turns  # noqa: E402

FRAMES = [0, 10, 20, 30, 40]
ABOUT_Z = np.array([0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    motion = lively_motion()
    path = tmp_path_factory.mktemp("walk") / "walk.npz"
    write_motion(motion, path)
    return path, motion, np.array([true_joints(motion, frame) for frame in FRAMES])


def exported(walk, out, **wishes):
    export_motions([walk[0]], out, ExportWishes(mesh=False, **wishes), own_session=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return out


@pytest.mark.parametrize("suffix", [".glb", ".fbx", ".bvh"])
def test_a_root_bone_carries_the_travel_over_the_floor(walk, tmp_path, suffix):
    names = ("root", *JOINT_NAMES)
    back = read_back(exported(walk, tmp_path / f"a{suffix}", root="BONE"), 30, FRAMES, names)
    root, pelvis = back.joints[:, 0], back.joints[:, 1]
    np.testing.assert_allclose(back.joints[:, 1:], walk[2], atol=2e-3)
    np.testing.assert_allclose(root[:, 2], 0, atol=1e-4)
    # Under the pelvis, as far from it as at rest; and unturned.
    np.testing.assert_allclose(root[:, :2] - root[0, :2], pelvis[:, :2] - pelvis[0, :2], atol=1e-4)
    assert np.linalg.norm(root[-1] - root[0]) > 2
    assert angles_between(back.turns[:, 0], np.eye(3)).max() < 0.01


def test_a_root_bone_that_turns_faces_where_the_character_does(walk, tmp_path):
    back = read_back(exported(walk, tmp_path / "a.glb", root="BONE_TURN"), 30, FRAMES, ("root", *JOINT_NAMES))
    np.testing.assert_allclose(back.joints[:, 1:], walk[2], atol=2e-3)
    # It stands upright and the pelvis, seen from it, no longer turns about the vertical.
    np.testing.assert_allclose(back.turns[:, 0] @ ABOUT_Z, np.tile(ABOUT_Z, (len(FRAMES), 1)), atol=1e-5)
    seen = np.swapaxes(back.turns[:, 0], -1, -2) @ back.turns[:, 1]
    about = np.arctan2(seen[:, 1, 0] - seen[:, 0, 1], seen[:, 0, 0] + seen[:, 1, 1])
    assert np.abs(about).max() < 1e-3
    assert angles_between(back.turns[-1, 0], back.turns[0, 0]) > 100


def test_in_place_nothing_travels_and_all_else_stays(walk, tmp_path):
    back = read_back(exported(walk, tmp_path / "a.glb", root="IN_PLACE"), 30, FRAMES, JOINT_NAMES)
    np.testing.assert_allclose(np.ptp(back.joints[:, 0, :2], axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(back.joints - back.joints[:, :1], walk[2] - walk[2][:, :1], atol=2e-3)
    np.testing.assert_allclose(back.joints[..., 2], walk[2][..., 2], atol=2e-3)


@pytest.mark.parametrize("suffix", [".glb", ".fbx", ".bvh", ".usdc"])
def test_another_rate_plays_as_fast(walk, tmp_path, suffix):
    """60 frames a second of a motion of 30: every second pose is one of its own, and it lasts as long."""
    back = read_back(exported(walk, tmp_path / f"a{suffix}", fps=60.0), 60, [2 * frame for frame in FRAMES], JOINT_NAMES)
    np.testing.assert_allclose(back.joints, walk[2], atol=2e-3)
    assert back.seconds == pytest.approx(40 / 30, abs=1e-3)


def test_a_rig_of_controls_leaves_with_its_deforming_bones_in_one_tree(tmp_path):
    """As Rigify builds them: DEF bones hang from ORG bones, those from the root."""
    from thespis.core.scene.export.characters import export_characters

    bpy.ops.wm.read_factory_settings(use_empty=True)
    data = bpy.data.armatures.new("rig")
    rig = bpy.data.objects.new("rig", data)
    bpy.context.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    made = {}
    for name, parent, head, tail in (
        ("root", None, (0, 0, 0), (0, 0.3, 0)), ("ORG-spine", "root", (0, 0, 1), (0, 0, 1.5)),
        ("DEF-spine", "ORG-spine", (0, 0, 1), (0, 0, 1.5)), ("ORG-arm", "ORG-spine", (0.2, 0, 1.5), (0.5, 0, 1.5)),
        ("DEF-arm", "ORG-arm", (0.2, 0, 1.5), (0.5, 0, 1.5)), ("hand_ik", "root", (0.5, 0, 1.5), (0.6, 0, 1.5)),
    ):  # fmt: skip
        made[name] = data.edit_bones.new(name)
        made[name].head, made[name].tail = head, tail
        made[name].parent = made.get(parent)
        made[name].use_deform = name.startswith("DEF-")
    bpy.ops.object.mode_set(mode="OBJECT")
    constraint = rig.pose.bones["ORG-arm"].constraints.new("IK")
    constraint.target, constraint.subtarget, constraint.chain_count = rig, "hand_ik", 1
    for frame, place in ((1, (0, 0, 0)), (21, (0, 0, 0.4))):
        rig.pose.bones["hand_ik"].location = place
        rig.pose.bones["hand_ik"].keyframe_insert("location", frame=frame)
        rig.pose.bones["root"].location = (place[2], 0, 0)
        rig.pose.bones["root"].keyframe_insert("location", frame=frame)
    scene, names = bpy.context.scene, ("root", "DEF-spine", "DEF-arm")
    scene.render.fps = 24
    truth = shown(rig, [1, 11, 21], names, 24, 0.0)
    assert angles_between(truth.turns[2, 2], truth.turns[0, 2]) > 5
    for ending in (".glb", ".fbx"):
        export_characters([rig], tmp_path / f"rig{ending}", ExportWishes(mesh=False, root="BONE"), scene)
    for ending in (".glb", ".fbx"):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        (back,), first = import_file(tmp_path / f"rig{ending}", 24)
        tree = {bone.name: bone.parent and bone.parent.name for bone in back.data.bones}
        assert tree == {"root": None, "DEF-spine": "root", "DEF-arm": "DEF-spine"}
        found = shown(back, [first, first + 10, first + 20], names, 24, 0.0)
        np.testing.assert_allclose(found.joints, truth.joints, atol=1e-3)
        moved = found.turns @ np.swapaxes(found.turns[:1], -1, -2)
        assert angles_between(moved, truth.turns @ np.swapaxes(truth.turns[:1], -1, -2)).max() < 0.2


def test_the_turns_are_those_of_the_motion(walk, tmp_path):
    back = read_back(exported(walk, tmp_path / "a.glb", fps=15.0), 15, [0, 5, 10, 15, 20], JOINT_NAMES)
    assert angles_between(back.turns, np.array([true_turns(walk[1], frame) for frame in FRAMES])).max() < 0.2
