"""Motions of other makers: AMASS keeps Z for up, where SMPL-X's own world, and ours, has Y."""

from dataclasses import replace
from typing import Any

import numpy as np
from mathutils import Matrix, Quaternion, Vector
from numpy.typing import NDArray

from ..motion import Motion
from .space import WORLD_TO_BLENDER, from_blender

Array = NDArray[np.floating[Any]]


def lies_in_z_up(motion: Motion) -> bool:
    """Whether the body's own up, over the clip, points along Z rather than Y: people mostly stand, sit or walk."""
    up = np.array([Matrix(_quaternion(turn).to_matrix()) @ Vector((0, 1, 0)) for turn in motion.poses[:, 0]]).mean(axis=0)
    return bool(up[2] > abs(up[1]))


def stood_up(motion: Motion, pelvis: Array) -> Motion:
    """The same motion with Y for up. pelvis: (3,) of the body at rest, about which SMPL-X turns it."""
    to_y_up = Matrix(WORLD_TO_BLENDER.T.tolist()).to_quaternion()
    poses = motion.poses.copy()
    for frame, turn in enumerate(motion.poses[:, 0]):
        axis, angle = (to_y_up @ _quaternion(turn)).to_axis_angle()
        poses[frame, 0] = np.array(axis) * angle
    return replace(motion, poses=poses, trans=from_blender(motion.trans + pelvis) - pelvis)


def _quaternion(axis_angle: Array) -> Quaternion:
    angle = float(np.linalg.norm(axis_angle))
    return Quaternion(axis_angle.tolist(), angle) if angle > 1e-9 else Quaternion()
