"""What a term is, what it gets, and the robust loss that terms share."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from ..kinematics import PosedPoints
from ..normal import JACOBIAN, JointRows, Rows, SharedRows, StencilRows
from ..rotations import inverse_left_jacobian, logarithm

AnyRows = Rows | StencilRows | JointRows | SharedRows


@dataclass(frozen=True)
class Stretch:
    """Some frames of the clip, posed.

    start: index of the first frame in the clip; count: frames that are this stretch's own. posed holds up to two frames more,
        which only terms over neighbouring frames look at.
    betas: (B,); log_focal: () logarithm of the focal length in pixels; lean: () tilt of the networks' 3D
        (problem.BodyState); tilt: (2,), floor: () the world, as there; linearise: whether Jacobians are wanted.
    """

    start: int
    count: int
    posed: PosedPoints
    betas: Tensor
    log_focal: Tensor
    lean: Tensor
    tilt: Tensor
    floor: Tensor
    linearise: bool

    @property
    def own(self) -> slice:
        """The stretch's own frames within the clip."""
        return slice(self.start, self.start + self.count)

    def windows(self, length: int) -> int:
        """How many windows of `length` neighbouring frames start in this stretch's own frames."""
        return max(0, min(self.count, len(self.posed.points) - length + 1))

    @cached_property
    def up(self) -> Tensor:
        """(3,) unit vector against gravity in the camera's frame."""
        return up_of(self.tilt)

    @cached_property
    def up_by_tilt(self) -> Tensor:
        """(3, 2) derivative of `up`."""
        length = (1 + (self.tilt * self.tilt).sum()).sqrt()
        across = torch.zeros(3, 2, dtype=self.tilt.dtype, device=self.tilt.device)
        across[0, 0] = across[2, 1] = 1
        return (across - self.up[:, None] * (self.up @ across)) / length

    def by_shared(self, by_betas: Tensor, by_tilt: Tensor, by_floor: Tensor) -> Tensor:
        """(..., B + 5) Jacobian of rows that know betas (..., B), tilt (..., 2) and floor (...), but neither lens nor lean."""
        parts = (by_betas, torch.zeros_like(by_tilt), by_tilt, by_floor[..., None])
        return torch.cat([part.to(JACOBIAN) for part in parts], -1)

    @cached_property
    def body_pose(self) -> Tensor:
        """(count, 21, 3) local axis-angle of the joints after the pelvis."""
        return logarithm(self.posed.rotations[: self.count, 1:])

    @cached_property
    def pose_by_turn(self) -> Tensor:
        """(count, 21, 3, 3) derivative of `body_pose` by each joint's own unknown turn."""
        parents = self.posed.parents[: self.count, 1:]
        return inverse_left_jacobian(self.body_pose) @ parents.transpose(-1, -2)


def up_of(tilt: Tensor) -> Tensor:
    """(3,) unit vector along (a, -1, b) for a tilt (a, b): to the picture's right, and away from the camera."""
    up = torch.stack([tilt[0], -torch.ones_like(tilt[0]), tilt[1]])
    return up / up.norm()


def tilt_of(up: Tensor) -> Tensor:
    """(2,) the tilt of an up (3,) that points upwards in the picture; the inverse of `up_of`."""
    return up[[0, 2]] / -up[1]


class Term(Protocol):
    """One piece of evidence or one belief about people, as residuals."""

    name: str

    def rows(self, stretch: Stretch) -> AnyRows:
        """The residuals that start in the stretch's own frames."""


def cauchy(squared: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Cauchy's loss scale^2 log(1 + squared / scale^2): its sum, and the root of its weight, shaped like `squared`."""
    ratio = squared / scale**2
    return scale**2 * torch.log1p(ratio).sum(), torch.rsqrt(1 + ratio)
