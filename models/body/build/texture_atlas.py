"""What lies at each texel of the open body's texture: position, normal and face group in the rest pose."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.render.light import vertex_normals
from ....core.render.raster import rasterise
from ..load import Body

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Atlas:
    """The N covered texels of a square texture.

    size: texels a side. texel: (N,) index into the flattened picture (row 0 is the top, v = 1).
    position: (N, 3) rest position, metres, Y up, facing +Z. normal: (N, 3). group: (N,) row of Body.group_names.
    face: (N,) and weights: (N, 3) where on the mesh the texel lies. grain: (N,) metres on the skin that a texel is long.
    """

    size: int
    texel: NDArray[np.int64]
    position: Array
    normal: Array
    group: NDArray[np.int64]
    face: NDArray[np.int64]
    weights: Array
    grain: Array

    def sampled(self, picture: Array) -> Array:
        """(N,) values of a (size, size) picture in the same layout."""
        return np.asarray(picture.reshape(-1)[self.texel])

    def mixed(self, values: Array, faces: NDArray[np.integer[Any]]) -> Array:
        """(N, ...) vertex values of shape (V, ...) at the texels."""
        corners = values[faces[self.face]]
        weights = self.weights.reshape(*self.weights.shape, *(1,) * (values.ndim - 1))
        return np.asarray((corners * weights).sum(axis=1))


def atlas_of(body: Body, size: int) -> Atlas:
    """Lay the open body's faces out flat, as its texture coordinates say."""
    assert body.uv is not None and body.faces_uv is not None and body.face_group is not None
    points = np.stack([body.uv[:, 0] * size - 0.5, (1 - body.uv[:, 1]) * size - 0.5], axis=1)
    seen = rasterise(points, np.ones(len(points)), body.faces_uv, (size, size))
    faces = np.asarray(body.faces, np.int64)
    vertices = body.v_template.astype(np.float64)
    normals = vertex_normals(vertices, faces)
    weights = seen.weights.astype(np.float64)
    corners = faces[seen.face]
    normal = (normals[corners] * weights[:, :, None]).sum(axis=1)
    return Atlas(
        size=size,
        texel=seen.pixel,
        position=(vertices[corners] * weights[:, :, None]).sum(axis=1),
        normal=normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9),
        group=np.asarray(body.face_group, np.int64)[seen.face],
        face=seen.face,
        weights=weights,
        grain=_stretch(vertices[faces], points[body.faces_uv])[seen.face],
    )


def _stretch(corners: Array, texels: Array) -> Array:
    """(F,) metres that the picture's unit length is drawn out to on each face, in its worst direction.

    The largest singular value of the map from texels to the surface (Sander et al. 2001, texture stretch).
    """
    flat = np.stack([texels[:, 1] - texels[:, 0], texels[:, 2] - texels[:, 0]], axis=2)
    curved = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
    determinant = flat[:, 0, 0] * flat[:, 1, 1] - flat[:, 0, 1] * flat[:, 1, 0]
    inverse = np.stack([flat[:, 1, 1], -flat[:, 0, 1], -flat[:, 1, 0], flat[:, 0, 0]], axis=1).reshape(-1, 2, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        jacobian = curved @ (inverse / determinant[:, None, None])
    return np.linalg.norm(np.nan_to_num(jacobian, posinf=0.0, neginf=0.0), ord=2, axis=(1, 2))
