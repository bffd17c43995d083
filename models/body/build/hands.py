"""The hands' pose space: principal components of synthetic finger poses, and the relaxed mean.

There is no free set of recorded hands to learn from, so hands are drawn: a grip shared by the fingers, each finger's own part
in it, spreading, and a few everyday signs (pointing, pinching, thumb up). The right hand mirrors the left.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ....core.skeleton import JOINT_INDEX
from .makehuman import Array

_ORDER: Final = ("index", "middle", "pinky", "ring", "thumb")
"""SMPL-X's order of fingers; three joints each."""
_LIMITS: Final = {False: (1.4, 1.7, 1.1), True: (0.5, 0.6, 0.9)}
"""Flexion of the three joints of a finger, and of the thumb (True), radians."""
_RELAXED: Final = {False: (0.28, 0.35, 0.18), True: (0.15, 0.10, 0.20)}
_THUMB_HINGE: Final = (0.55, -0.35, -0.75)
"""The thumb bends towards this direction, across the palm."""
_MIRROR: Final = np.tile((1.0, -1.0, -1.0), 15)
"""An axis-angle on the other side of the body."""


@dataclass(frozen=True)
class HandSpace:
    """For each hand (left, right): components (45, 45) with rows as directions, mean (45,), coefficients (M, 45) of samples."""

    components: tuple[Array, Array]
    mean: tuple[Array, Array]
    coefficients: tuple[Array, Array]


def hand_space(joints: Array, tips: Array, count: int = 4000, kept: int = 200, seed: int = 1) -> HandSpace:
    """From the rest joints (55, 3) and left fingertips (5, 3: thumb, index, middle, ring, pinky) of the mean body."""
    hinges = _hinges(joints, tips)
    poses = _poses(hinges, count, np.random.default_rng(seed))
    relaxed = np.concatenate(
        [
            hinges[finger, k] * _RELAXED[finger == "thumb"][k] * (1.25 if finger in ("ring", "pinky") else 1.0)
            for finger in _ORDER
            for k in range(3)
        ]
    )
    centred = poses - poses.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    components = vectors[:, ::-1].T
    components *= np.sign(components[np.arange(45), np.abs(components).argmax(axis=1)])[:, None]
    coefficients = (centred @ components.T)[:kept]
    return HandSpace((components, components * _MIRROR), (relaxed, relaxed * _MIRROR), (coefficients, coefficients))


def _hinges(joints: Array, tips: Array) -> dict[tuple[str, int], Array]:
    """The unit axis about which each joint of the left hand closes."""
    tip_row = {"thumb": 0, "index": 1, "middle": 2, "ring": 3, "pinky": 4}
    hinges = {}
    for finger in _ORDER:
        for k in range(3):
            start = joints[JOINT_INDEX[f"left_{finger}{k + 1}"]]
            end = joints[JOINT_INDEX[f"left_{finger}{k + 2}"]] if k < 2 else tips[tip_row[finger]]
            axis = np.cross(end - start, _THUMB_HINGE if finger == "thumb" else (0.0, -1.0, 0.0))
            hinges[finger, k] = axis / np.linalg.norm(axis)
    return hinges


def _poses(hinges: dict[tuple[str, int], Array], count: int, rng: np.random.Generator) -> Array:
    """(count, 45) axis-angles of the left hand."""
    grip = rng.beta(1, 1.2, count)
    sign = rng.integers(0, 5, count)  # 0, 1: none; 2: pointing; 3: pinching; 4: thumb up
    poses = np.zeros((count, 15, 3))
    for i, finger in enumerate(_ORDER):
        thumb = finger == "thumb"
        closed = np.clip(0.7 * grip + 0.3 * rng.beta(1, 1.5, count) + 0.12 * rng.normal(0, 1, count), 0, 1)
        closed = np.where((sign == 2) & (finger == "index"), 0.1 * grip, closed)
        closed = np.where((sign == 2) & ~thumb & (finger != "index"), 0.75 + 0.25 * grip, closed)
        closed = np.where((sign == 3) & (thumb or finger == "index"), 0.5 + 0.1 * grip, closed)
        closed = np.where(sign == 4, 0.0 if thumb else 0.8 + 0.2 * grip, closed)
        spread = rng.normal(0, 0.07, count)
        for k in range(3):
            bend = closed * _LIMITS[thumb][k] * (1 + 0.1 * rng.normal(0, 1, count))
            poses[:, 3 * i + k] = bend[:, None] * hinges[finger, k]
        poses[:, 3 * i] += spread[:, None] * (0.0, -1.0, 0.0)
    return poses.reshape(count, 45)
