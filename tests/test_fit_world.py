"""Gravity, floor and feet: motions whose world is known, seen with the networks' own faults."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.camera import Camera
from thespis.core.fit.contacts import InPicture, detect_contacts
from thespis.core.fit.fit import fit_track
from thespis.core.fit.observations import unbowed
from thespis.core.fit.points import seen_rows
from thespis.core.fit.terms.term import tilt_of, up_of
from thespis.core.measure.feet import contact_hits, drifts, sinking, slides
from thespis.core.measure.synthetic import pose_motion
from thespis.core.motion import Motion
from thespis.core.skeleton import JOINT_INDEX

from .fit_cases import FPS, SHAPE, gesture, open_body, seen, sole_vertices, walk


def pitched(degrees: float, roll: float = 0.0) -> Camera:
    """A camera 4.5 m away that looks down at the body's middle by so many degrees."""
    turn = Rotation.from_euler("z", roll, degrees=True) * Rotation.from_euler("x", degrees, degrees=True)
    rotation = turn.as_matrix() @ np.diag([1.0, -1, -1])
    place = np.array([0, 0.95, 0]) - 4.5 * rotation[2]
    return Camera(
        (1920, 1080), (1500.0, 1500.0), (959.5, 539.5), rotation=rotation, translation=-rotation @ place, focal_known=True
    )


def grounded(motion: Motion) -> Motion:
    """The motion with its lowest sole on the floor throughout."""
    soles = pose_motion(open_body(), motion)[0][:, sole_vertices()]
    trans = motion.trans.copy()
    trans[:, 1] -= soles[..., 1].min()
    return replace(motion, trans=trans)


def leant(track, degrees):
    """The track with the body network's 3D tilted about the camera's x axis, as the networks do throughout a clip."""
    turn = Rotation.from_euler("x", degrees, degrees=True).as_matrix()
    return replace(track, body_world=track.body_world @ turn.T)


def rough(track, pixels=2.0, seed=0):
    rng = np.random.default_rng(seed)
    return replace(track, body=track.body + pixels * rng.normal(size=track.body.shape))


def up_error(result, view) -> float:
    return float(np.degrees(np.arccos(np.clip(result.camera.rotation[:, 1] @ view.rotation[:, 1], -1, 1))))


def knee_bend(joints) -> np.ndarray:
    """(T, 2) degrees of knee bend of joints (T, 55, 3)."""
    found = []
    for side in ("left", "right"):
        hip, knee, ankle = (joints[:, JOINT_INDEX[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
        thigh, shin = hip - knee, knee - ankle
        cosine = (thigh * shin).sum(-1) / np.linalg.norm(thigh, axis=-1) / np.linalg.norm(shin, axis=-1)
        found.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.stack(found, 1)


def straight(frames: int = 24) -> Motion:
    """Someone who stands with straight legs, the arms a little off the body, and turns the head."""
    poses = np.zeros((frames, 55, 3))
    poses[:, JOINT_INDEX["left_shoulder"], 2], poses[:, JOINT_INDEX["right_shoulder"], 2] = -1.1, 1.1
    poses[:, JOINT_INDEX["head"], 1] = 0.4 * np.sin(np.arange(frames) / 5)
    return grounded(Motion(poses, np.zeros((frames, 3)), SHAPE, np.zeros((frames, 0)), FPS))


@pytest.mark.parametrize(("pitch", "lean"), [(0.0, 8.0), (18.0, -8.0)])
def test_who_stands_straight_comes_out_straight_though_the_networks_lean(pitch, lean):
    motion, view = straight(), pitched(pitch)
    result = fit_track(rough(leant(seen(motion, view), lean)), open_body(), view, FPS)
    assert up_error(result, view) < 4
    joints = result.motion.joints_camera
    assert knee_bend(joints).mean() < 9, "straight legs stay straight"
    trunk = joints[:, JOINT_INDEX["neck"]] - joints[:, JOINT_INDEX["pelvis"]]
    true = view.to_camera(pose_motion(open_body(), motion)[1])
    upright = true[:, JOINT_INDEX["neck"]] - true[:, JOINT_INDEX["pelvis"]]
    away = np.arctan2(trunk[:, 2], -trunk[:, 1]) - np.arctan2(upright[:, 2], -upright[:, 1])
    assert abs(np.degrees(away.mean())) < 6


def test_gravity_is_found_under_a_pitched_and_rolled_camera():
    motion, view = gesture(24), pitched(22.0, 2.0)
    level = np.degrees(np.arccos(view.rotation[:, 1] @ [0, -1, 0]))
    result = fit_track(rough(leant(seen(motion, view), 6.0)), open_body(), view, FPS)
    assert up_error(result, view) < 5 < level


def test_a_foot_that_rests_in_the_picture_is_tried_on_the_floor_though_the_network_folds_its_leg():
    motion, view = straight(24), pitched(20.0)
    poses = motion.poses.copy()
    for name, bend in {
        "left_hip": -0.85, "left_knee": 0.9, "left_ankle": -0.05, "right_hip": 0.45, "right_knee": 0.1, "right_ankle": -0.55,
    }.items():  # fmt: skip
        poses[:, JOINT_INDEX[name], 0] = bend
    motion = grounded(replace(motion, poses=poses, trans=np.zeros_like(motion.trans)))
    track = seen(motion, view)
    world = track.body_world.copy()
    world[:, [28, 30, 32]] += (0, -0.2, -0.4)  # the right foot, up and towards the camera
    result = fit_track(rough(replace(track, body_world=world)), open_body(), view, FPS)
    assert up_error(result, view) < 4
    assert pose_motion(open_body(), result.motion)[0][:, sole_vertices(), 1].max() < 0.06
    assert result.motion.contacts.min() > 0.5


@cache
def _walk():
    """Strides towards the camera and aside, seen from above by 10 degrees, with 2 pixels of noise."""
    motion = walk(50)
    turn = Rotation.from_euler("y", -60, degrees=True)
    poses = motion.poses.copy()
    poses[:, 0] = (turn * Rotation.from_rotvec(poses[:, 0])).as_rotvec()
    rest = pose_motion(open_body(), replace(motion, poses=np.zeros_like(poses), trans=np.zeros_like(motion.trans)))[1][0, 0]
    motion = grounded(replace(motion, poses=poses, trans=turn.apply(motion.trans + rest) - rest))
    view = pitched(10.0)
    return motion, view, fit_track(rough(seen(motion, view)), open_body(), view, FPS)


def test_contacts_are_found_and_planted_feet_neither_slide_nor_sink():
    motion, _, result = _walk()
    true, fitted = (pose_motion(open_body(), part)[0] for part in (motion, result.motion))
    soles, mine = true[:, sole_vertices()], fitted[:, sole_vertices()]
    speed = np.linalg.norm(np.gradient(soles, axis=0), axis=-1) * FPS
    planted = (speed < 0.1) & (soles[..., 1] - soles[..., 1].min(0) < 0.02)
    assert 0.1 < planted.mean() < 0.9
    recall, precision = contact_hits(result.motion.contacts > 0.5, planted)
    assert recall.mean() > 0.8 and precision.mean() > 0.8
    assert slides(mine, planted, FPS).mean() < 0.04
    assert np.mean(drifts(mine, planted)) < 0.015
    assert sinking(fitted).max() < 0.02


def test_who_jumps_is_in_the_air():
    frames = 40
    motion = straight(frames)
    time = np.arange(frames) / FPS
    height = np.clip(3.0 * (time - 0.4) - 4.905 * (time - 0.4) ** 2, 0, None)
    jumper = replace(motion, trans=motion.trans + height[:, None] * [0, 1, 0])
    view = pitched(5.0)
    result = fit_track(rough(seen(jumper, view)), open_body(), view, FPS)
    flying = height > 0.15
    assert result.motion.contacts[flying].max() < 0.3 and result.motion.contacts[:9].min() > 0.5
    lowest = pose_motion(open_body(), result.motion)[0][..., 1].min(1)
    assert lowest.max() > 0.8 * height.max(), "nobody is pulled down"
    assert abs(lowest[~flying & (height == 0)]).max() < 0.03


def test_after_a_gap_feet_stand_where_they_stood():
    motion, view = gesture(40), pitched(5.0)
    track = seen(motion, view)
    gone = slice(0, 12)
    score, body, world = track.body_score.copy(), track.body.copy(), track.body_world.copy()
    hands, face = track.hands_score.copy(), track.face_score.copy()
    score[gone], body[gone], world[gone], hands[gone], face[gone] = 0, np.nan, np.nan, 0, 0
    hidden = replace(track, body_score=score, body=body, body_world=world, hands_score=hands, face_score=face)
    result = fit_track(hidden, open_body(), view, FPS)
    soles = pose_motion(open_body(), result.motion)[0][:, sole_vertices()]
    assert np.linalg.norm(soles[:12] - soles[13], axis=-1).max() < 0.05


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_tilt_is_read_back(across, away):
    tilt = torch.tensor([across, away], dtype=torch.float64)
    up = up_of(tilt)
    assert float(up.norm()) == pytest.approx(1) and float(up[1]) < 0
    assert torch.allclose(tilt_of(up), tilt, atol=1e-12)


def test_the_bow_is_taken_out_along_the_body_and_nothing_else_moves():
    rng = np.random.default_rng(1)
    joints = pose_motion(open_body(), straight(1))[1][0]
    world = np.zeros((1, 33, 3))
    for landmark, name in {
        11: "left_shoulder", 12: "right_shoulder", 23: "left_hip", 24: "right_hip",
        25: "left_knee", 26: "right_knee", 27: "left_ankle", 28: "right_ankle",
    }.items():  # fmt: skip
        world[0, landmark] = joints[JOINT_INDEX[name]]
    turn = Rotation.random(random_state=rng).as_matrix()
    moved = unbowed(world, -1.0)
    assert np.allclose(unbowed(world @ turn.T, -1.0), moved @ turn.T), "it does not matter where the camera stands"
    shift = moved - world
    assert np.allclose(shift[:, [11, 12, 27, 28]], 0)
    assert (shift[0, 23:27, 2] > 0.03).all(), "hips and knees go forward"
    assert np.allclose(unbowed(moved), world, atol=0.01)


def test_landmarks_are_seen_on_the_body_beside_their_joints():
    body = open_body()
    joints = np.asarray(body.J_regressor) @ body.v_template
    rows = np.concatenate([joints, body.v_template])
    for name, (first, second, share) in seen_rows(body).items():
        place = (1 - share) * rows[first] + share * rows[second]
        assert 0 < share < 0.5, name
        assert 0.004 < np.linalg.norm(place - rows[first]) < 0.04, name
        side = 1 if "left" in name else -1
        assert place[0] * side > 0, name


def test_a_slow_foot_on_high_is_not_planted():
    soles = torch.zeros(30, 4, 3, dtype=torch.float64)
    soles[..., 2] = 4.0
    soles[:, 2:, 1] = -0.3  # the right foot is held up
    up = torch.tensor([0.0, -1.0, 0.0], dtype=torch.float64)
    focal = torch.tensor(1500.0, dtype=torch.float64)
    still = InPicture(*(torch.zeros(30, 4, *more, dtype=torch.float64) for more in ((2,), ())), torch.ones(30, 4))
    contacts = detect_contacts(soles, up, FPS, still, focal)
    assert contacts[:, :2].min() > 0.9 and contacts[:, 2:].max() < 0.1
    assert detect_contacts(soles, up, FPS, still, focal, trying=torch.ones(30)).min() > 0.7, "it may be further away"
    moving = replace(still, speed=still.speed + 400.0)
    assert detect_contacts(soles, up, FPS, moving, focal).max() < 0.1


@pytest.mark.parametrize(("back", "lift", "stood"), [(0.0, 0.0, True), (60.0, 0.0, False), (0.0, 0.15, False)])
def test_a_foot_that_was_only_guessed_elsewhere_stood(back, lift, stood):
    """The left heel's landmark is elsewhere for half a second and is back where it was, or aside, or was up in between."""
    soles = torch.zeros(60, 4, 3, dtype=torch.float64)
    soles[..., 2] = 4.0
    soles[20:35, 0, 1] = -lift
    place = torch.zeros(60, 4, 2, dtype=torch.float64)
    place[20:35, 0, 0], place[35:, 0, 0] = 90.0, back
    speed = torch.zeros(60, 4, dtype=torch.float64)
    speed[19:36, 0] = 300.0
    seen = InPicture(place, speed, torch.ones(60, 4, dtype=torch.float64))
    up = torch.tensor([0.0, -1.0, 0.0], dtype=torch.float64)
    contacts = detect_contacts(soles, up, FPS, seen, torch.tensor(1500.0, dtype=torch.float64))
    assert (contacts[:, 1:] > 0.9).all() and (contacts[:19, 0] > 0.9).all() and (contacts[36:, 0] > 0.9).all()
    assert bool((contacts[19:36, 0] > 0.5).all()) == stood
    assert stood or contacts[19:36, 0].max() < 0.1
