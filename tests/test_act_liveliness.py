"""Liveliness: what is laid over a take is quiet, the seed's own, and the same at any frame rate."""

from dataclasses import replace

import numpy as np
import pytest
from thespis.core.act.act import act
from thespis.core.act.cues import steady
from thespis.core.act.decode import decoded
from thespis.core.act.liveliness import alive
from thespis.core.act.request import ActRequest
from thespis.core.errors import ThespisError
from thespis.models.emotion.detail.laid import left_out
from thespis.models.emotion.features import from_motion
from thespis.models.emotion.recogniser.windows import joints_of
from thespis.models.emotion.weights import load_model
from thespis.tests.act_takes import JOY
from thespis.tests.emotion_sets import waving

CALM = steady("neutral", 0.2)


def standing(seconds: float = 8.0) -> np.ndarray:
    """Features of somebody who stands without moving at all, at 20 a second."""
    return np.repeat(from_motion(waving(np.random.default_rng(0), 30)).values[:1], round(seconds * 20) + 1, axis=0)


def test_who_only_stands_lives_quietly():
    still = standing()
    joints = joints_of(alive(still, 20.0, CALM, 1, 1.0))
    away = np.linalg.norm(joints - joints_of(still), axis=-1)
    assert 0.001 < np.sqrt((away[:, 15] ** 2).mean()) < 0.03, "the head sways by millimetres to a few centimetres"
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * 20
    assert 0.005 < np.median(speed[:, 20]) < 0.1 and speed.max() < 0.3
    np.testing.assert_array_equal(alive(still, 20.0, CALM, 1, 0.0), still)


def test_it_is_the_seeds_own_and_the_same_at_any_rate():
    still = standing()
    first, again, other = (alive(still, 20.0, CALM, seed, 1.0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    twice = alive(np.repeat(still, 2, axis=0)[:-1], 40.0, CALM, 1, 1.0)
    np.testing.assert_allclose(twice[::2], first, atol=2e-3)


def test_fear_trembles_and_neutral_does_not():
    def quick(emotion: str) -> float:
        values = alive(standing(), 20.0, steady(emotion, 1.0), 1, 1.0)
        return float(np.abs(np.diff(joints_of(values)[40:-40, 20], n=3, axis=0)).mean())

    assert quick("fear") > 3 * quick("neutral")


def test_a_take_is_livelier_with_it_and_too_much_is_refused(model):
    calm, lively = (act(model, ActRequest(JOY, 3.0, 4, liveliness=amount)) for amount in (0.0, 1.0))
    assert np.abs(np.diff(lively.poses, n=2, axis=0)).mean() > np.abs(np.diff(calm.poses, n=2, axis=0)).mean()
    for amount in (-0.1, 3.1, float("nan")):
        with pytest.raises(ThespisError, match="liveliness"):
            ActRequest(JOY, liveliness=amount)


def detail_of(model, request: ActRequest) -> np.ndarray:
    """(T, 66) the turns that `decoded` lays over what it decodes; radians."""
    lively, calm = (decoded(model, replace(request, liveliness=amount), 3.0, None) for amount in (1.0, 0.0))
    return left_out(lively, calm)[:, :66]


def test_detail_is_the_seeds_own_and_that_of_a_take_at_every_intensity():
    model = load_model()
    request = ActRequest(JOY, 3.0, 4)
    first, again = detail_of(model, request), detail_of(model, request)
    np.testing.assert_array_equal(first, again)
    size = np.abs(first).mean()
    assert 1e-4 < size < 0.1
    weaker = detail_of(model, replace(request, cues=steady("joy", 0.95)))
    assert np.abs(weaker - first).mean() < 0.2 * size
    other = detail_of(model, replace(request, seed=5))
    assert np.abs(other - first).mean() > 0.3 * size
    typical = [detail_of(model, replace(request, mode="mean", seed=seed)) for seed in (4, 5)]
    np.testing.assert_array_equal(*typical)


def test_twice_as_lively_is_twice_the_detail(model):
    once, twice = (decoded(model, ActRequest(JOY, 3.0, 4, liveliness=amount), 3.0, None) for amount in (1.0, 2.0))
    calm = decoded(model, ActRequest(JOY, 3.0, 4, liveliness=0.0), 3.0, None)
    np.testing.assert_allclose(left_out(twice, calm), 2 * left_out(once, calm), atol=1e-6)
