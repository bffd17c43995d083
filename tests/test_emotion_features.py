"""Motion to features and back, forward kinematics, the mirror."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.errors import ThespisError
from thespis.core.motion import Motion
from thespis.core.skeleton import LEFT_HAND, MIRROR, RIGHT_HAND
from thespis.models.body.skin import BodySkin
from thespis.models.emotion.emotions import EMOTIONS, checked_intensity, emotion_named
from thespis.models.emotion.features import (
    HAND_COMPONENTS,
    Placement,
    at_times,
    from_motion,
    layout,
    resampled,
    sole_points,
    to_motion,
)
from thespis.models.emotion.kinematics import BodyKinematics
from thespis.models.emotion.mirror import mirrored
from thespis.models.emotion.rest import canonical, rest_body
from thespis.models.emotion.rotation6d import from_matrices, to_matrices


def some_motion(seed: int, frames: int = 7, fps: float = 30.0) -> Motion:
    """Random poses whose hands lie in the hand space that the features keep."""
    rng = np.random.default_rng(seed)
    body = canonical().body
    poses = rng.normal(0, 0.5, (frames, 55, 3))
    for joints, components, mean in (
        (LEFT_HAND, body.hands_componentsl, body.hands_meanl),
        (RIGHT_HAND, body.hands_componentsr, body.hands_meanr),
    ):
        poses[:, joints] = (rng.normal(0, 0.3, (frames, HAND_COMPONENTS)) @ components[:HAND_COMPONENTS] + mean).reshape(
            frames, 15, 3
        )
    return Motion(
        poses=poses,
        trans=rng.normal(0, 1, (frames, 3)),
        betas=np.zeros(16),
        expression=rng.uniform(0, 1, (frames, body.expression_count)),
        fps=fps,
        contacts=rng.uniform(0, 1, (frames, 4)),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_features_give_back_the_motion(seed):
    motion = some_motion(seed)
    features = from_motion(motion)
    again = to_motion(features.values, motion.fps, features.placement)
    turn = (
        Rotation.from_rotvec(motion.poses.reshape(-1, 3)) * Rotation.from_rotvec(again.poses.reshape(-1, 3)).inv()
    ).magnitude()
    assert turn.max() < 1e-6
    np.testing.assert_allclose(again.trans, motion.trans, atol=1e-9)
    np.testing.assert_allclose(again.expression, motion.expression, atol=1e-12)
    np.testing.assert_allclose(again.contacts, motion.contacts, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(-3, 3), st.floats(-5, 5), st.floats(-5, 5))
def test_where_a_take_begins_and_faces_is_taken_out(seed, turn, x, z):
    motion = some_motion(seed)
    about_y = Rotation.from_rotvec([0, turn, 0])
    pelvis = canonical().joints[0]
    poses = motion.poses.copy()
    poses[:, 0] = (about_y * Rotation.from_rotvec(poses[:, 0])).as_rotvec()
    elsewhere = replace(motion, poses=poses, trans=about_y.apply(motion.trans + pelvis) - pelvis + (x, 0, z))
    np.testing.assert_allclose(from_motion(elsewhere).values, from_motion(motion).values, atol=1e-7)


def test_a_tall_actor_and_a_short_one_stand_equally_high():
    """The hips' height is told as of the open body's mean, and given back as of the actor's own."""
    open_body = canonical().body
    betas = np.zeros(16)
    betas[0] = 2.0
    tall = rest_body(open_body, betas)
    assert tall.hip_height > canonical().hip_height + 0.05 or tall.hip_height < canonical().hip_height - 0.05
    still = Motion(np.zeros((3, 55, 3)), np.tile((0, -tall.floor, 0), (3, 1)), betas, np.zeros((3, 0)), 30.0)
    features = from_motion(still)
    np.testing.assert_allclose(features.values[:, layout().place][:, 1], canonical().hip_height, atol=1e-6)
    np.testing.assert_allclose(to_motion(features.values, 30.0, features.placement, tall).trans, still.trans, atol=1e-6)


def test_forward_kinematics_is_that_of_the_bodys_own_skinning():
    motion = some_motion(3)
    joints, world = BodySkin(canonical().body, torch.float64).joints(
        torch.tensor(motion.poses), torch.zeros(7, 3, dtype=torch.float64), torch.zeros(16, dtype=torch.float64)
    )
    matrices = Rotation.from_rotvec(motion.poses[:, :22].reshape(-1, 3)).as_matrix().reshape(7, 22, 3, 3)
    turned, placed = BodyKinematics(canonical())(torch.tensor(matrices, dtype=torch.float32))
    np.testing.assert_allclose(placed, joints[:, :22] - joints[:, :1], atol=2e-6)
    np.testing.assert_allclose(turned, world[:, :22], atol=2e-6)


def test_who_stands_has_four_contacts_and_who_jumps_has_none():
    rest = canonical()
    height = np.concatenate([np.zeros(20), 0.4 * np.sin(np.linspace(0, np.pi, 20)), np.zeros(20)])
    trans = np.stack([np.zeros(60), height - rest.floor, np.zeros(60)], 1)
    values = from_motion(Motion(np.zeros((60, 55, 3)), trans, np.zeros(16), np.zeros((60, 0)), 30.0)).values
    contacts = values[:, layout().contacts]
    assert contacts[:15].all() and contacts[45:].all() and not contacts[23:37].any()
    assert np.abs(sole_points(values)[:15, :, 1]).max() < 0.012


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_the_mirror_of_features_is_the_features_of_the_mirror(seed):
    motion = some_motion(seed)
    poses = motion.poses[:, list(MIRROR)] * (1, -1, -1)
    pelvis = canonical().joints[0]
    names = list(canonical().body.expression_names)
    swap = [names.index(n.replace("Left", "@").replace("Right", "Left").replace("@", "Right")) for n in names]
    other = replace(
        motion,
        poses=poses,
        trans=(motion.trans + pelvis) * (-1, 1, 1) - pelvis,
        expression=motion.expression[:, swap],
        contacts=motion.contacts[:, [2, 3, 0, 1]],
    )
    np.testing.assert_allclose(mirrored(from_motion(motion).values), from_motion(other).values, atol=1e-6)
    np.testing.assert_array_equal(mirrored(mirrored(from_motion(motion).values)), from_motion(motion).values)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_any_six_numbers_are_a_rotation(seed):
    six = np.random.default_rng(seed).normal(size=(5, 6))
    matrices = to_matrices(six)
    np.testing.assert_allclose(matrices @ np.swapaxes(matrices, -1, -2), np.tile(np.eye(3), (5, 1, 1)), atol=1e-12)
    assert (np.linalg.det(matrices) > 0).all()
    np.testing.assert_allclose(to_matrices(from_matrices(matrices)), matrices, atol=1e-12)


def test_another_rate_passes_through_the_same_poses():
    time = np.arange(61) / 30
    poses = np.zeros((61, 55, 3))
    poses[:, 18, 1] = np.sin(2 * time)
    trans = np.stack([0.3 * time, 1 + 0 * time, 0 * time], 1)
    features = from_motion(Motion(poses, trans, np.zeros(16), np.zeros((61, 0)), 30.0))
    slower = resampled(features, 20.0)
    assert len(slower.values) == 41 and slower.fps == 20
    motion = to_motion(slower.values, 20.0, slower.placement)
    np.testing.assert_allclose(motion.poses[:, 18, 1], np.sin(2 * np.arange(41) / 20), atol=1e-4)
    np.testing.assert_allclose(at_times(slower.values, 20.0, np.arange(61) / 30), features.values, atol=1e-4)
    np.testing.assert_allclose(to_motion(slower.values, 20.0, Placement()).trans[-1, 0], 0.6, atol=1e-6)


def test_what_is_no_emotion_or_intensity_is_said_in_one_line():
    assert emotion_named(" Joy ") == "joy" and len(EMOTIONS) == 13 and checked_intensity(1) == 1.0
    with pytest.raises(ThespisError, match="Did you mean anger"):
        emotion_named("angre")
    with pytest.raises(ThespisError, match="joy, sadness, anger"):
        emotion_named("boredom!")
    for wrong in (-0.1, 1.01, float("nan")):
        with pytest.raises(ThespisError, match="from 0"):
            checked_intensity(wrong)
