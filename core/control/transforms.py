"""Rigid transforms over time as matrices. numpy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def placed(turn: Array, point: Array) -> Array:
    """(..., 4, 4) of rotations (..., 3, 3) and points (..., 3), each broadcast against the other."""
    shape = np.broadcast_shapes(turn.shape[:-2], point.shape[:-1])
    matrix = np.zeros((*shape, 4, 4))
    matrix[..., :3, :3], matrix[..., :3, 3], matrix[..., 3, 3] = turn, point, 1.0
    return matrix


def inverse(matrix: Array) -> Array:
    """Of rigid transforms (..., 4, 4)."""
    turn = np.swapaxes(matrix[..., :3, :3], -1, -2)
    return placed(turn, -(turn @ matrix[..., :3, 3, None])[..., 0])


def rigid(matrix: Array) -> Array:
    """(..., 4, 4) without scale: the columns at length 1."""
    turn = matrix[..., :3, :3]
    return placed(turn / np.maximum(np.linalg.norm(turn, axis=-2, keepdims=True), 1e-12), matrix[..., :3, 3])


def local_basis(pose: Array, rest: Array, parent_pose: Array | None, parent_rest: Array | None) -> Array:
    """(T, 4, 4) what a bone's channels hold (PoseBone.matrix_basis) so that it stands as `pose` (T, 4, 4) in armature space.

    rest (4, 4), parent_rest (4, 4): at rest; parent_pose (T, 4, 4); None without a parent.
    """
    if parent_pose is None or parent_rest is None:
        return np.asarray(inverse(rest) @ pose)
    return np.asarray(inverse(parent_pose @ (inverse(parent_rest) @ rest)) @ pose)


def directions(vectors: Array) -> Array:
    """(..., 3) at length 1; zero stays zero."""
    found: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return found


def across(vectors: Array, axes: Array) -> Array:
    """(..., 3) what of the vectors is perpendicular to the unit vectors `axes`."""
    left: Array = vectors - np.sum(vectors * axes, axis=-1, keepdims=True) * axes
    return left
