"""Rotations as matrices, whole takes at once. numpy only."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_OPPOSITE: Final = 1e-9
"""A squared sine under which two directions count as the same, or as opposite."""


def apply(turns: Array, vectors: Array) -> Array:
    """(..., 3) vectors turned by matrices (..., 3, 3)."""
    return (turns @ vectors[..., None])[..., 0]


def transposed(turns: Array) -> Array:
    """(..., 3, 3) the turns back."""
    return np.swapaxes(turns, -1, -2)


def unit(vectors: Array) -> Array:
    """(..., 3) of length 1; what has no length stays without."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def about(axes: Array, angles: Array) -> Array:
    """(..., 3, 3) turns about unit axes (..., 3) by angles (...) (Rodrigues)."""
    x, y, z = np.moveaxis(np.broadcast_to(axes, (*np.shape(angles), 3)), -1, 0)
    none = np.zeros_like(x)
    cross = np.stack([none, -z, y, z, none, -x, -y, x, none], axis=-1).reshape(*x.shape, 3, 3)
    sine, cosine = np.sin(angles)[..., None, None], np.cos(angles)[..., None, None]
    return np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)


def swing(start: Array, end: Array) -> Array:
    """(..., 3, 3) the smallest turns from directions (..., 3) to others; half a circle about whatever is square to them."""
    one, two = unit(start), unit(end)
    axis = np.cross(one, two)
    square, cosine = (axis * axis).sum(-1), (one * two).sum(-1)
    other = np.cross(one, np.where(np.abs(one[..., :1]) < 0.7, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]))
    axis = np.where((square > _OPPOSITE)[..., None], axis, other)
    return about(unit(axis), np.arctan2(np.sqrt(square), cosine))


def twist_angle(turn: Array, axis: Array) -> float:
    """How far a turn (3, 3) turns about the unit `axis` (3,), -pi to pi: the rest of it swings the axis."""
    w, x, y, z = quaternions_of(turn)
    return float((2 * np.arctan2(np.array([x, y, z]) @ axis, w) + np.pi) % (2 * np.pi) - np.pi)


def quaternions_of(turns: Array) -> Array:
    """(..., 4) unit quaternions, w first, of matrices (..., 3, 3).

    Of the four ways to tell one the one with the largest divisor (Shepperd 1978).
    """
    m = turns
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    squares = np.stack([trace, m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]], -1)  # which is the largest of w, x, y, z
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    diagonal = 1 - trace[..., None] + 2 * squares[..., 1:]
    told = np.stack(
        [
            np.stack([1 + trace, a, b, c], -1),
            np.stack([a, diagonal[..., 0], d, e], -1),
            np.stack([b, d, diagonal[..., 1], f], -1),
            np.stack([c, e, f, diagonal[..., 2]], -1),
        ],
        -2,
    )
    chosen = np.take_along_axis(told, squares.argmax(-1)[..., None, None], -2)[..., 0, :]
    return chosen / np.linalg.norm(chosen, axis=-1, keepdims=True)


def between(first: Array, second: Array, share: float) -> Array:
    """(T, 3, 3) turns on the shortest way from the first to the second."""
    w, vector = np.split(quaternions_of(transposed(first) @ second), [1], axis=-1)
    vector = np.where(w < 0, -vector, vector)
    sine = np.linalg.norm(vector, axis=-1)
    angle = 2 * np.arctan2(sine, np.abs(w[..., 0]))
    axis = np.where(sine[..., None] > 1e-12, vector / np.maximum(sine, 1e-12)[..., None], [1.0, 0.0, 0.0])
    return first @ about(axis, share * angle)


def angles(turns: Array) -> Array:
    """(...) how far turns (..., 3, 3) turn, 0 to pi."""
    return np.arccos(np.clip((np.trace(turns, axis1=-2, axis2=-1) - 1) / 2, -1, 1))


def orthonormal(matrices: Array) -> Array:
    """(..., 3, 3) the turns in matrices (..., 3, 3) that also scale, by their columns."""
    x = unit(matrices[..., :, 0])
    y = unit(matrices[..., :, 1] - (matrices[..., :, 1] * x).sum(-1, keepdims=True) * x)
    return np.stack([x, y, np.cross(x, y)], axis=-1)
