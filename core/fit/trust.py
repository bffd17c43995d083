"""How good this clip's landmarks are, judged by how well one body can explain them all.

The settings' sigmas are a usual clip's. Landmarks that one body explains far better than usual deserve more trust, or the
beliefs about poses would pull the fit away from them; each network's places and directions are judged apart, by the median of
what the fit leaves over.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .kinematics import PosedPoints
from .observations import Observations
from .problem import BodyState

LEAST = 0.08
"""Smallest factor on a sigma: perfection is not believed."""
STEP = 0.4
USUAL = 0.5
"""What a usual clip's fit leaves over, in sigmas. Less than one: networks err together and slowly, which a fit follows, so a
small rest alone is no proof of good landmarks, and only a smaller one than usual earns more trust."""
MEDIAN = 1.177
"""Median length of a standard normal vector in two dimensions; a unit vector errs in two as well."""
SOURCES, HANDS = 3, 1


@dataclass(frozen=True)
class Trust:
    """Factors on the sigmas of pixels and of directions, one for each source: (3,) each."""

    pixel: Tensor
    direction: Tensor

    def applied(self, seen: Observations) -> Observations:
        """The same evidence, weighted by this trust."""
        return replace(
            seen,
            pixel_weight=seen.pixel_weight / self.pixel[seen.pixel_source],
            direction_weight=seen.direction_weight / self.direction[seen.direction_source],
        )

    def near(self, other: "Trust") -> bool:
        """Whether no factor differs by more than a tenth."""
        mine, others = torch.cat([self.pixel, self.direction]), torch.cat([other.pixel, other.direction])
        return bool(((mine / others).log().abs() < 0.1).all())


def full_trust(seen: Observations) -> Trust:
    """Sigmas as the settings have them."""
    return Trust(seen.pixel.new_ones(SOURCES), seen.pixel.new_ones(SOURCES))


def judge(seen: Observations, posed: PosedPoints, state: BodyState, before: Trust) -> Trust:
    """The trust that the settings' sigmas in `seen` deserve, from the fit `state` of the same frames and its points.

    It falls to no less than a share of what it was `before`: sigmas that shrink at once would shut out, as outliers, landmarks
    that the body has not reached yet.
    """
    places = posed.points[:, seen.pixel_point]
    projected = state.log_focal.exp() * places[..., :2] / places[..., 2:].clamp(min=0.1)
    pixel = (projected - seen.pixel).norm(dim=-1) * seen.pixel_weight / MEDIAN
    bone = posed.points[:, seen.direction_to] - posed.points[:, seen.direction_from]
    unit = torch.nn.functional.normalize(bone, dim=-1)
    direction = (unit - seen.upright(state.lean)).norm(dim=-1) * seen.direction_weight / MEDIAN
    found = Trust(
        _factors(pixel, seen.pixel_weight, seen.pixel_source),
        _factors(direction, seen.direction_weight, seen.direction_source),
    )
    # A palm is turned by little else than its own directions: that the fit explains them is no proof of them.
    found.direction[HANDS] = 1
    return Trust(torch.maximum(found.pixel, STEP * before.pixel), torch.maximum(found.direction, STEP * before.direction))


def _factors(left: Tensor, weight: Tensor, source: Tensor) -> Tensor:
    out = torch.ones(SOURCES, dtype=left.dtype, device=left.device)
    for k in range(SOURCES):
        mine, sure = left[:, source == k], weight[:, source == k]
        counted = mine[sure > 0.5 * sure.amax(0, keepdim=True).clamp(min=1e-12)]
        if len(counted):
            out[k] = (counted.median() / USUAL).clamp(LEAST, 1)
    return out
