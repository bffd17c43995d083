"""Metrics against formulas written another way, and against cases whose answer is plain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.transform import Rotation
from thespis.core.measure.metrics import acceleration_error, aligned, foot_sliding, mpjpe, pa_mpjpe, pa_v2v, similarity

_points = arrays(np.float64, (9, 3), elements=st.floats(-2, 2, width=32))
_turns = st.tuples(*[st.floats(-3, 3)] * 3)


@given(_points, _turns, st.floats(0.2, 5), _turns)
@settings(max_examples=50, deadline=None)
def test_a_similarity_is_found_again(points, turn, scale, shift):
    if np.linalg.svd(points - points.mean(0))[1][2] < 0.05:
        return  # flat point sets have more than one answer
    rotation = Rotation.from_rotvec(turn).as_matrix()
    target = scale * points @ rotation.T + np.array(shift)
    found_scale, found_rotation, found_shift = similarity(points, target)
    assert found_scale == pytest.approx(scale, rel=1e-6)
    assert np.allclose(found_rotation, rotation, atol=1e-6)
    assert np.allclose(found_shift, shift, atol=1e-5)


def test_alignment_agrees_with_scipys_procrustes_where_no_mirror_is_needed():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(12, 3))
    estimate = truth @ Rotation.from_rotvec([0.3, -1, 0.2]).as_matrix() * 1.7 + 0.1 * rng.normal(size=(12, 3))
    a, b = estimate - estimate.mean(0), truth - truth.mean(0)
    rotation, total = orthogonal_procrustes(a, b)
    assert np.linalg.det(rotation) > 0
    expected = np.linalg.norm(a @ rotation * total / (a**2).sum() - b, axis=1).mean()
    assert pa_mpjpe(estimate[None], truth[None])[0] == pytest.approx(expected, rel=1e-9)
    assert pa_v2v(estimate[None], truth[None])[0] == pytest.approx(expected, rel=1e-9)


def test_a_mirrored_body_is_not_aligned_away():
    points = np.random.default_rng(1).normal(size=(1, 10, 3))
    assert np.linalg.det(similarity(points[0] * [-1, 1, 1], points[0])[1]) == pytest.approx(1)
    assert pa_mpjpe(points * [-1, 1, 1], points)[0] > 0.2


def test_points_that_coincide_align_without_dividing_by_zero():
    assert np.allclose(aligned(np.ones((1, 4, 3)), np.zeros((1, 4, 3))), 0)


def test_mpjpe_measures_from_the_root():
    truth = np.zeros((2, 3, 3))
    estimate = truth + [5.0, 0, 0]
    assert np.allclose(mpjpe(estimate, truth), 0)
    estimate[:, 2, 1] += 0.3
    assert np.allclose(mpjpe(estimate, truth), 0.1)
    assert np.allclose(mpjpe(estimate, truth, root=(0, 1)), 0.1)


def test_acceleration_error_of_a_known_parabola():
    t = np.arange(20) / 30
    moving = np.zeros((20, 2, 3))
    moving[:, :, 1] = (0.5 * 9.81 * t**2)[:, None]
    assert np.allclose(acceleration_error(moving, np.zeros_like(moving), fps=30), 9.81)
    assert np.allclose(acceleration_error(moving, np.zeros_like(moving)), 9.81 / 900)


def test_sliding_counts_only_planted_feet_and_only_along_the_floor():
    points = np.zeros((10, 2, 3))
    points[:, 0, 0] = np.arange(10) * 0.01
    points[:, 0, 1] = np.arange(10) * 0.5
    contacts = np.zeros((10, 2))
    contacts[:, 0] = 1
    assert foot_sliding(points, contacts, 30) == pytest.approx(0.3)
    assert foot_sliding(points, np.zeros((10, 2)), 30) != foot_sliding(points, contacts, 30)
    assert np.isnan(foot_sliding(points, np.zeros((10, 2)), 30))
