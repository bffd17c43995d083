"""Recognisers: what they see, what they learn, what they must not know."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from thespis.core.errors import ThespisError
from thespis.models.emotion.dataset.takes import Label, TakeSet, takes_of, together
from thespis.models.emotion.features import layout
from thespis.models.emotion.mirror import mirrored
from thespis.models.emotion.recogniser.folds import Recognised, by_gestures, by_judge, by_length, recognised
from thespis.models.emotion.recogniser.judge import probabilities, window_features
from thespis.models.emotion.recogniser.kinematic import MEASURES, measures, train_kinematic
from thespis.models.emotion.recogniser.lstm import train_lstm
from thespis.models.emotion.recogniser.weights import load_judge, save_judge
from thespis.models.emotion.recogniser.windows import LENGTH, joints_of, mirrored_joints, windows_of
from thespis.models.emotion.rest import canonical
from thespis.tests.emotion_sets import waving

HELD = {"joy": 16, "anger": 3}
"""The joint that each emotion of `telling` moves most."""


def telling(actors: int = 5, scenarios: int = 5) -> TakeSet:
    """Joy raises the left arm, anger bends the trunk; neutral does neither; all wave about besides."""
    sets = []
    for number, emotion in enumerate(("joy", "anger", "neutral")):
        for actor in range(actors):
            for scenario in range(scenarios):
                rng = np.random.default_rng((number, actor, scenario))
                motion = waving(rng, int(rng.integers(80, 130)), 0.7)
                poses = motion.poses.copy()
                if emotion in HELD:
                    poses[:, HELD[emotion], 0 if emotion == "anger" else 2] += 0.7
                label = Label(emotion, 0.5, f"a{actor}", f"{emotion}/{scenario}")
                sets.append(takes_of(replace(motion, poses=poses), label))
    return together(sets)


@pytest.fixture(scope="module")
def takes() -> TakeSet:
    return telling()


def test_windows_have_one_length_and_forget_place_and_heading():
    motion = waving(np.random.default_rng(1), 150)
    about = Rotation.from_rotvec([0, 1.1, 0])
    poses = motion.poses.copy()
    poses[:, 0] = (about * Rotation.from_rotvec(poses[:, 0])).as_rotvec()
    pelvis = canonical().joints[0]
    elsewhere = replace(motion, poses=poses, trans=about.apply(motion.trans + pelvis) - pelvis + (2, 0, 1))
    label = Label("joy", 1.0, "a", "s")
    here, there = windows_of(takes_of(motion, label)), windows_of(takes_of(elsewhere, label))
    assert here.joints.shape == (3, LENGTH, 22, 3) and here.take.tolist() == [0, 0, 0]
    np.testing.assert_allclose(here.joints, there.joints, atol=1e-5)
    across = here.joints[:, 0, 1] - here.joints[:, 0, 2]
    np.testing.assert_allclose(across[:, 2], 0, atol=1e-6)
    short = windows_of(takes_of(waving(np.random.default_rng(1), 40), label))
    assert len(short) == 1 and np.ptp(short.joints[0, 30:], axis=0).max() == 0


def test_faces_and_fingers_are_not_seen(takes):
    values = takes.values[0].copy()
    values[:, layout().face] = 5.0
    values[:, layout().hands] = 5.0
    np.testing.assert_array_equal(joints_of(values), joints_of(takes.values[0]))


def test_measures_are_numbers_even_of_the_still():
    joints = windows_of(takes_of(waving(np.random.default_rng(3), 100), Label("joy", 1.0, "a", "s"))).joints
    told = measures(np.concatenate([joints, np.repeat(joints[:, :1], LENGTH, axis=1)]))
    assert told.shape[1] == MEASURES and np.isfinite(told).all()


def test_rounding_is_no_movement_to_the_measures():
    joints = windows_of(takes_of(waving(np.random.default_rng(3), 100), Label("joy", 1.0, "a", "s"))).joints
    still = np.repeat(joints[:, :1], LENGTH, axis=1)
    rounded = still + np.random.default_rng(4).uniform(-2e-7, 2e-7, still.shape).astype(np.float32)
    np.testing.assert_allclose(measures(rounded), measures(still), atol=2e-2)


def test_the_mirror_of_joints_is_the_joints_of_the_mirror(takes):
    # To a millimetre or so: the body itself is not quite its own mirror image.
    np.testing.assert_allclose(joints_of(mirrored(takes.values[0])), mirrored_joints(joints_of(takes.values[0])), atol=2e-3)


@pytest.mark.parametrize("kind", ["lstm", "kinematic"])
def test_judges_recognise_actors_and_scenarios_that_they_never_saw(takes, kind):
    found = recognised(takes, by_judge(kind), folds=[0, 1])
    low, high = found.interval()
    assert found.accuracy > 0.85 and low <= found.accuracy <= high
    assert found.confusion().sum() == len(found.true) == 6


def test_who_knows_the_length_alone_guesses_and_who_knows_the_gestures_alone_too(takes):
    assert recognised(takes, by_length).accuracy < 0.65
    same = {label.scenario: frozenset({"wave"}) for label in takes.labels}
    assert recognised(takes, by_gestures(same)).accuracy < 0.4
    own = {scenario: frozenset({scenario.split("/")[0]}) for scenario in same}
    assert recognised(takes, by_gestures(own)).accuracy == 1.0


def test_accuracy_counts_every_emotion_the_same():
    true = np.array([0, 0, 0, 0, 1])
    told = np.array([0, 0, 0, 0, 0])
    assert Recognised(true, told, ("a", "a", "b", "b", "c")).accuracy == 0.5


def test_judges_come_back_from_their_files(takes, tmp_path):
    few = takes.subset(range(0, len(takes), 5))
    for judge in (train_lstm(few, epochs=1), train_kinematic(few, epochs=2)):
        save_judge(judge, tmp_path / "judge.safetensors")
        again = load_judge(tmp_path / "judge.safetensors")
        told = probabilities(judge, few)
        np.testing.assert_allclose(told, probabilities(again, few), atol=1e-6)
        np.testing.assert_allclose(told.sum(1), 1)
        features, of = window_features(judge, few)
        assert len(features) == len(of) >= len(few)
    (tmp_path / "judge.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ThespisError, match="recogniser cannot be read"):
        load_judge(tmp_path / "judge.safetensors")


def test_the_same_seed_trains_the_same_judge(takes):
    few = takes.subset(range(0, len(takes), 5))
    ours, theirs = (probabilities(train_kinematic(few, 3, epochs=2), few) for _ in range(2))
    np.testing.assert_array_equal(ours, theirs)
