"""Liveliness: what is laid over a take is quiet, the seed's own, and the same at any frame rate."""

import numpy as np
import pytest
from thespis.core.act.act import act
from thespis.core.act.cues import steady
from thespis.core.act.liveliness import alive
from thespis.core.act.request import ActRequest
from thespis.core.errors import ThespisError
from thespis.models.emotion.features import from_motion
from thespis.models.emotion.recogniser.windows import joints_of
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


def test_one_take_is_more_restless_than_another_but_none_much_more():
    still = standing()
    before = joints_of(still)
    away = [np.linalg.norm(joints_of(alive(still, 20.0, CALM, seed, 1.0)) - before, axis=-1)[:, 20:].mean() for seed in range(40)]
    calmest, middle, least_calm = np.quantile(away, [0.1, 0.5, 0.9])
    assert least_calm > 1.5 * calmest
    assert max(away) < 4 * middle


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
