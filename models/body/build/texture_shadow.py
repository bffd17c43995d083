"""Shade in creases: how much of the sky each vertex sees in the rest pose."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.render.light import vertex_normals
from ....core.render.raster import rasterise

Array = NDArray[np.floating[Any]]

_PICTURE = 700
_FAR = 50.0


def openness(vertices: Array, faces: NDArray[np.integer[Any]], directions: int = 96, bias: float = 0.004) -> Array:
    """(V,) in [0, 1]: the cosine-weighted share of directions from which each vertex is seen (ambient occlusion).

    Depth pictures from evenly spread directions; a vertex counts as seen where it lies within `bias` metres of the
    nearest surface.
    """
    normals = vertex_normals(vertices, faces)
    middle = vertices.mean(axis=0)
    reach = float(np.linalg.norm(vertices - middle, axis=1).max())
    seen, possible = np.zeros(len(vertices)), np.full(len(vertices), 1e-9)
    for toward in _evenly_spread(directions):
        right = np.cross([0.0, 0.0, 1.0] if abs(toward[2]) < 0.9 else [1.0, 0.0, 0.0], toward)
        right /= np.linalg.norm(right)
        local = (vertices - middle) @ np.stack([right, np.cross(toward, right), toward], axis=1)
        points = (local[:, :2] / reach * 0.5 + 0.5) * (_PICTURE - 1)
        depth = _FAR - local[:, 2]
        picture = np.full(_PICTURE * _PICTURE, np.inf)
        visible = rasterise(points, depth, faces, (_PICTURE, _PICTURE))
        picture[visible.pixel] = visible.depth
        column, row = np.clip(np.round(points), 0, _PICTURE - 1).astype(int).T
        cosine = np.clip(normals @ toward, 0, None)
        # A slanted surface changes its depth within one pixel.
        slack = bias + 2 * reach / _PICTURE / np.maximum(cosine, 0.15)
        seen += cosine * (depth <= picture[row * _PICTURE + column] + slack)
        possible += cosine
    return np.asarray(seen / possible)


def _evenly_spread(count: int) -> Array:
    """(count, 3) unit vectors on a Fibonacci lattice."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle = np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)
