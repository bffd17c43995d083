"""Several takes faded one into the next, as an animator blends clips: poses by shares, the way over the floor by its speed."""

import numpy as np
from numpy.typing import NDArray

from ...models.emotion import rotation6d
from ...models.emotion.features import layout

Array = NDArray[np.float64]


def crossfaded(takes: Array, shares: Array) -> Array:
    """Features (T, D) of takes (K, T, D) of which `shares` (T, K), summing to 1, are seen.

    Where a take has gone to, and which way it has turned, means nothing to another: so how fast each walks, as seen by itself,
    and how fast it turns are mixed, and summed up over time.
    """
    parts = layout()
    weight = shares.T[..., None]
    out: Array = (weight * takes).sum(0)
    pelvis = slice(parts.rotations.start, parts.rotations.start + 6)
    turned = rotation6d.to_matrices(takes[..., pelvis])
    headings = np.unwrap(np.arctan2(turned[..., 0, 2], turned[..., 2, 2]), axis=1)
    heading = _summed(headings, shares)
    tilts = _about_y(-headings) @ turned
    out[:, pelvis] = rotation6d.from_matrices(
        _about_y(heading) @ rotation6d.to_matrices((weight * rotation6d.from_matrices(tilts)).sum(0))
    )
    floor = [parts.place.start, parts.place.start + 2]
    steps = np.diff(takes[..., floor], axis=1)
    # A step belongs to the heading halfway through it.
    seen = _turned(steps, -(headings[:, 1:] + headings[:, :-1]) / 2)
    between = (shares[1:] + shares[:-1]).T[..., None] / 2
    gone = _turned((between * seen).sum(0), (heading[1:] + heading[:-1]) / 2)
    begin = (weight[:, 0] * takes[:, 0][:, floor]).sum(0)
    out[:, floor] = begin + np.concatenate([np.zeros((1, 2)), np.cumsum(gone, axis=0)])
    return out


def _summed(values: Array, shares: Array) -> Array:
    """(T,) what the changes of values (K, T) sum up to when they are mixed by shares (T, K)."""
    changes = (np.diff(values, axis=1) * (shares[1:] + shares[:-1]).T / 2).sum(0)
    return np.concatenate([[0.0], np.cumsum(changes)]) + float((values[:, 0] * shares[0]).sum())


def _about_y(angles: Array) -> Array:
    """(..., 3, 3) turns by angles (...)."""
    out = np.zeros((*angles.shape, 3, 3))
    out[..., 1, 1] = 1
    out[..., 0, 0] = out[..., 2, 2] = np.cos(angles)
    out[..., 0, 2] = np.sin(angles)
    out[..., 2, 0] = -np.sin(angles)
    return out


def _turned(ways: Array, angles: Array) -> Array:
    """Ways (..., 2) over the floor, x and z, turned about Y by angles (...)."""
    x, z = ways[..., 0], ways[..., 1]
    return np.stack([np.cos(angles) * x + np.sin(angles) * z, np.cos(angles) * z - np.sin(angles) * x], axis=-1)
