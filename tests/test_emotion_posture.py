"""Posture that the decoder leaves out: told by a few cosines, lent by who plays the like, laid over a take that may be a loop."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.act.cues import steady
from thespis.core.act.decode import decoded
from thespis.core.act.request import ActRequest
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.emotion.detail.laid import left_out
from thespis.models.emotion.detail.network import DETAIL
from thespis.models.emotion.detail.posture import POSTURE, WAVES, held, posture_of
from thespis.models.emotion.emotions import EMOTION_INDEX
from thespis.models.emotion.latent_space import KEPT
from thespis.models.emotion.weights import EmotionModel, load_model


def leaning(model: EmotionModel, waves: np.ndarray) -> EmotionModel:
    """`model` whose every performer leans to the side at the chest by `waves` (radians), and by nothing else."""
    postures = torch.zeros_like(model.space.postures)
    postures[..., POSTURE.index(3 * JOINT_INDEX["spine3"] + 2)] = torch.as_tensor(waves, dtype=torch.float32)
    return replace(model, space=replace(model.space, postures=postures))


def lean(request: ActRequest, waves: list[float], start: np.ndarray | None = None) -> np.ndarray:
    """(T, DETAIL) what performers who lean so make of the request, from what those who stand straight do."""
    model = load_model()
    straight, aside = (decoded(leaning(model, np.array(w)), request, 6.0, start) for w in ([0.0] * WAVES, waves))
    return left_out(aside, straight)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 200), st.integers(2, 200))
def test_a_posture_is_found_again_in_takes_of_any_length(seed, frames, others):
    posture = np.random.default_rng(seed).standard_normal((WAVES, len(POSTURE)))
    laid = held(posture, frames)
    assert laid.shape == (frames, DETAIL) and not np.delete(laid, POSTURE, axis=1).any()
    np.testing.assert_allclose(held(posture_of(laid), frames), laid, atol=1e-9)
    if frames >= WAVES and others >= WAVES:
        np.testing.assert_allclose(posture_of(held(posture_of(laid), others)), posture, atol=1e-6)


def test_what_is_quick_is_no_posture():
    quick = np.sin(np.arange(120) * 2.0)[:, None] * np.ones(DETAIL)
    assert np.abs(posture_of(quick)).max() < 0.02


def test_who_plays_the_like_lends_their_posture():
    space = load_model().space
    told = torch.arange(KEPT, dtype=torch.float32)[None, :, None, None].expand_as(space.postures)
    space, joy = replace(space, postures=told, takes=torch.arange(KEPT)[None, :, None].expand_as(space.takes)), "joy"
    space = replace(space, mean=torch.zeros_like(space.mean), spread=torch.zeros_like(space.spread))
    away = []
    for seed in range(200):
        near = float(space.drawn(joy, np.random.default_rng(seed)).max()) / (1 - 0.2**2) ** 0.5
        posture = space.posture(joy, np.random.default_rng(seed), np.random.default_rng((seed, 5)))
        assert torch.equal(posture, space.postures[EMOTION_INDEX[joy], int(posture.max())])
        away.append((float(posture.max()) - near + KEPT / 2) % KEPT - KEPT / 2)
    assert np.abs(away).min() > 0.5 and np.abs(away).max() < KEPT / 20 + 0.5
    assert min(away) < 0 < max(away)


def test_a_take_leans_as_its_performer_throughout_and_the_typical_one_does_not():
    request, chest = ActRequest(steady("joy", 0.8), 6.0, seed=3), 3 * JOINT_INDEX["spine3"] + 2
    turned = lean(request, [0.1, 0.0, 0.0])
    np.testing.assert_allclose(turned[:, chest], 0.1, atol=2e-3)  # a turn of which a small quick one is part, too
    assert np.abs(np.delete(turned, chest, axis=1)).max() < 5e-3
    assert np.abs(lean(replace(request, mode="mean"), [0.1, 0.0, 0.0])).max() < 1e-6
    assert np.abs(lean(replace(request, liveliness=0.0), [0.1, 0.0, 0.0])).max() < 1e-6


def test_a_join_and_the_seam_of_a_loop_are_without_a_lean():
    request, chest = ActRequest(steady("joy", 0.8), 6.0, seed=3), 3 * JOINT_INDEX["spine3"] + 2
    looped = lean(replace(request, loops=True), [0.1, 0.0, 0.0])[:, chest]
    assert max(abs(looped[[0, -1]])) < 1e-6 and abs(looped[len(looped) // 2] - 0.1) < 2e-3
    start = decoded(load_model(), request, 6.0, None)[-1]
    joined = lean(request, [0.1, 0.0, 0.0], start)[:, chest]
    assert abs(joined[0]) < 1e-6 and np.diff(joined).max() < 0.02 and abs(joined[-1] - 0.1) < 2e-3
