"""Fingers from the directions of their bones, and what the hand network's features say of a hand."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file
from thespis.core.errors import ThespisError
from thespis.core.fit.hands import HandModel, bend, bone_directions, fit_hand, hand_model
from thespis.core.measure.synthetic import synthetic_track
from thespis.models.hand import train
from thespis.models.hand.samples import HandSample, finger_pose, hand_samples
from thespis.models.hand.solid import BONES, FEATURES, MOST_SPREAD, HandSolid, bones_of, load_hand_solid, palm_of

from .fit_cases import FPS, camera, gesture, open_body

SIDES = ("left", "right")
BETAS = np.zeros(open_body().beta_count)


@cache
def resting(side: str) -> HandModel:
    return hand_model(open_body(), BETAS, side)


def angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Degrees between vectors (..., 3)."""
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    return np.degrees(np.arccos(np.clip((first * second).sum(-1) / lengths, -1, 1)))


@given(st.integers(0, 10_000), st.sampled_from(SIDES))
def test_fingers_follow_the_directions_that_their_bones_have(seed, side):
    model = resting(side)
    flexion = np.random.default_rng(seed).uniform(0, 1.1, (4, 3))
    pose = np.zeros((5, 3, 3))
    pose[:4] = flexion[..., None] * model.axes[:4, ..., 0]
    directions = bone_directions(model, pose.reshape(1, BONES, 3))
    found = bone_directions(model, bend(model, directions))
    assert angles(found, directions)[:, :12].max() < 1.5  # of a twist that only the bone itself would show


@given(st.integers(0, 10_000), st.sampled_from(SIDES))
def test_whatever_directions_are_told_fingers_stay_within_their_limits(seed, side):
    model = resting(side)
    anyhow = np.random.default_rng(seed).normal(size=(3, BONES, 3))
    pose = bend(model, anyhow).reshape(3, 5, 3, 3)
    anatomical = np.einsum("fjba,tfjb->tfja", model.axes, pose)
    assert np.isfinite(pose).all() and anatomical[:, :, 0, 0].max() <= 1.7 + 1e-9 and anatomical[..., 0].min() >= -0.9 - 1e-9
    assert np.abs(anatomical[:, :4, 1:, 1:]).max() < 1e-9  # hinges


@pytest.fixture(scope="module")
def clip():
    motion = gesture(40)
    for fingers, side in ((slice(25, 40), "left"), (slice(40, 55), "right")):
        model = resting(side)
        motion.poses[:, fingers] = finger_pose(model, np.random.default_rng(4))
    return motion, synthetic_track(open_body(), motion, camera())


@pytest.mark.parametrize("hand", [0, 1])
def test_a_hand_that_is_seen_well_is_found(clip, hand):
    motion, track = clip
    model = resting(SIDES[hand])
    true = bone_directions(model, motion.poses[:, 25 + 15 * hand : 40 + 15 * hand])
    found = bone_directions(model, fit_hand(track, hand, model, FPS))
    relaxed = bone_directions(model, model.relaxed.reshape(1, BONES, 3))
    assert angles(found, true).mean() < 4 and angles(relaxed, true).mean() > 15


@pytest.mark.parametrize("hand", [0, 1])
@given(seed=st.integers(0, 1000))
def test_a_hand_that_cannot_be_read_is_no_worse_than_relaxed(clip, hand, seed):
    """The network says anything, and that it knows nothing: directions that spread as widely as they can."""
    _, track = clip
    rng = np.random.default_rng(seed)
    anything = replace(
        track,
        hands_world=rng.normal(size=track.hands_world.shape),
        hands_spread=np.full(track.hands_spread.shape, MOST_SPREAD),
    )
    model = resting(SIDES[hand])
    relaxed = bone_directions(model, model.relaxed.reshape(1, BONES, 3))
    assert angles(bone_directions(model, fit_hand(anything, hand, model, FPS)), relaxed).max() < 6


def test_frames_that_are_not_seen_keep_the_hand_of_the_frames_around_them(clip):
    _, track = clip
    gone = (np.arange(len(track)) >= 15) & (np.arange(len(track)) < 22)
    hidden = replace(track, hands_score=np.where(gone[:, None], 0, track.hands_score))
    model = resting("right")
    found, whole = (bone_directions(model, fit_hand(one, 1, model, FPS)) for one in (hidden, track))
    assert angles(found, whole)[gone].mean() < 5


# ---- what features mean


def test_rendered_hands_are_read_better_than_the_network_reads_them():
    first, again = ([*hand_samples(2, 12, seed=77)] for _ in range(2))
    assert len(first) >= 10
    assert all(
        np.array_equal(a.features, b.features) and np.array_equal(a.solid, b.solid) for a, b in zip(first, again, strict=True)
    )
    true, own = (np.stack([getattr(sample, name) for sample in first]).astype(float) for name in ("solid", "read"))
    found, spread = load_hand_solid().read(np.stack([sample.features for sample in first]))
    assert angles(bones_of(found), bones_of(true)).mean() < 0.75 * angles(bones_of(own), bones_of(true)).mean()
    palms = [np.stack(palm_of(points), 1) for points in (found, own, true)]
    assert angles(palms[0], palms[2]).mean() < angles(palms[1], palms[2]).mean()
    assert spread.min() > 0 and spread.max() <= MOST_SPREAD
    assert np.linalg.norm(np.ptp(found, axis=1), axis=-1).max() < 0.3  # metres


def test_training_finds_what_features_mean(tmp_path, monkeypatch):
    def samples(people, each, seed):
        rng = np.random.default_rng(seed)
        model = resting("right")
        mix = np.random.default_rng(9).normal(size=(45, FEATURES)) / 6
        for k in range(people * each):
            solid = np.zeros((21, 3))
            solid[[5, 9, 13, 17, 1]] = model.knuckles[[0, 1, 3, 2, 4]]
            bones = bone_directions(model, finger_pose(model, rng)[None])[0]
            for finger, chain in enumerate(((5, 6, 7, 8), (9, 10, 11, 12), (17, 18, 19, 20), (13, 14, 15, 16), (1, 2, 3, 4))):
                for joint in range(3):
                    solid[chain[joint + 1]] = solid[chain[joint]] + 0.03 * bones[3 * finger + joint]
            yield HandSample(np.exp(np.clip(bones.ravel() @ mix, -3, 3)), solid, solid, 100.0, k % people)

    monkeypatch.setattr(train, "hand_samples", samples)
    path = tmp_path / "weights" / "hand.safetensors"
    figures = train.train(path, 10, 80)
    assert figures["bones"] < 0.6 * figures["bones_mean"] and figures["palm"] < 5
    others = [*samples(1, 40, 5)]
    found, _ = load_hand_solid(path).read(np.stack([one.features for one in others]))
    assert angles(bones_of(found), bones_of(np.stack([one.solid for one in others]))).mean() < 0.6 * figures["bones_mean"]


def test_a_broken_file_is_said(tmp_path):
    path = tmp_path / "hand.safetensors"
    path.write_bytes(b"no tensors")
    with pytest.raises(ThespisError, match="cannot be read"):
        load_hand_solid(path)
    other = tmp_path / "other.safetensors"
    save_file({name: np.zeros((2, 2), np.float32) for name in HandSolid.__dataclass_fields__}, other)
    with pytest.raises(ThespisError, match="other shapes"):
        load_hand_solid(other)
