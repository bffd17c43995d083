"""Small pieces of rotation and vector mathematics, vectorised over leading axes. Rotation matrices act on columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.floating[Any]]


def unit(vectors: Array) -> NDArray[np.float64]:
    """(..., 3) vectors of length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), np.float64)


def square_to(vectors: Array, axis: Array) -> NDArray[np.float64]:
    """(..., 3) unit vectors: the part of `vectors` that is square to unit `axis` (..., 3)."""
    return unit(vectors - (vectors * axis).sum(-1, keepdims=True) * axis)


def about(axis: int, angle: Array) -> NDArray[np.float64]:
    """(..., 3, 3) rotations by `angle` (...) radians about the x (0), y (1) or z (2) axis."""
    angle = np.asarray(angle, np.float64)
    out = np.zeros((*angle.shape, 3, 3))
    one, two = (axis + 1) % 3, (axis + 2) % 3
    out[..., axis, axis] = 1
    out[..., one, one] = out[..., two, two] = np.cos(angle)
    out[..., two, one] = np.sin(angle)
    out[..., one, two] = -np.sin(angle)
    return out


def axes(first: Array, second: Array) -> NDArray[np.float64]:
    """(..., 3, 3) right-handed frames: columns are `first`, `second` made square to it, and their cross product."""
    first = unit(first)
    second = square_to(second, first)
    return np.stack([first, second, np.cross(first, second)], -1)


def apply(rotations: Array, vectors: Array) -> NDArray[np.float64]:
    """(..., 3) rotations (..., 3, 3) times vectors (..., 3)."""
    return np.asarray((rotations @ vectors[..., None])[..., 0])


def transposed(rotations: Array) -> NDArray[np.float64]:
    """(..., 3, 3) inverse rotations."""
    return np.asarray(np.swapaxes(rotations, -1, -2))


def nearest_rotation(matrices: Array) -> NDArray[np.float64]:
    """(..., 3, 3) rotations nearest to a weighted sum of rotations."""
    u, _, v = np.linalg.svd(matrices)
    u[..., :, 2] *= np.linalg.det(u @ v)[..., None]
    return np.asarray(u @ v)


def from_vectors(vectors: Array) -> NDArray[np.float64]:
    """(..., 3) axis-angle to (..., 3, 3)."""
    return np.asarray(Rotation.from_rotvec(np.reshape(vectors, (-1, 3))).as_matrix().reshape(*np.shape(vectors), 3))


def to_vectors(rotations: Array) -> NDArray[np.float64]:
    """(..., 3, 3) to (..., 3) axis-angle."""
    return np.asarray(Rotation.from_matrix(np.reshape(rotations, (-1, 3, 3))).as_rotvec().reshape(np.shape(rotations)[:-1]))


def twist_about_x(rotations: Array) -> NDArray[np.float64]:
    """(...) angle in radians of the twist about the x axis that rotations (..., 3, 3) hold (swing after twist)."""
    return np.asarray(2 * np.arctan2(rotations[..., 2, 1] - rotations[..., 1, 2], 1 + np.trace(rotations, axis1=-2, axis2=-1)))
