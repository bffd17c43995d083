"""Motions of other makers: AMASS keeps Z for up, where SMPL-X's own world, and ours, has Y. numpy only."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..motion import Motion
from .rotations import axis_angle_from_quaternions, quaternions_from_axis_angle
from .space import from_blender, to_blender

Array = NDArray[np.floating[Any]]

_TO_Y_UP = np.array([np.sqrt(0.5), -np.sqrt(0.5), 0.0, 0.0])
"""The quaternion (w, x, y, z) of WORLD_TO_BLENDER's inverse: a quarter turn about X."""


_TO_Z_UP = _TO_Y_UP * np.array([1.0, -1.0, -1.0, -1.0])


def lies_in_z_up(motion: Motion) -> bool:
    """Whether the body's own up, over the clip, points along Z rather than Y: people mostly stand, sit or walk."""
    w, x, y, z = quaternions_from_axis_angle(motion.poses[:, 0]).T
    up_y, up_z = (1 - 2 * (x * x + z * z)).mean(), (2 * (y * z + w * x)).mean()
    return bool(up_z > abs(up_y))


def stood_up(motion: Motion, pelvis: Array) -> Motion:
    """The same motion with Y for up. pelvis: (3,) of the body at rest, about which SMPL-X turns it."""
    poses = motion.poses.copy()
    poses[:, 0] = axis_angle_from_quaternions(_product(_TO_Y_UP, quaternions_from_axis_angle(motion.poses[:, 0])))
    return replace(motion, poses=poses, trans=from_blender(motion.trans + pelvis) - pelvis)


def laid_down(motion: Motion, pelvis: Array) -> Motion:
    """The inverse of `stood_up`: the same motion with Z for up, as AMASS has it."""
    poses = motion.poses.copy()
    poses[:, 0] = axis_angle_from_quaternions(_product(_TO_Z_UP, quaternions_from_axis_angle(motion.poses[:, 0])))
    return replace(motion, poses=poses, trans=to_blender(motion.trans + pelvis) - pelvis)


def _product(first: Array, then: Array) -> Array:
    """(T, 4) the rotation `then` followed by the rotation `first` (4,)."""
    w, vector = first[0], first[1:]
    other_w, other = then[:, :1], then[:, 1:]
    return np.concatenate([w * other_w - other @ vector[:, None], w * other + other_w * vector + np.cross(vector, other)], axis=1)
