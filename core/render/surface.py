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
class Surface:
    """faces: (F, 3) counter-clockwise from outside; face_colours: (F, 3) linear, multiplied with any texture.

    roughness: (V,) in [0, 1]; two_sided: (F,) faces drawn from behind as well.
    uv: (U, 2), v up; faces_uv: (F, 3) texture coordinates of the corners.
    """

    faces: NDArray[np.integer[Any]]
    face_colours: Array
    roughness: Array
    two_sided: NDArray[np.bool_]
    uv: Array | None = None
    faces_uv: NDArray[np.integer[Any]] | None = None
    texture: Texture | None = None


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
    )


@lru_cache(maxsize=2)
def _texture(path: Path) -> Texture:
    return read_texture(path)
