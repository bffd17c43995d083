"""Legs of an armature, and when their feet stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..retarget.roles import SIDES
from .bones import Bones, chain_above

Array = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

_STILL: Final = 0.05
"""Metres a second below which a point of a foot stands."""
_SHORTEST: Final = 0.1
"""Seconds that a stance lasts at least; breaks that are shorter are none."""


@dataclass(frozen=True)
class Leg:
    """Numbers of the bones of one leg, each somewhere below the one before. ball: that of the toes, -1 for none."""

    hip: int
    knee: int
    ankle: int
    ball: int

    @property
    def foot(self) -> list[int]:
        """The bones that stand."""
        return [bone for bone in (self.ankle, self.ball) if bone >= 0]


def find_legs(bones: Bones, names: Mapping[str, str]) -> list[Leg]:
    """The legs whose bones `names` tells (role -> name) and that hang on each other; others are left out."""
    found = []
    for side in SIDES:
        told = [names.get(f"{side}_{part}", "") for part in ("hip", "knee", "ankle", "foot")]
        hip, knee, ankle, ball = (bones.names.index(name) if name in bones.names else -1 for name in told)
        if min(hip, knee, ankle) >= 0 and knee in chain_above(bones, ankle) and hip in chain_above(bones, knee):
            found.append(Leg(hip, knee, ankle, ball if ball >= 0 and ankle in chain_above(bones, ball) else -1))
    return found


@dataclass(frozen=True)
class Standing:
    """A leg, and in which frames (T,) its foot stands."""

    leg: Leg
    frames: Flags


def find_standing(bones: Bones, poses: Array, legs: Sequence[Leg], fps: float, unit: float) -> list[Standing]:
    """When the feet of legs stand in the poses (T, B, 4, 4): ankle, ball or tip rests for a while. unit: lengths in a metre."""
    return [Standing(leg, _rests(bones, poses, leg, fps, unit)) for leg in legs]


def _rests(bones: Bones, poses: Array, leg: Leg, fps: float, unit: float) -> Flags:
    last = poses[:, leg.foot[-1]]
    tip = last[:, :3, 3] + bones.lengths[leg.foot[-1]] * last[:, :3, 1]
    points = np.stack([*(poses[:, bone, :3, 3] for bone in leg.foot), tip], axis=1)
    speeds = np.linalg.norm(np.diff(points, axis=0), axis=-1).min(axis=1) * fps / unit
    rests = speeds < _STILL
    resting = np.concatenate([rests[:1], rests[1:] & rests[:-1], rests[-1:]]) if len(rests) else np.zeros(len(poses), bool)
    shortest = max(round(_SHORTEST * fps), 2)
    for value in (True, False):  # breaks first
        for first, end in runs(resting != value):
            if end - first < shortest and (not value or (first > 0 and end < len(resting))):
                resting[first:end] = value
    return resting


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First frames, and those after the last, of where `flags` are set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]
