"""A limb of two bones and a hinge, solved in closed form: how it turns for its end to be somewhere else."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.floating[Any]]

STRAIGHTEST = 0.9985
"""Share of its length that a limb reaches at most: beyond, knees and elbows snap."""
_HINGE = 0.05
"""Sine of the bend under which the hinge itself decides in which plane a limb bends, rather than how it is bent."""


def lengths(root: Array, middle: Array, end: Array) -> tuple[Array, Array]:
    """(T,) lengths of both bones of limbs from `root` over `middle` to `end` (T, 3)."""
    return np.linalg.norm(root - middle, axis=1), np.linalg.norm(end - middle, axis=1)


def turns_to_reach(
    root: Array, middle: Array, end: Array, target: Array, hinge: Array, longest: Array | None = None
) -> tuple[Rotation, Rotation]:
    """Turns about the root, of both bones, and before that about the middle, of the second bone, that bring the end (T, 3) to
    `target` (T, 3); all in one frame of reference.

    hinge: (T, 3) unit axis about which the limb closes, for one that is straight; a bent one keeps its plane. longest: (T,) how
    far the end may be from the root (by default STRAIGHTEST of the limb); out of reach it goes as far as that.
    """
    upper, lower = root - middle, end - middle
    a, b = lengths(root, middle, end)
    longest = STRAIGHTEST * (a + b) if longest is None else longest
    wanted = np.clip(np.linalg.norm(target - root, axis=1), np.abs(a - b) + 1e-3, np.minimum(longest, a + b))
    bent = np.arccos(np.clip((a**2 + b**2 - wanted**2) / (2 * a * b), -1, 1))[:, None]
    along = upper / a[:, None]
    axis = np.cross(upper, lower) + _HINGE * (a * b)[:, None] * hinge
    axis -= (axis * along).sum(axis=1, keepdims=True) * along
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    folded = b[:, None] * (np.cos(bent) * along + np.sin(bent) * np.cross(axis, along))
    return smallest_turn(middle + folded - root, target - root), smallest_turn(lower, folded)


def smallest_turn(one: Array, two: Array) -> Rotation:
    """The smallest rotations that turn directions (T, 3) into others."""
    one = one / np.linalg.norm(one, axis=1, keepdims=True)
    two = two / np.linalg.norm(two, axis=1, keepdims=True)
    axis = np.cross(one, two)
    sine = np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.arctan2(sine[:, 0], (one * two).sum(axis=1))
    return Rotation.from_rotvec(axis / np.maximum(sine, 1e-12) * angle[:, None])
