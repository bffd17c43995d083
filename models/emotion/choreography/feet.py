"""The feet: where each stands at every moment, how it swings from place to place, when it is on the floor."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .actor import Actor
from .figure import SIDES, Figure
from .timeline import Jump, Plan, Step
from .turns import about, apply

Array = NDArray[np.floating[Any]]

_WIDTH = 0.105
"""Metres from the middle to an ankle, standing at ease."""
_GRAVITY = 9.81
_HEEL_OFF = np.radians(32.0)
_TOES_UP = np.radians(14.0)


@dataclass(frozen=True)
class Foot:
    """One foot over time. ankle: (T, 3) world place; turned: (T, 3, 3) world rotation; toes: (T,) radians that the toes bend up;
    yaw: (T,) heading without toe-out; middle: (T, 3) place on the floor; lift: (T,) metres in the air; contacts: (T, 2) heel and
    toes on the floor."""

    ankle: Array
    turned: Array
    toes: Array
    yaw: Array
    middle: Array
    lift: Array
    contacts: NDArray[np.bool_]


@dataclass(frozen=True)
class Air:
    """Jumps. height: (T,) metres of the parabola; heel: (T,) radians that the heels rise; dip: (T,) crouch before and after;
    flight: (T,) in [0, 1], legs stretched."""

    height: Array
    heel: Array
    dip: Array
    flight: Array


def stand(plan: Plan, actor: Actor, figure: Figure, seconds: Array) -> tuple[dict[str, Foot], Air]:
    """Both feet and the jumps at `seconds` (T,)."""
    air = _jumps(plan.jumps, seconds)
    feet = {side: _foot(side, [s for s in plan.steps if s.side == side], actor, figure, seconds, air) for side in SIDES}
    return feet, air


def _home(side: str, step: Step, actor: Actor) -> NDArray[np.float64]:
    """World x, z and yaw (without toe-out) and toe-out of a foot that stands where a step leaves it."""
    sign = 1.0 if side == "left" else -1.0
    x, z, heading = step.root
    out = sign * (_WIDTH * actor.width + step.offset[0])
    ahead = sign * actor.stagger + step.offset[1]
    c, s = np.cos(heading), np.sin(heading)
    return np.array(
        [x + c * out + s * ahead, z - s * out + c * ahead, heading, sign * (np.radians(actor.toe_out) + step.offset[2])]
    )


def _foot(side: str, steps: list[Step], actor: Actor, figure: Figure, seconds: Array, air: Air) -> Foot:
    place = np.tile(_home(side, Step(side, 0, 0, (0, 0, 0), (0, 0, 0)), actor), (len(seconds), 1))
    lift, pitch = np.zeros(len(seconds)), air.heel.copy()
    heel, toes = air.heel < 0.06, np.ones(len(seconds), bool)
    for step in steps:
        target, now = _home(side, step, actor), place[-1].copy()
        # The heel leaves the floor before the foot does, the toes come down after it.
        share = (seconds - step.start) / step.seconds
        swing = np.clip(share, 0, 1)
        # Minimum jerk, a little late: feet leave slowly and arrive with speed.
        moved = swing**1.15
        place += (target - now) * (moved**3 * (10 - 15 * moved + 6 * moved**2))[:, None]
        far = float(np.hypot(*(target - now)[:2])) + 0.2 * abs(target[2] - now[2])
        rise = (min(0.025 + 0.07 * far, 0.075) if far > 0.01 or step.stamp else 0.0) + step.stamp
        lift += rise * np.sin(np.pi * np.clip(swing ** (0.8 if not step.stamp else 1.5), 0, 1)) ** 1.4
        walks = np.clip(far / 0.6, 0.12, 1)
        pitch += _HEEL_OFF * walks * _bump(share, -0.3 * walks, 0.12, 0.75)
        pitch -= _TOES_UP * walks * _bump(share, 0.55, 0.9, 1.0)
        heel &= (share < -0.3 * walks) | (share >= 1)
        toes &= (share < 0) | (share >= 1)
    yaw = place[:, 2] + place[:, 3]
    turned = about(1, yaw) @ about(0, pitch)
    sign = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
    ball = figure.ball * sign
    floor = np.stack([place[:, 0], np.full(len(seconds), figure.ankle_height), place[:, 1]], 1)
    # It turns about the ball while the heel is up, about the heel while the toes are.
    heel_point = figure.heel * sign
    pivot = np.where((pitch >= 0)[:, None], ball, heel_point)
    ankle = floor + apply(about(1, yaw), pivot) - apply(turned, pivot)
    ankle[:, 1] += lift + air.height
    aloft = air.height > 0.004
    grounded = np.clip(1 - (lift + air.height) / 0.03, 0, 1)
    # Turned outward at rest: the foot's own axes are those of rest, so that is taken off.
    turned = turned @ about(1, np.full(len(seconds), -sign[0] * figure.toe_out))
    return Foot(
        ankle=ankle,
        turned=turned,
        toes=gaussian_filter1d(np.clip(pitch, 0, 0.7) * grounded, 0.045 / (seconds[1] - seconds[0]), mode="nearest"),
        yaw=place[:, 2] + 0.4 * place[:, 3],
        middle=np.stack([place[:, 0], np.zeros(len(seconds)), place[:, 1]], 1),
        lift=lift,
        contacts=np.stack([heel & ~aloft, toes & ~aloft], 1),
    )


def _bump(share: Array, start: float, top: float, end: float) -> NDArray[np.float64]:
    """0 before `start` and after `end`, 1 at `top`, smooth between."""
    rise = np.clip((share - start) / (top - start), 0, 1)
    fall = np.clip((end - share) / (end - top), 0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise) * fall * fall * (3 - 2 * fall))


def _jumps(jumps: list[Jump], seconds: Array) -> Air:
    height, heel, dip, flight = (np.zeros(len(seconds)) for _ in range(4))
    for jump in jumps:
        since, size = seconds - jump.start, float(np.clip(jump.height / 0.15, 0.25, 1.2))
        if jump.height < 0.02:  # only up on the toes
            heel += np.radians(26) * size * np.exp(-((since / 0.12) ** 2))
            dip += 0.12 * np.exp(-(((since + 0.25) / 0.12) ** 2)) + 0.1 * np.exp(-(((since - 0.25) / 0.14) ** 2))
            continue
        aloft = 2 * np.sqrt(2 * jump.height / _GRAVITY)
        share = since / aloft
        height += np.where((share > 0) & (share < 1), 4 * jump.height * share * (1 - share), 0)
        before = np.exp(-((since / 0.07) ** 2)) * (since <= 0)
        during = ((share > 0) & (share < 1)) * (1 - 0.4 * np.clip(share, 0, 1))
        after = 0.6 * np.exp(-(((since - aloft) / 0.06) ** 2)) * (share >= 1)
        heel += np.radians(38) * size * (before + during + after)
        flight = np.maximum(flight, np.clip((since + 0.1) / 0.12, 0, 1) * np.clip((aloft - since + 0.02) / 0.1, 0, 1))
        dip += 0.3 * size * np.exp(-(((since + 0.24) / 0.11) ** 2)) + 0.34 * size * np.exp(
            -(((since - aloft - 0.13) / 0.14) ** 2)
        )
    return Air(height, heel, dip, flight)
