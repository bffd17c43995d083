"""Feet that stand: found, kept where they stand over the seam of a loop, and held closer than the rest when keys are left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

bpy = pytest.importorskip("bpy")

from scipy.spatial.transform import Rotation  # noqa: E402
from thespis.core.bake.bones import Bones, pose_matrices  # noqa: E402
from thespis.core.bake.feet import Leg, Standing, find_legs, runs  # noqa: E402
from thespis.core.bake.planted import planted  # noqa: E402
from thespis.core.scene.bake.bake import bake_action  # noqa: E402
from thespis.core.scene.bake.options import BakeOptions  # noqa: E402
from thespis.core.scene.retarget.retarget import Options  # noqa: E402
from thespis.models.emotion.choreography.actor import actor  # noqa: E402
from thespis.models.emotion.choreography.perform import perform  # noqa: E402
from thespis.models.emotion.choreography.score import load_scores  # noqa: E402
from thespis.tests import retarget_rigs  # noqa: E402
from thespis.tests.bakes import add, shown  # noqa: E402
from thespis.tests.test_bake_reduce import wandering  # noqa: E402
from thespis.tests.test_retarget import go  # noqa: E402

FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
UP = np.array([0.0, 0.0, 1.0])


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


def performed(scene, name):
    """A score of the corpus as a character, and the scene frames that it fills."""
    rig = add(scene, perform(next(score for score in load_scores() if score.name == name), 0.9, actor(3), 5).motion).rig
    return rig, np.arange(1, int(rig.animation_data.action.frame_range[1]) + 1)


def feet(rig, frames):
    """(T, 4, 3) ankles and balls in the world."""
    return shown(rig, frames, FEET)[..., :3, 3]


def furthest(before, after):
    """Metres by which a point that rests before is away, at most, from its mean place while it rests."""
    rests = np.linalg.norm(np.diff(before, axis=0), axis=-1) < 0.001
    worst = 0.0
    for point in range(before.shape[1]):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], rests[:, point].astype(int), [0]])))
        for first, end in edges.reshape(-1, 2):
            if end - first > 2:
                own = after[first : end + 1, point]
                worst = max(worst, np.linalg.norm(own - own.mean(0), axis=-1).max())
    return worst


def a_leg():
    """A trunk, and a leg under its pelvis with a bent knee, Z up, Y ahead; the last bone is a head."""
    heads = np.array([[0, 0, 0.9], [0.1, 0, 0.85], [0.1, 0.15, 0.48], [0.1, 0, 0.08], [0.1, 0.12, 0.02], [0, 0, 1.4]])
    rest = np.tile(np.eye(4), (6, 1, 1))
    rest[:, :3, 3] = heads
    rest[:, :3, :3] = Rotation.random(6, random_state=1).as_matrix()
    names = ("pelvis", "left_hip", "left_knee", "left_ankle", "left_foot", "head")
    plain = (True,) * 6
    return Bones(
        names, (-1, 0, 1, 2, 3, 0), rest, np.full(6, 0.1), plain, plain, (False,) * 6, ("FULL",) * 6, ("QUATERNION",) * 6
    )


def posed(bones, rng, frames, size):
    """(T, 6, 4, 4) the bones wandering about; size: how far."""
    basis = np.tile(np.eye(4), (frames, 6, 1, 1))
    turns = size * wandering(rng, frames, 18, 0.0).reshape(-1, 3)
    basis[..., :3, :3] = Rotation.from_rotvec(turns).as_matrix().reshape(frames, 6, 3, 3)
    basis[:, 0, :3, 3] = size * wandering(rng, frames, 3, 0.0)
    return pose_matrices(bones, basis)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), frames=st.integers(30, 120), turn=st.floats(-3, 3))
def test_stances_are_put_back_as_a_whole_and_the_loop_stays_closed(seed, frames, turn):
    """Taken is any motion at all, made is it with something added that ends as it began, seen from a root that went along."""
    rng = np.random.default_rng(seed)
    bones = a_leg()
    leg = Leg(1, 2, 3, 4)
    assert find_legs(bones, {name: name for name in bones.names}) == [leg]
    around = np.eye(4)
    around[:3, :3] = Rotation.from_rotvec([0, 0, turn]).as_matrix()
    around[:2, 3] = rng.normal(size=2)
    taken = posed(bones, rng, frames, 0.1)
    made = posed(bones, rng, frames, 0.1)
    made[-1] = around @ made[0]
    rests = np.zeros(frames, bool)
    for first in rng.integers(1, frames - 12, 2):
        rests[first : first + 8] = True
    rests[[0, 1, 2, -1, -2, -3]] = rng.integers(0, 2)
    out = planted(bones, made, taken, [Standing(leg, rests)], UP, 30.0)
    np.testing.assert_allclose(out[-1], around @ out[0], atol=1e-6)
    np.testing.assert_array_equal(out[:, [0, 5]], made[:, [0, 5]])
    spans = [np.linalg.norm(np.diff(poses[:, 1:4, :3, 3], axis=1), axis=-1) for poses in (made, out)]
    np.testing.assert_allclose(spans[0], spans[1], atol=1e-9)
    for first, end in runs(rests):
        if first == 0 or end == frames:
            continue
        for bone in (3, 4):
            turned = out[first:end, bone, :3, :3] @ np.swapaxes(taken[first:end, bone, :3, :3], 1, 2)
            np.testing.assert_allclose(turned, turned[[0] * (end - first)], atol=1e-6)
            np.testing.assert_allclose(turned[0] @ UP, UP, atol=1e-6)
        reached = np.linalg.norm(out[first:end, 3, :3, 3] - out[first:end, 1, :3, 3], axis=1) < 0.999 * spans[0].sum(1)[first:end]
        moved = (out[first:end, 3, :3, 3] - taken[first:end, 3, :3, 3] @ turned[0].T)[reached]
        np.testing.assert_allclose(moved, moved[[0] * len(moved)], atol=1e-6)


LOOPS = [("neutral/walks_over", "ROOT_TURN"), ("anger/storms", "ROOT"), ("joy/good_news", "PELVIS")]


@pytest.mark.parametrize(("score", "root"), LOOPS)
def test_in_a_loop_feet_stand_where_they_stood_and_over_the_seam(scene, score, root):
    rig, frames = performed(scene, score)
    before = feet(rig, frames)
    bake_action(rig, scene, BakeOptions(root=root, loop=True, tolerance=0, face_tolerance=0))
    after = feet(rig, frames)
    assert furthest(before, after) < furthest(before, before) + 0.004


def test_on_another_rig_feet_stand_too(scene):
    one, frames = performed(scene, "neutral/walks_over")
    other = retarget_rigs.mixamo()
    go(one, other, scene, Options())
    names = [f"mixamorig:{side}{part}" for side in ("Left", "Right") for part in ("Foot", "ToeBase")]
    before = shown(other, frames, names)[..., :3, 3]
    baked = bake_action(other, scene, BakeOptions(root="ROOT_TURN", loop=True, tolerance=0, face_tolerance=0))
    assert np.linalg.norm(baked.displacement) > 1.5
    after = shown(other, frames, names)[..., :3, 3]
    assert furthest(before, after) < furthest(before, before) + 0.002


@pytest.mark.parametrize("tolerance", [2.0, 6.0])
def test_without_keys_feet_that_stand_stray_a_quarter_of_what_is_allowed(scene, tolerance):
    rig, frames = performed(scene, "neutral/walks_over")
    before = feet(rig, frames)
    bake_action(rig, scene, BakeOptions(tolerance=tolerance, face=False))
    after = feet(rig, frames)
    rests = np.linalg.norm(np.diff(before, axis=0), axis=-1) < 0.0015
    strays = 1000 * np.linalg.norm(after - before, axis=-1)
    assert strays[1:-1][rests[1:] & rests[:-1]].max() < tolerance / 4 + 0.01
    assert tolerance / 4 < strays.max() <= tolerance + 0.01
