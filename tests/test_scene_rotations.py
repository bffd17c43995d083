"""Rotations as quaternions, matrices and angles, against scipy's."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation
from thespis.core.scene.rotations import (
    continuous_angles,
    continuous_quaternions,
    parts_of_turns,
    quaternions_from_axis_angle,
    turned_from_first,
    xyz_angles,
    zxy_angles,
)

vectors = arrays(np.float64, (12, 3), elements=st.floats(-9, 9))
unhurried = settings(deadline=None)


@unhurried
@given(vectors)
def test_quaternions_turn_like_their_axis_angle(rotations):
    ours = quaternions_from_axis_angle(rotations)
    np.testing.assert_allclose(
        Rotation.from_quat(ours[:, [1, 2, 3, 0]]).as_matrix(), Rotation.from_rotvec(rotations).as_matrix(), atol=1e-12
    )


@unhurried
@given(vectors)
def test_continuous_quaternions_never_go_the_long_way_and_stay_the_same_rotations(rotations):
    before = quaternions_from_axis_angle(rotations)
    after = continuous_quaternions(before)
    assert (np.sum(after[1:] * after[:-1], axis=-1) >= 0).all()
    np.testing.assert_array_equal(np.abs(after), np.abs(before))


@unhurried
@given(vectors, st.floats(0, 1))
def test_turns_from_the_first_and_parts_of_them(rotations, share):
    frames = quaternions_from_axis_angle(rotations[:, None] / 3)
    since = turned_from_first(frames)
    turns = [Rotation.from_quat(part[:, 0, [1, 2, 3, 0]]) for part in (frames, since)]
    np.testing.assert_allclose((turns[0][0] * turns[1]).as_matrix(), turns[0].as_matrix(), atol=1e-9)
    part = parts_of_turns(quaternions_from_axis_angle(rotations[:, None] / 9), np.full(12, share))
    expected = Rotation.from_rotvec(rotations / 9 * share).as_matrix()
    np.testing.assert_allclose(Rotation.from_quat(part[:, 0, [1, 2, 3, 0]]).as_matrix(), expected, atol=1e-9)


quarters = arrays(np.float64, (12, 3), elements=st.sampled_from([-180.0, -90, 0, 90, 180]) | st.floats(-400, 400))
"""Degrees: often just where two of three angles are one."""


@unhurried
@given(quarters)
def test_angles_turn_as_their_matrices(degrees):
    for order, angles_of in (("xyz", xyz_angles), ("zxy", zxy_angles)):
        # Of axes that stand still, the first turns first in "xyz"; of ones that turn along, in "ZXY".
        order = order if order == "xyz" else "ZXY"
        turns = Rotation.from_euler(order, degrees, degrees=True).as_matrix()
        for angles in (angles_of(turns), continuous_angles(angles_of(turns))):
            np.testing.assert_allclose(Rotation.from_euler(order, angles).as_matrix(), turns, atol=3e-6)


@unhurried
@given(arrays(np.float64, (2, 3), elements=st.floats(-3, 3)))
def test_what_turns_slowly_has_angles_that_go_slowly(ends):
    """Also past a quarter turn of the middle one, where the usual angles jump."""
    degrees = np.rad2deg(np.linspace(*ends, 200))
    angles = continuous_angles(xyz_angles(Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()))
    # Within a hundredth of a turn of where two angles are one, a small turn may be a large change of both.
    clear = np.abs(np.cos(np.deg2rad(degrees[:, 1]))).min() > 0.05 or np.ptp(ends[:, [0, 2]], axis=0).max() == 0
    moved = np.abs(np.diff(angles, axis=0)).max()
    assert not clear or moved <= np.abs(ends[1] - ends[0]).max() / 199 + 1e-6


def test_an_arm_that_is_raised_over_the_side_does_not_flip():
    """The middle angle goes from 80 to 100 degrees while the others creep."""
    degrees = np.stack([np.linspace(10, 12, 41), np.linspace(80, 100.5, 41), np.linspace(20, 21, 41)], axis=-1)
    turns = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    assert np.abs(np.diff(np.unwrap(xyz_angles(turns), axis=0), axis=0)).max() > 3
    np.testing.assert_allclose(np.rad2deg(continuous_angles(xyz_angles(turns))), degrees, atol=1e-6)
