"""Hands that touch the body, or each other, do so on the target as well: near a body part they follow its surface, scaled.

A part is a ball or a capsule on a joint of the source. Where a hand is near one, its place as seen from that part counts, made
larger or smaller as the part is on the target; away from all of them only the directions of the arm do. What counts comes and
goes smoothly with the distance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .performance import Performance
from .rest import Rest
from .roles import SIDES, SPINE, chain_of, sided
from .surface import thicker
from .turns import apply, transposed

Array = NDArray[np.floating[Any]]

_LEG: Final = 0.8
"""Metres from hip to ankle of the body that the sizes here are told for."""
_NEAR, _FAR = 0.05, 0.22
"""Metres from a surface at which it alone counts, and from which on it does not."""
_THUMB: Final = 0.04
"""Metres from the middle of a hand to its own surface."""


@dataclass(frozen=True)
class Part:
    """One part of the body. role: whose turn it shares. begins: (T, 3) on the source, on_target: (T, 3) on the target.

    along: (3,) from there to its other end, at upright rest. radius: of its surface, source. sizes: (3,) of the target to the
    source along upright axes.
    """

    role: str
    begins: Array
    on_target: Array
    along: Array
    radius: float
    sizes: Array


def touching(
    performance: Performance, target: Rest, places: dict[str, Array], fronts: Mapping[str, float] | None = None
) -> dict[str, Array]:
    """Side -> (T, 3) how far a hand has to move from where it is by the directions of its arm alone.

    places: role -> (T, 3) joints of the target as they are now. fronts: how far its belly and chest stand out, where known.
    """
    shown = performance.places
    palms = {side: _palm(side, shown, places) for side in SIDES if f"{side}_wrist" in places and f"{side}_wrist" in shown}
    moved = {}
    for side, palm in palms.items():
        pull, weight = np.zeros_like(shown[palm]), np.zeros(len(shown[palm]))
        for part in _parts(performance, target, places, side, fronts or {}):
            turn = performance.turns[part.role]
            seen = apply(transposed(turn), shown[palm] - part.begins)
            share = _nearness(_distance(seen, part) / (performance.rest.leg / _LEG))
            wanted = part.on_target + apply(turn, part.sizes * seen)
            pull += (share**2)[:, None] * (wanted - places[palm])
            weight += share
        # One part near: all of its pull. Several: their mean, each by how near it is.
        moved[side] = pull / np.maximum(weight, 1.0)[:, None]
        lone = weight < 1
        moved[side][lone] = pull[lone] / np.maximum(weight[lone], 1e-9)[:, None]
    if len(palms) == 2:
        _meet(performance, target, places, palms, moved)
    return moved


def _meet(
    performance: Performance, target: Rest, places: dict[str, Array], palms: dict[str, str], moved: dict[str, Array]
) -> None:
    """Hands that are near each other keep what is between them, scaled as hands are, about the middle of where both would be."""
    shown, source = performance.places, performance.rest
    left, right = (palms[side] for side in SIDES)
    apart = shown[left] - shown[right]
    size = performance.rest.leg / _LEG
    share = _nearness((np.linalg.norm(apart, axis=1) - 2 * _THUMB * size) / size)[:, None]
    hand = [rest.span(f"{side}_wrist", palms[side]) for rest in (target, source) for side in SIDES]
    scale = (hand[0] + hand[1]) / (hand[2] + hand[3]) if min(hand) > 0 else target.leg / source.leg
    now = [places[palms[side]] + moved[side] for side in SIDES]
    middle = (now[0] + now[1]) / 2
    for side, sign, there in zip(SIDES, (0.5, -0.5), now, strict=True):
        moved[side] += share * (middle + sign * scale * apart - there)


def _palm(side: str, *known: dict[str, Array] | Any) -> str:
    middle = f"{side}_middle1"
    return middle if all(middle in places for places in known) else f"{side}_wrist"


def _parts(
    performance: Performance, target: Rest, places: dict[str, Array], side: str, fronts: Mapping[str, float]
) -> list[Part]:
    """What the hand of a side may touch."""
    source, shown = performance.rest, performance.places
    legs = target.leg / source.leg
    wide = target.span("left_shoulder", "right_shoulder") / source.span("left_shoulder", "right_shoulder")
    broad = target.span("left_hip", "right_hip") / source.span("left_hip", "right_hip")
    trunks = [float(np.linalg.norm(rest.middle("shoulder") - rest.middle("hip"))) for rest in (target, source)]
    tall = trunks[0] / trunks[1]
    size = source.leg / _LEG
    chest = (chain_of(performance.turns, SPINE) or ["pelvis"])[-1]

    def middle(joints: dict[str, Array] | Any, part: str) -> Array:
        return (joints[f"left_{part}"] + joints[f"right_{part}"]) / 2

    up = np.array([0.0, 0.0, trunks[1]])
    depth = (wide + tall) / 2
    chest_sizes = np.array([wide, thicker(performance.fronts, fronts, "chest", depth), tall])
    pelvis_sizes = np.array([(wide + broad) / 2, thicker(performance.fronts, fronts, "belly", depth), tall])
    parts = [
        Part(chest, middle(shown, "shoulder"), middle(places, "shoulder"), -0.55 * up, 0.13 * size, chest_sizes),
        Part("pelvis", middle(shown, "hip"), middle(places, "hip"), 0.35 * up, 0.15 * size, pelvis_sizes),
    ]
    if "head" in shown and "head" in places:
        head = np.array([0.0, -0.02, 0.10]) * size
        parts.append(Part("head", shown["head"], places["head"], head, 0.10 * size, np.full(3, _face(target, source, depth))))
    other = SIDES[1 - SIDES.index(side)]
    limbs = [(f"{one}_hip", f"{one}_knee", 0.075) for one in SIDES]
    limbs += [(f"{other}_shoulder", f"{other}_elbow", 0.05), (f"{other}_elbow", f"{other}_wrist", 0.04)]
    for role, end, radius in limbs:
        if role in shown and end in shown and role in places and end in places:
            along = source.places[end] - source.places[role]
            longer = target.span(role, end) / source.span(role, end)
            sizes = np.where(np.abs(along) > 0.7 * np.linalg.norm(along), longer, legs)
            parts.append(Part(role, shown[role], places[role], along, radius * size, sizes))
    return parts


def _face(target: Rest, source: Rest, otherwise: float) -> float:
    """How large the target's head is to the source's: by how far the eyes are from where the head begins, if both have eyes."""
    eyes = [sided(side, "eye") for side in SIDES]
    if not all(eye in rest.places for eye in eyes for rest in (target, source)):
        return otherwise
    far = [np.mean([rest.span("head", eye) for eye in eyes]) for rest in (target, source)]
    return float(far[0] / far[1])


def _distance(seen: Array, part: Part) -> Array:
    """(T,) from points (T, 3), seen from the part, to its surface."""
    share = np.clip(seen @ part.along / (part.along @ part.along), 0, 1)
    return np.linalg.norm(seen - share[:, None] * part.along, axis=1) - part.radius


def _nearness(metres: Array) -> Array:
    """(T,) 1 near a surface, 0 away from it, and smooth in between."""
    u = np.clip((_FAR - metres) / (_FAR - _NEAR), 0, 1)
    return u * u * (3 - 2 * u)
