"""The mathematics of a control rig: a limb that reaches, the side on which its pole stands, transforms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.control.transforms import inverse, local_basis, placed
from thespis.core.control.two_bone import pole_sides, poles, reach

seeds = st.integers(0, 2**32 - 1)
FRAMES = 40


def random_turns(rng, count: int, lively: float) -> np.ndarray:
    """(T, 3, 3) that change a little from frame to frame."""
    return (Rotation.random(random_state=rng) * Rotation.from_rotvec(np.cumsum(rng.normal(0, lively, (count, 3)), 0))).as_matrix()


def random_limb(rng, least_bend: float, most_bend: float):
    """Joints (T, 3) of a limb that tumbles about; turns of its upper bone (T, 3, 3), which lies along Y at rest and bends about
    its own Z; its two lengths; its bends (T,), between these angles."""
    lengths = rng.uniform(0.15, 0.5, 2)
    turns = random_turns(rng, FRAMES, 0.2)
    start = np.cumsum(rng.normal(0, 0.05, (FRAMES, 3)), 0)
    phase = rng.uniform(0, 6) + np.cumsum(rng.uniform(0, 0.4, FRAMES))
    bend = least_bend + (most_bend - least_bend) * (0.5 + 0.5 * np.sin(phase))
    middle = start + lengths[0] * turns[:, :, 1]
    flex = Rotation.from_euler("z", bend[:, None]).as_matrix()
    end = middle + lengths[1] * (turns @ flex)[:, :, 1]
    return start, middle, end, turns, tuple(lengths), bend


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_pole_brings_the_elbow_back_however_the_limb_is_rolled(seed):
    rng = np.random.default_rng(seed)
    start, middle, end, turns, lengths, _ = random_limb(rng, np.radians(25.5), np.radians(154))
    rolled = turns @ Rotation.from_euler("y", rng.uniform(-np.pi, np.pi)).as_matrix()
    ahead = Rotation.from_euler("y", rng.uniform(-np.pi, np.pi)).as_matrix() @ [1.0, 0, 0]
    sides = pole_sides(start, middle, end, rolled, ahead)
    np.testing.assert_allclose(np.linalg.norm(sides, axis=1), 1, atol=1e-9)
    bent = reach(start, end, poles(start, middle, end, sides, 0.4), lengths)
    assert np.linalg.norm(bent.middle - middle, axis=1).max() < 1e-6


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_a_limb_that_reaches_keeps_its_lengths_and_bends_to_its_pole(seed):
    rng = np.random.default_rng(seed)
    a, b = lengths = tuple(rng.uniform(0.1, 0.5, 2))
    start, end, pole = rng.normal(0, 0.4, (3, 50, 3))
    bent = reach(start, end, pole, lengths)
    np.testing.assert_allclose(np.linalg.norm(bent.middle - start, axis=1), a, atol=1e-9)
    tip = bent.middle + b * bent.lower[:, :, 1]
    far = np.linalg.norm(end - start, axis=1)
    reachable = (far < a + b) & (far > abs(a - b))
    np.testing.assert_allclose(tip[reachable], end[reachable], atol=1e-6)
    along = (end - start) / far[:, None]
    np.testing.assert_allclose(np.cross(tip - start, along), 0, atol=1e-6)
    side = pole - start - np.sum((pole - start) * along, axis=1, keepdims=True) * along
    assert (np.sum((bent.middle - start) * side, axis=1) > -1e-9).all()
    np.testing.assert_allclose(np.sum((bent.middle - start) * np.cross(along, side), axis=1), 0, atol=1e-6)
    for frame in (bent.upper, bent.lower):
        np.testing.assert_allclose(frame @ np.swapaxes(frame, 1, 2), np.tile(np.eye(3), (50, 1, 1)), atol=1e-9)
        np.testing.assert_allclose(np.linalg.det(frame), 1, atol=1e-9)
        hinge = np.cross(side, along)
        np.testing.assert_allclose(frame[:, :, 2], hinge / np.linalg.norm(hinge, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(bent.upper[:, :, 1], (bent.middle - start) / a, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.0, 0.006), st.floats(-0.015, 0.015))
def test_a_straight_leg_that_trembles_and_is_pushed_through_keeps_its_pole_ahead(seed, tremble, pushed):
    """Between two steps the knee is straight within a tremble, or pushed through by so many metres."""
    rng = np.random.default_rng(seed)
    count, long = 90, 0.4
    time = np.linspace(0, 1, count)
    out = 0.08 * np.clip(np.abs(2 * time - 1) - 0.5, 0, None) * 4 + pushed * (np.abs(2 * time - 1) < 0.5)
    start = np.zeros((count, 3))
    middle = np.stack([out, np.full(count, long), np.zeros(count)], 1) + rng.normal(0, tremble, (count, 3))
    middle *= long / np.linalg.norm(middle, axis=1, keepdims=True)
    lower = np.stack([-out, np.full(count, long), np.zeros(count)], 1)
    end = middle + long * lower / np.linalg.norm(lower, axis=1, keepdims=True)
    axis = np.cross([0, 1.0, 0], middle / long)
    turns = Rotation.from_rotvec(axis).as_matrix()
    sides = pole_sides(start, middle, end, turns, np.array([1.0, 0, 0]))
    assert sides[:, 0].min() > 0.7
    steps = np.degrees(np.arccos(np.clip(np.sum(sides[1:] * sides[:-1], axis=1), -1, 1)))
    assert steps.max() < 25


def test_a_limb_that_bends_another_way_than_the_body_is_built_has_its_pole_there():
    """Motions of others share the twist between shoulder and elbow as they like."""
    rng = np.random.default_rng(1)
    start, middle, end, turns, _, bend = random_limb(rng, np.radians(2), np.radians(70))
    away = pole_sides(start, middle, end, turns, np.array([0.0, 0, 1.0]))
    own = np.einsum("tji,tj->ti", turns, away)
    assert np.degrees(bend).min() < 5
    assert own[:, 0].min() > 0.95, "X, to where it always bends"


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_a_bones_channels_bring_it_to_its_pose(seed):
    """Blender: pose = parent's pose, undone parent's rest, own rest, channels."""
    rng = np.random.default_rng(seed)

    def some(count):
        return placed(Rotation.random(count, random_state=rng).as_matrix(), rng.normal(size=(count, 3)))

    pose, parent_pose, (rest, parent_rest) = some(7), some(7), some(2)
    basis = local_basis(pose, rest, parent_pose, parent_rest)
    np.testing.assert_allclose(parent_pose @ np.linalg.inv(parent_rest) @ rest @ basis, pose, atol=1e-9)
    np.testing.assert_allclose(rest @ local_basis(pose, rest, None, None), pose, atol=1e-9)
    np.testing.assert_allclose(inverse(pose), np.linalg.inv(pose), atol=1e-9)


@pytest.mark.parametrize("bend", [0.0, 180.0])
def test_nothing_is_divided_by_a_limb_without_a_bend(bend):
    start = np.zeros((3, 3))
    middle = np.tile([0.0, 0.3, 0], (3, 1))
    end = middle + 0.3 * np.array([0, np.cos(np.radians(bend)), 0])
    turns = np.tile(np.eye(3), (3, 1, 1))
    sides = pole_sides(start, middle, end, turns, np.array([1.0, 0, 0]))
    np.testing.assert_allclose(sides, np.tile([1.0, 0, 0], (3, 1)), atol=1e-9)
    bent = reach(start, end, poles(start, middle, end, sides, 0.4), (0.3, 0.3))
    assert np.isfinite(bent.middle).all() and np.isfinite(bent.upper).all()
