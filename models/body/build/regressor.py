"""J_regressor: each joint as a weighted sum of skin vertices near it.

Weights may be negative (the joint lies inside, the skin around it): least squares over all people of the population, with a
ridge that keeps the weights small so that single precision suffices, and rows that sum to 1. Vertices that any facial
expression moves are left out, so that a face never moves a joint. Non-negative weights would be six times worse here.
"""

from typing import Final

import numpy as np

from ....core.skeleton import EYES, JOINT_COUNT, MIRROR
from .makehuman import Array, Index

_NEAREST: Final = 900
_RIDGE: Final = 1e-6
"""Metres squared for a squared weight of 1, a person: a row of weights 0.1 may cost 0.1 mm."""


def joint_regressor(vertices: Array, joints: Array, still: Index, eyes: tuple[Index, Index], mirror: Index) -> Array:
    """(55, V), rows sum to 1.

    vertices: (N, V, 3) and joints: (N, 55, 3) of people at rest. still: skin vertices that no expression moves.
    eyes: the vertices of the left and right eyeball, which alone place the eyes. mirror: (V,) the vertex on the other side.
    """
    regressor = np.zeros((JOINT_COUNT, vertices.shape[1]))
    middle = vertices.mean(axis=0)
    for joint in range(JOINT_COUNT):
        if joint in EYES:
            chosen = eyes[EYES.index(joint)]
        else:
            distance = np.linalg.norm(middle[still] - joints[:, joint].mean(axis=0), axis=1)
            chosen = still[np.argsort(distance, kind="stable")[:_NEAREST]]
        regressor[joint, chosen] = _weights(vertices[:, chosen], joints[:, joint])
    return 0.5 * (regressor + regressor[MIRROR, :][:, mirror])


def _weights(points: Array, joint: Array) -> Array:
    """(n,) weights w, sum 1, minimising sum |points w - joint|^2 + ridge N |w|^2 for points (N, n, 3), joint (N, 3)."""
    people, count, _ = points.shape
    # Seen from the points' own middle the condition "sum 1" drops out: w = 1/n + d, sum d = 0.
    centre = points.mean(axis=1, keepdims=True)
    rows = (points - centre).transpose(0, 2, 1).reshape(-1, count)
    target = (joint - centre[:, 0]).reshape(-1)
    normal = rows.T @ rows + _RIDGE * people * np.eye(count)
    delta = np.linalg.solve(normal, rows.T @ target)
    weights: Array = 1 / count + delta - delta.mean()
    return weights
