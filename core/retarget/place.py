"""Where the target's hips and feet go: the source's ways, scaled by the length of the legs, on the same floor."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .performance import Performance
from .rest import Rest, carried
from .turns import unit

Array = NDArray[np.floating[Any]]

_ALIKE: Final = 0.15
"""Share of its length by which a foot is longer or shorter and still stands on the very spot with its ball."""
_STEEP: Final = 0.2
"""Cosine of how steep a foot may be that shows where it points to."""


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
        there = self.placed(self.performance.places[f"{side}_{part}"], *self.heights(part))
        return there + self._ahead(side) if part == "foot" else there

    def _ahead(self, side: str) -> Array:
        """(T, 3) how much farther ahead the ball of a much longer foot is, so that its heel does not stand far behind."""
        rests = (self.performance.rest, self.target)
        if not all(f"{side}_{part}" in rest.places for rest in rests for part in ("ankle", "foot")):
            return np.zeros((len(self.performance.floor), 3))
        ways = [(rest.places[f"{side}_foot"] - rest.places[f"{side}_ankle"]) * (1, 1, 0) for rest in rests]
        own, other = self.scale * np.linalg.norm(ways[0]), float(np.linalg.norm(ways[1]))
        longer = np.sign(other - own) * max(abs(other - own) - _ALIKE * own, 0.0)
        level = carried(self.performance.turns[f"{side}_ankle"], unit(ways[0])) * (1, 1, 0)
        return longer * level / np.maximum(np.linalg.norm(level, axis=1, keepdims=True), _STEEP)

    def rise(self, side: str, part: str) -> Array:
        """(T,) how much higher above the floor the source's joint is than at rest."""
        return self.performance.places[f"{side}_{part}"][:, 2] - self.performance.floor - self.heights(part)[0]

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
