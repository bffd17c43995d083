"""SMPL-X rotations and translations in the terms of bones that have axes of their own. numpy only.

With M the rest matrix of a bone (its local axes in the armature's space), A the change of axes and r SMPL-X's local
rotation of the joint, the bone's own rotation is M^-1 (A r A^-1) M: the axis of the rotation, seen from the bone. So an
axis-angle vector w becomes M^T A w, and nothing of it depends on the parent.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..motion import Motion
from .rotations import continuous_quaternions, quaternions_from_axis_angle
from .space import to_blender

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class BoneKeys:
    """What the bones' F-curves hold, a row a frame.

    rotation_quaternion: (T, 55, 4) w first. location: (T, 3) of the pelvis bone, along its own axes, metres.
    """

    rotation_quaternion: Array
    location: Array


def bone_keys(motion: Motion, rest_matrices: Array, lift: float) -> BoneKeys:
    """The keys that make bones with these rest matrices move as `motion` says.

    rest_matrices: (55, 3, 3) columns are the bones' local axes in the armature's space.
    lift: how many metres the rest pose was raised against SMPL-X's own (core.scene.character).
    """
    axes = np.einsum("jba,tjb->tja", rest_matrices, to_blender(motion.poses))
    quaternions = continuous_quaternions(quaternions_from_axis_angle(axes))
    travel = to_blender(motion.trans) - np.array([0.0, 0.0, lift])
    return BoneKeys(quaternions, travel @ rest_matrices[0])


def key_frames(count: int, motion_fps: float, scene_fps: float, first: float) -> Array:
    """(count,) scene frames at which the motion's frames fall, the first one at `first`.

    At another rate than the scene's the keys lie between whole frames: every measured pose is kept and the speed is
    right, where resampling would blur fast moves and could not be undone.
    """
    exact = scene_fps / motion_fps
    # Blender keeps its rate in 32 bits. A key at 59.999998 instead of 60 is cut off by exporters that count whole frames.
    meant = float(Fraction(exact).limit_denominator(1001))
    return first + np.arange(count) * (meant if abs(meant / exact - 1) < 1e-6 else exact)
