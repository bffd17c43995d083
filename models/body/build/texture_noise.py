"""Smooth noise over space, the same on every machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def noise(points: Array, seed: int) -> Array:
    """(N,) value noise in [-1, 1] at (N, 3) points, its features about one unit large (Perlin 1985)."""
    cell = np.floor(points).astype(np.int64)
    part = points - cell
    ease = part * part * part * (part * (part * 6 - 15) + 10)
    total = np.zeros(len(points))
    for corner in range(8):
        offset = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
        weight = np.where(offset, ease, 1 - ease).prod(axis=1)
        total += weight * _hashed(cell + offset, seed)
    return total


def layered_noise(points: Array, size: float, layers: int, seed: int, where: NDArray[np.bool_] | None = None) -> Array:
    """(N,) about [-1, 1]: noises added up, the first with features of `size`, each next half as large and strong.

    where: (N,) the points at which it is wanted; 0 elsewhere (it takes time).
    """
    out = np.zeros(len(points))
    chosen = np.arange(len(points)) if where is None else np.flatnonzero(where)
    for k in range(layers):
        out[chosen] += 0.5**k * noise(points[chosen] / (size * 0.5**k), seed + k)
    return out / (2 - 0.5 ** (layers - 1))


def smooth_step(x: Array, low: float, high: float) -> Array:
    """0 below low, 1 above high, smooth between (low may be above high: then it falls)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def bump(x: Array, middle: float, width: float) -> Array:
    """A soft bell: 1 at the middle, about 0 two widths away."""
    return np.asarray(np.exp(-(((x - middle) / width) ** 2)))


def _hashed(cell: NDArray[np.int64], seed: int) -> Array:
    """(N,) in [-1, 1] from whole-number lattice points (integer mixing after Wang 2007)."""
    with np.errstate(over="ignore"):
        h = (cell * np.array([73856093, 19349663, 83492791])).sum(axis=1).astype(np.uint32)
        h ^= np.uint32(seed * 2654435761 % 2**32)
        h = (h ^ np.uint32(61)) ^ (h >> np.uint32(16))
        h *= np.uint32(9)
        h ^= h >> np.uint32(4)
        h *= np.uint32(0x27D4EB2D)
        h ^= h >> np.uint32(15)
    return h.astype(np.float64) / 2147483647.5 - 1
