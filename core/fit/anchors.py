"""Where planted points stay: one place for each contact, and how a foot has to move for its points to be there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csc_matrix
from scipy.sparse.linalg import splu

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

HELD = 0.001
"""Metres (standard deviation) by which a planted point may be off its place."""
MOVED = 0.04
"""Metres by which the fit is likely off; a foot that would have to move further hardly says where its place is (Cauchy)."""
PUSHED = 3.0
"""m/s^2 (standard deviation) that holding the points may add to the foot's acceleration: how gently it goes into a contact."""
_ROUNDS = 3


def runs(on: Mask) -> NDArray[np.int64]:
    """(n, 2) first frame, and frame after the last, of each run of true frames of (T,)."""
    edges: NDArray[np.int64] = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(int), [0]]))).reshape(-1, 2)
    return edges


def shift_to_anchors(points: Array, planted: Mask, fps: float) -> NDArray[np.float64]:
    """(T, C) shift of a foot after which its points (T, P, C) stay in one place through each contact, planted (T, P).

    Least squares over the shift and the places together: points at their places, small shifts, small changes of speed.
    """
    frames, _, width = points.shape
    found = [(point, first, end) for point in range(points.shape[1]) for first, end in runs(planted[:, point])]
    if not found:
        return np.zeros((frames, width))
    point_of, first, end = np.array(found).T
    place = np.repeat(np.arange(len(found)), end - first)
    frame = np.concatenate([np.arange(*span) for span in zip(first, end, strict=True)])
    held, wide = np.full(len(frame), 1 / HELD), max(0, frames - 2)
    pushed = np.full(wide, fps**2 / PUSHED)
    row, later = np.arange(len(frame)), len(frame) + np.arange(wide)
    rows = np.concatenate([row, row, later, later, later])
    columns = np.concatenate([frame, frames + place, *(np.arange(wide) + k for k in range(3))])
    values = np.concatenate([held, -held, pushed, -2 * pushed, pushed])
    right = np.concatenate([-points[frame, point_of[place]] / HELD, np.zeros((wide, width))])
    size = frames + len(found)
    matrix = coo_matrix((values, (rows, columns)), shape=(len(right), size)).tocsc()
    normal, wanted = matrix.T @ matrix, matrix.T @ right
    shift, air = np.zeros((frames, width)), ~planted.any(1)
    for _ in range(_ROUNDS):
        doubt = 1 / (1 + (shift**2).sum(1) / MOVED**2)
        doubt[air] = 1  # or a foot on its way to a contact would be carried along, ever farther the earlier it is
        own = np.concatenate([doubt / MOVED**2, np.full(len(found), 1e-9)])
        solved = splu(csc_matrix(normal + coo_matrix((own, (range(size), range(size))), shape=(size, size)))).solve(wanted)
        shift = solved[:frames]
    return shift
