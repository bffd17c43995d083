"""The networks' 3D: directions of bones, not places, since their lengths and depths are a mean person's."""

import torch

from ..normal import Rows
from ..observations import Observations
from .term import Stretch, cauchy


class Direction:
    """Difference of unit vectors (about the angle, in rad) over sigma, under a Cauchy loss for each bone."""

    name = "direction"

    def __init__(self, observations: Observations, scale: float) -> None:
        self.observations, self.scale = observations, scale

    def rows(self, stretch: Stretch) -> Rows:
        """N bones give 3 N rows a frame."""
        seen = self.observations
        weight = seen.direction_weight[stretch.own][..., None]
        points = stretch.posed.points[: stretch.count]
        bone = points[:, seen.direction_to] - points[:, seen.direction_from]
        length = bone.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        unit = bone / length
        residual = (unit - seen.direction[stretch.own]) * weight
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        frames = len(residual)
        flat, triple_doubt = residual.reshape(frames, -1), doubt[..., None].expand_as(residual).reshape(frames, -1)
        if not stretch.linearise:
            return Rows(flat, triple_doubt, cost)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        eye = torch.eye(3, dtype=points.dtype, device=points.device)
        by_bone = (eye - unit[..., None] * unit[..., None, :]) * (weight / length)[..., None]
        by_frame = stretch.posed.by_frame[: stretch.count]
        by_betas = stretch.posed.by_betas[: stretch.count]
        return Rows(
            flat,
            triple_doubt,
            cost,
            (by_bone @ (by_frame[:, seen.direction_to] - by_frame[:, seen.direction_from])).reshape(
                frames, flat.shape[1], -1
            ),
            (by_bone @ (by_betas[:, seen.direction_to] - by_betas[:, seen.direction_from])).reshape(
                frames, flat.shape[1], -1
            ),
        )
