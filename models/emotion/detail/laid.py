"""Detail as the difference between two takes, and laid over a take."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ....core.skeleton import BODY_JOINT_COUNT
from .. import rotation6d
from ..features import layout

Array = NDArray[np.float64]


def left_out(true: Array, made: Array) -> Array:
    """(T, DETAIL) what has to be laid over features `made` (T, D) for them to become `true`, body only."""
    turned = np.swapaxes(_matrices(made), -1, -2) @ _matrices(true)
    vectors = Rotation.from_matrix(turned.reshape(-1, 3, 3)).as_rotvec().reshape(len(made), -1)
    place = layout().place
    return np.concatenate([vectors, true[:, place] - made[:, place]], 1)


def laid_over(values: Array, detail: Array) -> Array:
    """Features (T, D) with detail (T, DETAIL) laid over them: `left_out` undone."""
    vectors, place = np.split(detail, [3 * BODY_JOINT_COUNT], axis=1)
    turns = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(len(values), BODY_JOINT_COUNT, 3, 3)
    out = values.copy()
    out[:, layout().rotations] = rotation6d.from_matrices(_matrices(values) @ turns).reshape(len(values), -1)
    out[:, layout().place] += place
    return out


def _matrices(values: Array) -> Array:
    return rotation6d.to_matrices(values[:, layout().rotations].reshape(len(values), BODY_JOINT_COUNT, 6))
