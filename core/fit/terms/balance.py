"""Gravity: whoever stands has the middle of their mass over their feet. A picture hardly shows a lean in depth; this does."""

import torch
from torch import Tensor

from ..normal import JACOBIAN, Rows
from ..points import POINT_INDEX, SOLE_POINTS
from .term import Stretch, cauchy

_TRUNK = {"nose": 0.08, "spine3": 0.27, "spine1": 0.10, "pelvis": 0.13}
_LIMBS = {"elbow": 0.035, "wrist": 0.015, "hip": 0.055, "knee": 0.085, "ankle": 0.02}
MASS = _TRUNK | {f"{side}_{name}": share for side in ("left", "right") for name, share in _LIMBS.items()}
"""Share of the body's mass by point, limbs lumped at their joints (after Winter 2009, table 4.1)."""


class Balance:
    """Horizontal distance of the middle of mass from the feet that carry it, over sigma (m), under a Cauchy loss: who leans on
    something, or walks, is let go.

    standing: (T,) in [0, 1] whether someone stands on their feet; contacts: (T, 4); up: (3,) unit vector against gravity.
    """

    name = "balance"

    def __init__(self, standing: Tensor, contacts: Tensor, up: Tensor, sigma: float, scale: float) -> None:
        planted = contacts.clamp(min=0)
        total = planted.sum(1, keepdim=True)
        self.support = planted / total.clamp(min=1e-3)
        self.weight = (standing * (total[:, 0] / 0.5).clamp(max=1)).sqrt() / sigma
        self.scale = scale
        self.mass_points = torch.tensor([POINT_INDEX[name] for name in MASS], device=up.device)
        share = torch.tensor(list(MASS.values()), dtype=up.dtype, device=up.device)
        self.share = share / share.sum()
        self.soles = torch.tensor(SOLE_POINTS, device=up.device)
        across = torch.linalg.cross(up, up.new_tensor([0.0, 0.0, 1.0]))
        across = across / across.norm()
        self.level = torch.stack([across, torch.linalg.cross(across, up)])  # (2, 3) directions along the floor

    def rows(self, stretch: Stretch) -> Rows:
        """Two rows a frame."""
        own = stretch.own
        weight, support = self.weight[own, None], self.support[own]
        places = stretch.posed.points[: stretch.count]

        def over_feet(values: Tensor) -> Tensor:
            """(T, N, 3, ...) of points to (T, 3, ...) of the middle of mass, seen from the support."""
            mass = torch.einsum("p,tp...->t...", self.share.to(values.dtype), values[:, self.mass_points])
            return mass - torch.einsum("tp,tp...->t...", support.to(values.dtype), values[:, self.soles])

        residual = over_feet(places) @ self.level.T * weight
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        pair = doubt[:, None].expand_as(residual)
        if not stretch.linearise:
            return Rows(residual, pair, cost)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        by_frame = self.level.to(JACOBIAN) @ over_feet(stretch.posed.by_frame[: stretch.count])
        by_betas = self.level.to(JACOBIAN) @ over_feet(stretch.posed.by_betas[: stretch.count])
        return Rows(residual, pair, cost, by_frame * weight[..., None], by_betas * weight[..., None])
