"""Limbs do not pass through bodies, and a hand is on the side of head or trunk that the landmarks show."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial import cKDTree
from thespis.core.fit.capsules import nearest_on_segments, on_segments
from thespis.core.fit.fingertips import seen_fingers
from thespis.core.fit.fit import fit_track
from thespis.core.fit.kinematics import pose_points
from thespis.core.fit.points import body_points
from thespis.core.fit.rotations import exponential
from thespis.core.fit.settings import Settings
from thespis.core.fit.skin_capsules import body_capsules
from thespis.core.measure.order import order_hits
from thespis.core.measure.piercing import PiercingTest
from thespis.core.measure.regions import regions_of
from thespis.core.measure.synthetic import pose_motion
from thespis.core.motion import Motion
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.load import rest_shape

from .fit_cases import FPS, SHAPE, camera, gesture, open_body, seen

CPU = torch.device("cpu")
REST = {
    "left_shoulder": (0.1, -0.2, -1.1),
    "right_shoulder": (0.1, 0.2, 1.1),
    "left_elbow": (0.0, -0.5, 0.0),
    "right_elbow": (0.0, 0.5, 0.0),
}
BEFORE_FACE = REST | {
    "right_collar": (-0.22, -0.09, -0.36),
    "right_shoulder": (-0.65, 0.64, 1.49),
    "right_elbow": (0.15, 1.67, 0.48),
    "right_wrist": (-0.35, 0.27, -0.19),
}
BEHIND_HEAD = {
    "left_collar": (-0.05, -0.1, 0.95),
    "right_collar": (-0.05, 0.04, -0.96),
    "left_shoulder": (-1.0, 0.53, -0.08),
    "right_shoulder": (-1.02, -0.47, 0.13),
    "left_elbow": (-0.67, -1.88, 1.12),
    "right_elbow": (-0.63, 1.88, -1.16),
    "left_wrist": (0.49, -0.19, 0.16),
    "right_wrist": (0.39, 0.16, -0.15),
}
ON_HIPS = {
    "left_shoulder": (0.49, 0.08, -1.13),
    "right_shoulder": (0.48, -0.12, 1.13),
    "left_elbow": (0.02, -1.04, -0.24),
    "right_elbow": (0.01, 1.03, 0.26),
    "left_wrist": (-0.27, -0.46, -0.07),
    "right_wrist": (-0.19, 0.46, 0.1),
}
INTO_HIPS = ON_HIPS | {
    "left_shoulder": (0.49, 0.08, -1.3),
    "right_shoulder": (0.48, -0.12, 1.3),
    "left_elbow": (0.02, -1.3, -0.24),
    "right_elbow": (0.01, 1.3, 0.26),
}
_WRISTS, _MIDDLES = [20, 21], [28, 43]


def _moving(to: dict, frames: int = 24) -> Motion:
    """From arms that hang to a pose and back again, the head turning a little; hands relaxed, feet where they are."""
    share = np.sin(np.linspace(0, np.pi, frames)) ** 0.5
    poses = np.zeros((frames, 55, 3))
    for name in REST | to:
        rest, end = (np.array(pose.get(name, (0, 0, 0))) for pose in (REST, to))
        poses[:, JOINT_INDEX[name]] = rest + share[:, None] * (end - rest)
    poses[:, JOINT_INDEX["head"], 1] = 0.1 * np.sin(np.arange(frames) / 5)
    body = open_body()
    poses[:, 25:40], poses[:, 40:] = (mean.reshape(15, 3) for mean in (body.hands_meanl, body.hands_meanr))
    return Motion(poses, np.tile([0.0, 1.3, 0.0], (frames, 1)), SHAPE, np.zeros((frames, 0)), FPS)


def _with_depth(track, metres, *parts):
    """The track as if the body network, of a usual one's quality, had seen hands (and elbows) so much further away than they
    are."""
    world = track.body_world + np.random.default_rng(0).normal(0, 0.05, track.body_world.shape)
    for part, share in (("wrist", 1.0), ("elbow", 0.4)):
        landmarks = {"wrist": (15, 17, 19, 21), "elbow": (13,)}[part]
        for side, odd in (("left", 0), ("right", 1)):
            if side in parts:
                world[:, [k + odd for k in landmarks], 2] += share * metres
    return replace(track, body_world=world)


def _hits(motion, result, view):
    """Whether each wrist is on its true side of the head where its hand lies over it."""
    head = regions_of(open_body()).limbs["head"]

    def places(of, through):
        vertices, joints = (through.to_camera(part) for part in pose_motion(open_body(), of))
        return joints[:, _WRISTS], joints[:, _MIDDLES], vertices[:, head]

    fitted, true = places(result.motion, result.camera), places(motion, view)
    return order_hits((fitted[0], fitted[2]), true, view)


@cache
def _piercing() -> PiercingTest:
    return PiercingTest(open_body(), regions_of(open_body()))


segments = arrays.arrays(np.float64, (2, 2, 3), elements=st.floats(-1, 1))


@settings(max_examples=60, deadline=None)
@given(segments)
def test_no_points_of_two_segments_are_nearer_than_the_nearest(both):
    one, other = torch.as_tensor(both[:1]), torch.as_tensor(both[1:])
    s, t = nearest_on_segments(one, other)
    found = float((on_segments(one, s) - on_segments(other, t)).norm())
    share = np.linspace(0, 1, 41)[:, None]
    first, second = (part[0] + share * (part[1] - part[0]) for part in both)
    # Shorter than a micrometre, a segment counts as a point.
    assert found <= np.linalg.norm(first[:, None] - second[None], axis=-1).min() + 1e-6
    assert 0 <= float(s) <= 1 and 0 <= float(t) <= 1


@pytest.mark.parametrize("size", [0.0, 1.5])
def test_capsules_lie_just_under_the_skin(size):
    body = open_body()
    betas = size * np.random.default_rng(3).normal(size=body.beta_count)
    vertices, _ = rest_shape(body, betas)
    capsules, points = body_capsules(body, CPU), body_points(body, CPU)
    shape = torch.as_tensor(betas)
    rest = exponential(torch.zeros(1, 22, 3, dtype=torch.float64))
    pelvis = (points.pelvis + points.pelvis_shape @ shape)[None]
    ends = capsules.place(pose_points(points, rest, pelvis, shape, False), shape)[0].numpy()
    radius = (capsules.radius + capsules.radius_shape @ shape).numpy()
    carried = body.weights.argmax(1)
    for name, (start, end), thick in zip(capsules.names, ends, radius, strict=True):
        if not any(part in name for part in ("arm", "shin", "thigh", "waist", "belly", "skull")):
            continue
        along = end - start
        share = (vertices - start) @ along / (along @ along)
        # Beside the capsule, only the skin that its own joint carries: nothing of the arm that hangs next to it.
        near = (share > 0) & (share < 1) & (carried == int(capsules.carrier[capsules.index(name)]))
        height = np.linalg.norm(vertices[near] - start - share[near, None] * along, axis=1) - thick
        assert near.sum() > 8
        if "arm" in name or "shin" in name:
            assert abs(np.median(height)) < 0.008, name
        assert np.quantile(height, 0.1) > -0.015, name


def test_fingers_reach_as_far_as_the_hand_s_network_sees_them():
    motion = gesture(4)
    motion.poses[:, 25:55, 2] *= 3.5  # a fist
    track = seen(motion, camera())
    capsules, points = body_capsules(open_body(), CPU), body_points(open_body(), CPU)
    reached = capsules.with_fingers(torch.as_tensor(seen_fingers(track)))
    shape = torch.zeros(points.betas, dtype=torch.float64)
    shape[: len(SHAPE)] = torch.as_tensor(SHAPE)
    vertices, joints = pose_motion(open_body(), motion)
    posed = pose_points(points, exponential(torch.as_tensor(motion.poses[:, :22])), torch.as_tensor(joints[:, 0]), shape, False)
    for side in ("left", "right"):
        index = capsules.index(f"{side}_fingers_index")
        tips = vertices[:, [open_body().vertex_ids[f"{side[0]}{finger}"] for finger in ("index", "middle")]].mean(1)
        away = {
            n: np.linalg.norm(c.place(posed, shape)[:, index, 1] - tips, axis=1)
            for n, c in (("seen", reached), ("relaxed", capsules))
        }
        assert away["seen"].max() < 0.012
        assert away["relaxed"].max() > 0.02, "the hand is not the relaxed one anyway"
    unread = replace(track, hands_score=np.zeros_like(track.hands_score))
    assert torch.equal(capsules.with_fingers(torch.as_tensor(seen_fingers(unread))).ends[0], capsules.ends)


def test_hands_do_not_go_into_the_hips():
    motion, view = _moving(INTO_HIPS), camera()
    track = seen(motion, view)
    deep = {
        name: _piercing().depths(pose_motion(open_body(), fit_track(track, open_body(), view, FPS, settings=s).motion)[0])
        for name, s in (("with", Settings()), ("without", Settings(without=frozenset({"apart"}))))
    }
    assert (deep["without"] > 0.02).sum() >= 5, "the landmarks themselves go in"
    assert (deep["with"] <= 0.02).all()


def test_hands_on_the_hips_still_touch_them():
    motion, view = _moving(ON_HIPS), camera()
    result = fit_track(seen(motion, view), open_body(), view, FPS)
    limbs = regions_of(open_body()).limbs

    def gaps(of):
        middle = len(of) // 2
        vertices = pose_motion(open_body(), of)[0][middle]
        body = cKDTree(vertices[np.concatenate([limbs[name] for name in ("torso", "left_thigh", "right_thigh")])])
        return np.array([body.query(vertices[limbs[f"{side}_hand"]])[0].min() for side in ("left", "right")])

    assert gaps(motion).max() < 0.012, "they do touch"
    assert gaps(result.motion).max() < 0.012


def test_where_nothing_touches_nothing_changes():
    motion, view = gesture(16), camera()
    track = seen(motion, view)
    both, neither = (
        fit_track(track, open_body(), view, FPS, settings=s).motion.joints_camera
        for s in (Settings(), Settings(without=frozenset({"apart", "before"})))
    )
    assert np.abs(both - neither).max() < 0.005


def test_a_hand_seen_over_the_face_is_before_it_whatever_the_network_s_depth():
    motion, view = _moving(BEFORE_FACE), camera()
    track = _with_depth(seen(motion, view), 0.6, "right")
    hits, lost = (
        _hits(motion, fit_track(track, open_body(), view, FPS, settings=s), view)
        for s in (Settings(), Settings(without=frozenset({"before"})))
    )
    assert len(hits) >= 8
    assert hits.mean() >= 0.95
    assert lost.mean() < 0.7, "the landmarks' depth alone puts it behind"


def test_hands_hidden_by_the_head_are_behind_it_whatever_the_network_s_depth():
    motion, view = _moving(BEHIND_HEAD), camera()
    track = _with_depth(seen(motion, view), -0.45, "left", "right")
    raised = np.sin(np.linspace(0, np.pi, len(motion))) ** 0.5 > 0.8
    visibility, score = track.body_visibility.copy(), track.hands_score.copy()
    visibility[np.ix_(raised, range(15, 23))] = 0.1
    score[raised] = 0
    hidden = replace(track, body_visibility=visibility, hands_score=score)
    hits = _hits(motion, fit_track(hidden, open_body(), view, FPS), view)
    assert len(hits) >= 8
    assert hits.mean() >= 0.95
    shown = _hits(motion, fit_track(track, open_body(), view, FPS), view)
    assert shown.mean() < 0.5, "hands that are seen there would be before it"
