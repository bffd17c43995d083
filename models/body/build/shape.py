"""The shape space: principal components of the rest meshes, with signs that do not depend on chance, and its priors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .makehuman import Array, Index


@dataclass(frozen=True)
class ShapeSpace:
    """mean: (V, 3) metres. directions: (V, 3, B), one standard deviation of the population a unit. betas: (N, B) of the
    people it was made from: mean 0, variance 1, uncorrelated.
    """

    mean: Array
    directions: Array
    betas: Array

    def prior(self, femininity: Array) -> Iterator[tuple[str, Array, Array]]:
        """(gender, mean (B,), standard deviation (B,)) of the betas of all, of the clearly female, of the clearly male."""
        for gender, who in (("neutral", femininity >= 0), ("female", femininity > 0.7), ("male", femininity < 0.3)):
            yield gender, self.betas[who].mean(axis=0), self.betas[who].std(axis=0)


def shape_space(vertices: Array, quads: Index, count: int, build: Array) -> ShapeSpace:
    """The first `count` principal components of vertices (N, V, 3), each vertex weighing as much as the area around it.

    beta 0 grows with stature, beta 1 with the latent `build` (N,); any other is turned so that its largest displacement on
    the left half points to positive x, y or z.
    """
    people = len(vertices)
    mean = vertices.mean(axis=0)
    offsets = (vertices - mean).reshape(people, -1)
    weights = np.repeat(np.sqrt(_area_share(mean, quads)), 3)
    weighted = offsets * weights
    # The samples are far fewer than the coordinates: the eigenvectors of the small Gram matrix say the same.
    _, vectors = np.linalg.eigh(weighted @ weighted.T)
    betas = vectors[:, ::-1][:, :count] * np.sqrt(people - 1)
    directions = betas.T @ offsets / (people - 1)
    sign = _signs(betas, directions.reshape(count, -1, 3), mean, (np.ptp(vertices[..., 1], axis=1), build))
    directions = (directions * sign[:, None]).reshape(count, -1, 3).transpose(1, 2, 0)
    return ShapeSpace(mean, np.ascontiguousarray(directions), betas * sign)


def _signs(betas: Array, directions: Array, mean: Array, leading: tuple[Array, ...]) -> Array:
    left = np.flatnonzero(mean[:, 0] > 0.01)
    flat = directions[:, left].reshape(len(directions), -1)
    sign = np.sign(flat[np.arange(len(flat)), np.abs(flat).argmax(axis=1)])
    for k, meaning in enumerate(leading):
        sign[k] = np.sign(np.corrcoef(betas[:, k], meaning)[0, 1])
    return sign


def _area_share(vertices: Array, quads: Index) -> Array:
    """(V,) share of the surface that lies around each vertex."""
    diagonals = vertices[quads[:, 2]] - vertices[quads[:, 0]], vertices[quads[:, 3]] - vertices[quads[:, 1]]
    area = 0.5 * np.linalg.norm(np.cross(*diagonals), axis=1)
    share = np.zeros(len(vertices))
    np.add.at(share, quads.ravel(), np.repeat(area / 4, 4))
    return share / share.sum()
