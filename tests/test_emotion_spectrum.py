"""The spectral distance of two movements: what it does not see (axes, place, the exact moment) and what it does."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.models.emotion.features import FRAME_RATE
from thespis.models.emotion.spectrum import spectral_distance

METRE = 0.03


def swaying(hertz: float, metres: float, frames: int = 96, phase: float = 0.0) -> torch.Tensor:
    """(1, frames, 1, 3) a point that goes to and fro."""
    seconds = torch.arange(frames) / FRAME_RATE
    way = torch.tensor([0.6, 0.0, 0.8])
    return (metres * torch.sin(2 * math.pi * hertz * seconds + phase))[None, :, None, None] * way


def distance(made: torch.Tensor, true: torch.Tensor, frames: int | None = None) -> float:
    there = torch.arange(made.shape[1])[None] < (frames or made.shape[1])
    return float(spectral_distance(made, true, there, METRE))


@settings(deadline=None)
@given(st.integers(0, 2**31), st.floats(-5, 5))
def test_axes_and_place_do_not_matter(seed, metres):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn((2, 40, 3, 3), generator=generator).cumsum(1)
    turn = torch.as_tensor(Rotation.random(random_state=seed % 2**31).as_matrix(), dtype=torch.float32)
    assert distance(points @ turn + metres, points) < 2e-3


def test_the_moment_hardly_matters_where_a_squared_error_sees_nothing_else():
    true, late = swaying(2.0, 0.05), swaying(2.0, 0.05, phase=math.pi)
    still = torch.zeros_like(true)
    assert (late - true).square().mean() > 3 * (still - true).square().mean(), "the error of standing still is the smaller one"
    assert distance(late, true) < 0.1 * distance(still, true)


@pytest.mark.parametrize("hertz", [0.8, 2.0, 5.0, 9.0])
def test_movement_of_half_the_size_is_as_far_away_as_its_size_says(hertz):
    true = swaying(hertz, 0.05) + 0.05 * torch.randn((1, 96, 1, 3), generator=torch.Generator().manual_seed(0))
    assert distance(0.5 * true, true) == pytest.approx(math.log(2), abs=0.01)


def test_tremble_where_there_is_none_is_seen():
    true = swaying(0.8, 0.1)
    assert distance(true + swaying(8.0, 0.005), true) > 0.5


def test_what_lies_beyond_the_end_does_not_matter():
    true, made = swaying(1.5, 0.05), swaying(1.5, 0.04)
    known = distance(made, true, frames=60)
    made[:, 60:] = 7.0
    assert distance(made, true, frames=60) == known


def test_a_take_shorter_than_a_window_has_no_spectrum():
    made = swaying(1.5, 0.05, frames=6).requires_grad_()
    far = spectral_distance(made, 2 * made.detach(), torch.ones(1, 6, dtype=torch.bool), METRE)
    far.backward()
    assert far.item() == 0 and made.grad is not None and float(made.grad.abs().sum()) == 0
