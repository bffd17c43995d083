"""How steep curves are at their keys, so that the cubics between them lie close to the frames that have no key."""

import numpy as np

from .keys import Array, Flags, Whole, neighbours

_PULL = 0.02
"""How much the slope between the neighbouring keys counts against the frames: it decides where there are none between."""


def fitted_slopes(values: Array, groups: Whole, chosen: Flags, ends: Array | None = None) -> Array:
    """(T, N) slopes a frame at the keys `chosen` (T, G) of the curves `values` (T, N): least squares over all frames of a group.

    ends: (2, N) the slopes of the first and last frame, where they are to be these.
    """
    before, after = neighbours(chosen)
    count = len(values)
    width = (after - before).astype(np.float64)
    span = np.maximum(width, 1)
    u = (np.arange(count)[:, None] - before) / span
    leaving, coming = width * u * (1 - u) ** 2, -width * u**2 * (1 - u)
    risen = np.where(width > 0, u * u * (3 - 2 * u), 0.0)
    curves = np.arange(len(groups))
    start, end = values[before[:, groups], curves], values[after[:, groups], curves]
    left = values - start - risen[:, groups] * (end - start)
    # One group's curves after another's, so that a key and the frames after it stand in a row.
    keys = np.flatnonzero(chosen.T.ravel())
    pairs = ((leaving, leaving), (leaving, coming), (coming, coming))
    aa, ab, bb = (np.add.reduceat((one * two).T.ravel(), keys) for one, two in pairs)
    flat = chosen[:, groups].T.ravel()
    own = np.flatnonzero(flat)
    on_a = np.add.reduceat((leaving[:, groups] * left).T.ravel(), own)
    on_b = np.add.reduceat((coming[:, groups] * left).T.ravel(), own)
    # From keys of groups to keys of curves.
    number = np.full(chosen.T.size, -1)
    number[keys] = np.arange(len(keys))
    row = number.reshape(chosen.T.shape)[groups].ravel()[own]
    aa, ab, bb = aa[row], ab[row], bb[row]
    widths, rises = width[:, groups].T.ravel()[own], (end - start).T.ravel()[own]
    pull = _PULL * widths**3 / 105 + 1e-12
    steep = np.where(widths > 0, rises / np.maximum(widths, 1), 0.0)
    # Each key is the end of one piece and the start of the next; the last of a curve starts an empty piece.
    diagonal = aa + pull
    diagonal[1:] += bb[:-1] + np.where(widths[:-1] > 0, pull[:-1], 0)
    known = on_a + pull * steep
    known[1:] += on_b[:-1] + np.where(widths[:-1] > 0, pull[:-1] * steep[:-1], 0)
    beside = np.where(widths > 0, ab, 0.0)
    if ends is not None:
        where = np.unravel_index(own, (len(groups), count))
        for frame, told in ((0, ends[0]), (count - 1, ends[1])):
            at = where[1] == frame
            diagonal[at], known[at] = 1e12, 1e12 * told[where[0][at]]
    slopes = np.zeros(len(groups) * count)
    slopes[own] = _solve(diagonal, beside, known)
    return slopes.reshape(len(groups), count).T


def end_slopes(values: Array) -> Array:
    """(2, N) the slopes at both ends of a loop (T, N), the same: half of what lies between its second and its last frame but one.

    What travels on in a loop, or turns on and comes back as minus itself, does not begin again where it began: its ends go on as
    they are.
    """
    start, end = values[1] - values[0], values[-1] - values[-2]
    both = (start + end) / 2
    again = np.abs(values[-1] - values[0]) < 1e-6
    return np.stack([np.where(again, both, start), np.where(again, both, end)])


def _solve(diagonal: Array, beside: Array, known: Array) -> Array:
    """Solve a symmetric tridiagonal system by parallel cyclic reduction. beside: (n,) of row k and k + 1."""
    count = len(diagonal)
    lower, upper = np.concatenate([[0.0], beside[:-1]]), np.append(beside[:-1], 0.0)
    step = 1
    while step < count and (lower.any() or upper.any()):
        up, down = np.zeros(count), np.zeros(count)
        up[step:] = -lower[step:] / diagonal[:-step]
        down[:-step] = -upper[:-step] / diagonal[step:]
        new, right = diagonal.copy(), known.copy()
        new[step:] += up[step:] * upper[:-step]
        new[:-step] += down[:-step] * lower[step:]
        right[step:] += up[step:] * known[:-step]
        right[:-step] += down[:-step] * known[step:]
        low, high = np.zeros(count), np.zeros(count)
        low[step:] = up[step:] * lower[:-step]
        high[:-step] = down[:-step] * upper[step:]
        diagonal, known, lower, upper, step = new, right, low, high, 2 * step
    return known / diagonal
