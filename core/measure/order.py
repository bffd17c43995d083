"""What lies before what: wrists and the head, along the camera's view."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from ..camera import Camera

Array = NDArray[np.floating[Any]]

UNDECIDED: Final = 0.02
"""Metres; a wrist that is truly no further than this before or behind the head's middle is neither."""


def order_hits(estimate: tuple[Array, Array], truth: tuple[Array, Array, Array], camera: Camera) -> NDArray[np.bool_]:
    """(n,) whether the fit has the wrist on its true side of the head, for each frame and hand that lies over the head.

    estimate: wrists (T, 2, 3) and the head's vertices (T, n, 3); truth: the same, and between them the middle knuckles
    (T, 2, 3); all in the camera's frame. A hand lies over the head when its true wrist or middle knuckle projects into
    the convex outline of the true head. Sides are of the wrist and the mean of the head's vertices.
    """
    wrists, head = estimate
    true_wrists, knuckles, true_head = truth
    fitted = wrists[..., 2] - head[..., 2].mean(1)[:, None]
    wanted = true_wrists[..., 2] - true_head[..., 2].mean(1)[:, None]
    over = _over(np.stack([true_wrists, knuckles], 2), true_head, camera).any(2) & (abs(wanted) > UNDECIDED)
    return (np.sign(fitted) == np.sign(wanted))[over]


def _over(points: Array, head: Array, camera: Camera) -> NDArray[np.bool_]:
    """(T, ...) whether points (T, ..., 3) project into the convex outline of the head's vertices (T, n, 3)."""
    flat, outline = camera.project(points), camera.project(head)
    found = np.zeros(points.shape[:-1], bool)
    for frame in range(len(points)):
        low, high = outline[frame].min(0), outline[frame].max(0)
        if ((flat[frame] > low) & (flat[frame] < high)).all(-1).any():
            found[frame] = Delaunay(outline[frame]).find_simplex(flat[frame]) >= 0
    return found
