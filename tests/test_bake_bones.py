"""Bones as arrays are where Blender has them, whatever they take from their parents."""

import itertools

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.bake.bones import basis_matrices, pose_matrices  # noqa: E402
from thespis.core.scene.bake.bones import read_bones  # noqa: E402

RNG = np.random.default_rng(2)
KINDS = list(itertools.product((True, False), (True, False), ("FULL", "FIX_SHEAR", "ALIGNED", "AVERAGE", "NONE", "NONE_LEGACY")))


@pytest.fixture
def armature():
    """A chain of three bones for each kind; the last is of that kind."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    data = bpy.data.armatures.new("kinds")
    thing = bpy.data.objects.new("kinds", data)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    for number in range(len(KINDS)):
        parent = None
        for step in range(3):
            bone = data.edit_bones.new(f"{number} {step}")
            bone.head = RNG.normal(0, 1, 3)
            bone.tail = bone.head + type(bone.head)(RNG.normal(0, 0.5, 3))
            bone.roll = RNG.uniform(-3, 3)
            bone.parent, parent = parent, bone
    bpy.ops.object.mode_set(mode="OBJECT")
    for number, (turns, local, scale) in enumerate(KINDS):
        bone = data.bones[f"{number} 2"]
        bone.use_inherit_rotation, bone.use_local_location, bone.inherit_scale = turns, local, scale
    return thing


@pytest.mark.parametrize("stretched", [False, True])
def test_forward_and_back_as_blender_does_it(armature, stretched):
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = RNG.normal(0, 1, 4)
        bone.location = RNG.normal(0, 1, 3)
        if stretched and bone.name.endswith(("0", "2")):  # a turned bone of a stretched one would be sheared
            bone.scale = RNG.uniform(0.5, 2, 1).repeat(3) if bone.name.endswith("0") else RNG.uniform(0.5, 2, 3)
    bpy.context.view_layer.update()
    bones = read_bones(armature)
    shown = np.array([[bone.matrix for bone in armature.pose.bones]])
    basis = np.array([[bone.matrix_basis for bone in armature.pose.bones]])
    np.testing.assert_allclose(pose_matrices(bones, basis), shown, atol=2e-5)
    np.testing.assert_allclose(basis_matrices(bones, shown), basis, atol=5e-5)
