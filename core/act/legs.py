"""Two-bone inverse kinematics of the legs, all frames at once. Metres; y = 0 is the floor."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.rest import RestBody
from ..skeleton import JOINT_INDEX

Array = NDArray[np.float64]

_STRETCH: Final = 0.998
"""Share of the leg's length that it is stretched to at most: a knee that snaps straight pops."""


@dataclass(frozen=True)
class Leg:
    """Offsets of one leg at rest: each joint from the one before (3,); heel, toes: sole points from ankle and ball (3,)."""

    joints: tuple[int, int, int, int]
    hip: Array
    knee: Array
    ankle: Array
    ball: Array
    heel: Array
    toes: Array

    @property
    def length(self) -> float:
        """Metres from hip to ankle, stretched."""
        return float(_STRETCH * (np.linalg.norm(self.knee) + np.linalg.norm(self.ankle)))


def leg_of(rest: RestBody, side: int) -> Leg:
    """The left (0) or right (1) leg of a body at rest."""
    names = [f"{('left', 'right')[side]}_{name}" for name in ("hip", "knee", "ankle", "foot")]
    hip, knee, ankle, ball = (JOINT_INDEX[name] for name in names)
    j = rest.joints
    soles = rest.soles[2 * side : 2 * side + 2]
    return Leg(
        joints=(hip, knee, ankle, ball),
        hip=j[hip] - j[0],
        knee=j[knee] - j[hip],
        ankle=j[ankle] - j[knee],
        ball=j[ball] - j[ankle],
        heel=soles[0] - j[ankle],
        toes=soles[1] - j[ball],
    )


@dataclass(frozen=True)
class PosedLeg:
    """Over T frames: places (T, 3) of the joints, and rotations (T, 3, 3) of thigh, shin, foot and toes in the world."""

    hip: Array
    knee: Array
    ankle: Array
    ball: Array
    thigh: Array
    shin: Array
    foot: Array
    toes: Array


def pose_leg(leg: Leg, rotations: Array, pelvis: Array) -> PosedLeg:
    """Forward kinematics of local rotations (T, 22, 3, 3) and the pelvis's places (T, 3)."""
    a, b, c, d = leg.joints
    root = rotations[:, 0]
    thigh = root @ rotations[:, a]
    shin = thigh @ rotations[:, b]
    foot = shin @ rotations[:, c]
    hip = pelvis + root @ leg.hip
    knee = hip + thigh @ leg.knee
    ankle = knee + shin @ leg.ankle
    return PosedLeg(hip, knee, ankle, ankle + foot @ leg.ball, thigh, shin, foot, foot @ rotations[:, d])


def sole_heights(leg: Leg, posed: PosedLeg) -> Array:
    """(T, 2) metres over the floor of heel and toes."""
    heel, toes = posed.ankle + posed.foot @ leg.heel, posed.ball + posed.toes @ leg.toes
    return np.stack([heel[:, 1], toes[:, 1]], axis=1)


def reach(leg: Leg, rotations: Array, posed: PosedLeg, hip: Array, ankle: Array, foot: Array, toes: Array) -> None:
    """Write into local rotations (T, 22, 3, 3) a leg that goes from `hip` to `ankle` (T, 3) with foot and toes turned as told
    (T, 3, 3, world); the knee stays in its plane. An ankle out of reach is reached for as far as the leg goes."""
    way = ankle - hip
    distance = np.linalg.norm(way, axis=1)
    thigh_length, shin_length = np.linalg.norm(leg.knee), np.linalg.norm(leg.ankle)
    u = way / np.maximum(distance, 1e-6)[:, None]
    d = np.clip(distance, abs(thigh_length - shin_length) + 0.01, leg.length)
    # The side that the knee bends to, turned along with the leg; a straight leg's own front tells it where the knee does not.
    before = posed.ankle - posed.hip
    share = ((posed.knee - posed.hip) * before).sum(1, keepdims=True) / np.maximum((before**2).sum(1, keepdims=True), 1e-9)
    off = posed.knee - posed.hip - share * before
    hint = _turned((off + 0.05 * posed.thigh[:, :, 2])[..., None], before, way)[..., 0]
    side = hint - (hint * u).sum(1, keepdims=True) * u
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    cosine = np.clip((thigh_length**2 + d**2 - shin_length**2) / (2 * thigh_length * d), -1, 1)[:, None]
    knee = hip + thigh_length * (cosine * u + np.sqrt(1 - cosine**2) * side)
    thigh = _turned(posed.thigh, posed.knee - posed.hip, knee - hip)
    shin = _turned(posed.shin, posed.ankle - posed.knee, hip + u * d[:, None] - knee)
    a, b, c, e = leg.joints
    rotations[:, a] = _local(rotations[:, 0], thigh)
    rotations[:, b] = _local(thigh, shin)
    rotations[:, c] = _local(shin, foot)
    rotations[:, e] = _local(foot, toes)


def _local(parent: Array, child: Array) -> Array:
    return np.swapaxes(parent, 1, 2) @ child


def _turned(rotation: Array, source: Array, target: Array) -> Array:
    """Rotations (T, 3, 3), or vectors (T, 3, 1), after the smallest turn that brings directions `source` (T, 3) to `target`."""
    s = source / np.linalg.norm(source, axis=1, keepdims=True)
    t = target / np.linalg.norm(target, axis=1, keepdims=True)
    x, y, z = np.cross(s, t).T
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshape(-1, 3, 3)
    cosine = (s * t).sum(1)[:, None, None]
    turn = np.eye(3) + k + k @ k / np.maximum(1 + cosine, 1e-3)
    turned: Array = turn @ rotation
    return turned
