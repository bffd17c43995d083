"""Planted feet: motions whose contacts are known, spoilt as a fit spoils them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from thespis.core.fit.anchors import shift_to_anchors
from thespis.core.fit.body import BodyFit
from thespis.core.fit.plant import plant
from thespis.core.fit.points import body_points
from thespis.core.fit.problem import BodyProblem, BodyState
from thespis.core.fit.soles import sole_of
from thespis.core.fit.terms.term import tilt_of
from thespis.core.fit.two_bones import STRAIGHTEST, turns_to_reach
from thespis.core.fit.world import World
from thespis.core.measure.feet import drifts, sinking
from thespis.core.measure.synthetic import pose_motion
from thespis.core.motion import Motion
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.load import rest_shape

from .fit_cases import FPS, SHAPE, open_body, sole_vertices, walk

LEGS = [JOINT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee", "ankle", "foot")]
CAMERA = np.diag([1.0, -1.0, -1.0])
"""The world's axes as columns in the camera's frame; what is fitted is 4 m away, the floor 1 m under the camera."""


def fitted(motion: Motion, contacts: np.ndarray) -> BodyFit:
    """The motion as the solver would hand it over, in the camera's frame."""
    turns = Rotation.from_rotvec(motion.poses[:, :22].reshape(-1, 3)).as_matrix().reshape(-1, 22, 3, 3)
    turns[:, 0] = CAMERA @ turns[:, 0]
    _, joints = pose_motion(open_body(), motion)
    pelvis = joints[:, 0] @ CAMERA.T + (0, 1.0, 4.0)
    betas = np.zeros(open_body().shapedirs.shape[2])
    betas[: len(SHAPE)] = motion.betas
    up = torch.tensor([0.0, -1.0, 0.0], dtype=torch.float64)
    zero = torch.zeros((), dtype=torch.float64)
    pose = (torch.as_tensor(turns), torch.as_tensor(pelvis), torch.as_tensor(betas))
    state = BodyState(*pose, zero + 7, zero, tilt_of(up), zero - 1)
    problem = BodyProblem(body_points(open_body(), torch.device("cpu")), [], 64)
    return BodyFit(state, torch.as_tensor(contacts, dtype=torch.float64), World(up, -1.0, True), problem, state)


def motion_of(fit: BodyFit) -> Motion:
    """The motion back in the world whose floor is y = 0."""
    turns = fit.state.rotations.numpy().copy()
    turns[:, 0] = CAMERA.T @ turns[:, 0]
    poses = np.zeros((len(turns), 55, 3))
    poses[:, :22] = Rotation.from_matrix(turns.reshape(-1, 3, 3)).as_rotvec().reshape(-1, 22, 3)
    betas = fit.state.betas.numpy()
    _, rest = rest_shape(open_body(), betas)
    pelvis = (fit.state.pelvis.numpy() - (0, 0, 4.0)) @ CAMERA - (0, fit.world.floor, 0)
    return Motion(poses, pelvis - rest[0], betas, np.zeros((len(turns), 0)), FPS)


def planted(motion: Motion, contacts: np.ndarray) -> Motion:
    fit = fitted(motion, contacts)
    return motion_of(plant(fit, body_points(open_body(), torch.device("cpu")), open_body(), FPS))


@cache
def _strides() -> tuple[Motion, np.ndarray]:
    """A walk and its contacts, from how its soles move."""
    motion = walk(60)
    soles = pose_motion(open_body(), motion)[0][:, sole_vertices()]
    speed = np.linalg.norm(np.gradient(soles, axis=0), axis=-1) * FPS
    return motion, (speed < 0.1) & (soles[..., 1] - soles[..., 1].min(0) < 0.02)


def spoilt(motion: Motion, seed: int, size: float = 1.0) -> Motion:
    """With slow wrong turns of the legs (about 3 degrees) and a pelvis that wanders by a centimetre or two."""
    rng = np.random.default_rng(seed)
    frames = len(motion.poses)

    def slow(*shape: int) -> np.ndarray:
        noise = gaussian_filter1d(rng.normal(size=(frames + 40, *shape)), 5, axis=0)[20:-20]
        return size * noise / noise.std()

    poses, trans = motion.poses.copy(), motion.trans.copy()
    poses[:, LEGS] += 0.05 * slow(8, 3)
    return replace(motion, poses=poses, trans=trans + 0.015 * slow(3) + (0, -0.02, 0))


def acceleration(joints: np.ndarray) -> float:
    """The largest of joints (T, 22, 3), m/s^2."""
    return float(np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).max() * FPS**2)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(37620364)  # before its first contact a foot was carried 0.3 m aside
@example(7392)  # a knee that was a few degrees over bent backwards
def test_feet_of_a_spoilt_walk_stand_and_nothing_pops(seed):
    motion, contacts = _strides()
    bad = spoilt(motion, seed)
    good = planted(bad, contacts)
    (before, was), (after, now) = (pose_motion(open_body(), part) for part in (bad, good))
    assert np.mean(drifts(before[:, sole_vertices()], contacts)) > 0.015, "there is something to mend"
    assert np.mean(drifts(after[:, sole_vertices()], contacts)) < 0.004
    assert np.max(drifts(after[:, sole_vertices()], contacts)) < 0.015
    assert sinking(after).max() < 0.002
    moved = (now - was)[:, :22]
    assert np.linalg.norm(moved - moved.mean((0, 1)), axis=-1).max() < 0.25
    assert acceleration(moved) < 0.5 * acceleration(was[:, :22])


def test_a_walk_that_was_right_stays_as_it_was():
    motion, contacts = _strides()
    good = planted(motion, contacts)
    moved = pose_motion(open_body(), good)[1] - pose_motion(open_body(), motion)[1]
    moved -= moved.mean((0, 1))  # its heels' backs are on the floor, and the skin under them is not
    assert np.linalg.norm(moved, axis=-1).mean() < 0.01


def test_without_a_contact_nothing_changes():
    motion, contacts = _strides()
    fit = fitted(motion, np.zeros_like(contacts))
    assert plant(fit, body_points(open_body(), torch.device("cpu")), open_body(), FPS) is fit


def test_who_jumps_flies_and_who_stands_on_a_stool_stays_there():
    frames = 45
    poses = np.zeros((frames, 55, 3))
    lowest = pose_motion(open_body(), Motion(poses, np.zeros((frames, 3)), SHAPE, np.zeros((frames, 0)), FPS))[0][0, :, 1].min()
    height = np.zeros(frames)
    height[15:30] = 0.5 * np.sin(np.pi * (np.arange(15) + 0.5) / 15)
    height[22:] = np.maximum(height[22:], 0.3)
    contacts = np.ones((frames, 4), bool)
    contacts[14:31] = False
    motion = Motion(poses, (height - lowest)[:, None] * (0, 1.0, 0), SHAPE, np.zeros((frames, 0)), FPS)
    after = pose_motion(open_body(), planted(motion, contacts))[0]
    assert np.abs(after[..., 1].min(1) - height).max() < 0.01


def test_a_foot_that_sinks_in_the_air_is_lifted():
    motion, contacts = _strides()
    poses = motion.poses.copy()
    swinging = ~contacts[:, :2].any(1)
    poses[:, JOINT_INDEX["left_ankle"], 0] += 0.5 * gaussian_filter1d(swinging.astype(float), 2)
    bad = replace(motion, poses=poses)
    assert sinking(pose_motion(open_body(), bad)[0]).max() > 0.02
    assert sinking(pose_motion(open_body(), planted(bad, contacts))[0]).max() < 0.002


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_sole_is_the_lowest_skin_however_the_foot_lies(seed):
    body, rng = open_body(), np.random.default_rng(seed)
    betas = rng.normal(size=4)
    poses = np.zeros((1, 55, 3))
    ankle, toes = rng.normal(size=3) * 0.4, np.array([-rng.uniform(0, 1), 0, 0])
    poses[0, JOINT_INDEX["left_ankle"]], poses[0, JOINT_INDEX["left_foot"]] = ankle, toes
    vertices, joints = pose_motion(body, Motion(poses, np.zeros((1, 3)), betas, np.zeros((1, 0)), FPS))
    carried = body.weights[:, [JOINT_INDEX["left_ankle"], JOINT_INDEX["left_foot"]]].sum(1) > 0.5
    turn = Rotation.from_rotvec(ankle)
    hind, fore = turn.as_matrix()[None], (turn * Rotation.from_rotvec(toes)).as_matrix()[None]
    places = sole_of(body, betas, "left").places(hind, fore) + joints[0, JOINT_INDEX["left_ankle"]]
    assert len(places[0]) < 250
    assert places[..., 1].min() == pytest.approx(vertices[0, carried, 1].min(), abs=5e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1.3))
def test_a_limb_reaches_as_far_as_it_can(seed, far):
    rng = np.random.default_rng(seed)
    root, middle, end = rng.normal(size=(3, 5, 3))
    length = np.linalg.norm(middle - root, axis=1) + np.linalg.norm(end - middle, axis=1)
    least = np.abs(np.linalg.norm(middle - root, axis=1) - np.linalg.norm(end - middle, axis=1))
    away = rng.normal(size=(5, 3))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    distance = np.maximum(far * length, least + 0.01)
    target = root + away * distance[:, None]
    hinge = rng.normal(size=(5, 3))
    swing, flex = turns_to_reach(root, middle, end, target, hinge / np.linalg.norm(hinge, axis=1, keepdims=True))
    reached = root + swing.apply(middle - root + flex.apply(end - middle))
    wanted = root + away * np.minimum(distance, STRAIGHTEST * length)[:, None]
    assert np.allclose(reached, wanted, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 7.0), st.floats(0.8, 0.995))
def test_a_knee_that_is_a_little_over_bends_forward_again(degrees, near):
    bend = np.radians(degrees)
    hip, knee = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, 0.5, 0.0]])
    over = 0.5 * np.array([[0.0, -np.cos(bend), np.sin(bend)]])
    ankle, hinge = knee + over, np.array([[-1.0, 0.0, 0.0]])  # the front is +z, and the shin is before the knee
    target = hip + near * (ankle - hip)
    swing, flex = turns_to_reach(hip, knee, ankle, target, hinge)
    thigh = swing.apply(knee - hip)
    assert np.allclose(hip + thigh + swing.apply(flex.apply(over)), target, atol=1e-6)
    assert thigh[0, 2] > 0, "the knee is in front of the line from hip to ankle"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_points_come_to_rest_at_one_place_by_gentle_shifts(seed):
    rng = np.random.default_rng(seed)
    time = np.arange(90) / FPS
    step = np.clip((time - 1.3) / 0.3, 0, 1)
    foot = np.stack([0.6 * step**2 * (3 - 2 * step), 0 * time], 1)
    noise = gaussian_filter1d(rng.normal(size=(90, 2)), 6, axis=0)
    seen = foot + 0.02 * noise / noise.std()
    points = np.stack([seen, seen + (0.0, 0.2)], 1)
    down = np.repeat(((time < 1.25) | (time > 1.65))[:, None], 2, 1)
    down[50:54, 0] = True
    shift = shift_to_anchors(points, down, FPS)
    assert max(drifts(np.insert(points + shift[:, None], 1, 0, axis=2), down)) < 1e-3
    assert np.linalg.norm(shift, axis=1).max() < 0.15
    assert (np.linalg.norm(np.diff(shift, 2, axis=0), axis=1) * FPS**2).max() < 20
    assert not shift_to_anchors(points, np.zeros_like(down), FPS).any()
