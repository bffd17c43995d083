"""Several takes faded one into the next, as an animator blends clips: poses by shares, the way over the floor by its speed."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

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
    others = slice(pelvis.stop, parts.rotations.stop)
    turned = rotation6d.to_matrices(takes[..., pelvis])
    headings = np.unwrap(np.arctan2(turned[..., 0, 2], turned[..., 2, 2]), axis=1)
    heading = _summed(headings, shares)
    tilts = _about_y(-headings) @ turned
    out[:, pelvis] = rotation6d.from_matrices(_about_y(heading) @ mixed_turns(tilts[:, :, None], shares)[:, 0])
    six = takes[..., others].reshape(*takes.shape[:2], -1, 6)
    out[:, others] = rotation6d.from_matrices(mixed_turns(rotation6d.to_matrices(six), shares)).reshape(len(out), -1)
    floor = [parts.place.start, parts.place.start + 2]
    steps = np.diff(takes[..., floor], axis=1)
    # A step belongs to the heading halfway through it.
    seen = _turned(steps, -(headings[:, 1:] + headings[:, :-1]) / 2)
    between = (shares[1:] + shares[:-1]).T[..., None] / 2
    gone = _turned((between * seen).sum(0), (heading[1:] + heading[:-1]) / 2)
    begin = (weight[:, 0] * takes[:, 0][:, floor]).sum(0)
    out[:, floor] = begin + np.concatenate([np.zeros((1, 2)), np.cumsum(gone, axis=0)])
    return out


def mixed_turns(turns: Array, shares: Array) -> Array:
    """(T, J, 3, 3) rotations between those of K takes, turns (K, T, J, 3, 3), as far as shares (T, K) say: each next take is
    approached along the shortest way (Shoemake 1985) from the mixture of those before it.

    Which way is shorter is asked once, in the middle of the fade, and kept to: two takes may pass half a turn of each other
    meanwhile, and the way around would change sides in one frame.
    """
    mixed, gathered = turns[0], shares[:, 0]
    for take, share in zip(turns[1:], shares.T[1:], strict=True):
        gathered = gathered + share
        along = share / np.where(gathered > 0, gathered, 1)
        if not along.any():
            continue
        ways = _steady_ways(np.swapaxes(mixed, -1, -2) @ take, int(np.abs(along - 0.5).argmin()))
        mixed = mixed @ Rotation.from_rotvec((along[:, None, None] * ways).reshape(-1, 3)).as_matrix().reshape(mixed.shape)
    return mixed


def _steady_ways(between: Array, middle: int) -> Array:
    """(T, J, 3) rotation vectors of rotations (T, J, 3, 3): the shortest in the frame `middle`, and from there to both ends the
    ones that are near to those of the frame before."""
    ways: Array = Rotation.from_matrix(between.reshape(-1, 3, 3)).as_rotvec().reshape(between.shape[:-1])
    angles = np.linalg.norm(ways, axis=-1, keepdims=True)
    around = np.where(angles > 1e-6, ways * (1 - 2 * np.pi / np.maximum(angles, 1e-6)), ways)
    both = np.stack([ways, around])
    for frame, known in [(f, f - 1) for f in range(middle + 1, len(ways))] + [(f, f + 1) for f in range(middle - 1, -1, -1)]:
        nearer = np.linalg.norm(both[:, frame] - ways[known], axis=-1).argmin(0)
        ways[frame] = both[nearer, frame, np.arange(len(nearer))]
    return ways


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
