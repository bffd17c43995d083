"""Where the target's hips and feet go: the source's ways, scaled by the length of the legs, on the same floor."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .performance import Performance
from .rest import Rest

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Ground:
    """How places of the source become the target's. scale: of the target's legs to the source's. about: (2,) the point on the
    floor that stays where it is.
    """

    performance: Performance
    target: Rest
    scale: float
    about: Array

    def placed(self, places: Array, source_height: float, target_height: float) -> Array:
        """(T, 3) where points (T, 3) go that are so high above the floor at rest on either."""
        floor = self.performance.floor
        out = np.empty_like(places)
        out[:, :2] = self.about + self.scale * (places[:, :2] - self.about)
        out[:, 2] = floor + target_height + self.scale * (places[:, 2] - floor - source_height)
        return out

    def hips(self) -> Array:
        """(T, 3) the middle between the target's hip joints. Legs that are straight on one are straight on the other."""
        return self.placed(self.performance.hips, *self.heights("ankle"))

    def joint(self, side: str, part: str) -> Array:
        """(T, 3) where the target's ankle or ball of the foot is to be."""
        return self.placed(self.performance.places[f"{side}_{part}"], *self.heights(part))

    def heights(self, part: str) -> tuple[float, float]:
        """How high a joint of both legs is above the floor at rest, on the source and on the target."""
        rests = (self.performance.rest, self.target)
        known = all(f"{side}_{part}" in rest.places for rest in rests for side in ("left", "right"))
        return (rests[0].height(part), rests[1].height(part)) if known else (0.0, 0.0)


def ground_for(performance: Performance, target: Rest, on_own: bool) -> Ground:
    """on_own: the stage is each one's own place, and its origin stays; else where the source first stands."""
    about = np.zeros(2) if on_own else performance.hips[0, :2]
    return Ground(performance, target, target.leg / performance.rest.leg, about)


def heading(turns: Array, upright: Array) -> Array:
    """(T,) how far, about the vertical, turns (T, 3, 3) of upright axes have turned away from `upright` (3, 3), without jumps.

    By the way that the left side shows, mixed with the front: one of them is level whoever bends or lies down.
    """
    now = np.einsum("tij,jk->tik", turns, upright.T)
    angle = np.arctan2(now[:, 1, 0] - now[:, 0, 1], now[:, 0, 0] + now[:, 1, 1])
    return np.unwrap(angle)
