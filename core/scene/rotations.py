"""Axis-angle to quaternion, for whole clips at once (numpy only: Blender's process has no scipy, mathutils no arrays)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def quaternions_from_axis_angle(rotations: Array) -> Array:
    """(..., 3) axis-angle in radians to (..., 4) unit quaternions, w first, as Blender has them."""
    angle = np.linalg.norm(rotations, axis=-1, keepdims=True)
    # np.sinc is sin(pi x) / (pi x): smooth through angle zero.
    return np.concatenate([np.cos(angle / 2), np.sinc(angle / (2 * np.pi)) / 2 * rotations], axis=-1)


def continuous_quaternions(quaternions: Array) -> Array:
    """(T, ..., 4) the same rotations with signs chosen so that no component jumps between neighbouring frames.

    q and -q turn alike, but interpolating from q to -q spins the limb around, and F-curves full of jumps cannot be edited.
    """
    turns_over = np.sum(quaternions[1:] * quaternions[:-1], axis=-1) < 0
    sign = np.where(np.cumsum(turns_over, axis=0) % 2 == 1, -1.0, 1.0)
    result = quaternions.copy()
    result[1:] *= sign[..., None]
    return result
