"""Points that ride on joints, wherever on them they lie: how far they go in a direction when joints turn or betas change.

The terms over few points in few frames (parts that touch, a hand before the face) take their derivatives from here instead of
posing every point in every frame.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..skeleton import BODY_JOINT_COUNT
from .kinematics import FRAME_UNKNOWNS, PosedPoints
from .normal import JACOBIAN, Rows
from .points import BodyPoints


@dataclass(frozen=True)
class Riders:
    """n points in the frames that they are looked at in.

    frame: (n,); carrier: (n,) joint; place: (n, 3) metres; shape: (n, 3, B) derivative by betas of the place relative to the
    carrying joint, in rest axes.
    """

    frame: Tensor
    carrier: Tensor
    place: Tensor
    shape: Tensor

    def along(self, direction: Tensor, posed: PosedPoints, moves: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives of direction (n, 3) times place: (n, 22, 3) by the joints' turns, (n, B) by betas; moves: see `carrying`.

        By the pelvis's place it is the direction itself; between two riders of one body that cancels.
        """
        assert posed.by_betas is not None
        arm = self.place[:, None] - posed.points[self.frame, :BODY_JOINT_COUNT]
        turns = torch.linalg.cross(arm, direction[:, None].expand_as(arm), dim=-1) * moves[self.carrier][..., None]
        moved = posed.by_betas[self.frame, self.carrier] + posed.globals[self.frame, self.carrier] @ self.shape
        return turns, (direction[:, None] @ moved)[:, 0]


def carrying(points: BodyPoints) -> Tensor:
    """(22, 22) 1 where what the joint (row) carries moves when another (column) turns: its own turn and those above it."""
    above = points.moves[:BODY_JOINT_COUNT].to(torch.float64)
    return above + torch.eye(BODY_JOINT_COUNT, dtype=torch.float64, device=above.device)


def rows_by_frame(
    frame: Tensor, count: int, residual: Tensor, weight: Tensor, cost: Tensor, by: tuple[Tensor, Tensor] | None
) -> Rows:
    """Rows of n residuals (n,) with sorted `frame` (n,): as many a frame as the frame with most needs, the others zero.

    weight: (n,) as in Rows; by: derivatives (n, 22, 3) by turns and (n, B) by betas, or None.
    """
    per_frame = torch.bincount(frame, minlength=count)
    first = torch.cumsum(per_frame, 0) - per_frame
    slot = torch.arange(len(frame), device=frame.device) - first[frame]
    slots = int(per_frame.max()) if len(frame) else 0

    def spread(values: Tensor, dtype: torch.dtype, width: int | None = None) -> Tensor:
        out = torch.zeros(count, slots, *([] if width is None else [width]), dtype=dtype, device=values.device)
        out[frame, slot] = values.to(dtype)
        return out

    placed, weights = spread(residual, residual.dtype), spread(weight, weight.dtype)
    if by is None:
        return Rows(placed, weights, cost)
    turns, by_betas = by
    whole = torch.cat([torch.zeros_like(turns[:, 0]), turns.flatten(1)], 1)
    return Rows(placed, weights, cost, spread(whole, JACOBIAN, FRAME_UNKNOWNS), spread(by_betas, JACOBIAN, by_betas.shape[1]))
