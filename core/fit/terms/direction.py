"""The networks' 3D: directions of bones, not places, since their lengths and depths are a mean person's.

The body network's err together: throughout a clip the whole person may lean to or from the camera by ten degrees. That common
tilt is an unknown of the clip, so that many directions do not outvote floor, feet and perspective.
"""

import torch

from ..normal import JACOBIAN, Rows
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
        tilted = seen.upright(stretch.lean, stretch.own)
        residual = (unit - tilted) * weight
        cost, doubt = cauchy((residual * residual).sum(-1), self.scale)
        frames = len(residual)
        flat, triple_doubt = residual.reshape(frames, -1), doubt[..., None].expand_as(residual).reshape(frames, -1)
        if not stretch.linearise:
            return Rows(flat, triple_doubt, cost)
        assert stretch.posed.by_frame is not None and stretch.posed.by_betas is not None
        eye = torch.eye(3, dtype=points.dtype, device=points.device)
        by_bone = ((eye - unit[..., None] * unit[..., None, :]) * (weight / length)[..., None]).to(JACOBIAN)
        by_frame = stretch.posed.by_frame[: stretch.count]
        by_betas = stretch.posed.by_betas[: stretch.count]
        betas_part = by_bone @ (by_betas[:, seen.direction_to] - by_betas[:, seen.direction_from])
        # The tilt turns what was seen about x: its derivative is the cross product with that axis.
        by_lean = torch.stack([torch.zeros_like(tilted[..., 0]), tilted[..., 2], -tilted[..., 1]], -1)
        by_lean = (by_lean * weight * seen.leaning[:, None]).to(JACOBIAN)
        by_shared = torch.cat([betas_part, torch.zeros_like(by_lean)[..., None], by_lean[..., None]], -1)
        return Rows(
            flat,
            triple_doubt,
            cost,
            (by_bone @ (by_frame[:, seen.direction_to] - by_frame[:, seen.direction_from])).reshape(frames, flat.shape[1], -1),
            by_shared.reshape(frames, flat.shape[1], -1),
        )
