"""The skin under a foot: the few vertices that can touch a floor, however the foot lies, and where they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from ...models.body.load import Body, rest_shape
from ..skeleton import JOINT_INDEX

Array = NDArray[np.floating[Any]]

_CARRIED = 0.99
"""Share of a vertex's weight that ankle and foot joint have at least; skin above the ankle touches no floor first."""


@dataclass(frozen=True)
class Sole:
    """One foot's skin at rest, seen from the ankle, metres: skin (n, 3); ball (3,) of the foot joint that carries the toes;
    share (n,) of a vertex's weight that the foot joint has, the ankle has the rest. level: (3, 3) rotation after which heel and
    toes lie on one level."""

    skin: Array
    ball: Array
    share: Array
    level: Array

    def places(self, ankle: Array, foot: Array) -> Array:
        """(T, n, 3) the skin seen from the ankle's joint, for rotations (T, 3, 3) of ankle and foot joint, in their frame."""
        share = self.share[:, None]
        hind = self.skin * (1 - share) + self.ball * share
        found: Array = hind @ ankle.swapaxes(1, 2) + ((self.skin - self.ball) * share) @ foot.swapaxes(1, 2)
        return found


def sole_of(body: Body, betas: Array, side: str) -> Sole:
    """The sole of the left or right foot of `body` with `betas`."""
    vertices, joints = (np.asarray(part, np.float64) for part in rest_shape(body, betas))
    ankle, foot = JOINT_INDEX[f"{side}_ankle"], JOINT_INDEX[f"{side}_foot"]
    weights = np.asarray(body.weights, np.float64)
    own = np.flatnonzero((weights[:, [ankle, foot]].sum(1) > _CARRIED) & (vertices[:, 1] < joints[ankle, 1]))
    skin, share = vertices[own] - joints[ankle], weights[own, foot]
    hind, toes = np.flatnonzero(share < 0.5), np.flatnonzero(share >= 0.5)
    # Only corners of the convex hull touch a floor first: of the foot, and of hind foot and toes, which bend against each other.
    corners = [part[ConvexHull(skin[part]).vertices] for part in (np.arange(len(own)), hind, toes)]
    chosen = np.unique(np.concatenate(corners))
    _, drop, length = skin[toes[skin[toes, 1].argmin()]] - skin[hind[skin[hind, 1].argmin()]]
    level = Rotation.from_euler("x", np.arctan2(drop, length)).as_matrix()
    return Sole(skin[chosen], joints[foot] - joints[ankle], share[chosen], level)
