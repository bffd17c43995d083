"""Meshes as Wavefront OBJ files with materials and texture."""

import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.appearance import Appearance, appearance_of
from ...models.body.load import Body
from ..errors import ThespisError
from ..files import written_beside

Array = NDArray[np.floating[Any]]


def write_obj(path: Path, vertices: Array, body: Body, material_file: str = "mesh.mtl") -> None:
    """Write the (V, 3) vertices, metres, Y up, with the body's faces, texture coordinates and materials.

    The material file and the texture are written into the same folder when they are not there yet: a series of meshes
    shares them. Raises ThespisError when the disk is full or the folder cannot be written to.
    """
    if not np.isfinite(vertices).all():
        raise ThespisError(f"{path}: the mesh holds positions that are not numbers. Fit the clip again.")
    _write_materials(path.parent / material_file, appearance_of(body))
    points = np.asarray(vertices, np.float64).reshape(-1, 3)
    with written_beside(path) as beside, beside.open("w", encoding="ascii", newline="\n") as file:
        file.write(f"# {len(points)} vertices, metres, Y up\nmtllib {material_file}\no character\n")
        file.write(("v %.6f %.6f %.6f\n" * len(points)) % tuple(points.ravel()))
        file.write(_rest_of_file(_Identity(body)))


class _Identity:
    """Lets one body's text be kept although arrays cannot be compared."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __hash__(self) -> int:
        return id(self.body)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.body is self.body


@lru_cache(maxsize=1)
def _rest_of_file(kept: _Identity) -> str:
    """Texture coordinates and faces: the same for every mesh of a body."""
    body = kept.body
    appearance = appearance_of(body)
    faces = np.asarray(body.faces, np.int64) + 1
    group = np.zeros(len(faces), np.int64)
    parts = ["s 1\n"]
    corners, shape = faces, "f %d %d %d\n"
    if appearance.texture is not None and body.uv is not None and body.faces_uv is not None and body.face_group is not None:
        parts.append(("vt %.6f %.6f\n" * len(body.uv)) % tuple(np.asarray(body.uv, np.float64).ravel()))
        corners = np.stack([faces, np.asarray(body.faces_uv, np.int64) + 1], axis=2).reshape(-1, 6)
        shape = "f %d/%d %d/%d %d/%d\n"
        group = np.asarray(body.face_group, np.int64)
    for number, material in enumerate(appearance.materials):
        chosen = corners[group == number]
        if len(chosen):
            parts.append(f"g {material.name}\nusemtl {material.name}\n")
            parts.append((shape * len(chosen)) % tuple(chosen.ravel()))
    return "".join(parts)


def _write_materials(path: Path, appearance: Appearance) -> None:
    if not path.exists():
        with written_beside(path) as beside:
            beside.write_text("\n".join(_materials(appearance)) + "\n", encoding="ascii", newline="\n")
    if appearance.texture is not None and not (path.parent / appearance.texture.name).exists():
        with written_beside(path.parent / appearance.texture.name) as beside:
            shutil.copyfile(appearance.texture, beside)


def _materials(appearance: Appearance) -> list[str]:
    lines = []
    for material in appearance.materials:
        lines += [f"newmtl {material.name}", "Kd {:.4f} {:.4f} {:.4f}".format(*material.colour), "Ks 0.04 0.04 0.04"]
        # The usual translation of roughness to a Blinn-Phong exponent.
        lines.append(f"Ns {min(1000.0, max(1.0, 2 / max(material.roughness, 0.05) ** 4 - 2)):.1f}")
        if appearance.texture is not None:
            lines.append(f"map_Kd {appearance.texture.name}")
        lines.append("")
    return lines
