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

    standing: (T,) in [0, 1] whether someone stands on their feet; contacts: (T, 4). Shared unknowns: betas, the world's tilt.
    """

    name = "balance"

    def __init__(self, standing: Tensor, contacts: Tensor, sigma: float, scale: float) -> None:
        planted = contacts.clamp(min=0)
        total = planted.sum(1, keepdim=True)
        self.support = planted / total.clamp(min=1e-3)
        self.weight = (standing * (total[:, 0] / 0.5).clamp(max=1)).sqrt() / sigma
        self.scale = scale
        self.mass_points = torch.tensor([POINT_INDEX[name] for name in MASS], device=contacts.device)
        share = torch.tensor(list(MASS.values()), dtype=contacts.dtype, device=contacts.device)
        self.share = share / share.sum()
        self.soles = torch.tensor(SOLE_POINTS, device=contacts.device)

    def rows(self, stretch: Stretch) -> Rows:
        """Three rows a frame: what is left of the distance without its part along gravity."""
        own, up = stretch.own, stretch.up
        weight, support = self.weight[own, None], self.support[own]
        level = torch.eye(3, dtype=up.dtype, device=up.device) - up[:, None] * up

        def over_feet(values: Tensor) -> Tensor:
            """(T, N, 3, ...) of points to (T, 3, ...) of the middle of mass, seen from the support."""
            mass = torch.einsum("p,tp...->t...", self.share.to(values.dtype), values[:, self.mass_points])
            return mass - torch.einsum("tp,tp...->t...", support.to(values.dtype), values[:, self.soles])

        away = over_feet(stretch.posed.points[: stretch.count])
        residual = away @ level * weight
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        triple = doubt[:, None].expand_as(residual)
        if not stretch.linearise:
            return Rows(residual, triple, cost)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        by_frame = level.to(JACOBIAN) @ over_feet(stretch.posed.by_frame[: stretch.count])
        by_betas = level.to(JACOBIAN) @ over_feet(stretch.posed.by_betas[: stretch.count])
        by_tilt = -(away @ up)[:, None, None] * stretch.up_by_tilt - up[:, None] * (away @ stretch.up_by_tilt)[:, None]
        by_shared = stretch.by_shared(by_betas, by_tilt, torch.zeros_like(residual))
        scale = weight[..., None].to(JACOBIAN)
        return Rows(residual, triple, cost, by_frame * scale, by_shared * scale)
