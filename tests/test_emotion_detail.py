"""The detail network: what is left out and laid over, scores that ask for the truth's spread, draws that stay small, learning."""

import csv

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.progress import Progress
from thespis.models.emotion import rotation6d
from thespis.models.emotion.batches import strongest_siblings
from thespis.models.emotion.cvae import CVAEConfig, EmotionCVAE
from thespis.models.emotion.detail.laid import laid_over, left_out
from thespis.models.emotion.detail.network import (
    DETAIL,
    NOISES,
    TOLD,
    DetailConfig,
    DetailNetwork,
    smoothed,
    told_of,
    white_frames,
)
from thespis.models.emotion.detail.scores import DetailScores, energy_score, together
from thespis.models.emotion.detail.train import LOG, DetailTraining
from thespis.models.emotion.features import layout
from thespis.models.emotion.kinematics import BodyKinematics
from thespis.models.emotion.rest import canonical
from thespis.tests.emotion_sets import small_set


def some_features(seed: int, frames: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((frames, layout().size))
    turns = Rotation.random(frames * 22, rng).as_matrix().reshape(frames, 22, 3, 3)
    values[:, layout().rotations] = rotation6d.from_matrices(turns).reshape(frames, -1)
    return values


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 2.0))
def test_what_is_left_out_laid_over_gives_the_truth(seed, size):
    made = some_features(seed)
    detail = np.random.default_rng(seed).uniform(-1, 1, (len(made), DETAIL)) * size
    true = laid_over(made, detail)
    body = slice(0, layout().place.stop)
    np.testing.assert_allclose(laid_over(made, left_out(true, made))[:, body], true[:, body], atol=1e-6)
    np.testing.assert_array_equal(true[:, body.stop :], made[:, body.stop :])  # hands, face and contacts are left alone
    if size < 1.0:  # half a turn and more comes back the other way round
        np.testing.assert_allclose(left_out(true, made), detail, atol=1e-6)


def test_the_derivative_of_the_joints_places_is_that_of_small_turns():
    kinematics = BodyKinematics(canonical()).double()
    rng = np.random.default_rng(0)
    turns = torch.as_tensor(Rotation.random(22, rng).as_matrix())[None]
    joints = [0, 9, 15, 20, 8]
    derivative = kinematics.derivative(*kinematics(turns), joints)
    for axis in range(66):
        small = np.zeros((22, 3))
        small.flat[axis] = 1e-5
        moved = turns @ torch.as_tensor(Rotation.from_rotvec(small).as_matrix())
        step = (kinematics(moved)[1] - kinematics(turns)[1])[:, joints] / 1e-5
        torch.testing.assert_close(derivative[..., axis], step, atol=1e-4, rtol=0)


@pytest.mark.parametrize("power", [1.0, 1.5])
def test_no_draws_score_better_than_those_of_the_truths_own_spread(power):
    first, second, true = torch.randn(3, 200_000, 4, generator=torch.Generator().manual_seed(0)).unbind(0)
    scores = {spread: float(energy_score(first * spread, second * spread, true, power=power)) for spread in (0.0, 0.7, 1.0, 1.4)}
    assert min(scores, key=scores.__getitem__) == 1.0
    assert float(energy_score(first + 0.3, second + 0.3, true, power=power)) > scores[1.0]
    torch.testing.assert_close(energy_score(first, second, true, power=power), energy_score(second, first, true, power=power))


def test_windows_hold_the_frames_that_hang_together():
    values = torch.arange(2 * 7 * 3.0).reshape(2, 7, 3)
    windows = together(values, 2)
    assert windows.shape == (2, 3, 6)
    torch.testing.assert_close(windows[1, 2], torch.cat([values[1, 4], values[1, 5]]))


def test_true_detail_as_draws_scores_nothing_and_none_scores_more():
    scores = DetailScores(canonical())
    takes = small_set()
    calm = torch.as_tensor(np.stack([values[:24] for values in takes.values if len(values) >= 24][:4]))
    true = 0.03 * torch.randn(len(calm), 24, DETAIL, generator=torch.Generator().manual_seed(0))
    sizes = scores.sizes(calm, true)
    nothing = torch.zeros_like(true)
    same, none = (scores(calm, (draw, draw), true, sizes) for draw in (true, nothing))
    assert all(float(score) < 1e-2 for score in same.values())
    assert all(float(none[name]) > 10 * float(score) for name, score in same.items())


def test_noise_is_smooth_and_of_unit_size():
    noise = smoothed(torch.randn(40, NOISES, white_frames(300), generator=torch.Generator().manual_seed(0)))
    assert noise.shape == (40, NOISES, 300)
    torch.testing.assert_close(noise.square().mean((0, 2)), torch.ones(NOISES), atol=0.2, rtol=0)
    steps = noise.diff(dim=2).square().mean((0, 2)).sqrt()
    assert (steps[0] > steps[8] > steps[12] > steps[18]) and steps[18] < 0.06


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([1.0, 30.0, 1e4]))
def test_no_draw_throws_a_limb_aside_whatever_it_is_told(seed, wild):
    torch.manual_seed(seed)
    network = DetailNetwork(DetailConfig(16), torch.zeros(TOLD), torch.ones(TOLD), torch.full((DETAIL,), 0.02))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(3)
        drawn = network(wild * torch.randn(2, 30, TOLD), wild * torch.randn(2, NOISES, 30))
    assert torch.isfinite(drawn).all() and drawn.abs().max() <= 10 * 0.02


def test_other_noise_is_other_detail_and_its_beginning_does_not_depend_on_the_length():
    network = DetailNetwork(DetailConfig(16), torch.zeros(TOLD), torch.ones(TOLD), torch.ones(DETAIL))
    features = torch.as_tensor(some_features(0, 80), dtype=torch.float32)[None]
    emotion, intensity = torch.full((1, 80, 13), 1 / 13), torch.full((1, 80), 0.5)
    told = told_of(features, features, emotion, intensity)
    white = torch.randn(2, NOISES, white_frames(80), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        one, other = network(told, smoothed(white[:1])), network(told, smoothed(white[1:]))
        short = network(told[:, :60], smoothed(white[:1, :, : white_frames(60)]))
    assert (one - other).abs().max() > 1e-3
    torch.testing.assert_close(short[:, :15], one[:, :15], atol=1e-5, rtol=1e-5)


def test_it_learns_how_much_is_missing_where(tmp_path):
    takes = small_set()
    torch.manual_seed(0)
    mean, std = (torch.as_tensor(part) for part in takes.statistics())
    decoder = EmotionCVAE(CVAEConfig(layout().size, width=40, layers=1, latent=12), mean, std)
    taught = DetailTraining(takes, decoder, tmp_path, 100, 0, {}, 300.0)
    network = taught.to_the_end(Progress())
    with (tmp_path / LOG).open(encoding="utf-8", newline="") as file:
        first, last = (float(row["total"]) for row in csv.DictReader(file))
    assert last < 0.9 * first
    assert not network.training and network.mean.device.type == "cpu"


def test_the_strongest_of_a_performance_is_found():
    takes = small_set()
    strongest = strongest_siblings(takes)
    np.testing.assert_array_equal(takes.intensities[strongest], 1.0)
    for index, other in enumerate(strongest.tolist()):
        ours, theirs = takes.labels[index], takes.labels[other]
        assert (ours.emotion, ours.actor, ours.scenario, ours.take) == (
            theirs.emotion,
            theirs.actor,
            theirs.scenario,
            theirs.take,
        )
