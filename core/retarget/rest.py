"""How a skeleton stands at rest, and how two that rest differently are brought into the same pose.

Everything here is in upright axes: metres or any other unit, Z up, facing -Y, the person's left is +X.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from ..scene.space import rest_axes
from .roles import FINGERS, PHALANGES, SIDES
from .turns import about, apply, swing, transposed, twist_angle, unit

Array = NDArray[np.floating[Any]]
Places = Mapping[str, Array]

UP: Final = np.array([0.0, 0.0, 1.0])
LEFT: Final = np.array([1.0, 0.0, 0.0])
_LEANS: Final = np.deg2rad(30)
"""A rest that leans less than this from upright axes is a person who stands upright, and whose bones lie so."""
_LOW: Final = 0.3
"""Share of the leg that an ankle is above the floor at most."""
_DOWN: Final = 0.7
"""Cosine to the vertical from which on a leg does not stand."""
_STEEP: Final = 0.35
"""A foot whose toes are less far ahead than this share of its length has no direction on the ground."""
_KNUCKLES: Final = ("index1", "middle1", "ring1", "pinky1")


@dataclass(frozen=True)
class Rest:
    """Joints at rest. axes: (3, 3) turns upright axes into the armature's. places: role -> (3,) in upright axes, scaled.

    floor: height of the floor there.
    """

    axes: Array
    places: Places
    floor: float

    @property
    def leg(self) -> float:
        """The length of a leg from hip to ankle (to the knee twice, where there is no foot)."""
        return float(np.mean([_leg(self.places, side) for side in SIDES]))

    def height(self, role: str) -> float:
        """How far the joints of a role are above the floor, on average of both sides."""
        return float(np.mean([self.places[f"{side}_{role}"][2] for side in SIDES])) - self.floor

    @property
    def stands(self) -> bool:
        """Whether both legs point downwards, more than to any side."""
        ways = [self.places[f"{side}_knee"] - self.places[f"{side}_hip"] for side in SIDES]
        return all(-way[2] > _DOWN * np.linalg.norm(way) for way in ways)

    def span(self, one: str, two: str) -> float:
        """How far two joints are apart."""
        return float(np.linalg.norm(self.places[one] - self.places[two]))

    def middle(self, role: str) -> Array:
        """(3,) between the left and the right joint."""
        return (self.places[f"left_{role}"] + self.places[f"right_{role}"]) / 2


def rest_of(heads: Places, scale: float, name: str) -> Rest:
    """The rest of an armature called `name` whose bones begin at `heads` (role -> (3,), armature space), `scale` times as large
    in the world. Raises ThespisError when it does not stand like a person."""
    legs, arms = (heads[f"left_{part}"] - heads[f"right_{part}"] for part in ("hip", "shoulder"))
    trunk = (heads["left_shoulder"] + heads["right_shoulder"] - heads["left_hip"] - heads["right_hip"]) / 2
    size = float(np.linalg.norm(trunk))
    if size < 1e-9 or min(np.linalg.norm(np.cross(one, trunk)) for one in (legs, arms)) < 1e-3 * size**2:
        raise ThespisError(f"{name}: its bones do not stand like a person at rest. Mend the table of bones.")
    up, left = unit(trunk), unit(unit(legs) + unit(arms))
    left = unit(left - (left @ up) * up)
    axes = np.stack([left, np.cross(up, left), up], axis=1)
    usual = rest_axes(left, up)
    if np.trace(usual.T @ axes) > 1 + 2 * np.cos(_LEANS):
        axes = usual
    places = {role: scale * (head @ axes) for role, head in heads.items()}
    leg = float(np.mean([_leg(places, side) for side in SIDES]))
    low = [places[f"{side}_ankle"][2] for side in SIDES if f"{side}_ankle" in places]
    stands = bool(low) and 0 < min(low) < _LOW * leg
    return Rest(axes, places, 0.0 if stands else min(float(place[2]) for place in places.values()))


def same_pose(source: Places, target: Places) -> dict[str, Array]:
    """Role -> (3, 3) turn, in upright axes, from the target's rest into the pose in which the source rests.

    Limbs swing the smallest way into the source's directions, each after the one before, so elbows and knees keep their hinges;
    hands go by direction and palm, half of what is twisted by the forearm; feet stay flat and turn about the vertical only; all
    else is as upright in one as in the other.
    """
    turns = {role: np.eye(3) for role in target}

    def aim(role: str, end: str, before: Array) -> None:
        """Bring a bone that ends at `end` into the source's direction, starting from how the one before it was turned."""
        turns[role] = before
        if all(joint in rest for joint in (role, end) for rest in (source, target)):
            now, wanted = before @ (target[end] - target[role]), source[end] - source[role]
            if min(np.linalg.norm(now), np.linalg.norm(wanted)) > 1e-9:
                turns[role] = swing(now, wanted) @ before

    for side in SIDES:
        aim(f"{side}_shoulder", f"{side}_elbow", np.eye(3))
        aim(f"{side}_elbow", f"{side}_wrist", turns[f"{side}_shoulder"])
        if f"{side}_wrist" in target:
            _turn_hand(side, source, target, turns)
            for finger in FINGERS:
                before = turns[f"{side}_wrist"]
                for k in range(1, PHALANGES + 1):
                    if f"{side}_{finger}{k}" in target:
                        aim(f"{side}_{finger}{k}", f"{side}_{finger}{k + 1}", before)
                        before = turns[f"{side}_{finger}{k}"]
        aim(f"{side}_hip", f"{side}_knee", np.eye(3))
        aim(f"{side}_knee", f"{side}_ankle", turns[f"{side}_hip"])
        turns[f"{side}_ankle"] = turns[f"{side}_foot"] = _turned_out(side, source, target)
    return turns


def palm(side: str) -> tuple[str, ...]:
    """The roles at which a hand's fingers begin, without the thumb's."""
    return tuple(f"{side}_{knuckle}" for knuckle in _KNUCKLES)


def _turn_hand(side: str, source: Places, target: Places, turns: dict[str, Array]) -> None:
    wrist, elbow = f"{side}_wrist", f"{side}_elbow"
    before = turns[elbow]
    known = [role for role in palm(side) if role in source and role in target]
    turns[wrist] = before
    if wrist not in source or not known:
        return
    ahead = f"{side}_middle1" if f"{side}_middle1" in known else known[0]
    if len(known) == 1:
        turns[wrist] = swing(before @ (target[ahead] - target[wrist]), source[ahead] - source[wrist]) @ before
        return
    one, two = (_frame(rest[ahead] - rest[wrist], rest[known[-1]] - rest[known[0]]) for rest in (source, target))
    turns[wrist] = one @ transposed(two)
    along = unit(source[wrist] - source[elbow])
    twist = twist_angle(turns[wrist] @ transposed(before), along)
    turns[elbow] = about(along, np.array(twist / 2)) @ before


def _turned_out(side: str, source: Places, target: Places) -> Array:
    """The turn about the vertical that lets the target's foot point where the source's does."""
    ways = []
    for rest in (source, target):
        if f"{side}_foot" not in rest or f"{side}_ankle" not in rest:
            return np.eye(3)
        way = rest[f"{side}_foot"] - rest[f"{side}_ankle"]
        if np.hypot(*way[:2]) < _STEEP * np.linalg.norm(way):
            return np.eye(3)
        ways.append(np.arctan2(way[1], way[0]))
    return about(UP, np.array(ways[0] - ways[1]))


def _frame(ahead: Array, across: Array) -> Array:
    x = unit(ahead)
    z = unit(np.cross(x, across))
    return np.stack([x, np.cross(z, x), z], axis=1)


def _leg(places: Places, side: str) -> float:
    hip, knee = places[f"{side}_hip"], places[f"{side}_knee"]
    ankle = places.get(f"{side}_ankle", 2 * knee - hip)
    return float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))


def carried(turns: Array, vector: Array) -> Array:
    """(T, 3) a direction of the rest (3,) under turns (T, 3, 3)."""
    return apply(turns, np.broadcast_to(vector, (len(turns), 3)))
