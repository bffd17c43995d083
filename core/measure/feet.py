"""Feet on the floor: contacts found, feet that slide or drift while they are planted, bodies that sink. numpy only.

Points are those of Regions.soles: left heel, left toes, right heel, right toes; the floor is y = 0, metres.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


def contact_hits(found: Mask, truth: Mask) -> tuple[Mask, Mask]:
    """Which true contacts (T, 4) were found (their mean is the recall), and which found ones are true (the precision)."""
    return found[truth], truth[found]


def slides(points: Array, contacts: Mask, fps: float) -> Array:
    """(n,) speeds along the floor, m/s, of points (T, P, 3) from each frame to the next in which they are in contact (T, P)."""
    moved = np.linalg.norm(np.diff(points[..., [0, 2]], axis=0), axis=-1) * fps
    return moved[contacts[1:] & contacts[:-1]]


def drifts(points: Array, contacts: Mask) -> Array:
    """(n,) for each contact (a run of frames) of each point: the farthest, along the floor, that the point (T, P, 3) gets from
    where it stood in the contact's first frame; metres."""
    found = []
    for point in range(points.shape[1]):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], contacts[:, point].astype(int), [0]])))
        for first, end in edges.reshape(-1, 2):
            track = points[first:end, point][:, [0, 2]]
            found.append(np.linalg.norm(track - track[0], axis=-1).max())
    return np.array(found)


def sinking(vertices: Array) -> Array:
    """(T,) how far the lowest vertex of (T, V, 3) lies under the floor, metres; 0 where none does."""
    depth: Array = np.maximum(0, -vertices[..., 1].min(1).astype(np.float64))
    return depth
