"""The 21 points of each hand of one person in one frame, found where the body says its wrists are."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.hand.solid import HandSolid, load_hand_solid
from ...models.landmarks.decode import HandOutput, decode_hand
from ...models.landmarks.names import BODY_LANDMARK
from ...models.landmarks.run import Networks
from .body import BodyReading
from .detect import network_input
from .regions import Frame, Region, bounding_region, heading
from .tracks import HAND_DIRECTIONS, USUAL_SPREAD

Array = NDArray[np.floating[Any]]

CROP = 224
RECROP = 256
SIDES: Final = ("left", "right")
FOUND = 0.5
"""Score from which a hand counts as seen."""
KEPT = 0.3
"""Score down to which a hand that was seen in the frame before is still followed: blur lowers it, the points stay right."""
_WRIST_SEEN = 0.1
"""Visibility of the body's wrist below which its hand is not looked for."""
_SMALL, _CLEAR = 10.0, 36.0
"""A hand of fewer pixels than the first is not read; up to the second its score is lowered."""
_SHORTEST, _LONGEST = 0.05, 0.36
"""Metres, at the body's distance: a hand's extent seen end on and spread out; nearer the camera it looks larger."""
_HAND = 0.18
"""Metres: a hand's length."""
_SMALLEST_REGION = 0.28
"""Metres: a hand that points at the camera makes the body's three hand points fall together; the region must not."""
_SAME_HAND = 0.25
"""Mean distance of two hands' points, as a part of their extent, below which they are one hand read twice."""
_MISTAKEN, _CERTAIN = 0.4, 0.8
"""Probability of the side that it is, from which a hand is believed at all, and in full: a hand that is taken for the other one
is read with its fingers bent the wrong way."""
_PALM: Final = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)


@dataclass(frozen=True)
class HandReading:
    """One hand: score in [0, 1], (21, 2) picture pixels, (21, 3) metres from the wrist in the picture's axes, probability of a
    right hand, (16,) spreads of the directions of palm and finger bones (Track.hands_spread)."""

    score: float
    points: Array
    world: Array
    right: float
    spread: Array = field(default_factory=lambda: np.full(HAND_DIRECTIONS, USUAL_SPREAD))

    def extent(self) -> float:
        """The longer side, in pixels, of the box round the points."""
        return float(np.ptp(self.points, axis=0).max())

    def agreement(self, side: int) -> float:
        """Probability that it is the hand of that side, 0 left, 1 right."""
        return self.right if side == 1 else 1 - self.right

    def region(self) -> Region:
        """Where to look for the same hand in the next frame (MediaPipe's hand_landmark_landmarks_to_roi)."""
        knuckles = ((self.points[5] + self.points[13]) / 2 + self.points[9]) / 2
        tight = bounding_region(self.points[list(_PALM)], heading(self.points[0], knuckles), 1.0)
        return tight.shifted(0, -0.1).scaled(2.0)


class HandReader:
    """Reads hands with hand_recrop and hand_landmark_full (Zhang et al. 2020; Grishchenko and Bazarevsky 2020)."""

    def __init__(self, networks: Networks, solid: HandSolid | None = None) -> None:
        """solid: what makes points in metres of the network's features; the project's own when None."""
        self._networks = networks
        self._solid = load_hand_solid() if solid is None else solid

    def read(
        self,
        frame: Frame,
        body: BodyReading,
        before: tuple[HandReading | None, HandReading | None] = (None, None),
        body_before: BodyReading | None = None,
    ) -> tuple[HandReading | None, HandReading | None]:
        """The left and the right hand; None where it is not seen for certain.

        before, body_before: what was read in the previous frame, if there was one.
        """
        hands = [self._read_side(frame, body, side, before[side], body_before) for side in (0, 1)]
        left, right = hands
        if left is not None and right is not None and same_hand(left, right):
            # One hand was read twice. It belongs to the side that it fits better.
            if misfit(left, body, 0) <= misfit(right, body, 1):
                return left, None
            return None, right
        return left, right

    def _read_side(
        self, frame: Frame, body: BodyReading, side: int, before: HandReading | None, body_before: BodyReading | None
    ) -> HandReading | None:
        too_small = _HAND * body.pixels_per_metre() < _SMALL
        if too_small or body.visibility[BODY_LANDMARK[f"{SIDES[side]}_wrist"]] < _WRIST_SEEN:
            return None
        if before is not None and body_before is not None:
            region = before.region()
            # The body's wrist says how far the hand has come since.
            step = _hand_points(body, side)[0] - _hand_points(body_before, side)[0]
            followed = self._look_twice(frame, region.moved(step), side)
            if belongs(followed, body, side, KEPT):
                return faded(followed, side)
        found = self.look(frame, region_from_body(body, side), side)
        return faded(found, side) if found is not None and belongs(found, body, side) else None

    def look(self, frame: Frame, region: Region, side: int) -> HandReading | None:
        """The left (0) or right (1) hand somewhere in a region; None where there is none."""
        first = self._look(frame, self._recropped(frame, region), side)
        if first.score < KEPT:
            return None
        second = self._look_twice(frame, first.region(), side)
        return second if second.score >= first.score else first

    def _recropped(self, frame: Frame, region: Region) -> Region:
        """A region that fits the hand better than the body's guess."""
        outputs = self._networks.run("hand_recrop", network_input(region.crop(frame, RECROP)))
        points = region.to_picture(outputs["points"].reshape(2, 2).astype(np.float64) - 0.5, RECROP)
        centre, edge = points
        side = 2 * float(np.hypot(*(edge - centre)))
        return Region(float(centre[0]), float(centre[1]), side, heading(edge, centre)).shifted(0, -0.1)

    def _look_twice(self, frame: Frame, region: Region, side: int) -> HandReading:
        """What is read in a region; when that is the hand of the other side, a look in the mirror may know better where its
        points lie in the picture."""
        first = self._look(frame, region, side)
        if first.agreement(side) >= _CERTAIN or first.score < KEPT:
            return first
        second = self._look(frame, region, 1 - side)
        if second.score * second.agreement(side) <= first.score * first.agreement(side):
            return first
        return replace(second, world=first.world, spread=first.spread)

    def _look(self, frame: Frame, region: Region, side: int) -> HandReading:
        """What is read in a region where the hand of that side is, or is taken for it."""
        output = self.answer(frame, region, side)
        world, spread = (values[0] for values in self._solid.read(output.features[None]))
        points, right = output.points, output.right
        if side == 0:
            points = np.column_stack([CROP - 1 - points[:, 0], points[:, 1]])
            world, right = world * (-1, 1, 1), 1 - right
        return HandReading(output.score, region.to_picture(points, CROP), region.turn(world), right, spread)

    def answer(self, frame: Frame, region: Region, side: int) -> HandOutput:
        """The network's own answer to a region, mirrored for the left side (0), so that it always sees a right hand."""
        crop = region.crop(frame, CROP)
        value = network_input(np.ascontiguousarray(crop[:, ::-1]) if side == 0 else crop)
        return decode_hand(self._networks.run("hand_landmark_full", value))


def _hand_points(body: BodyReading, side: int) -> tuple[Array, Array, Array]:
    wrist, index, pinky = (body.points[BODY_LANDMARK[f"{SIDES[side]}_{part}"]] for part in ("wrist", "index", "pinky"))
    return wrist, index, pinky


def region_from_body(body: BodyReading, side: int) -> Region:
    """Where the body's wrist, index and pinky put the hand (MediaPipe's hand_landmarks_from_pose_to_recrop_roi)."""
    wrist, index, pinky = _hand_points(body, side)
    middle = (2 * index + pinky) / 3
    extent = max(5.4 * float(np.hypot(*(middle - wrist))), _SMALLEST_REGION * body.pixels_per_metre())
    return Region(float(middle[0]), float(middle[1]), extent, heading(wrist, middle)).shifted(0, -0.1)


def misfit(hand: HandReading, body: BodyReading, side: int) -> float:
    """How badly a hand fits a side of the body: its distance from that wrist in hands, and the wrong handedness."""
    gap = float(np.hypot(*(hand.points[0] - _hand_points(body, side)[0]))) / max(hand.extent(), 1e-6)
    return gap + 0.5 * (1 - hand.right if side == 1 else hand.right)


def belongs(hand: HandReading, body: BodyReading, side: int, least: float = FOUND) -> bool:
    """Whether a hand is seen, of a possible size, at the body's own wrist, and not the other hand."""
    scale = body.pixels_per_metre()
    extent = hand.extent()
    if hand.score < least or not max(_SMALL, _SHORTEST * scale) < extent < _LONGEST * scale:
        return False
    gap = float(np.hypot(*(hand.points[0] - _hand_points(body, side)[0])))
    if gap > 0.3 * extent + 0.10 * scale:
        return False
    own, other = misfit(hand, body, side), misfit(hand, body, 1 - side)
    return own < other + 0.2


def same_hand(first: HandReading, second: HandReading) -> bool:
    """Whether two readings lie on the same pixels."""
    distance = np.hypot(*(first.points - second.points).T).mean()
    return bool(distance < _SAME_HAND * max(first.extent(), second.extent(), 1e-6))


def faded(hand: HandReading, side: int) -> HandReading:
    """The same hand, its score lowered when there were too few pixels to be sure of the fingers, or it looks like the other."""
    trust = np.clip((hand.extent() - _SMALL) / (_CLEAR - _SMALL), 0.1, 1)
    trust *= np.clip((hand.agreement(side) - _MISTAKEN) / (_CERTAIN - _MISTAKEN), 0.02, 1)
    return replace(hand, score=hand.score * float(trust))
