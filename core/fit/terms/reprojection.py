"""Landmarks in the picture: where the points of the body project to."""

import torch

from ..normal import JACOBIAN, Rows
from ..observations import Observations
from .term import Stretch, cauchy

NEAREST = 0.1
"""Depth (m) below which a point is treated as being there, so that the projection stays finite."""


class Reprojection:
    """Pixels between landmark and projection, over their sigma, under a Cauchy loss for each landmark."""

    name = "reprojection"

    def __init__(self, observations: Observations, scale: float) -> None:
        self.observations, self.scale = observations, scale

    def rows(self, stretch: Stretch) -> Rows:
        """M landmarks give 2 M rows a frame; shared unknowns: betas, then the focal length's logarithm."""
        seen = self.observations
        weight = seen.pixel_weight[stretch.own]
        points = stretch.posed.points[: stretch.count, seen.pixel_point]
        depth = points[..., 2].clamp(min=NEAREST)
        focal = stretch.log_focal.exp()
        projected = focal * points[..., :2] / depth[..., None]
        residual = (projected - seen.pixel[stretch.own]) * weight[..., None]
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        frames = len(residual)
        flat, pair_doubt = residual.reshape(frames, -1), doubt[..., None].expand_as(residual).reshape(frames, -1)
        if not stretch.linearise:
            return Rows(flat, pair_doubt, cost)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        by_point = torch.zeros(*projected.shape, 3, dtype=points.dtype, device=points.device)
        by_point[..., 0, 0] = by_point[..., 1, 1] = focal / depth
        by_point[..., 2] = -projected / depth[..., None]
        by_point = (by_point * weight[..., None, None]).to(JACOBIAN)
        by_frame = by_point @ stretch.posed.by_frame[: stretch.count, seen.pixel_point]
        by_betas = by_point @ stretch.posed.by_betas[: stretch.count, seen.pixel_point]
        by_focal = (projected * weight[..., None])[..., None].to(JACOBIAN)
        by_shared = torch.cat([by_betas, by_focal], -1)
        return Rows(
            flat,
            pair_doubt,
            cost,
            by_frame.reshape(frames, flat.shape[1], -1),
            by_shared.reshape(frames, flat.shape[1], -1),
        )
