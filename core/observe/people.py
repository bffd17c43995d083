"""Who is who: the people that are followed, those that were lost, and which newly found body is which person."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ...models.landmarks.names import BODY_LANDMARK
from .body import BodyReading
from .face import FaceReading
from .hands import HandReading
from .looks import likeness
from .reading import Reading

Array = NDArray[np.floating[Any]]

_STEADY = [BODY_LANDMARK[name] for name in ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")]
_SAME_BODY = 0.10
"""Mean distance of two bodies' trunks, as a part of the region's side, below which they are one body seen twice."""
_OVERLAPPING = 0.35
"""Part of a new body's box on a known body from which it is looked at more strictly."""
_LEAP = 0.12
"""A jump from one frame to the next, in parts of the region's side, that calls for a look at the clothes."""
_ASKED_OFTEN, _RARELY = 4, 0.2
"""Who was asked for at least so often and confirmed in less than this part of it was no person."""
_MOMENT, _HARDLY = 6, 0.25
"""Frames for which somebody who appears where one was lost is that person, unless the clothes have hardly a colour in common:
light and posture change colours, too."""
_ALIKE, _UNLIKE = 0.75, 0.45
"""Likeness of clothes from which a lost person may come back anywhere; below which they are somebody else."""


@dataclass(eq=False)
class Person:
    """One person over the clip: what was last seen of them, and every reading so far.

    body, clothes: as last seen. missing: frames since then; 0 while they are followed.
    shot: number of the shot in which they were last seen.
    prominence: their size times what is visible of them, summed over the frames so far.
    asked, confirmed: how often the detector was asked whether it sees them, too, and how often it did.
    exchanged: frames in which left and right were named against the network, so that the body does not turn round at once.
    sure: whether it ever was sure of them.
    """

    body: BodyReading
    clothes: Array
    shot: int
    hands: tuple[HandReading | None, HandReading | None] = (None, None)
    face: FaceReading | None = None
    missing: int = 0
    prominence: float = 0.0
    sure: bool = True
    asked: int = 0
    confirmed: int = 0
    exchanged: set[int] = field(default_factory=set)
    readings: dict[int, Reading] = field(default_factory=dict)

    def weigh(self) -> None:
        """Add to their prominence what they are in this frame: their size times what is visible of them."""
        self.prominence += self.body.following.side * float((self.body.visibility * self.body.presence).mean())

    def is_doubtful(self) -> bool:
        """Whether the detector was never sure of, or hardly ever saw, what was followed: then it was something else."""
        return not self.sure or (self.asked >= _ASKED_OFTEN and self.confirmed < _RARELY * self.asked)

    def lose(self) -> None:
        """They are not seen in this frame."""
        self.missing = 1
        self.hands, self.face = (None, None), None


def trunk_distance(first: BodyReading, second: BodyReading) -> float:
    """Mean distance of nose, shoulders and hips, as a part of the smaller region's side."""
    distance = np.hypot(*(first.points[_STEADY] - second.points[_STEADY]).T).mean()
    return float(distance / max(min(first.following.side, second.following.side), 1e-6))


def is_double(body: BodyReading, look: Array, known: BodyReading, known_look: Array) -> bool:
    """Whether a newly found body is a known one read again, or made of parts of it.

    Two people who overlap much are believed to be two only when both are seen well, of similar size, in other clothes;
    if they are two, they will be found when they have moved apart.
    """
    if same_body(body, known):
        return True
    if _shared(body, known) < _OVERLAPPING:
        return False
    ratio = max(body.following.side, 1e-6) / max(known.following.side, 1e-6)
    clear = body.score > 0.95 and body.visibility.mean() > 0.6 and 0.5 < ratio < 2
    return not (clear and likeness(look, known_look) < 0.5)


def _shared(first: BodyReading, second: BodyReading) -> float:
    """How much of the smaller body's box lies in the other's, each box round the points that are seen."""
    (low, high), (other_low, other_high) = _seen_box(first), _seen_box(second)
    common = np.prod(np.maximum(np.minimum(high, other_high) - np.maximum(low, other_low), 0))
    return float(common / max(min(np.prod(high - low), np.prod(other_high - other_low)), 1e-6))


def _seen_box(body: BodyReading) -> tuple[Array, Array]:
    seen = body.visibility > 0.5
    points = body.points[seen] if seen.sum() > 5 else body.points
    return points.min(axis=0), points.max(axis=0)


def strayed(before: BodyReading, after: BodyReading, likeness_now: float) -> bool:
    """Whether someone who was followed has become somebody else: a jump, onto a body in other clothes."""
    return jump(before, after) > _LEAP and likeness_now < _UNLIKE


def same_body(first: BodyReading, second: BodyReading) -> bool:
    """Whether two readings are of one body."""
    return trunk_distance(first, second) < _SAME_BODY


def jump(before: BodyReading, after: BodyReading) -> float:
    """How far a person's middle moved and how much their size changed, in parts of the region's side."""
    moved = math.hypot(after.following.x - before.following.x, after.following.y - before.following.y)
    grown = abs(math.log(max(after.following.side, 1e-6) / max(before.following.side, 1e-6)))
    return moved / max(before.following.side, 1e-6) + grown


def _likeness_wanted(distance: float, person: Person, shot: int) -> float:
    """How alike the clothes must be for a lost person to be found again at `distance` (see jump)."""
    if person.shot != shot:  # another camera: where they were says nothing
        return _ALIKE
    if distance < 0.35 and person.missing <= _MOMENT:
        return _HARDLY
    return _UNLIKE if distance < 0.5 + 0.05 * person.missing else _ALIKE


def recognise(lost: list[Person], bodies: list[BodyReading], looks: list[Array], shot: int) -> list[Person | None]:
    """For each newly found body the lost person it is, or None for somebody new.

    A body that appears near where someone was lost is that person unless the clothes differ; far away, or after a cut,
    only if the clothes agree. The pairs are chosen together, at the least cost (Kuhn 1955; scipy).
    """
    answer: list[Person | None] = [None] * len(bodies)
    if not lost or not bodies:
        return answer
    forbidden = 1e6
    cost = np.full((len(bodies), len(lost)), forbidden)
    for row, (body, look) in enumerate(zip(bodies, looks, strict=True)):
        for column, person in enumerate(lost):
            alike = likeness(look, person.clothes)
            distance = jump(person.body, body)
            if alike > _likeness_wanted(distance, person, shot):
                cost[row, column] = distance / (1 + 0.1 * person.missing) + 2 * (1 - alike)
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        if cost[row, column] < forbidden:
            answer[row] = lost[column]
    return answer
