"""How deep the balls of the arms are in trunk, head, thighs and the other arm, and which way is out. Metres."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter

from ...models.emotion.choreography.solid import SPACING
from .arm_bones import Arms, PosedArms, Trunk

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FAR: Final = -1.0
"""Depth of what is nowhere near."""
_DEEP, _OUTER = 0.03, 0.05
"""Metres: depth from which on a ball leaves as the rest of its limb does, and distance from which on that counts no more."""
_MEET: Final = 0.01
"""Metres over which balls of two arms count as those that meet."""
_BETWEEN: Final = 0.004
"""Metres that balls of two arms stay apart: between the balls of a row, limbs are thicker than the balls."""
_SHARE: Final = 0.75
"""Of the way that two arms have to go apart, what each goes: more than half, as a turn that is to be smooth falls short."""
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
    """A solid's distances, values (N,), and slopes (N, 3) at its nodes. counts: of nodes along each axis; offsets: (8,) from the
    lowest node of a cell to all of its nodes; lowest: (N,) least value of the cell that a node is the lowest of."""

    carrier: int
    corner: Array
    counts: Index
    values: Array
    slopes: Array
    offsets: Index
    lowest: Array

    def off(self, points: Array) -> Array:
        """(n,) metres, the least of the cells that points (n, 3) in the carrier's axes lie in: never more than `cell` gives them,
        and quicker; outside, the edge answers."""
        places = ((points - self.corner) / SPACING).astype(np.int64)
        x, y, z = np.clip(places, 0, self.counts - 2).T
        return np.asarray(self.lowest[(x * self.counts[1] + y) * self.counts[2] + z])

    def cell(self, points: Array) -> tuple[Index, Array]:
        """(n, 8) nodes about points (n, 3) in the carrier's axes, and how much each counts; outside, the edge answers."""
        places = np.clip((points - self.corner) / SPACING, 0, self.counts - 1.001)
        low = places.astype(np.int64)
        share = places - low
        first = (low[:, 0] * self.counts[1] + low[:, 1]) * self.counts[2] + low[:, 2]
        both = np.empty((len(share), 3, 2))
        both[..., 0], both[..., 1] = 1 - share, share
        weights = both[:, 0, :, None, None] * both[:, 1, None, :, None] * both[:, 2, None, None]
        return first[:, None] + self.offsets, weights.reshape(-1, 8)

    def least(self, points: Array) -> Array:
        """(n,) metres that points (n, 3) are off at least, wherever they are."""
        within = np.clip(points, self.corner, self.corner + (self.counts - 1) * SPACING)
        beyond = np.linalg.norm(points - within, axis=1)
        return np.where(beyond > 0, beyond, self.off(within))


@lru_cache(maxsize=8)
def _fields(arms: Arms) -> tuple[_Field, ...]:
    found = []
    for solid in arms.figure.solids:
        counts = np.array(solid.values.shape)
        slopes = np.stack(np.gradient(solid.values, SPACING), axis=-1).reshape(-1, 3)
        offsets = np.array([(x * counts[1] + y) * counts[2] + z for x in (0, 1) for y in (0, 1) for z in (0, 1)])
        lowest = minimum_filter(solid.values, 2, origin=-1, mode="nearest").ravel()
        found.append(_Field(solid.carrier, solid.corner, counts, solid.values.ravel(), slopes, offsets, lowest))
    return tuple(found)


def depths(arms: Arms, trunk: Trunk, posed: PosedArms, give: Array) -> Depths:
    """How deep every ball is. give: (3,) metres that upper arm, forearm and hand may press into what they meet."""
    depth = np.full((*posed.balls.shape[:3], 2), _FAR)
    way = np.zeros((*depth.shape, 3))
    free = arms.radius - give[arms.bone]
    bones = [np.flatnonzero(arms.bone == bone) for bone in range(_HAND + 1)]
    middles = np.stack([posed.balls[:, :, numbers].mean(2) for numbers in bones], axis=2)
    reaches = np.stack(
        [
            np.sqrt(((posed.balls[:, :, numbers] - middles[:, :, bone, None]) ** 2).sum(-1).max(2)) + free[:, numbers].max()
            for bone, numbers in enumerate(bones)
        ],
        axis=2,
    )
    for field in _fields(arms):
        turned, place = trunk.world[:, field.carrier], trunk.places[:, field.carrier]
        local = (middles.reshape(len(turned), -1, 3) - place[:, None]) @ turned
        near = field.least(local.reshape(-1, 3)).reshape(reaches.shape) < reaches
        for bone, numbers in enumerate(bones):
            frame, arm = np.nonzero(near[:, :, bone])
            if len(frame):
                balls = (posed.balls[frame[:, None], arm[:, None], numbers] - place[frame, None]) @ turned[frame]
                _into_solid(field, turned[frame], balls, free[:, numbers][arm], (frame, arm, numbers), depth, way)
    _into_arms(arms, posed.balls, depth, way)
    return Depths(depth, way)


def _into_solid(
    field: _Field, turned: Array, balls: Array, free: Array, where: tuple[Index, Index, Index], depth: Array, way: Array
) -> None:
    """Write of balls (m, n, 3) in the carrier's axes those that are deeper here than in any solid before. turned: (m, 3, 3) the
    carrier's; free: (m, n) how far off they have to be; where: frames (m,), arms (m,) and numbers (n,) of the balls."""
    close = np.flatnonzero((field.off(balls.reshape(-1, 3)).reshape(free.shape) < free).any(1))
    if not len(close):
        return
    turned, balls, free, where = turned[close], balls[close], free[close], (where[0][close], where[1][close], where[2])
    nodes, weights = field.cell(balls.reshape(-1, 3))
    distance = (field.values[nodes] * weights).sum(1).reshape(free.shape)
    here = free - distance
    inside = np.flatnonzero(here.max(1) > 0)
    if not len(inside):
        return
    frame, arm, numbers = where[0][inside], where[1][inside], where[2]
    nodes, weights = nodes.reshape(*free.shape, 8)[inside], weights.reshape(*free.shape, 8)[inside]
    here, distance = here[inside], distance[inside]
    slope = _unit((weights[..., None, :] @ field.slopes[nodes])[..., 0, :])
    # Deep inside, the nearest way out may lie on the far side: there it is where the rest of the limb is outside.
    common = _unit((np.exp(np.minimum(distance, _OUTER) / _DEEP)[..., None] * slope).mean(1, keepdims=True))
    share = np.clip(here / _DEEP, 0, 1)[..., None]
    out = _unit((1 - share) * slope + share * common) @ turned[inside].swapaxes(1, 2)
    row, column = np.nonzero(here > depth[frame[:, None], arm[:, None], numbers, 0])
    chosen = (frame[row], arm[row], numbers[column], 0)
    depth[chosen], way[chosen] = here[row, column], out[row, column]


def _into_arms(arms: Arms, balls: Array, depth: Array, way: Array) -> None:
    """Write for every ball how deep it is in the nearest of the other arm; of two that meet, each goes a share of the way out."""
    left, right = balls[:, 0], balls[:, 1]
    near = np.flatnonzero(_boxes_meet(left, right))
    if not len(near):
        return
    left, right = left[near], right[near]
    square = (left**2).sum(-1)[:, :, None] + (right**2).sum(-1)[:, None] - 2 * left @ right.swapaxes(1, 2)
    reach = arms.radius[0][:, None] + arms.radius[1] + _BETWEEN
    reach[np.ix_(arms.bone == 0, arms.bone == 0)] = _FAR  # upper arms do not meet
    deep = reach - np.sqrt(np.maximum(square, 1e-8))
    meet = (deep > 0).any((1, 2))
    near, left, right, deep = near[meet], left[meet], right[meet], deep[meet]
    for side, (own, other, over) in enumerate(((left, right, deep), (right, left, deep.swapaxes(1, 2)))):
        nearest = over.argmax(2)
        here = np.take_along_axis(over, nearest[..., None], 2)[..., 0]
        apart = own - np.take_along_axis(other, nearest[..., None], 1)
        slope = _unit(apart)
        # Hands deep in each other go apart as wholes, not finger by finger.
        common = _unit((np.exp(here / _MEET)[..., None] * slope).mean(1, keepdims=True))
        share = np.clip(here / _DEEP, 0, 1)[..., None]
        depth[near, side, :, 1] = _SHARE * here
        way[near, side, :, 1] = _unit((1 - share) * slope + share * common)


def _boxes_meet(one: Array, two: Array) -> Mask:
    """(T,) whether the boxes about points (T, P, 3) come within a hand's breadth."""
    gap = np.maximum(one.min(1) - two.max(1), two.min(1) - one.max(1))
    meet: Mask = (gap < 0.1).all(1)
    return meet


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.sqrt((vectors**2).sum(-1, keepdims=True)), 1e-9))
