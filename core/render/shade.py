"""The light that comes from each visible point: worked out at the vertices once, mixed and textured where it is seen."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .light import diffuse, highlight, vertex_normals
from .surface import Surface

Array = NDArray[np.floating[Any]]


class Shading:
    """One mesh in one picture.

    vertices: (V, 3) in the camera's frame. points: (V, 2) where they lie in the picture, in samples.
    chosen: (F,) the faces of the surface that are drawn.
    """

    def __init__(self, vertices: Array, surface: Surface, points: Array, chosen: NDArray[np.int64]) -> None:
        corners = _vertex_light(vertices, surface)[surface.faces[chosen]]
        self._colours = np.asarray(surface.face_colours, np.float32)[chosen]
        self._texture = surface.texture if surface.uv is not None and surface.faces_uv is not None else None
        if self._texture is not None and surface.uv is not None and surface.faces_uv is not None:
            uv = np.asarray(surface.uv, np.float32)[surface.faces_uv[chosen]]
            corners = np.concatenate([corners, uv], axis=2)
            # Which halving of the texture has about one texel to a sample.
            texels = _area(uv) * self._texture.size**2
            with np.errstate(divide="ignore"):
                level = 0.5 * np.log2(texels / np.maximum(_area(points[surface.faces[chosen]]), 1e-3))
            self._level = np.clip(np.nan_to_num(level, neginf=0.0) + 0.2, 0, len(self._texture.levels) - 1).astype(np.int64)
        self._kinds = corners.shape[2]
        self._corners = np.ascontiguousarray(corners, np.float32).reshape(len(corners), -1)

    def light(self, face: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, 3) linear light of points on (N,) drawn faces (rows of `chosen`) at (N, 3) barycentric weights."""
        # One gather of whole rows is several times faster than one for each corner.
        gathered = np.take(self._corners, face, axis=0).reshape(len(face), 3, self._kinds)
        mixed = np.einsum("nk,nkc->nc", weights, gathered)
        albedo = np.take(self._colours, face, axis=0)
        if self._texture is not None:
            albedo *= self._texture.look_up(mixed[:, 4:], self._level[face])
        return np.asarray(albedo * mixed[:, :3] + mixed[:, 3:4], np.float32)


def _vertex_light(vertices: Array, surface: Surface) -> NDArray[np.float32]:
    """(V, 4) light that falls on each vertex (three) and is mirrored by it."""
    normals = vertex_normals(vertices, surface.faces)
    if surface.two_sided.any():
        thin = np.zeros(len(vertices), bool)
        thin[surface.faces[surface.two_sided]] = True
        normals[thin & ((normals * vertices).sum(axis=1) > 0)] *= -1
    mirrored = highlight(normals, vertices, surface.roughness)
    light = np.concatenate([diffuse(normals), mirrored[:, None]], axis=1).astype(np.float32)
    if surface.mouth is not None:
        light[surface.mouth.vertices] *= surface.mouth.light(vertices)
    return light


def _area(corners: Array) -> NDArray[np.float64]:
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(0.5 * np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]), np.float64)
