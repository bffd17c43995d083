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


def turned_from_first(quaternions: Array) -> Array:
    """(T, ..., 4) what turns, in its own axes, the first frame's rotation into each frame's: first * result = quaternions."""
    w, back = quaternions[:1, ..., :1], -quaternions[:1, ..., 1:]
    other_w, other = quaternions[..., :1], quaternions[..., 1:]
    real = w * other_w - np.sum(back * other, axis=-1, keepdims=True)
    return np.concatenate([real, w * other + other_w * back + np.cross(back, other)], axis=-1)


def parts_of_turns(quaternions: Array, shares: Array) -> Array:
    """(T, ..., 4) the same turns by a share (T,) of their angles: 0 none, 1 whole."""
    w, vector = quaternions[..., :1], quaternions[..., 1:]
    sine = np.linalg.norm(vector, axis=-1, keepdims=True)
    half = np.arctan2(sine, w) * shares.reshape(-1, *[1] * (w.ndim - 1))
    return np.concatenate([np.cos(half), vector * (np.sin(half) / np.maximum(sine, 1e-12))], axis=-1)
