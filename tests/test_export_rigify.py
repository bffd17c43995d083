"""Rigs of controls leave with what deforms: Rigify's own, generated, and one whose bones hang from several topmost ones."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.scene.export.characters import export_characters  # noqa: E402
from thespis.core.scene.export.wishes import ExportWishes  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.tests import retarget_rigs as rigs  # noqa: E402
from thespis.tests.blender.round_trip import angles_between, import_file, shown  # noqa: E402

FRAMES = [1, 6, 11, 21]
TREE = {
    name.format(side=side): parent.format(side=side)
    for side in "LR"
    for name, parent in {
        "DEF-spine": "root", "DEF-spine.001": "DEF-spine", "DEF-spine.004": "DEF-spine.003", "DEF-spine.006": "DEF-spine.005",
        "DEF-thigh.{side}": "DEF-spine", "DEF-thigh.{side}.001": "DEF-thigh.{side}", "DEF-shin.{side}": "DEF-thigh.{side}.001",
        "DEF-foot.{side}": "DEF-shin.{side}.001", "DEF-toe.{side}": "DEF-foot.{side}", "DEF-shoulder.{side}": "DEF-spine.003",
        "DEF-upper_arm.{side}": "DEF-shoulder.{side}", "DEF-hand.{side}": "DEF-forearm.{side}.001",
        "DEF-palm.01.{side}": "DEF-hand.{side}", "DEF-f_index.01.{side}": "DEF-palm.01.{side}",
        "DEF-f_index.02.{side}": "DEF-f_index.01.{side}",
    }.items()
}  # fmt: skip
"""Some of Rigify's bones, and what each has to hang from."""


@pytest.fixture(scope="module")
def rigify(tmp_path_factory):
    """Rigify's human, posed with IK, the torso and the root; files of it; what it shows."""
    rig, scene = rigs.rigify(), bpy.context.scene
    scene.render.fps = 24
    for name, place in (
        ("hand_ik.L", (0.1, -0.3, 0.25)),
        ("foot_ik.R", (0, -0.2, 0.1)),
        ("torso", (0.05, 0, -0.08)),
        ("root", (0.3, 0.5, 0)),
    ):
        for frame, share in ((1, 0), (11, 1), (21, 0.4)):
            rig.pose.bones[name].location = share * np.array(place)
            rig.pose.bones[name].keyframe_insert("location", frame=frame)
    folder = tmp_path_factory.mktemp("rigify")
    told = {}
    for file, preset in (("plain.glb", "plain"), ("unreal.fbx", "unreal"), ("plain.bvh", "plain")):
        told[file] = export_characters([rig], folder / file, ExportWishes(preset=preset, mesh=False), scene)
    deforming = tuple(bone.name for bone in rig.data.bones if bone.use_deform)
    sampled = sample_armature(rig, [float(frame) for frame in FRAMES])
    stretched = np.ptp(np.linalg.norm(sampled.matrices[..., :3, :3], axis=-2), axis=-1).max(0) > 1e-3
    stretched = set(np.array(sampled.names)[stretched])
    return folder, told, shown(rig, FRAMES, deforming, 24, 0.0), deforming, stretched, len(rig.data.bones)


@pytest.mark.parametrize("file", ["plain.glb", "unreal.fbx", "plain.bvh"])
def test_rigify_leaves_as_one_tree_of_what_deforms(rigify, file):
    folder, told, truth, deforming, stretched, bones = rigify
    assert (told[file].bones, told[file].left_out) == (len(deforming) + 1, bones - len(deforming) - 1)
    assert f"({told[file].left_out} controls left out)" in told[file].told()[0]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    (back,), first = import_file(folder / file, 24)
    tree = {bone.name: bone.parent and bone.parent.name for bone in back.data.bones}
    assert set(tree) == {"root", *deforming} and [name for name, parent in tree.items() if parent is None] == ["root"]
    assert {name: tree[name] for name in TREE} == TREE
    found = shown(back, [first + frame - 1 for frame in FRAMES], deforming, 24, 0.0)
    joints = truth.joints + (found.joints[0, 0] - truth.joints[0, 0])
    np.testing.assert_allclose(found.joints, joints, atol=2e-3)
    # What hangs from what is stretched, and is turned otherwise, has skew, which no such file can tell.
    even = [not stretched & {name, *(above.name for above in back.data.bones[name].parent_recursive)} for name in deforming]
    assert 60 < np.count_nonzero(even) < len(even)
    moved, true = (turns[:, even] @ np.swapaxes(turns[:1, even], -1, -2) for turns in (found.turns, truth.turns))
    assert angles_between(moved, true).max() < 0.2


def test_the_lowest_of_several_topmost_bones_is_the_root_unless_all_bones_are_wished_for(tmp_path):
    """Of Rigify's animals, too, constraints hold what hangs from two topmost bones; Unreal takes one."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    data = bpy.data.armatures.new("rig")
    rig = bpy.data.objects.new("rig", data)
    bpy.context.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent, height in (
        ("MCH-torso", None, 1.0), ("DEF-chest", "MCH-torso", 1.2), ("root", None, 0.0), ("DEF-hips", "root", 1.0),
        ("prop", None, 0.5),
    ):  # fmt: skip
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (0, 0, height), (0, 0.1, height + 0.2)
        bone.parent = data.edit_bones.get(parent or "")
        bone.use_deform = name not in ("MCH-torso", "root")
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.pose.bones["MCH-torso"].location.y = 0.2
    rig.pose.bones["MCH-torso"].keyframe_insert("location", frame=1)
    names = ("DEF-chest", "DEF-hips", "prop")
    truth = sample_armature(rig, [1.0])
    places = truth.matrices[0, [truth.names.index(name) for name in names], :3, 3]
    wanted = {
        True: {"root": None, "DEF-chest": "root", "DEF-hips": "root", "prop": None},
        False: {"MCH-torso": None, "DEF-chest": "MCH-torso", "root": None, "DEF-hips": "root", "prop": None},
    }
    for only in wanted:
        wishes = ExportWishes(mesh=False, deform_only=only)
        export_characters([rig], tmp_path / f"{only}.glb", wishes, bpy.context.scene)
    for only, tree in wanted.items():
        bpy.ops.wm.read_factory_settings(use_empty=True)
        (back,), _ = import_file(tmp_path / f"{only}.glb", 24)
        assert {bone.name: bone.parent and bone.parent.name for bone in back.data.bones} == tree
        np.testing.assert_allclose(shown(back, [0], names, 24, 0.0).joints[0], places, atol=1e-4)
