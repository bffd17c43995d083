"""Small meshes made of rows of points, for the parts that MakeHuman's mesh lacks."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Patch:
    """points: (n, 3) metres in MakeHuman's rest pose; quads: (q, 4) counter-clockwise from outside, a triangle repeats its
    last corner; uv: (u, 2); quads_uv: (q, 4); group: (q,).
    """

    points: Array
    quads: Index
    uv: Array
    quads_uv: Index
    group: Index

    def mirrored(self, group: int) -> "Patch":
        """The patch on the other side of the body, in another face group; its texture lies beside, mirrored too."""
        return replace(
            self,
            points=self.points * (-1.0, 1.0, 1.0),
            quads=_reversed(self.quads),
            quads_uv=_reversed(self.quads_uv),
            uv=self.uv * (-1.0, 1.0) + (2 * self.uv[:, 0].max() + 0.004, 0.0),
            group=np.full(len(self.group), group),
        )


def _reversed(quads: Index) -> Index:
    """The other winding; the repeated corner of a triangle stays last."""
    triangle = quads[:, 2] == quads[:, 3]
    turned = quads[:, ::-1].copy()
    turned[triangle] = quads[triangle][:, [1, 0, 2, 3]]
    return turned


def strip_quads(rows: int, columns: int, closed: bool) -> Index:
    """Quads between neighbouring rows of points numbered row by row; closed: the last column joins the first.

    Counter-clockwise when seen with columns running to the right and rows upwards.
    """
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    following = (column + 1) % columns
    corners = (row * columns + column, row * columns + following, (row + 1) * columns + following, (row + 1) * columns + column)
    return np.stack([corner.ravel() for corner in corners], axis=1).astype(np.int64)


def mean_of_neighbours(quads: Index, count: int) -> sparse.csr_matrix:
    """(count, count) matrix that replaces a value at each vertex by the mean over the vertices it shares an edge with."""
    ends = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    ends = ends[ends[:, 0] != ends[:, 1]]
    joined = sparse.coo_matrix((np.ones(len(ends)), ends.T), (count, count)).tocsr()
    joined = ((joined + joined.T) > 0).astype(float)
    return sparse.diags(1 / joined.sum(axis=1).A1) @ joined
