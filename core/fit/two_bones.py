"""A limb of two bones and a hinge, solved in closed form, for the fit: in scipy's rotations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..retarget import limbs
from ..retarget.limbs import STRAIGHTEST
from ..retarget.turns import swing

__all__ = ["STRAIGHTEST", "lengths", "smallest_turn", "turns_to_reach"]

Array = NDArray[np.floating[Any]]


def lengths(root: Array, middle: Array, end: Array) -> tuple[Array, Array]:
    """(T,) lengths of both bones of limbs from `root` over `middle` to `end` (T, 3)."""
    return np.linalg.norm(root - middle, axis=1), np.linalg.norm(end - middle, axis=1)


def turns_to_reach(
    root: Array, middle: Array, end: Array, target: Array, hinge: Array, longest: Array | None = None
) -> tuple[Rotation, Rotation]:
    """core.retarget.limbs.turns_to_reach: turns of both bones, and before that of the second one."""
    whole, second = limbs.turns_to_reach(root, middle, end, target, hinge, longest)
    return Rotation.from_matrix(whole), Rotation.from_matrix(second)


def smallest_turn(one: Array, two: Array) -> Rotation:
    """The smallest rotations that turn directions (T, 3) into others."""
    return Rotation.from_matrix(swing(one, two))
