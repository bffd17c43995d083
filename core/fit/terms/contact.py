"""Planted feet: a sole point in contact neither slides nor, where the floor is known, leaves it."""

import torch
from torch import Tensor

from ..normal import JACOBIAN, Rows, StencilRows
from ..points import SOLE_POINTS
from .term import Stretch, cauchy

_SPEED = (-1.0, 1.0)


class PlantedFeet:
    """Speed of the sole points that are in contact, over sigma (m/s), under a Cauchy loss so that a wrong contact lets go.

    contacts: (T, 4) in [0, 1], columns as core.skeleton.CONTACT_NAMES.
    """

    name = "contact"

    def __init__(self, contacts: Tensor, fps: float, sigma: float, scale: float) -> None:
        both = torch.minimum(contacts[1:], contacts[:-1])
        self.weight = both.clamp(min=0).sqrt() * fps / sigma
        self.scale = scale
        self.points = torch.tensor(SOLE_POINTS, device=contacts.device)

    def rows(self, stretch: Stretch) -> StencilRows:
        """Three rows for each of the four sole points and pair of frames."""
        count = stretch.windows(2)
        weight = self.weight[stretch.start : stretch.start + count]
        places = stretch.posed.points[:, self.points]
        residual = (places[1 : count + 1] - places[:count]) * weight[..., None]
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        flat = residual.flatten(1)
        root = doubt[..., None].expand_as(residual).reshape(flat.shape)
        scale = weight[..., None].expand_as(residual).flatten(1)
        if not stretch.linearise:
            return StencilRows(flat, root, cost, scale, _SPEED)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        seen = slice(0, count + 1)
        by_frame, by_betas = stretch.posed.by_frame[seen, self.points], stretch.posed.by_betas[seen, self.points]
        return StencilRows(flat, root, cost, scale, _SPEED, by_frame.flatten(1, 2), by_betas.flatten(1, 2))


class Floor:
    """Distance of the sole points that are in contact from the floor, and of any that is under it, over sigma (m), under a Cauchy
    loss: stairs let go.

    contacts: (T, 4) in [0, 1]; seen: (T,) whether there is somebody; under: sigma of a point under the floor. Shared unknowns:
    betas, and the world's tilt and floor.
    """

    name = "floor"

    def __init__(self, contacts: Tensor, seen: Tensor, sigma: float, under: float, scale: float) -> None:
        self.weight, self.scale = contacts.clamp(min=0).sqrt() / sigma, scale
        self.under = torch.maximum(self.weight, seen[:, None].to(self.weight) / under)
        self.points = torch.tensor(SOLE_POINTS, device=contacts.device)

    def rows(self, stretch: Stretch) -> Rows:
        """Four rows a frame."""
        places = stretch.posed.points[: stretch.count, self.points]
        height = places @ stretch.up - stretch.floor
        weight = torch.where(height < 0, self.under[stretch.own], self.weight[stretch.own])
        residual = height * weight
        cost, doubt = cauchy(residual * residual, self.scale)
        if not stretch.linearise:
            return Rows(residual, doubt, cost)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        up = stretch.up.to(JACOBIAN)
        by_frame = torch.einsum("c,tpcd->tpd", up, stretch.posed.by_frame[: stretch.count, self.points])
        by_betas = torch.einsum("c,tpcd->tpd", up, stretch.posed.by_betas[: stretch.count, self.points])
        by_shared = stretch.by_shared(by_betas, places @ stretch.up_by_tilt, -torch.ones_like(residual))
        scale = weight[..., None].to(JACOBIAN)
        return Rows(residual, doubt, cost, by_frame * scale, by_shared * scale)
