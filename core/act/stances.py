"""When and where each foot stands: runs of contact, cleaned, each with the place and the heading that the foot keeps."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_opening

from .legs import Leg, PosedLeg

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SHORTEST: Final = 0.1
"""Seconds; a shorter stance, or a shorter break of one, is an error of the decoder."""

_NEAR, _NEARLY_TURNED = 0.05, 0.2
"""Metres and radians that a foot may be off for which nobody takes a step."""
_STEP: Final = ((0.08, 0.42), (0.46, 0.80))
"""Seconds from a pose that has to be met at which the one and the other foot step."""


@dataclass(frozen=True)
class Stance:
    """A foot stands from frame `first` to before `end`. ball: (x, z) metres where the ball of
    the foot stays; heading: radians about Y."""

    first: int
    end: int
    ball: Array
    heading: float


def clean_contacts(contacts: Array, fps: float) -> Mask:
    """(T, P) of probabilities (T, P): breaks closed, then short contacts dropped."""
    frames = max(1, round(_SHORTEST * fps))
    kernel = np.ones((frames, 1), bool)
    edged = np.pad(contacts > 0.5, ((frames, frames), (0, 0)), mode="edge")
    out: Mask = binary_opening(binary_closing(edged, kernel), kernel)[frames:-frames]
    return out


def stances_of(posed: PosedLeg, touching: Mask, settled: Mask) -> list[Stance]:
    """The stances of a leg whose heel and toes touch (T, 2); each where the foot is on average while all of it touches.

    settled: (T,) frames that count for that, if there are any in a stance.
    """
    any_touch = touching.any(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], any_touch.astype(int), [0]])))
    found = []
    for first, end in edges.reshape(-1, 2).tolist():
        flat = touching[first:end].all(1)
        chosen = np.arange(first, end)
        for mask in (flat, settled[first:end]):
            if mask[chosen - first].any():
                chosen = chosen[mask[chosen - first]]
        front = posed.foot[chosen][:, :, 2].mean(0)
        found.append(Stance(first, end, posed.ball[chosen][:, [0, 2]].mean(0), float(np.arctan2(front[0], front[2]))))
    return found


def away(stances: list[Stance], posed: PosedLeg, at_end: bool) -> float:
    """Metres from where a foot is posed in the first (or last) frame to its stance there; 0 without one."""
    frame = len(posed.ball) - 1 if at_end else 0
    own = [stance for stance in stances if stance.first <= frame < stance.end]
    return float(np.linalg.norm(posed.ball[frame][[0, 2]] - own[0].ball)) if own else 0.0


def met(stances: list[Stance], posed: PosedLeg, order: int, fps: float, at_end: bool) -> list[Stance]:
    """The stances of a foot that has to be where it is posed in the first (or last) frame.

    A foot that is nearly there stays there; one that is farther off is left standing and takes a step.
    order: 0 for the foot whose step is nearer to the given pose, 1 for the other.
    """
    frames = len(posed.ball)
    frame = frames - 1 if at_end else 0
    if not stances:
        return stances
    own = stances[-1] if at_end else stances[0]
    if not own.first <= frame < own.end:  # it is in the air there
        return stances
    front = posed.foot[frame][:, 2]
    ball, heading = posed.ball[frame][[0, 2]], float(np.arctan2(front[0], front[2]))
    turned = abs((heading - own.heading + np.pi) % (2 * np.pi) - np.pi)
    rest = stances[:-1] if at_end else stances[1:]
    early, late = (round(second * fps) for second in _STEP[order])
    if at_end:
        early, late = frames - late, frames - early
    fits = own.first < early - 1 and late + 1 < own.end
    if (np.linalg.norm(ball - own.ball) < _NEAR and turned < _NEARLY_TURNED) or not fits:
        parts = [replace(own, ball=ball, heading=heading)]
    elif at_end:
        parts = [replace(own, end=early), Stance(late, own.end, ball, heading)]
    else:
        parts = [Stance(own.first, early, ball, heading), replace(own, first=late)]
    return [*rest, *parts] if at_end else [*parts, *rest]


def sole_places(leg: Leg, stance: Stance, ball_height: float) -> tuple[Array, Array, Array]:
    """Heel and ball (3,) in the world of a foot that stands flat, and its rotation (3, 3)."""
    c, s = np.cos(stance.heading), np.sin(stance.heading)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    ball = np.array([stance.ball[0], ball_height, stance.ball[1]])
    return ball + turn @ (leg.heel - leg.ball), ball, turn
