"""Axis-angle, quaternions, matrices, for whole clips at once (numpy only: Blender's process has no scipy)."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_LOCKED: Final = 1e-6
"""Cosine of the middle one of three angles up to which the other two are one."""


def quaternions_from_axis_angle(rotations: Array) -> Array:
    """(..., 3) axis-angle in radians to (..., 4) unit quaternions, w first, as Blender has them."""
    angle = np.linalg.norm(rotations, axis=-1, keepdims=True)
    # np.sinc is sin(pi x) / (pi x): smooth through angle zero.
    return np.concatenate([np.cos(angle / 2), np.sinc(angle / (2 * np.pi)) / 2 * rotations], axis=-1)


def axis_angle_from_quaternions(quaternions: Array) -> Array:
    """(..., 4) unit quaternions, w first, to (..., 3) axis-angle in radians, the short way round."""
    quaternions = np.where(quaternions[..., :1] < 0, -quaternions, quaternions)
    sine = np.linalg.norm(quaternions[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, quaternions[..., :1])
    return quaternions[..., 1:] * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)


def continuous_quaternions(quaternions: Array) -> Array:
    """(T, ..., 4) the same rotations with signs chosen so that no component jumps between neighbouring frames.

    q and -q turn alike, but interpolating from q to -q spins the limb around, and F-curves full of jumps cannot be edited.
    """
    turns_over = np.sum(quaternions[1:] * quaternions[:-1], axis=-1) < 0
    sign = np.where(np.cumsum(turns_over, axis=0) % 2 == 1, -1.0, 1.0)
    result = quaternions.copy()
    result[1:] *= sign[..., None]
    return result


def xyz_angles(turns: Array) -> Array:
    """(..., 3, 3) rotations as (..., 3) angles in radians about X, Y and Z: turns = Rz Ry Rx."""
    beside = np.hypot(turns[..., 2, 1], turns[..., 2, 2])
    locked = beside < _LOCKED  # X and Z turn about the same line: all of it goes to X
    x = np.where(locked, np.arctan2(-turns[..., 1, 2], turns[..., 1, 1]), np.arctan2(turns[..., 2, 1], turns[..., 2, 2]))
    z = np.where(locked, 0.0, np.arctan2(turns[..., 1, 0], turns[..., 0, 0]))
    return np.stack([x, np.arctan2(-turns[..., 2, 0], beside), z], axis=-1)


def zxy_angles(turns: Array) -> Array:
    """(..., 3, 3) rotations as (..., 3) angles in radians about Z, X and Y: turns = Rz Rx Ry."""
    beside = np.hypot(turns[..., 2, 0], turns[..., 2, 2])
    locked = beside < _LOCKED  # Z and Y turn about the same line: all of it goes to Z
    z = np.where(locked, np.arctan2(turns[..., 1, 0], turns[..., 0, 0]), np.arctan2(-turns[..., 0, 1], turns[..., 1, 1]))
    y = np.where(locked, 0.0, np.arctan2(-turns[..., 2, 0], turns[..., 2, 2]))
    return np.stack([z, np.arctan2(turns[..., 2, 1], beside), y], axis=-1)


def continuous_angles(angles: Array) -> Array:
    """(T, ..., 3) the same rotations by angles in radians, about three different axes, that jump as little as can be.

    Angles (a, b, c) turn as (a + pi, pi - b, c + pi) and as those with whole turns more do. Both ways lie equally far from frame
    to frame, so whether a frame changes the way does not depend on which way the one before went.
    """
    other = np.stack([angles[..., 0] + np.pi, np.pi - angles[..., 1], angles[..., 2] + np.pi], axis=-1)
    same, crossed = (np.abs(_wrapped(now[1:] - angles[:-1])).sum(-1) for now in (angles, other))
    changed = np.zeros(angles.shape[:-1], bool)
    changed[1:] = np.cumsum(crossed < same, axis=0) % 2 == 1
    return np.unwrap(np.where(changed[..., None], other, angles), axis=0)


def _wrapped(angles: Array) -> Array:
    return (angles + np.pi) % (2 * np.pi) - np.pi


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


def quaternions_from_matrices(matrices: Array) -> Array:
    """(..., 3, 3) rotations to (..., 4) unit quaternions, w first; the largest component decides the sum (Shepperd 1978)."""
    m = np.asarray(matrices, np.float64)
    diagonal = np.diagonal(m, axis1=-2, axis2=-1)
    trace = diagonal.sum(-1)
    apart = np.stack([m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]], -1)
    # Row k: 4 q_k q, whose diagonal is 4 q_k squared.
    table = np.empty((*m.shape[:-2], 4, 4))
    table[..., 0, 0] = 1 + trace
    table[..., 0, 1:] = table[..., 1:, 0] = apart
    for i in range(3):
        for j in range(3):
            table[..., i + 1, j + 1] = 1 - trace + 2 * m[..., i, i] if i == j else m[..., i, j] + m[..., j, i]
    best = np.argmax(np.diagonal(table, axis1=-2, axis2=-1), axis=-1)
    rows = np.take_along_axis(table, best[..., None, None], axis=-2)[..., 0, :]
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


def matrices_from_quaternions(quaternions: Array) -> Array:
    """(..., 4) quaternions, w first, of any length but 0, to (..., 3, 3) rotations."""
    w, x, y, z = np.moveaxis(quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True), -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2)
