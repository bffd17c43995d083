"""How deep limbs go through the body: a test on the mesh itself, which shares nothing with how the fit keeps limbs apart.

A vertex of a limb is inside another part of the body when it lies behind the nearest skin of that part; its depth is the
distance to that skin. Where a part was cut from its neighbour it has no skin: nothing nearest to such a rim is judged.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...models.body.load import Body
from .regions import Regions

Array = NDArray[np.floating[Any]]
Index = NDArray[np.int64]

TOUCH: Final = 0.02
"""Metres; skin gives way that much."""


def _pairs() -> Iterator[tuple[str, str]]:
    """(limb, part that it must not enter). Neighbours touch at rest and are left out: the upper arm beside the chest, the two
    thighs, a forearm folded onto its own upper arm."""
    for side, other in (("left", "right"), ("right", "left")):
        for limb in ("hand", "forearm"):
            for part in ("torso", "head", "left_thigh", "right_thigh", "left_shin", "right_shin", "left_foot", "right_foot"):
                yield f"{side}_{limb}", part
            for part in ("upper_arm", "forearm", "hand"):
                yield f"{side}_{limb}", f"{other}_{part}"
        for limb in ("shin", "foot"):
            for part in ("shin", "foot"):
                yield f"{side}_{limb}", f"{other}_{part}"
        yield f"{side}_upper_arm", "head"


PAIRS: Final = tuple(_pairs())


class PiercingTest:
    """The parts of one body, ready to be tested in many poses."""

    def __init__(self, body: Body, regions: Regions) -> None:
        self.limbs = regions.limbs
        skin = np.zeros(body.vertex_count, bool)
        skin[regions.skin] = True
        self.faces = np.asarray(body.faces, np.int64)[skin[body.faces].all(1)]
        part_of = np.full(body.vertex_count, -1)
        for number, vertices in enumerate(self.limbs.values()):
            part_of[vertices] = number
        of_corners = part_of[self.faces]
        self.rim = np.zeros(body.vertex_count, bool)
        self.rim[self.faces[(of_corners != of_corners[:, :1]).any(1)]] = True

    def depth(self, vertices: Array) -> tuple[float, tuple[str, str] | None]:
        """The deepest that any limb of the mesh (V, 3) is in another part, metres, and which; 0 and None when apart."""
        vertices = np.asarray(vertices, np.float64)
        low = {name: vertices[chosen].min(0) for name, chosen in self.limbs.items()}
        high = {name: vertices[chosen].max(0) for name, chosen in self.limbs.items()}
        normals: Array | None = None
        trees: dict[str, cKDTree] = {}
        deepest, where = 0.0, None
        for limb, part in PAIRS:
            if (np.maximum(low[limb], low[part]) > np.minimum(high[limb], high[part])).any():
                continue
            points = vertices[self.limbs[limb]]
            points = points[((points > low[part]) & (points < high[part])).all(1)]
            if not len(points):
                continue
            if normals is None:
                normals = self._normals(vertices)
            if part not in trees:
                trees[part] = cKDTree(vertices[self.limbs[part]])
            away, place = trees[part].query(points)
            nearest = self.limbs[part][place]
            behind = np.einsum("nd,nd->n", points - vertices[nearest], normals[nearest]) < 0
            depth = float(np.where(behind & ~self.rim[nearest], away, 0).max())
            if depth > deepest:
                deepest, where = depth, (limb, part)
        return deepest, where

    def depths(self, vertices: Array) -> Array:
        """(T,) the deepest of each frame of (T, V, 3)."""
        return np.array([self.depth(frame)[0] for frame in vertices])

    def _normals(self, vertices: Array) -> Array:
        corners = vertices[self.faces]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        total = np.stack(
            [np.bincount(self.faces.ravel(), np.repeat(normal[:, axis], 3), len(vertices)) for axis in range(3)], axis=1
        )
        unit: Array = total / np.clip(np.linalg.norm(total, axis=1, keepdims=True), 1e-12, None)
        return unit
