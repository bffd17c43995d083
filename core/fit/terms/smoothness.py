"""Smoothness in time: accelerations of points and of joints' turning, in physical units, so that the frame rate does not matter.

Under a Cauchy loss: a punch or a jump is a few frames of high acceleration and is let through; a landmark's tremble is not.
"""

import torch
from torch import Tensor

from ..normal import JointRows, StencilRows
from ..points import POINT_INDEX
from ..rotations import inverse_left_jacobian, logarithm
from .term import Stretch, cauchy

_SPREAD = {
    **dict.fromkeys(("pelvis", "neck", "nose"), 0.8),
    **dict.fromkeys(("knee", "ankle"), 1.0),
    **dict.fromkeys(("big_toe", "elbow"), 1.5),
    **dict.fromkeys(("wrist", "index1"), 3.0),
}
"""Point: its sigma relative to the others; hands are thrown about more than feet, and those more than the trunk."""
_ROUGH_SPREAD = {**_SPREAD, "elbow": 1.0, "wrist": 1.5, "index1": 1.5}
"""The same while it is settled whether an arm reaches forward or back, which the networks' 3D confuses for some frames."""

_ACCELERATION = (1.0, -2.0, 1.0)


class PointAcceleration:
    """Second difference of points over (1 / fps)^2, over sigma (m/s^2). rough: for poses that are not found yet."""

    name = "acceleration"

    def __init__(self, fps: float, sigma: float, scale: float, device: torch.device, rough: bool = False) -> None:
        spreads = {
            POINT_INDEX[name]: spread
            for kind, spread in (_ROUGH_SPREAD if rough else _SPREAD).items()
            for name in ((kind,) if kind in POINT_INDEX else (f"left_{kind}", f"right_{kind}"))
        }
        self.points = torch.tensor(list(spreads), device=device)
        spread = torch.tensor(list(spreads.values()), dtype=torch.float64, device=device)
        self.weight, self.scale = fps**2 / (sigma * spread), scale

    def rows(self, stretch: Stretch) -> StencilRows:
        """Three rows for each point and window of three frames."""
        count = stretch.windows(3)
        places = stretch.posed.points[:, self.points] * self.weight[:, None]
        residual = places[:count] - 2 * places[1 : count + 1] + places[2 : count + 2]
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        flat = residual.flatten(1)
        weight = doubt[..., None].expand_as(residual).reshape(flat.shape)
        scale = self.weight[:, None].expand_as(residual).flatten(1)
        if not stretch.linearise:
            return StencilRows(flat, weight, cost, scale, _ACCELERATION)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        seen = slice(0, count + 2)
        by_frame, by_betas = stretch.posed.by_frame[seen, self.points], stretch.posed.by_betas[seen, self.points]
        return StencilRows(flat, weight, cost, scale, _ACCELERATION, by_frame.flatten(1, 2), by_betas.flatten(1, 2))


class TurnAcceleration:
    """Change of each joint's local turning from frame to frame, over sigma (rad/s^2): holds what no point shows, such as the
    twist of a straight limb."""

    name = "turning"

    def __init__(self, fps: float, sigma: float, scale: float) -> None:
        self.weight, self.scale = fps**2 / sigma, scale

    def rows(self, stretch: Stretch) -> JointRows:
        """Three numbers for each of the 22 joints and window of three frames."""
        count = stretch.windows(3)
        rotations = stretch.posed.rotations
        turning = logarithm(rotations[1:] @ rotations[:-1].transpose(-1, -2))
        residual = (turning[1 : count + 1] - turning[:count]) * self.weight
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        weight = doubt[..., None].expand_as(residual)
        if not stretch.linearise:
            return JointRows(3, residual, weight, cost)
        left = inverse_left_jacobian(turning)
        right = left.transpose(-1, -2)
        local = stretch.posed.parents.transpose(-1, -2) * self.weight

        def by(jacobian: Tensor, frame: int) -> Tensor:
            return jacobian @ local[frame : frame + count]

        return JointRows(
            3,
            residual,
            weight,
            cost,
            (
                by(right[:count], 0),
                by(-right[1 : count + 1] - left[:count], 1),
                by(left[1 : count + 1], 2),
            ),
        )
