"""Act: takes start and end where they are told to, loop, go over from one emotion into another; feet and limits are kept."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.act.act import act, beginning
from thespis.core.act.feet import Ends, planted
from thespis.core.act.joins import JOIN, begun_in, ended_in, join_seconds, looped, where_it_stands
from thespis.core.act.legs import leg_of, pose_leg, reach
from thespis.core.act.limits import feet_within_limits, within_limits
from thespis.core.act.request import ActRequest
from thespis.core.measure.feet import slides
from thespis.core.measure.regions import regions_of
from thespis.models.emotion import rotation6d
from thespis.models.emotion.features import from_motion, layout, to_motion
from thespis.models.emotion.rest import canonical
from thespis.models.prior.pose_prior import load_pose_prior
from thespis.tests.act_takes import JOY, a_pose, turn_between, vertices_of
from thespis.tests.emotion_sets import waving


@pytest.mark.parametrize("betas", [None, np.r_[1.5, -1.0, np.zeros(14)]])
def test_a_take_starts_in_the_given_pose_and_returns_to_it(model, betas):
    start = a_pose(betas=betas)
    motion = act(model, ActRequest(JOY, 4.0, 1, start=start, returns=True))
    for frame in (0, -1):
        assert turn_between(motion.poses[frame, :22], start.poses[0, :22]) < 1e-5
        np.testing.assert_allclose(motion.trans[frame], start.trans[0], atol=1e-6)
        np.testing.assert_allclose(motion.poses[frame, 25:], start.poses[0, 25:], atol=1e-9)
    assert np.abs(np.diff(motion.poses[:, 25:], axis=0)).max() < 0.1, "no finger jumps"
    np.testing.assert_array_equal(motion.betas, start.betas)
    points = vertices_of(motion, regions_of(canonical().body).soles)
    jumps = np.linalg.norm(np.diff(points, n=2, axis=0), axis=-1).max(1) * 900
    assert jumps[:3].max() <= max(2 * np.quantile(jumps, 0.99), 1.0)


def test_who_has_walked_away_ends_in_the_pose_where_he_stands():
    """He was drawn back over metres in a second."""
    values = from_motion(waving(np.random.default_rng(4), 120)).values
    pose, place = from_motion(a_pose(turn=0.0)).values[0], layout().place
    near, far = (values.copy() for _ in range(2))
    near[:, place.start + 2] += np.linspace(0, 0.3, 120)
    far[:, place.start + 2] += np.linspace(0, 2.0, 120)
    np.testing.assert_array_equal(where_it_stands(pose, near[-1]), pose)
    end = where_it_stands(pose, far[-1])
    np.testing.assert_allclose(end[[place.start, place.start + 2]], far[-1, [place.start, place.start + 2]])
    rest = np.r_[6 : place.start, place.start + 1, place.stop : len(pose)]
    np.testing.assert_array_equal(end[rest], pose[rest])
    circle = looped(far, 30.0, 0.9)
    np.testing.assert_allclose(circle[-1, place], circle[0, place], atol=1e-9)
    assert np.abs(np.diff(circle[:, place.start + 2])).max() * 30 < 0.8, "nobody is thrown back"


def test_a_moving_start_goes_on_moving(model):
    motion = waving(np.random.default_rng(4), 20)
    take = act(model, ActRequest(JOY, 3.0, 1, start=motion))
    before = motion.poses[-1] - motion.poses[-2]
    after = take.poses[1] - take.poses[0]
    arms = [16, 17, 18, 19]
    assert np.abs(after[arms] - before[arms]).max() < 0.25 * np.abs(before[arms]).max()


def test_who_walks_comes_to_a_stand_ahead_and_does_not_sink(model):
    start = waving(np.random.default_rng(4), 20)
    start = replace(start, trans=start.trans + np.arange(20)[:, None] / 30 * (0, 0, 1.2))
    poses = start.poses.copy()
    poses[:, 1], poses[:, 2] = (-0.35, 0, 0.05), (0.35, 0, -0.05)  # the right leg is behind
    poses[:, 5] = (0.3, 0, 0)
    start = replace(start, poses=poses)
    take = act(model, ActRequest(JOY, 3.0, 1, start=start))
    standing = act(model, ActRequest(JOY, 3.0, 1, start=replace(start.slice(19, 20), frames=np.arange(1))))
    ahead = take.trans[:, 2] - standing.trans[:, 2]
    np.testing.assert_allclose(ahead[40:], ahead[-1], atol=0.01)
    assert 0.4 * 0.7 * 1.2 < ahead[-1] < 0.4 * JOIN * 1.2, "as far as the speed carries until it is gone"
    assert (np.diff(ahead[:27]) > -1e-3).all()
    assert take.trans[:30, 1].min() > take.trans[30:, 1].min() - 0.1
    contacts = take.contacts[:36] > 0.5
    lifted = [int(np.flatnonzero(~contacts[6:, side : side + 2].any(1))[0]) for side in (0, 2)]  # the given pose is behind
    assert lifted[1] < lifted[0], "the foot behind first"


def test_a_loop_closes(model):
    motion = act(model, ActRequest(JOY, 3.0, 1, loops=True))
    assert turn_between(motion.poses[0], motion.poses[-1]) < 1e-6
    np.testing.assert_allclose(motion.trans[0], motion.trans[-1], atol=1e-9)
    first, last = (motion.poses[b] - motion.poses[a] for a, b in ((0, 1), (-2, -1)))
    legs = [1, 2, 4, 5, 7, 8, 10, 11]  # a foot may be set down flat at the end and come up by the heel in the beginning
    above = np.setdiff1d(np.arange(first.shape[0]), legs)
    # Arms that are kept out of the body come out of it just after the seam: a thousandth of a radian in a frame is not seen.
    assert np.linalg.norm((first - last)[above]) < 0.1 * np.linalg.norm(first[above]) + 1e-3
    assert np.linalg.norm((first - last)[legs], axis=-1).max() < 0.02


def test_a_loop_does_not_bob_at_its_seam(model):
    """Found by its knees: the pelvis came down for the legs until the very last frame, and was up again in the first."""
    motion = act(model, ActRequest(JOY, 3.0, 2, loops=True))
    height = np.diff(np.concatenate([motion.trans[-4:, 1], motion.trans[1:4, 1]]))
    assert np.abs(np.diff(height)).max() < 1.5e-3


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_offsets_die_away_and_meet_what_they_are_told(seed):
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(0, 0.01, (90, layout().size)), 0)
    start, velocity = values[0] + rng.normal(0, 0.1, values.shape[1]), rng.normal(0, 0.1, values.shape[1])
    rest = np.r_[0 : layout().contacts.start]
    out = begun_in(values, start, 30.0, 0.9, velocity)
    np.testing.assert_allclose(out[0, rest], start[rest], atol=1e-12)
    np.testing.assert_allclose(out[40:], values[40:], atol=1e-12)
    np.testing.assert_allclose(ended_in(values, start, 30.0, 0.9)[-1, rest], start[rest], atol=1e-12)
    np.testing.assert_allclose(looped(values, 30.0, 0.9)[-1, rest], looped(values, 30.0, 0.9)[0, rest], atol=1e-12)


def test_the_longer_the_way_the_more_time_it_takes():
    values = from_motion(waving(np.random.default_rng(0), 180)).values

    def seconds(way: float, frames: int = 180, speed: float = 0.0) -> float:
        pose = values[0].copy()
        pose[layout().place.start + 2] += way  # metres ahead
        return join_seconds(values[:frames], pose, 30.0, speed)

    near, far, farther, farthest = (seconds(way) for way in (0.0, 1.0, 2.0, 9.0))
    assert 0.6 < near < far < farther < farthest == JOIN
    assert farther == pytest.approx(far * 2**0.5, rel=0.05), "as hurried"
    assert seconds(1.0, 61) == pytest.approx(2 / 3), "at most a third of the take"
    assert seconds(0.0, speed=4.0) > near


def shuffling(frames: int = 120, seed: int = 0) -> np.ndarray:
    """Features at 30 a second of somebody who stands, sways and trembles so that his feet slide, and takes one step."""
    rng = np.random.default_rng(seed)
    values = from_motion(waving(rng, frames)).values
    shaken = np.cumsum(rng.normal(0, 0.004, (frames, layout().contacts.start)), 0)
    shaken -= np.linspace(0, 1, frames)[:, None] * shaken[-1]
    values[:, : layout().contacts.start] += shaken
    values[:, layout().place.start] += np.linspace(0, 0.3, frames)
    values[:, layout().contacts] = 0.9
    values[50:65, layout().contacts.start : layout().contacts.start + 2] = 0.1
    values[65:80, layout().contacts.start + 2 :] = 0.1
    values[90:100, layout().contacts.start] = 0.2  # the left heel comes up
    return values


def test_planted_feet_stay_on_the_mesh_itself():
    values = shuffling()
    before = to_motion(values, 30.0)
    after = to_motion(planted(values, 30.0, canonical(), Ends()), 30.0)
    soles = regions_of(canonical().body).soles
    contacts = after.contacts > 0.5
    assert contacts[52:62, 2:].all() and not contacts[52:62, :2].any()
    sliding, still = (slides(vertices_of(motion, soles), contacts, 30.0) for motion in (before, after))
    assert np.quantile(sliding, 0.9) > 0.15
    assert still.max() < 0.02
    heights = vertices_of(after, soles)[..., 1]
    assert np.abs(heights[contacts]).max() < 0.012
    steps = np.linalg.norm(np.diff(after.poses[:, 1:], axis=0), axis=-1)
    assert steps.max() < 0.35, "no joint jumps"


def test_a_pose_with_feet_elsewhere_is_reached_by_steps():
    values = shuffling()
    values[:, layout().contacts] = 0.9
    start = values[0].copy()
    pose = from_motion(a_pose(turn=0.0)).values[0]
    start[layout().rotations], start[layout().place.start + 1] = pose[layout().rotations], pose[layout().place.start + 1]
    joined = begun_in(values, start, 30.0, 1.2)
    out = planted(joined, 30.0, canonical(), Ends(first=1.2))
    motion = to_motion(out, 30.0)
    np.testing.assert_allclose(out[0, : layout().contacts.start], joined[0, : layout().contacts.start], atol=1e-9)
    contacts = motion.contacts > 0.5
    lifted = [~contacts[:45, 2 * side : 2 * side + 2].any(1) for side in (0, 1)]
    assert lifted[0].any() and lifted[1].any() and not (lifted[0] & lifted[1]).any(), "one foot after the other"
    assert slides(vertices_of(motion, regions_of(canonical().body).soles), contacts, 30.0).max() < 0.06


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_no_joint_goes_beyond_its_limits_and_none_inside_is_touched(seed):
    rng = np.random.default_rng(seed)
    values = from_motion(waving(rng, 12)).values
    wild = to_motion(values, 30.0)
    poses = wild.poses.copy()
    poses[:, 1:22] = rng.normal(0, 0.9, (12, 21, 3))
    prior = load_pose_prior()
    held = to_motion(within_limits(from_motion(replace(wild, poses=poses)).values), 30.0).poses[:, 1:22].reshape(12, -1)
    assert (held <= prior.upper + 1e-6).all() and (held >= prior.lower - 1e-6).all()
    middle = np.zeros((12, 21, 3))
    calm = from_motion(replace(wild, poses=np.concatenate([poses[:, :1], middle, wild.poses[:, 22:]], 1))).values
    np.testing.assert_allclose(within_limits(calm), calm, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.35, 0.35), st.floats(-0.12, 0.12), st.floats(0.1, 1.2), st.sampled_from([0, 1]))
def test_a_knee_bends_forward_wherever_the_foot_stands(ahead, aside, bend, side):
    """A foot that stood far ahead of the hips had its knee bent backwards."""
    leg = leg_of(canonical(), side)
    a, b, c, _ = leg.joints
    rotations = np.tile(np.eye(3), (1, 22, 1, 1))
    for joint, angle in ((a, -bend / 2), (b, bend), (c, -bend / 2)):
        rotations[:, joint] = Rotation.from_rotvec([angle, 0, 0]).as_matrix()
    posed = pose_leg(leg, rotations, np.array([[0.0, 1.0, 0.0]]))
    reach(leg, rotations, posed, posed.hip, posed.ankle + (aside, 0.1, ahead), posed.foot, posed.toes)
    knee = Rotation.from_matrix(rotations[0, b]).as_rotvec()
    assert knee[0] > 0
    assert np.linalg.norm(pose_leg(leg, rotations, np.array([[0.0, 1.0, 0.0]])).ankle - posed.ankle - (aside, 0.1, ahead)) < 0.1


def test_a_start_is_read_with_its_place_heading_and_speed():
    motion = waving(np.random.default_rng(4), 20)
    begin = beginning(replace(motion, trans=motion.trans + (1, 0, 2)))
    assert (begin.placement.x, begin.placement.z) == pytest.approx((1, 2.01), abs=0.02)
    last = from_motion(motion).values[-2:, layout().rotations]
    np.testing.assert_allclose(begin.velocity[layout().rotations], (last[1] - last[0]) * 30, atol=0.1)


def turning(angle: float, frames: int = 150) -> np.ndarray:
    """Features at 30 a second of somebody who turns by `angle` in a second and goes half a metre, on feet said to stand
    but for three frames in which the one of them is lifted."""
    values = from_motion(waving(np.random.default_rng(2), frames)).values
    share = np.clip((np.arange(frames) - 60) / 30, 0, 1)[:, None]
    share = share * share * (3 - 2 * share)
    pelvis = slice(layout().rotations.start, layout().rotations.start + 6)
    turn = Rotation.from_rotvec(share * (0, angle, 0)).as_matrix()
    values[:, pelvis] = rotation6d.from_matrices(turn @ rotation6d.to_matrices(values[:, pelvis]))
    values[:, layout().place.start] += 0.5 * share[:, 0]
    values[:, layout().contacts] = 0.9
    values[75:78, layout().contacts.start : layout().contacts.start + 2] = 0.1
    return values


@pytest.mark.parametrize("angle", [1.9, -1.9])
def test_whoever_turns_over_his_feet_steps_before_his_ankles_twist(angle):
    values = planted(turning(angle), 30.0, canonical(), Ends())
    motion = to_motion(values, 30.0)
    prior, pose = load_pose_prior(), motion.poses[:, 1:22]
    ankles = [6, 7, 9, 10]
    beyond = np.maximum(pose - prior.upper.reshape(-1, 3), prior.lower.reshape(-1, 3) - pose)[:, ankles]
    assert np.degrees(beyond.max()) < 1
    contacts = motion.contacts > 0.5
    assert (~contacts[:, :2].any(1)).any() and (~contacts[:, 2:].any(1)).any(), "both feet step"
    assert slides(vertices_of(motion, regions_of(canonical().body).soles), contacts, 30.0).max() < 0.04
    snaps = np.linalg.norm(np.diff(motion.poses[:, [1, 2, 4, 5, 7, 8]], n=2, axis=0), axis=-1)
    assert np.degrees(snaps.max()) < 12, "no leg snaps from frame to frame"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_feet_are_held_within_their_limits_and_nothing_else_is(seed):
    rng = np.random.default_rng(seed)
    wild = to_motion(from_motion(waving(rng, 12)).values, 30.0)
    poses = wild.poses.copy()
    poses[:, 1:22] = rng.normal(0, 0.8, (12, 21, 3))
    values = from_motion(replace(wild, poses=poses)).values
    held = to_motion(feet_within_limits(values), 30.0).poses[:, 1:22].reshape(12, -1)
    feet = np.repeat(np.isin(np.arange(1, 22), [7, 8, 10, 11]), 3)
    prior = load_pose_prior()
    assert (held <= prior.upper + 1e-6)[:, feet].all() and (held >= prior.lower - 1e-6)[:, feet].all()
    np.testing.assert_allclose(held[:, ~feet], to_motion(values, 30.0).poses[:, 1:22].reshape(12, -1)[:, ~feet], atol=1e-6)
