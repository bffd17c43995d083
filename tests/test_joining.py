"""A stretch joined to what stays: place and speed at both ends, and nothing changed where nothing is off."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.joining import inverse, joined_turns, joined_values, times, turned_by

FPS = 30.0


def quaternions(turns: Rotation) -> np.ndarray:
    return turns.as_quat()[..., [3, 0, 1, 2]]


def rotations(values: np.ndarray) -> Rotation:
    return Rotation.from_quat(values[..., [1, 2, 3, 0]])


@given(st.integers(3, 90), st.integers(0, 999))
@settings(deadline=None)
def test_values_begin_and_end_as_what_stays(frames, seed):
    frames |= 1  # then one is in the middle
    rng = np.random.default_rng(seed)
    made = np.cumsum(rng.normal(0, 0.1, (frames, 3)), axis=0)
    before, after = rng.normal(0, 1, (2, 2, 3))
    found = joined_values(made, FPS, before, after)
    np.testing.assert_allclose(found[0], before[1], atol=1e-9)
    np.testing.assert_allclose(found[-1], after[0], atol=1e-9)
    np.testing.assert_allclose(found[frames // 2], made[frames // 2], atol=1e-9)


def test_the_speed_does_not_jump():
    """Two straight lines of other places and speeds, joined by a third: the steps across the ends differ little."""
    time = np.arange(61.0)
    stays, made = 2.0 + 0.05 * time, -1.0 - 0.02 * time
    found = joined_values(made[10:51, None], FPS, stays[9:11, None], stays[50:52, None])[:, 0]
    whole = np.concatenate([stays[:10], found, stays[51:]])
    bend = np.abs(np.diff(whole, 2))
    assert bend.max() < 0.2 and max(bend[8:10].max(), bend[49:51].max()) < 0.03
    assert np.abs(np.diff(np.concatenate([stays[:10], made[10:51]]), 1)).max() > 3, "put in as it is it would jump"


@given(st.integers(5, 60), st.integers(0, 999))
@settings(deadline=None)
def test_turns_begin_and_end_as_what_stays(frames, seed):
    frames |= 1
    rng = np.random.default_rng(seed)
    way = Rotation.from_rotvec(np.cumsum(rng.normal(0, 0.1, (frames, 3)), axis=0))
    made = quaternions(way) * rng.choice([-1, 1], (frames, 1))
    ends = [quaternions(Rotation.random(2, random_state=seed + k)) for k in range(2)]
    found = joined_turns(made, FPS, *ends)
    assert (rotations(found[0]) * rotations(ends[0][1]).inv()).magnitude() < 1e-6
    assert (rotations(found[-1]) * rotations(ends[1][0]).inv()).magnitude() < 1e-6
    assert (rotations(found[frames // 2]) * way[frames // 2].inv()).magnitude() < 1e-6
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-9)
    assert ((found[1:] * found[:-1]).sum(1) >= 0).all() and found[0] @ ends[0][1] > 0


def test_what_already_fits_is_left_as_it_is():
    way = Rotation.from_rotvec(np.linspace([0, 0, 0], [1.0, 0.5, -2.0], 40))
    whole = quaternions(way)
    np.testing.assert_allclose(joined_turns(whole[5:30], FPS, whole[4:6], whole[29:31]), whole[5:30], atol=1e-6)
    line = np.linspace(0, 1, 40)[:, None]
    np.testing.assert_allclose(joined_values(line[5:30], FPS, line[4:6], line[29:31]), line[5:30], atol=1e-9)
    np.testing.assert_allclose(joined_values(line, FPS, None, None), line)


@given(st.integers(0, 999))
@settings(deadline=None)
def test_the_quaternions_are_scipys(seed):
    first, second = Rotation.random(2, random_state=seed)
    a, b = quaternions(first), quaternions(second)
    assert (rotations(times(a, b)) * (first * second).inv()).magnitude() < 1e-6
    assert (rotations(inverse(a)) * first).magnitude() < 1e-6
    np.testing.assert_allclose(turned_by(a), first.as_rotvec(), atol=1e-6)
