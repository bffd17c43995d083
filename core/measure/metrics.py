"""How far a fit is from the truth. Lengths come out in the unit that goes in (metres, unless said otherwise). numpy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def similarity(source: Array, target: Array) -> tuple[float, Array, Array]:
    """Scale, rotation (3, 3) and shift (3,) that bring points `source` (N, 3) nearest to `target` (N, 3) in least squares.

    scale * rotation @ source + shift ~ target. Umeyama 1991, "Least-squares estimation of transformation parameters".
    Points that all coincide have no scale: it is 1 and the rotation the identity.
    """
    mean_source, mean_target = source.mean(0), target.mean(0)
    centred_source, centred_target = source - mean_source, target - mean_target
    spread = float((centred_source**2).sum())
    if spread == 0:
        return 1.0, np.eye(3), mean_target - mean_source
    u, singular, vt = np.linalg.svd(centred_target.T @ centred_source)
    sign = np.ones(3)
    sign[2] = np.sign(np.linalg.det(u @ vt))
    rotation = u @ np.diag(sign) @ vt
    scale = float((singular * sign).sum() / spread)
    return scale, rotation, mean_target - scale * rotation @ mean_source


def aligned(source: Array, target: Array) -> Array:
    """(T, N, 3) `source` with each frame brought onto `target` (T, N, 3) by its own similarity."""
    out = np.empty_like(source, dtype=np.float64)
    for k, (a, b) in enumerate(zip(source, target, strict=True)):
        scale, rotation, shift = similarity(a, b)
        out[k] = scale * a @ rotation.T + shift
    return out


def mpjpe(estimate: Array, truth: Array, root: tuple[int, ...] = (0,)) -> Array:
    """(T,) mean distance of joints (T, J, 3) after the mean of the `root` joints is laid upon the truth's."""
    chosen = list(root)
    difference = (estimate - estimate[:, chosen].mean(1, keepdims=True)) - (truth - truth[:, chosen].mean(1, keepdims=True))
    distance: Array = np.linalg.norm(difference, axis=-1).mean(1)
    return distance


def pa_mpjpe(estimate: Array, truth: Array) -> Array:
    """(T,) mean distance of joints (T, J, 3) after each frame's own similarity (Procrustes alignment)."""
    distance: Array = np.linalg.norm(aligned(estimate, truth) - truth, axis=-1).mean(1)
    return distance


def pa_v2v(estimate: Array, truth: Array) -> Array:
    """(T,) as `pa_mpjpe`, over the vertices (T, V, 3) of two meshes of the same topology."""
    return pa_mpjpe(estimate, truth)


def acceleration_error(estimate: Array, truth: Array, fps: float | None = None) -> Array:
    """(T - 2,) mean length of the difference of accelerations of joints (T, J, 3): per frame squared, or per second squared
    when `fps` is given."""
    difference = np.diff(estimate, 2, axis=0) - np.diff(truth, 2, axis=0)
    error: Array = np.linalg.norm(difference, axis=-1).mean(1) * (1.0 if fps is None else fps**2)
    return error


def foot_sliding(points: Array, contacts: Array, fps: float, up: Array | None = None) -> float:
    """Mean speed (a second) along the floor of the points (T, P, 3) while they are in contact (T, P) in two frames running.

    up: (3,) unit vector, +Y when left out. NaN when nothing is in contact.
    """
    axis = np.array([0.0, 1.0, 0.0]) if up is None else np.asarray(up, np.float64)
    moved = np.diff(points, axis=0)
    moved = moved - (moved @ axis)[..., None] * axis
    both = (contacts[1:] > 0.5) & (contacts[:-1] > 0.5)
    if not both.any():
        return float("nan")
    return float(np.linalg.norm(moved, axis=-1)[both].mean() * fps)
