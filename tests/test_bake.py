"""Bake: what is shown stays shown, from one new action; root, loop, rate, range, refusals."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.scene.bake.bake import bake_action  # noqa: E402
from thespis.core.scene.bake.options import BakeOptions  # noqa: E402
from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.sampled import sample_armature  # noqa: E402
from thespis.tests.motions import lively_motion, open_body  # noqa: E402


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


def add(scene, motion, name="walk"):
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), name, scene, collection)


def shown(rig, frames, names):
    """(T, B, 4, 4) in the world."""
    told = sample_armature(rig, frames)
    order = [told.names.index(name) for name in names]
    return told.worlds[:, None] @ told.matrices[:, order]


@pytest.mark.parametrize("root", ["PELVIS", "ROOT", "ROOT_TURN"])
def test_the_world_pose_stays_wherever_the_travel_goes(scene, root):
    character = add(scene, lively_motion(31))
    names = [bone.name for bone in character.rig.pose.bones]
    frames = np.arange(1, 32)
    before, former = shown(character.rig, frames, names), character.rig.animation_data.action
    baked = bake_action(character.rig, scene, BakeOptions(root=root, tolerance=0))
    np.testing.assert_allclose(shown(character.rig, frames, names), before, atol=1e-4)
    assert character.rig.animation_data.action == baked.action != former and former.use_fake_user
    assert (baked.first, baked.last, baked.root_bone) == (1, 31, None if root == "PELVIS" else "root")
