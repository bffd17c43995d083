"""Collars, arms and wrists: solved in closed form for where the hand is to be, how it is turned, and an elbow that fits."""

from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .elbows import cheapest, comfortable, elbow_fan
from .figure import COLLAR, ELBOW, OUTWARD, SHOULDER, WRIST, Figure
from .hands import FIRST
from .legs import Tracks
from .reach import Aim, Space
from .solid import clearance
from .turns import about, apply, axes, from_vectors, nearest_rotation, square_to, to_vectors, transposed, twist_about_x, unit

Array = NDArray[np.floating[Any]]

_STRAIGHTEST: Final = 0.992
_SOFT_FROM: Final = 0.9
"""Share of the arm's length from which reaching gets harder, up to _STRAIGHTEST."""
_FOLDED: Final = np.radians(38.0)
"""Angle between upper arm and forearm when the elbow is closed as far as it goes."""
_WRIST_BEND: Final = np.radians(58.0)
_TWIST: Final = (np.radians(-85.0), np.radians(80.0))
_SLACK: Final = (np.radians(14.0), np.radians(5.0))
"""Pronation, and droop towards the little finger, of a hand that nothing is asked of."""
_HAND_RADIUS: Final = 0.016
_HAND_EDGES: Final = (0.035, -0.035)
"""Metres to the side of the thumb: two lines along the other hand, and the radius about them."""
_PUSHES: Final = (0.07, 0.05, 0.04)
"""Seconds over which a hand gets out of the body's way, round by round."""
_DECISIONS: Final = 10.0
"""Times a second that an elbow's swivel is chosen."""
_SKIN: Final = {"armpit": 0.0, "wrist": 0.028, "hand": 0.009}
"""Metres around the bones that belong to the arm."""


def place_collar(side: str, aim: Aim, tracks: Tracks, space: Space) -> NDArray[np.float64]:
    """(T, 3, 3) local rotation of a collar: shrugs and rounds, and the shoulder blade goes along with the arm."""
    sign = 1.0 if side == "left" else -1.0
    way = apply(transposed(space.world[:, 9]), aim.point - space.places[:, SHOULDER[side]]) * OUTWARD[side]
    far = np.clip(np.linalg.norm(way, axis=1) / 0.5, 0, 1)
    way = unit(way)
    raised = np.degrees(np.arccos(np.clip(-way[:, 1], -1, 1)))
    forward = way[:, 2] * np.clip(raised / 90, 0, 1) * far
    up, down = np.maximum(tracks["chest"], 0), np.minimum(tracks["chest"], 0)
    lift = 20 * tracks["shoulders"] + 0.22 * np.clip(raised - 55, 0, 130) * far
    across = 9 * up + 14 * down - 11 * tracks["rounded"] - 9 * np.clip(forward, -0.6, 1) - 10 * np.clip(-way[:, 0] - 0.1, 0, 1)
    return np.asarray(about(1, np.radians(across) * sign) @ about(2, np.radians(lift) * sign))


def solve_arm(side: str, aim: Aim, space: Space, figure: Figure, local: Array, fps: float, other: str = "") -> None:
    """Write shoulder, elbow and wrist of one arm into `local` (T, 55, 3, 3) and into `space`.

    The fingers in `local` must be final. other: the side of an arm that is solved already, to be kept clear of.
    """
    solver = _Arm(side, space, figure, fps, local, aim, other)
    short = np.linalg.norm(aim.touch, axis=1, keepdims=True)
    free = aim.point - unit(aim.point - solver.shoulder) * short
    # A hand that touches has its palm there; one that gestures may be where its arm points.
    share = np.maximum(aim.contact, 0.6 * np.clip(aim.told, 0, 1))[:, None]
    wrist, hand, fore = free, None, None
    for _ in range(3):
        wrist = solver.outside(wrist, hand, fore)
        upper, fore, _ = solver.bones(wrist, solver.swivel(wrist, aim))
        twist, bend = solver.within_limits(fore, solver.hand(fore, aim))
        hand = fore @ about(0, twist) @ from_vectors(bend)
        held = share * (aim.point - apply(hand, aim.touch)) + (1 - share) * free
        wrist = solver.soft(held - solver.shoulder, 0.03) + solver.shoulder
    wrist = solver.outside(wrist, hand, fore)
    upper, fore, _ = solver.bones(wrist, solver.swivel(wrist, aim))
    twist, bend = solver.within_limits(fore, solver.hand(fore, aim))
    half = about(0, 0.5 * twist)
    local[:, SHOULDER[side]] = transposed(space.world[:, COLLAR[side]]) @ upper
    local[:, ELBOW[side]] = transposed(upper) @ fore @ half
    local[:, WRIST[side]] = half @ from_vectors(bend)
    for joint in (SHOULDER[side], ELBOW[side], WRIST[side]):
        figure.pose_joint(joint, local, space.world, space.places)


def finger_points(side: str, figure: Figure, local: Array) -> NDArray[np.float64]:
    """(T, 7, 3) knuckles and fingertips from the wrist, in the hand's axes, for the fingers in `local`."""
    first, wrist = FIRST[side], WRIST[side]
    joints = figure.joints
    found = []
    for finger in range(5):
        base = first + 3 * finger
        turned = np.tile(np.eye(3), (len(local), 1, 1))
        place = np.tile(joints[base] - joints[wrist], (len(local), 1))
        if finger in (0, 2):
            found.append(place)
        for k in range(3):
            turned = turned @ local[:, base + k]
            # The last bone is about as long as the one before.
            bone = joints[base + k + 1] - joints[base + k] if k < 2 else 0.9 * (joints[base + 2] - joints[base + 1])
            place = place + apply(turned, bone)
        found.append(place)
    return np.stack(found, 1)


def _to_segment(points: Array, ends: Array) -> NDArray[np.float64]:
    """(n, ...) metres from points (n, ..., 3) to segments (n, 2, 3)."""
    extra = (slice(None), *(None,) * (points.ndim - 2))
    start, along = ends[:, 0][extra], (ends[:, 1] - ends[:, 0])[extra]
    share = ((points - start) * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-9)
    return np.asarray(np.linalg.norm(points - start - np.clip(share, 0, 1)[..., None] * along, axis=-1))


class _Arm:
    """One arm of one performer over all frames."""

    def __init__(self, side: str, space: Space, figure: Figure, fps: float, local: Array, aim: Aim, other: str) -> None:
        self.side, self.space, self.figure, self.fps = side, space, figure, fps
        self.sign = 1.0 if side == "left" else -1.0
        self.shoulder = space.places[:, SHOULDER[side]]
        chest = space.world[:, 9]
        meant = apply(transposed(chest), aim.point - space.places[:, 9])[:, 2:]
        self.ahead = chest[:, :, 2] * np.tanh((meant + 0.03) / 0.05)
        self.fingers, self.joined = finger_points(side, figure, local), aim.joined
        self.skin = _SKIN | {"upper": figure.arm_radii[0] - 0.006, "fore": figure.arm_radii[1] - 0.004}
        self.other: list[tuple[Array, float]] = []
        if other:
            chain = [space.places[:, joint[other]] for joint in (SHOULDER, ELBOW, WRIST)]
            self.other = [(np.stack(pair, 1), radius) for pair, radius in zip(pairwise(chain), figure.arm_radii, strict=True)]
            for across in _HAND_EDGES:
                tip = apply(space.world[:, WRIST[other]], np.array([0.14, -0.01, across]) * OUTWARD[other])
                self.other.append((np.stack([chain[2], chain[2] + tip], 1), _HAND_RADIUS))
        joints, hinge = figure.joints, np.array([[0.0, -self.sign, 0.0]])
        # At rest the elbow closes forward, about -y (left) or +y (right).
        self.rest_upper = transposed(axes((joints[ELBOW[side]] - joints[SHOULDER[side]])[None], hinge))
        self.rest_fore = transposed(axes((joints[WRIST[side]] - joints[ELBOW[side]])[None], hinge))

    def soft(self, values: Array, seconds: float) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter1d(values, seconds * self.fps, axis=0, mode="nearest"))

    def outside(self, wrist: Array, hand: Array | None, fore: Array | None) -> NDArray[np.float64]:
        """(T, 3) the wrist moved so that neither forearm nor hand is in the body or the other arm; soft in time.

        hand, fore: (T, 3, 3) world rotations of hand and forearm, as far as they are known.
        """
        offsets, margins = [np.zeros_like(wrist)], [_SKIN["wrist"]]
        if hand is not None and fore is not None:
            offsets += [apply(hand, point) for point in self.fingers.swapaxes(0, 1)]
            margins += [_SKIN["hand"]] * self.fingers.shape[1]
            bone = self.figure.joints[WRIST[self.side]] - self.figure.joints[ELBOW[self.side]]
            offsets += [-share * apply(fore, bone) for share in (0.2, 0.45, 0.7)]
            margins += [self.skin["fore"]] * 3
        stack, row = np.stack(offsets, 1), np.arange(len(wrist))
        # What smoothing takes away of the push, the next round pushes again.
        for seconds in _PUSHES:
            moved = wrist.copy()
            for _ in range(3):
                spots = moved[:, None] + stack
                deep = np.array(margins) - self.clear(spots)
                worst = deep.argmax(1)
                depth = np.maximum(deep[row, worst], 0)
                if depth.max() < 2e-3:
                    break
                some = np.flatnonzero(depth > 0)
                moved[some] += depth[some, None] * self._outward(spots[row, worst][some], some)
            if depth.max() < 2e-3 and np.array_equal(moved, wrist):
                break
            wrist = wrist + self.soft(moved - wrist, seconds)
        return wrist

    def clear(self, points: Array, some: Any = slice(None), hand: bool = True) -> NDArray[np.float64]:
        """(n, ...) metres from points (n, ..., 3), at frames `some`, to trunk, head, thighs or the other arm.

        hand: the points are of a hand, which may touch the other hand where it means to.
        """
        near = clearance(self.figure.solids, points, self.space.world[some], self.space.places[some])
        return np.minimum(near, self._other_arm(points, some, hand))

    def _other_arm(self, points: Array, some: Any, hand: bool = True) -> NDArray[np.float64]:
        """(n, ...) metres to the other arm; far where there is none yet."""
        near = np.full(points.shape[:-1], np.inf)
        for k, (ends, radius) in enumerate(self.other):
            away = _to_segment(points, ends[some]) - radius
            if k >= 2 and hand:
                away = away + 0.3 * self.joined[some][(slice(None), *(None,) * (points.ndim - 2))]
            near = np.minimum(near, away)
        return near

    def _outward(self, points: Array, some: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 3) unit directions in which points (n, 3), at frames `some`, get away from the body."""
        step = 0.012
        shifts = np.concatenate([np.eye(3), -np.eye(3)]) * step
        around = self.clear(points[:, None] + shifts, some)
        way = unit(around[:, :3] - around[:, 3:] + 1e-6)
        # Rather to the side of the chest that the hand means to be on than through it; from the other arm rather off the chest.
        bias = np.full((len(points), 1), 0.3)
        if self.other:
            arm = self._other_arm(points, some) < clearance(self.figure.solids, points, *self._at(some))
            bias[arm] = 0.7
        return unit(way + bias * self.ahead[some])

    def _at(self, some: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.space.world[some], self.space.places[some]

    def reachable(self, wrist: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Directions (T, 3) and distances (T,) from the shoulder, within what the arm can do."""
        way = wrist - self.shoulder
        far = np.linalg.norm(way, axis=1)
        most = _STRAIGHTEST * (self.figure.upper + self.figure.fore)
        knee = _SOFT_FROM * most
        far = np.where(far > knee, knee + (most - knee) * np.tanh((far - knee) / (most - knee)), far)
        a, b = self.figure.upper, self.figure.fore
        least = np.sqrt(a * a + b * b - 2 * a * b * np.cos(_FOLDED))
        return unit(way), np.maximum(far, least)

    def swivel(self, wrist: Array, aim: Aim) -> NDArray[np.float64]:
        """(T, 3) direction, square to the line from shoulder to wrist, in which the elbow lies."""
        along, far = self.reachable(wrist)
        chest, outward = self.space.world[:, 9], OUTWARD[self.side]
        local = apply(transposed(chest), along * far[:, None]) * outward / (self.figure.upper + self.figure.fore)
        hint = apply(chest, comfortable(local) * outward)
        hint = square_to(self.soft(square_to(hint, along), 0.07), along)
        fan = elbow_fan(along, hint, self.sign)
        # Elbows have time: a few decisions a second are enough.
        every = max(1, round(self.fps / _DECISIONS))
        some = np.unique(np.r_[np.arange(0, len(far), every), len(far) - 1])
        cost = self._collisions(some, along, far, fan) + self._wrist_strain(some, along, far, fan, aim)
        path = cheapest(cost, aim.elbow[some], self.fps / every)
        angle = self.soft(np.interp(np.arange(len(far)), some, path), 0.07) * self.sign
        return np.cos(angle)[:, None] * hint + np.sin(angle)[:, None] * np.cross(along, hint)

    def _elbows(self, far: Array) -> tuple[Array, Array]:
        a, b = self.figure.upper, self.figure.fore
        cosine = np.clip((a * a + far**2 - b * b) / (2 * a * far), -1, 1)
        return cosine, np.sqrt(1 - cosine**2)

    def _collisions(self, some: NDArray[np.int64], along: Array, far: Array, fan: Array) -> NDArray[np.float64]:
        """(n, S) cost, at frames `some` (n,), of upper arm and forearm going through the body."""
        along, far, fan = along[some], far[some], fan[some]
        cosine, sine = self._elbows(far)
        bend = self.figure.upper * (cosine[:, None, None] * along[:, None] + sine[:, None, None] * fan)
        end = (along * far[:, None])[:, None]
        spots = [(0.7 * bend, "armpit"), (bend, "upper"), (0.6 * bend + 0.4 * end, "fore"), (0.25 * bend + 0.75 * end, "fore")]
        points = np.stack([self.shoulder[some, None] + spot for spot, _ in spots], 2)
        near = self.clear(points, some, hand=False)
        deep = np.maximum(np.array([self.skin[part] for _, part in spots]) - near, 0)
        return np.asarray(((deep / 0.012) ** 2).sum(2))

    def _wrist_strain(self, some: NDArray[np.int64], along: Array, far: Array, fan: Array, aim: Aim) -> NDArray[np.float64]:
        """(n, S) cost, at frames `some` (n,), of the bend and twist that the told hand would need."""
        along, far, fan, told = along[some], far[some], fan[some], np.clip(aim.told[some], 0, 1)
        if told.max() < 1e-3:
            return np.zeros(fan.shape[:2])
        cosine, sine = self._elbows(far)
        bend = self.figure.upper * (cosine[:, None, None] * along[:, None] + sine[:, None, None] * fan)
        fore = axes((along * far[:, None])[:, None] - bend, np.cross(fan, along[:, None])) @ self.rest_fore
        hand = nearest_rotation(aim.hand[some] + 1e-6 * np.eye(3))
        local = transposed(fore) @ hand[:, None]
        swing = np.arccos(np.clip(local[..., 0, 0], -1, 1))
        twist = twist_about_x(local)
        over = np.maximum(swing - np.radians(35), 0) / np.radians(15)
        turned = np.maximum(np.maximum(twist - np.radians(65), np.radians(-65) - twist), 0) / np.radians(15)
        return np.asarray(told[:, None] * (over**2 + turned**2 + 0.25 * (twist / np.radians(60)) ** 2))

    def bones(self, wrist: Array, direction: Array) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """World rotations of upper arm and forearm, and where the wrist comes to be."""
        along, far = self.reachable(wrist)
        direction = square_to(direction, along)
        cosine, sine = self._elbows(far)
        bend = self.figure.upper * (cosine[:, None] * along + sine[:, None] * direction)
        hinge = np.cross(direction, along)
        upper = axes(bend, hinge) @ self.rest_upper
        fore = axes(along * far[:, None] - bend, hinge) @ self.rest_fore
        return upper, fore, self.shoulder + along * far[:, None]

    def hand(self, fore: Array, aim: Aim) -> NDArray[np.float64]:
        """(T, 3, 3) world rotations of the hand: as told, and for the rest slack on the forearm."""
        slack = fore @ about(0, np.array(_SLACK[0])) @ about(2, np.array(-self.sign * _SLACK[1]))
        wanted = aim.hand + np.clip(1 - aim.told, 0, 1)[:, None, None] * slack
        # Between two ways to hold the hand that are far apart the nearest rotation would jump: it is taken of averages over time.
        return nearest_rotation(self.soft(nearest_rotation(self.soft(wanted, 0.05)), 0.04))

    def within_limits(self, fore: Array, hand: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Twist of the forearm (T,) and bend of the wrist (T, 3, axis-angle) that turn a hand so, softly limited."""
        local = transposed(fore) @ hand
        raw = np.unwrap(twist_about_x(local))
        raw = raw - 2 * np.pi * np.round(np.median(raw) / (2 * np.pi))
        twist = self.soft(np.clip(raw, *_TWIST), 0.03)
        swing = to_vectors(about(0, -twist) @ local)
        swing[:, 0] = 0.0
        angle = np.linalg.norm(swing, axis=1, keepdims=True)
        knee = 0.7 * _WRIST_BEND
        limited = np.where(angle > knee, knee + (_WRIST_BEND - knee) * np.tanh((angle - knee) / (_WRIST_BEND - knee)), angle)
        return twist, self.soft(swing * limited / np.maximum(angle, 1e-9), 0.055)
