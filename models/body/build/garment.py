"""Cloth lies over the body, it does not follow every fold of skin: smooths the mesh under the painted clothes.

Run on the sampled bodies before anything is learned from them, so that shape directions and joint regressor agree.
"""

from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from ....core.render.light import vertex_normals
from .texture_clothes import shirt_inside, trousers_inside
from .texture_figure import Figure
from .texture_noise import smooth_step

Array = NDArray[np.floating[Any]]

SMOOTHED_AWAY = 0.085
"""Metres: bumps about this wide are halved, narrower ones vanish, limbs keep their girth within 1 %."""
THICKNESS = 0.0035
"""Metres that the cloth stands off the skin."""


def cloth_cover(figure: Figure) -> Array:
    """(V,) in [0, 1]: how much each vertex is under cloth, rising over 2 cm from the borders."""
    inside = np.maximum(shirt_inside(figure.vertices, figure).inside, trousers_inside(figure.vertices, figure))
    return smooth_step(inside, -0.004, 0.02)


class Garment:
    """The linear smoothing, the same for every body, worked out once on the mean one.

    figure: mean rest body and joints. faces: (F, 3) of the body's skin (not eyes, teeth, tongue, lashes).
    """

    def __init__(self, figure: Figure, faces: NDArray[np.integer[Any]]) -> None:
        self._faces = np.asarray(faces, np.int64)
        self._cover = cloth_cover(figure)
        self._cover[np.setdiff1d(np.arange(len(figure.vertices)), faces)] = 0
        laplacian, area = _laplacian(figure.vertices, self._faces)
        # A thin plate over the skin: minimises |x - skin|^2 + stiffness |curvature|^2 (Botsch and Sorkine 2008, eq. 5).
        stiffness = (SMOOTHED_AWAY / (2 * np.pi)) ** 4
        curvature = sparse.diags(1 / area) @ laplacian
        plate = sparse.diags(area) + stiffness * curvature.T @ sparse.diags(area * self._cover) @ curvature
        self._area = area
        self._solver = splu(sparse.csc_matrix(plate))

    def over(self, vertices: Array) -> Array:
        """The (V, 3) or (N, V, 3) bodies with cloth over them: bumps smoothed, a little thicker. Bare skin stays as it is."""
        if vertices.ndim == 3:
            out = np.empty_like(vertices)
            for k, body in enumerate(vertices):
                out[k] = self.over(body)
            return out
        smooth = self._solver.solve(np.asarray(vertices, np.float64) * self._area[:, None])
        cover = self._cover[:, None]
        worn = vertices + (smooth - vertices) * np.minimum(cover * 4, 1)
        return np.asarray(worn + THICKNESS * cover * vertex_normals(worn, self._faces))


def _laplacian(vertices: Array, faces: NDArray[np.int64]) -> tuple[Any, Array]:
    """(V, V) cotangent Laplacian and (V,) area of each vertex (Meyer et al. 2003)."""
    count = len(vertices)
    rows, columns, values = [], [], []
    area = np.zeros(count)
    for k in range(3):
        a, b, c = faces[:, k], faces[:, (k + 1) % 3], faces[:, (k + 2) % 3]
        one, two = vertices[b] - vertices[a], vertices[c] - vertices[a]
        twice = np.maximum(np.linalg.norm(np.cross(one, two), axis=1), 1e-12)
        cotangent = np.clip((one * two).sum(axis=1) / twice, 0.01, 20.0) / 2
        rows += [b, c]
        columns += [c, b]
        values += [cotangent, cotangent]
        np.add.at(area, a, twice / 6)
    weights = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count, count))
    degree = np.asarray(weights.sum(axis=1)).ravel()
    return sparse.diags(degree) - weights, np.maximum(area, 1e-9)
