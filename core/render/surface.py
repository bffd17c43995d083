"""What a mesh is made of, as the rasteriser needs it: faces, colours, texture, roughness."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.appearance import appearance_of
from .texture import Texture, read_texture

if TYPE_CHECKING:
    from ...models.body.load import Body

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Mouth:
    """What lies behind the lips: as dark as the lips are closed.

    vertices: (V,) whether each vertex lies inside. lips: (2, 3) the corners of the faces that hold the middle of the inner
    upper and of the inner lower lip; weights: (2, 3) barycentric.
    """

    vertices: NDArray[np.bool_]
    lips: NDArray[np.integer[Any]]
    weights: Array

    def light(self, vertices: Array) -> float:
        """Share of the light that gets in, in [0, 1], for a mesh of (V, 3) vertices."""
        upper, lower = (vertices[self.lips] * self.weights[:, :, None]).sum(axis=1)
        gap = float(np.linalg.norm(upper - lower))
        return float(np.interp(gap, _LIPS_APART, (0.12, 0.85)))


_LIPS_APART = (0.0035, 0.014)
"""Metres between the inner lips: closed, and open enough to see in."""


@dataclass(frozen=True)
class Surface:
    """faces: (F, 3) counter-clockwise from outside; face_colours: (F, 3) linear, multiplied with any texture.

    roughness: (V,) in [0, 1]; two_sided: (F,) faces drawn from behind as well.
    uv: (U, 2), v up; faces_uv: (F, 3) texture coordinates of the corners. mouth: darkens what lies in it.
    """

    faces: NDArray[np.integer[Any]]
    face_colours: Array
    roughness: Array
    two_sided: NDArray[np.bool_]
    uv: Array | None = None
    faces_uv: NDArray[np.integer[Any]] | None = None
    texture: Texture | None = None
    mouth: Mouth | None = None


def plain_surface(faces: NDArray[np.integer[Any]], vertex_count: int, colour: tuple[float, float, float]) -> Surface:
    """One linear colour all over, matt."""
    return Surface(
        faces=np.asarray(faces, np.int64),
        face_colours=np.tile(np.asarray(colour, np.float32), (len(faces), 1)),
        roughness=np.full(vertex_count, 0.6),
        two_sided=np.zeros(len(faces), bool),
    )


def body_surface(body: "Body") -> Surface:
    """The body's own materials: the painted texture of the open body, a calm mannequin for any other."""
    appearance = appearance_of(body)
    faces = np.asarray(body.faces, np.int64)
    group = np.zeros(len(faces), np.int64) if body.face_group is None else np.asarray(body.face_group, np.int64)
    roughness = np.zeros(len(body.v_template))
    for k, material in enumerate(appearance.materials):
        roughness[faces[group == k]] = material.roughness
    return Surface(
        faces=faces,
        face_colours=np.array([material.colour for material in appearance.materials], np.float32)[group],
        roughness=roughness,
        two_sided=np.array([material.two_sided for material in appearance.materials])[group],
        uv=None if appearance.texture is None else body.uv,
        faces_uv=None if appearance.texture is None else body.faces_uv,
        texture=None if appearance.texture is None else _texture(appearance.texture),
        mouth=_mouth(body),
    )


_INSIDE = ("teeth", "gums", "tongue", "mouth")
_INNER_LIPS = (62 - 17, 66 - 17)
"""Middle of the inner upper and lower lip among the 51 inner landmarks of the 68-point scheme."""


def _mouth(body: "Body") -> Mouth | None:
    inside = [number for number, name in enumerate(body.group_names) if name in _INSIDE]
    if body.face_group is None or not inside:
        return None
    vertices = np.zeros(len(body.v_template), bool)
    vertices[body.faces[np.isin(body.face_group, inside)]] = True
    chosen = list(_INNER_LIPS)
    lips = np.asarray(body.faces, np.int64)[body.landmark_faces[chosen]]
    # The rim of the cavity is the lips' own skin.
    skin = np.unique(body.faces[~np.isin(body.face_group, inside)])
    vertices[skin] = False
    return Mouth(vertices, lips, np.asarray(body.landmark_barycentric[chosen], np.float64))


@lru_cache(maxsize=2)
def _texture(path: Path) -> Texture:
    return read_texture(path)
