"""Confidence: it falls where limbs are hidden or cut off and rises again; its weights are found again where they are known."""

from dataclasses import replace

import numpy as np
import pytest
from thespis.core.fit.confidence import WEIGHTS, body_confidence
from thespis.core.fit.doubt import FEATURES, doubts
from thespis.core.fit.fit import fit_track
from thespis.core.measure import calibrate
from thespis.core.skeleton import JOINT_INDEX

from .fit_cases import FPS, camera, gesture, open_body, seen

LEGS = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("knee", "ankle", "foot")]
ARMS = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("elbow", "wrist")]
LEG_LANDMARKS = range(25, 33)
FRAMES, HIDDEN = 45, slice(15, 30)


@pytest.fixture(scope="module")
def track():
    return seen(gesture(FRAMES), camera())


def confidence_of(track):
    return fit_track(track, open_body(), camera(), FPS).motion.confidence


def test_what_is_seen_well_is_kept(track):
    confidence = confidence_of(track)
    assert confidence[:, LEGS].min() > 0.5 and confidence[:, ARMS].min() > 0.5
    assert confidence[:, :22].mean() > 0.7
    assert confidence.min() >= 0 and confidence.max() <= 1


def test_it_falls_where_the_legs_are_hidden_and_rises_again(track):
    visibility = track.body_visibility.copy()
    visibility[HIDDEN, LEG_LANDMARKS] = 0.05
    confidence = confidence_of(replace(track, body_visibility=visibility))
    assert confidence[HIDDEN][:, LEGS[1::3]].max() < 0.35
    assert confidence[HIDDEN][:, ARMS].min() > 0.6
    assert confidence[: HIDDEN.start, LEGS].min() > 0.55 and confidence[HIDDEN.stop :, LEGS].min() > 0.55


def test_beyond_the_picture_s_edge_nothing_is_known(track):
    """The network tells places there, too, and says that it sees them; but nobody can."""
    body = track.body.copy()
    body[HIDDEN, LEG_LANDMARKS, 1] += 2000
    confidence = confidence_of(replace(track, body=body))
    assert confidence[HIDDEN][:, LEGS[1::3]].max() < 0.35


def test_a_joint_far_from_its_landmark_is_doubted(track):
    view, motion = camera(), gesture(FRAMES)
    joints = fit_track(track, open_body(), view, FPS).motion.joints_camera
    wrist = JOINT_INDEX["left_wrist"]
    moved = joints.copy()
    moved[HIDDEN, wrist, 1] -= 0.4
    before, after = (body_confidence(doubts(track, view, part)) for part in (joints, moved))
    assert (after[HIDDEN, wrist] < before[HIDDEN, wrist] - 0.1).all()
    assert len(motion) == len(before)


def test_limbs_further_from_the_pelvis_are_believed_less(track):
    confidence = confidence_of(track).mean(0)
    for far, near in (("left_wrist", "left_shoulder"), ("right_ankle", "right_hip"), ("head", "spine1")):
        assert confidence[JOINT_INDEX[far]] < confidence[JOINT_INDEX[near]]


def test_the_weights_are_found_again():
    random = np.random.default_rng(0)
    true = np.array([WEIGHTS[name] for name in (*FEATURES, "bias")])
    clips = []
    for number in range(6):
        features = random.uniform(-1, 2, (20000, len(FEATURES)))
        chance = 1 - calibrate.judge(features, true)
        clips.append(calibrate.Clip(str(number), features, random.uniform(size=len(chance)) < chance))
    np.testing.assert_allclose(calibrate.weights_of(clips), true, atol=0.1)


def test_a_folder_without_clips_is_said(tmp_path, capsys):
    assert calibrate.main([str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_legs_below_the_picture_stand_straight_down(track):
    """What the network makes of them, folded under the picture's edge, is not believed."""
    view = camera()
    lower = replace(view, size=(1920, 560))  # the picture ends above the knees
    body, world, visibility = track.body.copy(), track.body_world.copy(), track.body_visibility.copy()
    knees = body[:, [25, 26], 1].mean()
    assert knees > 560 + 30
    body[:, 25:33, 1] = 590 + 10 * np.random.default_rng(0).normal(size=body[:, 25:33, 1].shape)
    world[:, 27:33] = world[:, 25:26] + [0, -0.3, 0.3]  # shins turned up
    visibility[:, 25:33] = 0.1
    folded = replace(track, body=body, body_world=world, body_visibility=visibility)
    fitted = fit_track(folded, open_body(), lower, FPS)
    knee = np.linalg.norm(fitted.motion.poses[:, [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]], axis=-1)
    assert np.degrees(knee).max() < 60
    assert any("both legs outside of the picture" in line for line in fitted.warnings)
    depth = fitted.motion.joints_camera[:, 0, 2]
    truth = fit_track(track, open_body(), view, FPS).motion.joints_camera[:, 0, 2]
    np.testing.assert_allclose(depth, truth, atol=0.25)
