"""Where each hand is to be: goals of the key poses blended around the shoulder, so that hands travel in arcs."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....core.skeleton import MIRROR
from .actor import Actor
from .figure import OUTWARD, Figure
from .landmarks import OTHER_ARM, PAIRED
from .pose import TOUCHES, HandGoal
from .timeline import Key
from .turns import about, apply, transposed, unit

Array = NDArray[np.floating[Any]]

_AIR: Final = ("table", *PAIRED)
"""Landmarks that are not on skin: a hand there is held, it does not touch."""


@dataclass(frozen=True)
class Space:
    """The body as far as it is solved, when an arm is.

    world: (T, 55, 3, 3), places: (T, 55, 3). trunk: (T, 3, 3) axes in which gestures are meant: upright, but following the chest;
    plumb: (T, 3, 3) those in which arms hang: hardly following it.
    """

    world: NDArray[np.float64]
    places: NDArray[np.float64]
    trunk: Array
    plumb: Array


@dataclass(frozen=True)
class Aim:
    """What one hand wants.

    point: (T, 3) world place of the touching point. touch: (T, 3) that point from the wrist, in the axes of the hand.
    contact: (T,) in [0, 1], how much of the aim is a place and not a gesture; joined: (T,) how much it is at the other arm.
    hand: (T, 3, 3) weighted sum of the hand's wanted world rotations; told: (T,) their weight. elbow: (T,) radians outward.
    """

    point: Array
    touch: Array
    contact: Array
    joined: Array
    hand: Array
    told: Array
    elbow: Array


def hanging(actor: Actor) -> NDArray[np.float64]:
    """(3,) from the shoulder to the palm of an arm at ease, in arm lengths, for the left."""
    return unit(np.array([actor.abduction, -1.0, 0.11])) * actor.bend


def aim(side: str, keys: list[Key], arm: Array, wrist: Array, space: Space, figure: Figure, actor: Actor, jitter: Array) -> Aim:
    """The aims of one hand. arm, wrist: (T, K) weights. jitter: (K, 3) small differences of this take."""
    outward, frames = OUTWARD[side], len(arm)
    shoulder = space.places[:, 16 if side == "left" else 17]
    sign = 1.0 if side == "left" else -1.0
    rest = hanging(actor) * figure.arm
    down = transposed(space.trunk) @ space.plumb
    direction, distance, contact, joined, told, elbow = np.zeros((frames, 3)), np.zeros(frames), *np.zeros((4, frames))
    hand, touch = np.zeros((frames, 3, 3)), np.zeros((frames, 3))
    size = 1 + actor.asymmetry * sign

    def add(weight: Array, vector: Array) -> None:
        nonlocal direction, distance
        length = np.linalg.norm(vector, axis=-1)
        direction = direction + (weight / np.maximum(length, 1e-6))[:, None] * vector
        distance = distance + weight * length

    for k, key in enumerate(keys):
        weight = arm[:, k]
        if np.abs(weight).max() < 1e-3 and np.abs(wrist[:, k]).max() < 1e-3:
            continue
        goal = key.pose.hands.get(side, HandGoal())
        axes_of = space.trunk
        if goal.at is not None:
            spot, turned = _spot(goal, side, space, figure, jitter[k])
            add(weight, apply(transposed(space.trunk), spot - shoulder) * outward)
            contact = contact + weight
            joined = joined + weight * (goal.at in PAIRED or goal.at in OTHER_ARM)
            axes_of = turned if goal.at not in _AIR else space.trunk
            extent = 1.0
        elif goal.to is not None:
            extent = min(key.reach * size, 1.2)
            free = _styled(np.array(goal.to), actor) + jitter[k]
            low = float(np.clip((-unit(free)[1] - 0.75) / 0.2, 0, 1))
            add(weight * extent * (1 - low), np.tile(free * figure.arm, (frames, 1)))
            add(weight * extent * low, apply(down, free * figure.arm * outward) * outward)
            add(weight * (1 - extent), apply(down, rest * outward) * outward)
            extent = float(np.clip(1.3 * extent, 0, 1))
        else:
            add(weight, apply(down, rest * outward) * outward)
            extent = 1.0
        elbow = elbow + weight * np.radians(goal.elbow) * extent
        touch = touch + weight[:, None] * np.array(TOUCHES[goal.by] if goal.at is not None else TOUCHES["palm"])
        if goal.palm is not None or goal.fingers is not None:
            amount = np.clip(wrist[:, k], 0, 1.1) * extent
            hand = hand + amount[:, None, None] * (axes_of @ _hand_axes(goal, side))
            told = told + amount
    # Directions that oppose each other cancel: then the hand goes round in front, or beside the head.
    lost = np.clip(0.9 - (direction**2).sum(1), 0, 1)[:, None]
    high = np.clip(direction[:, 1:2] / 0.3 + 0.5, 0, 1)
    direction = direction + lost * ((1 - high) * np.array([0.2, -0.1, 0.6]) + high * np.array([0.75, 0.1, 0.3]))
    point = shoulder + apply(space.trunk, unit(direction) * distance[:, None] * outward)
    return Aim(point, touch * outward, np.clip(contact, 0, 1), np.clip(joined, 0, 1), hand, told, elbow)


def _styled(goal: Array, actor: Actor) -> NDArray[np.float64]:
    """A free gesture as this actor makes it: carried higher or lower, wider or closer."""
    lift = about(0, np.array(-actor.plane * np.clip(goal[2] + 0.3, 0, 1)))
    widen = about(1, np.array(actor.spread * np.clip(goal[2] + 0.3, 0, 1)))
    return np.asarray(widen @ lift @ goal)


def _spot(goal: HandGoal, side: str, space: Space, figure: Figure, jitter: Array) -> tuple[NDArray[np.float64], Array]:
    """World place (T, 3) of a landmark with the goal's offset, and the axes (T, 3, 3) that it rides on."""
    assert goal.at is not None
    carrier, place = figure.landmarks[goal.at]
    other = "right" if side == "left" else "left"
    flip = OUTWARD[other] if goal.at in OTHER_ARM else OUTWARD[side]
    joint = MIRROR[carrier] if flip[0] < 0 else carrier
    at_rest = place * flip - figure.joints[joint]
    off = (np.array(goal.off) / 100 + 0.15 * jitter) * OUTWARD[side]
    axes_of = space.trunk if goal.at in _AIR or goal.at in OTHER_ARM else space.world[:, joint]
    return space.places[:, joint] + apply(space.world[:, joint], at_rest) + axes_of @ off, axes_of


def _hand_axes(goal: HandGoal, side: str) -> NDArray[np.float64]:
    """(3, 3) rotation of a hand whose palm and fingers point as the goal says, in the goal's axes."""
    outward, sign = OUTWARD[side], 1.0 if side == "left" else -1.0
    fingers = unit(np.array(goal.fingers if goal.fingers is not None else (0, 0, 1), float) * outward)
    palm = np.array(goal.palm if goal.palm is not None else (-1, 0, 0), float) * outward
    if goal.fingers is None:  # only the palm is told: fingers forward, or up where that is the palm's own way
        fingers = unit(np.array([0.0, 1.0, 0.0]) if abs(unit(palm)[2]) > 0.8 else fingers)
    palm = palm - (palm @ fingers) * fingers
    if np.linalg.norm(palm) < 1e-3:
        palm = np.array([0.0, -1.0, 0.0]) - fingers[1] * -fingers
    x, y = sign * fingers, -unit(palm)
    return np.stack([x, y, np.cross(x, y)], 1)
