"""How far points are from the performer's trunk, head and thighs: distance fields of the skin, each riding on one joint."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from ....core.render.light import vertex_normals
from ...body.load import Body
from .turns import apply, transposed

Array = NDArray[np.floating[Any]]

_PARTS: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    # carrier, joints whose skin it is
    "pelvis": (0, (0, 3)),
    "waist": (6, (6,)),
    "chest": (9, (9, 13, 14)),
    "head": (15, (12, 15, 22, 23, 24)),
    "left_thigh": (1, (1,)),
    "right_thigh": (2, (2,)),
}
SPACING: Final = 0.022
_MARGIN = 0.1
"""Metres between the nodes of a field, and how far it reaches beyond the skin."""
_WITHIN: Final = ("teeth", "gums", "tongue", "mouth", "left_eye", "right_eye")
"""Groups of faces that are no outer skin."""


@dataclass(frozen=True)
class Solid:
    """A signed distance field: metres, negative inside.

    carrier: joint that it rides on. corner: (3,) first node in rest axes relative to that joint. values: (X, Y, Z).
    """

    carrier: int
    corner: Array
    values: Array

    def distance(self, points: Array) -> NDArray[np.float64]:
        """(...) of points (..., 3) relative to the carrier's joint, in its axes."""
        places = (np.reshape(points, (-1, 3)) - self.corner).T / SPACING
        # Beyond the field its edge answers: far enough.
        found = map_coordinates(self.values, places, order=1, mode="nearest")
        return np.asarray(found).reshape(np.shape(points)[:-1])


def find_solids(body: Body, vertices: Array, joints: Array) -> tuple[Solid, ...]:
    """The fields of a body at rest: vertices (V, 3), joints (55, 3), metres."""
    vertices = np.asarray(vertices, np.float64)
    main = np.asarray(body.weights).argmax(1)
    used = np.zeros(len(vertices), bool)
    faces = np.asarray(body.faces, np.int64)
    if body.face_group is not None:
        faces = faces[~np.isin(body.face_group, [k for k, name in enumerate(body.group_names) if name in _WITHIN])]
    used[faces] = True
    normals = vertex_normals(vertices, faces)
    everywhere = np.flatnonzero(used)
    tree, found = cKDTree(vertices[everywhere]), []
    for carrier, parts in _PARTS.values():
        chosen = np.flatnonzero(np.isin(main, parts) & used)
        spots = vertices[chosen]
        low, high = spots.min(0) - _MARGIN, spots.max(0) + _MARGIN
        counts = np.ceil((high - low) / SPACING).astype(int) + 1
        nodes = low + np.stack(np.meshgrid(*(np.arange(n) for n in counts), indexing="ij"), -1) * SPACING
        points = nodes.reshape(-1, 3)
        away, _ = cKDTree(spots).query(points)
        # Inside is what lies behind the nearest skin of the whole body, if that skin is this part's: where the part was cut from
        # its neighbours it has none.
        nearest = everywhere[tree.query(points)[1]]
        behind = (((points - vertices[nearest]) * normals[nearest]).sum(-1) < 0) & np.isin(main[nearest], parts)
        found.append(Solid(carrier, low - joints[carrier], np.where(behind, -away, away).reshape(counts)))
    return tuple(found)


def clearance(solids: Sequence[Solid], points: Array, world: Array, places: Array) -> NDArray[np.float64]:
    """(T, ...) metres from points (T, ..., 3) to the nearest solid; negative inside.

    world: (T, J, 3, 3) rotations and places: (T, J, 3) of the joints.
    """
    extra = (None,) * (points.ndim - 2)
    nearest = np.full(points.shape[:-1], np.inf)
    for solid in solids:
        turned = transposed(world[:, solid.carrier])[(slice(None), *extra)]
        local = apply(turned, points - places[:, solid.carrier][(slice(None), *extra)])
        nearest = np.minimum(nearest, solid.distance(local))
    return nearest
