"""The open body's mesh: what of MakeHuman's base mesh is kept, and the eyeballs and teeth that are added.

Everything is a linear function of the base mesh's vertices, so each shape target and face unit carries over by one product.
MakeHuman's helper shapes say where eyeballs and teeth belong but are boxes and coarse balls: new shapes are placed in their
frame by the affine map that best follows the helper.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from .eyeballs import eyeball
from .grid import Patch
from .makehuman import Array, BaseMesh, Index
from .teeth import dental_arch

GROUPS: Final = ("body", "left_eye", "right_eye", "teeth", "tongue", "mouth", "gums")
_MOUTH_ISLAND: Final = (0.75, 0.15)
"""MakeHuman lays the mouth's cavity out in the lower right corner of the texture: u above the first, v below the second."""


@dataclass(frozen=True)
class Figure:
    """The mesh to build: V vertices as `placement` (V, 19158) times the base mesh's vertices.

    quads: (Q, 4); a triangle repeats its last corner. quads_uv: (Q, 4) into uv (U, 2). quad_group: (Q,) index into GROUPS.
    part: (V,) which part a vertex belongs to: "" for MakeHuman's own body, else the helper that it follows.
    mirror: (V,) the vertex on the other side. base: (V,) the base mesh's vertex that a vertex is, or -1.
    """

    placement: sparse.csr_matrix
    quads: Index
    quads_uv: Index
    quad_group: Index
    uv: Array
    part: NDArray[np.str_]
    mirror: Index
    base: Index


def build_figure(mesh: BaseMesh) -> Figure:
    """Keep the body and the tongue, drop the lashes and helpers, add eyeballs and teeth."""
    kept = np.isin(mesh.quad_group, ("body", "helper-tongue"))
    quads, quads_uv, names = mesh.quads[kept], mesh.quads_uv[kept], mesh.quad_group[kept]
    base = np.unique(quads)
    where = np.full(len(mesh.vertices), -1)
    where[base] = np.arange(len(base))
    middle = mesh.uv[quads_uv].mean(axis=1)
    in_mouth = (names == "body") & (middle[:, 0] > _MOUTH_ISLAND[0]) & (middle[:, 1] < _MOUTH_ISLAND[1])
    in_mouth &= np.abs(mesh.vertices[quads].mean(axis=1)[:, 0]) < 0.1  # a finger's island reaches into that corner
    group = np.select([names == "helper-tongue", in_mouth], [GROUPS.index("tongue"), GROUPS.index("mouth")], 0)

    used_uv, quads_uv = np.unique(quads_uv, return_inverse=True)
    pieces = [
        _Piece(
            sparse.csr_matrix((np.ones(len(base)), (np.arange(len(base)), base)), (len(base), len(mesh.vertices))),
            where[quads],
            quads_uv.reshape(-1, 4),
            group,
            mesh.uv[used_uv],
            np.where(np.isin(base, mesh.group("helper-tongue")), "helper-tongue", ""),
        )
    ]
    left = eyeball(mesh.vertices[mesh.group("helper-l-eye")], GROUPS.index("left_eye"))
    pieces.append(_follow(mesh, "helper-l-eye", left))
    pieces.append(_follow(mesh, "helper-r-eye", left.mirrored(GROUPS.index("right_eye"))))
    for helper, upper in (("helper-upper-teeth", True), ("helper-lower-teeth", False)):
        arch = dental_arch(mesh.vertices[mesh.group(helper)], upper, GROUPS.index("teeth"), GROUPS.index("gums"))
        pieces.append(_follow(mesh, helper, arch))
    joined = _joined(pieces)
    mirror = np.concatenate([where[mesh.mirror[base]], len(base) + _mirror_of((joined.placement @ mesh.vertices)[len(base) :])])
    base = np.concatenate([base, np.full(joined.placement.shape[0] - len(base), -1)])
    return Figure(
        joined.placement,
        joined.quads,
        joined.quads_uv,
        joined.quad_group,
        joined.uv,
        joined.part,
        mirror,
        base,
    )


@dataclass(frozen=True)
class _Piece:
    placement: sparse.csr_matrix
    quads: Index
    quads_uv: Index
    quad_group: Index
    uv: Array
    part: NDArray[np.str_]


def _follow(mesh: BaseMesh, helper: str, patch: Patch) -> _Piece:
    """Tie a patch to a helper: points p become [p 1] pinv([P 1]) P', exact on the base mesh, affine on every other."""
    followed = mesh.group(helper)
    homogeneous = [np.column_stack([p, np.ones(len(p))]) for p in (patch.points, mesh.vertices[followed])]
    weights = homogeneous[0] @ np.linalg.pinv(homogeneous[1])
    count = len(patch.points)
    rows = np.repeat(np.arange(count), len(followed))
    placement = sparse.csr_matrix((weights.ravel(), (rows, np.tile(followed, count))), (count, len(mesh.vertices)))
    return _Piece(placement, patch.quads, patch.quads_uv, patch.group, patch.uv, np.full(count, helper))


def _joined(pieces: list[_Piece]) -> _Piece:
    starts = np.cumsum([0] + [piece.placement.shape[0] for piece in pieces])
    starts_uv = np.cumsum([0] + [len(piece.uv) for piece in pieces])
    return _Piece(
        sparse.vstack([piece.placement for piece in pieces]).tocsr(),
        np.concatenate([piece.quads + start for piece, start in zip(pieces, starts, strict=False)]),
        np.concatenate([piece.quads_uv + start for piece, start in zip(pieces, starts_uv, strict=False)]),
        np.concatenate([piece.quad_group for piece in pieces]),
        np.concatenate([piece.uv for piece in pieces]),
        np.concatenate([piece.part for piece in pieces]),
    )


def _mirror_of(vertices: Array) -> Index:
    """The vertex at the mirrored place; the parts are symmetric to the last digit."""
    distance, mirror = cKDTree(vertices).query(vertices * (-1.0, 1.0, 1.0))
    assert distance.max() < 1e-6, "the mesh is not symmetric"
    return np.asarray(mirror, np.int64)
