"""RestBody: what of a body at rest the emotion model needs: joints, soles, hands, the height of the hips."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.measure.regions import regions_of
from ...core.motion import Motion
from ...core.skeleton import JOINT_INDEX
from ..body.load import Body, load_body, rest_shape

Array = NDArray[np.floating[Any]]

SOLE_JOINTS: Final = tuple(JOINT_INDEX[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot"))
"""The joints that carry left heel, left toes, right heel, right toes."""


@dataclass(frozen=True)
class RestBody:
    """A body in the rest pose; metres, Y up, facing +Z.

    body: whose it is. joints: (55, 3). soles: (4, 3) left heel, left toes, right heel, right toes, on the floor.
    floor: height of the lowest vertex; negative, as the origin lies in the chest.
    """

    body: Body
    joints: Array
    soles: Array
    floor: float

    @property
    def hip_height(self) -> float:
        """Metres from floor to pelvis, standing."""
        return float(self.joints[0, 1] - self.floor)


def rest_body(body: Body, betas: Array) -> RestBody:
    """The rest pose of `body` with the shape `betas` (up to B,)."""
    vertices, joints = rest_shape(body, betas[: body.beta_count])
    soles = vertices[regions_of(body).soles].astype(np.float64)
    return RestBody(body, joints.astype(np.float64), soles, float(vertices[:, 1].min()))


@lru_cache(maxsize=1)
def canonical() -> RestBody:
    """The open body with all betas zero: the one that the emotion model speaks of."""
    body = load_body()
    return rest_body(body, np.zeros(body.beta_count))


def rest_body_of(motion: Motion) -> RestBody:
    """The rest pose that `motion` was made on; betas of a body that is not the open one say nothing, so its mean stands in."""
    open_body = canonical()
    if motion.body_model != open_body.body.model_id or not motion.betas.any():
        return open_body
    return rest_body(open_body.body, motion.betas)
