"""How deep the balls of the arms are in trunk, head, thighs and the other arm, and which way is out. Metres."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.choreography.solid import SPACING
from .arm_bones import Arms, PosedArms, Trunk

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FAR: Final = -1.0
"""Depth of what is nowhere near."""
_DEEP, _OUTER = 0.03, 0.05
"""Metres: depth from which on a ball leaves as the rest of its limb does, and distance from which on that counts no more."""
_BETWEEN: Final = 0.004
"""Metres that balls of two arms stay apart: between the balls of a row, limbs are thicker than the balls."""
_HAND: Final = 2
"""Bone of the hand, see Arms.bone."""


@dataclass(frozen=True)
class Depths:
    """Of every ball of both arms over T frames. depth: (T, 2, P, 2) metres in the body and in the other arm, negative outside;
    way: (T, 2, P, 2, 3) unit, out of it."""

    depth: Array
    way: Array


@dataclass(frozen=True)
class _Field:
    """A solid's distances and their slopes at the nodes: nodes (N, 4). counts: along each axis. middle, radius: a ball around."""

    carrier: int
    corner: Array
    counts: Index
    nodes: Array
    middle: Array
    radius: float

    def at(self, points: Array) -> Array:
        """(n, 4) distance and slope at points (n, 3) in the carrier's axes, between the nodes in straight lines; outside, the
        edge answers."""
        places = np.clip((points - self.corner) / SPACING, 0, self.counts - 1.001)
        low = places.astype(np.int64)
        share = places - low
        _, height, depth = self.counts
        first = (low[:, 0] * height + low[:, 1]) * depth + low[:, 2]
        along = np.stack([1 - share, share])
        found = np.zeros((len(points), 4))
        for x in (0, 1):
            for y in (0, 1):
                both = along[x, :, 0] * along[y, :, 1]
                for z in (0, 1):
                    found += (both * along[z, :, 2])[:, None] * self.nodes[first + (x * height + y) * depth + z]
        return found


@lru_cache(maxsize=8)
def _fields(arms: Arms) -> tuple[_Field, ...]:
    found = []
    for solid in arms.figure.solids:
        slopes = np.stack(np.gradient(solid.values, SPACING), axis=-1)
        nodes = np.concatenate([solid.values[..., None], slopes], axis=-1).reshape(-1, 4)
        counts = np.array(solid.values.shape)
        extent = (counts - 1) * SPACING
        found.append(
            _Field(solid.carrier, solid.corner, counts, nodes, solid.corner + extent / 2, float(np.linalg.norm(extent)) / 2)
        )
    return tuple(found)


def depths(arms: Arms, trunk: Trunk, posed: PosedArms, give: Array) -> Depths:
    """How deep every ball is. give: (3,) metres that upper arm, forearm and hand may press into what they meet."""
    depth = np.full((*posed.balls.shape[:3], 2), _FAR)
    way = np.zeros((*depth.shape, 3))
    free = arms.radius - give[arms.bone]
    for bones in (arms.bone < _HAND, arms.bone == _HAND):
        _into_body(arms, trunk, posed.balls[:, :, bones], free[:, bones], np.flatnonzero(bones), depth, way)
    _into_arms(arms, posed.balls, depth, way)
    return Depths(depth, way)


def _into_body(arms: Arms, trunk: Trunk, balls: Array, free: Array, numbers: Index, depth: Array, way: Array) -> None:
    """Write the deepest of `balls` (T, 2, n, 3), of the given `numbers`, in any solid."""
    middle = balls.mean(2)
    reach = np.sqrt(((balls - middle[:, :, None]) ** 2).sum(-1).max(2))
    for field in _fields(arms):
        turned, place = trunk.world[:, field.carrier], trunk.places[:, field.carrier]
        core = place + turned @ field.middle
        frame, arm = np.nonzero(np.linalg.norm(middle - core[:, None], axis=-1) < reach + field.radius)
        if not len(frame):
            continue
        local = (balls[frame, arm] - place[frame, None]) @ turned[frame]
        found = field.at(local.reshape(-1, 3)).reshape(*local.shape[:2], 4)
        here = free[arm] - found[..., 0]
        spots = (frame[:, None], arm[:, None], numbers, 0)
        deeper = here > depth[spots]
        row, column = np.nonzero(deeper)
        # Deep inside, the nearest way out may lie on the far side: there it is where the rest of the hand, or arm, is outside.
        outer = np.exp(np.minimum(found[..., 0], _OUTER) / _DEEP)[..., None] * found[..., 1:]
        common = outer.mean(1)
        common /= np.maximum(np.linalg.norm(common, axis=1, keepdims=True), 1e-9)
        share = np.clip(here[row, column, None] / _DEEP, 0, 1)
        slope = (1 - share) * found[row, column, 1:] + share * common[row]
        slope /= np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)
        chosen = (frame[row], arm[row], numbers[column], 0)
        depth[chosen] = here[row, column]
        way[chosen] = (turned[frame[row]] @ slope[..., None])[..., 0]


def _into_arms(arms: Arms, balls: Array, depth: Array, way: Array) -> None:
    """Write for every ball how deep it is in the nearest of the other arm; of two that meet, each goes half the way out."""
    left, right = balls[:, 0], balls[:, 1]
    near = np.flatnonzero(_boxes_meet(left, right))
    if not len(near):
        return
    left, right = left[near], right[near]
    square = (left**2).sum(-1)[:, :, None] + (right**2).sum(-1)[:, None] - 2 * left @ right.swapaxes(1, 2)
    reach = arms.radius[0][:, None] + arms.radius[1] + _BETWEEN
    reach[np.ix_(arms.bone == 0, arms.bone == 0)] = _FAR  # upper arms do not meet
    deep = reach - np.sqrt(np.maximum(square, 1e-8))
    for side, (own, other, over) in enumerate(((left, right, deep), (right, left, deep.swapaxes(1, 2)))):
        nearest = over.argmax(2)
        depth[near, side, :, 1] = np.take_along_axis(over, nearest[..., None], 2)[..., 0] / 2
        apart = own - np.take_along_axis(other, nearest[..., None], 1)
        way[near, side, :, 1] = apart / np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-6)


def _boxes_meet(one: Array, two: Array) -> Mask:
    """(T,) whether the boxes about points (T, P, 3) come within a hand's breadth."""
    gap = np.maximum(one.min(1) - two.max(1), two.min(1) - one.max(1))
    meet: Mask = (gap < 0.1).all(1)
    return meet
