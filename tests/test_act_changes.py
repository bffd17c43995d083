"""Act: one emotion goes over into another: takes are faded, feet step, nobody glides."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.act.act import act
from thespis.core.act.crossfade import crossfaded, mixed_turns
from thespis.core.act.cues import Cues, faded_shares
from thespis.core.act.feet import Ends, planted
from thespis.core.act.request import ActRequest
from thespis.core.measure.feet import slides
from thespis.core.measure.regions import regions_of
from thespis.models.emotion import rotation6d
from thespis.models.emotion.features import from_motion, layout, to_motion
from thespis.models.emotion.rest import canonical
from thespis.tests.act_takes import vertices_of
from thespis.tests.emotion_sets import waving

PELVIS = slice(0, 6)
FLOOR = [layout().place.start, layout().place.start + 2]


def walking(speed: float, heading: float, turning: float = 0.0, frames: int = 90) -> np.ndarray:
    """Features at 30 a second of somebody who goes ahead with `speed` (m/s), facing `heading`, turning so much a second."""
    values = from_motion(waving(np.random.default_rng(0), frames)).values
    faced = heading + turning * np.arange(frames) / 30
    values[:, PELVIS] = rotation6d.from_matrices(Rotation.from_rotvec(faced[:, None] * (0, 1, 0)).as_matrix())
    ahead = np.stack([np.sin(faced), np.cos(faced)], 1) * speed / 30
    values[:, FLOOR] = np.cumsum(ahead, 0)
    return values


@settings(max_examples=12, deadline=None)
@given(st.floats(-3, 3), st.floats(-1, 1), st.floats(0, 1.5), st.floats(0, 1.5))
def test_who_walks_goes_on_the_way_he_faces(heading, turning, slow, fast):
    """Places are never mixed: the second take is somewhere else and faces another way."""
    takes = np.stack([walking(slow, 0.0), walking(fast, heading, turning)])
    shares = faded_shares(np.array([1.0, 2.0]), np.arange(90) / 30)
    out = crossfaded(takes, shares)
    np.testing.assert_allclose(out[:30], takes[0, :30], atol=1e-9)
    steps = np.diff(out[:, FLOOR], axis=0) * 30
    speed = np.linalg.norm(steps, axis=1)
    assert speed.max() <= max(slow, fast) + 1e-2 and speed.min() >= min(slow, fast) - 1e-2
    front = rotation6d.to_matrices(out[:, PELVIS])[:, [0, 2], 2]
    sideways = steps[:, 0] * front[1:, 1] - steps[:, 1] * front[1:, 0]
    assert np.abs(sideways).max() < 0.05 * (1 + abs(turning)), "ahead, not aside"
    turned = np.arctan2(front[:, 0], front[:, 1])
    assert abs(np.unwrap(turned)[-1] - turning * 1.5) < 0.1 * abs(turning) + 1e-6, "as much as the second turned in its time"
    arms = slice(6 * 16, 6 * 20)
    np.testing.assert_allclose(out[65:, arms], takes[1, 65:, arms], atol=1e-9)


def test_feet_that_stand_elsewhere_in_the_second_take_step_there():
    first, second = (from_motion(waving(np.random.default_rng(0), 150)).values for _ in range(2))
    for take, apart in ((first, 0.02), (second, 0.2)):
        poses = rotation6d.to_matrices(take[:, :132].reshape(150, 22, 6))
        for joint, sign in ((1, 1), (2, -1)):
            poses[:, joint] = Rotation.from_rotvec([0, 0, sign * apart]).as_matrix()
            poses[:, joint + 6] = Rotation.from_rotvec([0, 0, -sign * apart]).as_matrix()
        take[:, :132] = rotation6d.from_matrices(poses).reshape(150, -1)
        take[:, layout().contacts] = 1
    values = crossfaded(np.stack([first, second]), faded_shares(np.array([1.5, 2.7]), np.arange(150) / 30))
    motion = to_motion(planted(values, 30.0, canonical(), Ends(changes=((1.5, 2.7),))), 30.0)
    contacts = motion.contacts > 0.5
    lifted = [~contacts[:, side : side + 2].any(1) for side in (0, 2)]
    for foot in lifted:
        assert 10 <= foot.sum() <= 24 and not foot[:36].any() and not foot[90:].any()
    assert not (lifted[0] & lifted[1]).any(), "one foot after the other"
    soles = vertices_of(motion, regions_of(canonical().body).soles)
    assert slides(soles, contacts, 30.0).max() < 0.02
    sharpest = np.linalg.norm(np.diff(soles, 2, axis=0), axis=-1).max() * 900
    assert sharpest < 15, "put down, not stamped"
    left, right = (soles[:, side, 0] for side in (0, 2))
    before, after = ((left - right)[frame] for frame in (10, -10))
    assert after - before > 0.2, "they stand farther apart now"


def test_a_foot_that_stands_nearly_there_is_left_alone():
    values = from_motion(waving(np.random.default_rng(0), 150)).values
    values[:, layout().contacts] = 1
    values[:, FLOOR[0]] += np.interp(np.arange(150) / 30, [1.5, 2.7], [0, 0.06])
    out = planted(values, 30.0, canonical(), Ends(changes=((1.5, 2.7),)))
    assert (out[:, layout().contacts] > 0.5).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 6), min_size=1, max_size=4))
def test_a_long_way_is_gone_in_strides(gaps):
    times = np.cumsum(gaps)
    cues = Cues(tuple((float(t), ("joy", "anger")[k % 2]) for k, t in enumerate(times)), ((0.0, 1.0),))
    knots = cues.knots()
    assert (np.diff(knots) > 0).all() and np.diff(knots).max(initial=0) <= 3
    assert all(np.abs(knots - t).min() < 1e-9 for t in times)
    assert len(cues.changes()) == len(knots) - 1


def test_a_change_of_a_second_is_no_jump(model):
    path = Cues(((1.0, "joy"), (2.0, "anger")), ((0.0, 1.0),))
    poses = act(model, ActRequest(path, 6.0, 3)).poses[:, 1:22]
    sharp = np.linalg.norm(np.diff(poses, n=2, axis=0), axis=-1).max(1)
    during, rest = sharp[28:60], np.concatenate([sharp[:28], sharp[60:]])
    assert during.max() < 2 * np.percentile(rest, 99)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(2.6, 3.7))
def test_takes_that_pass_half_a_turn_of_each_other_are_mixed_without_a_jump(seed, past):
    """A joint that turns from less than half a turn off to more, or back, while the one take goes over into the other."""
    axis = np.random.default_rng(seed).normal(size=3)
    angles = np.linspace(2 * np.pi - past, past, 60) if seed % 2 else np.linspace(2.6, 3.7, 60)
    second = Rotation.from_rotvec(angles[:, None] * axis / np.linalg.norm(axis)).as_matrix()[:, None]
    shares = faded_shares(np.array([0.0, 2.0]), np.arange(60) / 30)
    mixed = mixed_turns(np.stack([np.tile(np.eye(3), (60, 1, 1, 1)), second]), shares)[:, 0]
    steps = Rotation.from_matrix(np.swapaxes(mixed[:-1], -1, -2) @ mixed[1:]).magnitude()
    assert steps.max() < 1.875 * np.pi * 1.2 / 59 + 0.03, "not faster than the fade and the take together"
    np.testing.assert_allclose(mixed[[0, -1]], [np.eye(3), second[-1, 0]], atol=2e-3)
