"""Feet cleaned after decoding: a planted foot stays where it is; steps where a given pose has to be reached.

The decoder's contacts say when a foot stands. The foot is held there, turned flat while all of it touches, about the ball while
the heel is up and about the heel while the toes are; what that moves the ankle by fades from one stance to the next. The pelvis
comes down where a leg would not reach, and the legs are solved anew.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from ...models.emotion import rotation6d
from ...models.emotion.features import layout
from ...models.emotion.rest import RestBody, canonical
from ..skeleton import BODY_JOINT_COUNT
from .legs import Leg, PosedLeg, leg_of, pose_leg, reach, sole_heights
from .stances import Mask, Stance, away, clean_contacts, met, sole_places, stances_of

Array = NDArray[np.float64]

_ROLL: Final = 0.06
"""Standard deviation (s) of how fast a foot goes over from flat to rolling."""
_SINK: Final = 0.12
"""Standard deviation (s) of how fast the pelvis comes down to let a leg reach."""
_SETTLING: Final = 0.3
"""Seconds over which feet and limits go over from a given pose to their own."""
_TOUCHING: Final = 0.025
"""Metres over the floor up to which a sole point can be said to touch it."""
_FARTHER: Final = 0.1
"""Metres by which the right foot has to be farther off than the left to step before it."""
_LIFT, _STEPPED = 0.09, 0.03
"""Metres: how high a foot is lifted in a long step, and from which length on it is a step."""


@dataclass(frozen=True)
class Ends:
    """Whether the first and the last frame are given poses, which stay as they are."""

    first: bool = False
    last: bool = False

    def nearness(self, frames: int, fps: float) -> Array:
        """(2, T) from 1 in the first (the last) frame, where that is given, to 0 a little later (earlier)."""
        u = np.clip(np.arange(frames) / fps / _SETTLING, 0, 1)
        near = 1 - u * u * (3 - 2 * u)
        return np.stack([near * self.first, near[::-1] * self.last])


def planted(values: Array, fps: float, rest: RestBody, ends: Ends) -> Array:
    """Features (T, D) at `fps` with feet that stand on the floor y = 0, on a body that is `rest` at rest."""
    parts = layout()
    frames = len(values)
    size = rest.hip_height / canonical().hip_height
    rotations = rotation6d.to_matrices(values[:, parts.rotations].reshape(frames, BODY_JOINT_COUNT, 6))
    pelvis = values[:, parts.place] * size
    touching = clean_contacts(values[:, parts.contacts], fps)
    near = ends.nearness(frames, fps)
    legs = [leg_of(rest, side) for side in (0, 1)]
    posed = [pose_leg(leg, rotations, pelvis) for leg in legs]
    wanted = []
    both = [stances_of(own, touching[:, 2 * side : 2 * side + 2], near.max(0) < 0.01) for side, own in enumerate(posed)]
    for at_end, given in ((False, ends.first), (True, ends.last)):
        if given:
            # Who walks brings the foot behind forward first; who stands begins with the left.
            off = [away(stances, own, at_end) for stances, own in zip(both, posed, strict=True)]
            first = 1 if off[1] > off[0] + _FARTHER else 0
            both = [met(both[side], own, int(side != first), fps, at_end) for side, own in enumerate(posed)]
    for side, (leg, own, stances) in enumerate(zip(legs, posed, both, strict=True)):
        touch = touching[:, 2 * side : 2 * side + 2]
        stands = np.zeros(frames, bool)
        for stance in stances:
            stands[stance.first : stance.end] = True
        touch &= stands[:, None]
        wanted.append(_held(leg, own, touch, stances, near, fps))
    pelvis[:, 1] -= _kept(_descent(legs, posed, [ankle for ankle, _, _ in wanted], fps)[:, None], near)[:, 0]
    solved = rotations.copy()
    for leg, own, (ankle, foot, toes) in zip(legs, posed, wanted, strict=True):
        reach(leg, solved, own, pelvis + rotations[:, 0] @ leg.hip, ankle, foot, toes)
    rotations = _meeting(rotations, solved, near)
    heights = [sole_heights(leg, pose_leg(leg, rotations, pelvis)) for leg in legs]
    touching &= np.concatenate(heights, 1) < _TOUCHING  # a given pose may hold a foot up
    out = values.copy()
    out[:, parts.rotations] = rotation6d.from_matrices(rotations).reshape(frames, -1)
    out[:, parts.place] = pelvis / size
    out[:, parts.contacts] = touching
    return out


def _kept(change: Array, near: Array) -> Array:
    """A change (T, C) that is none in given frames: what it would be there is taken off, less and less farther away."""
    kept: Array = change - near[0][:, None] * change[0] - near[1][:, None] * change[-1]
    return kept


def _meeting(rotations: Array, solved: Array, near: Array) -> Array:
    """Rotations (T, J, 3, 3) solved, turned so that given frames have the rotations that they had."""
    out = solved
    for share, frame in zip(near, (0, -1), strict=True):
        if share.any():
            back = Rotation.from_matrix(np.swapaxes(solved[frame], -1, -2) @ rotations[frame]).as_rotvec()
            turned = Rotation.from_rotvec((share[:, None, None] * back).reshape(-1, 3)).as_matrix()
            out = out @ turned.reshape(out.shape)
    return out


def _held(leg: Leg, posed: PosedLeg, touch: Mask, stances: list[Stance], near: Array, fps: float) -> tuple[Array, Array, Array]:
    """Ankle (T, 3), foot and toes (T, 3, 3) of a leg that keeps its stances, as it is posed in given frames
    (near: (2, T), see Ends)."""
    frames = len(touch)
    if not stances:
        return _above_floor(leg, posed.ankle, posed.foot, posed.toes)
    ball_height = float(-leg.toes[1])  # the toes' sole point is on the floor
    flat = touch.all(1)
    turn = np.zeros((frames, 3))
    toe_turn = np.zeros((frames, 3))
    ankle = np.zeros((frames, 3))
    known = np.zeros(frames, bool)
    for stance in stances:
        span = slice(stance.first, stance.end)
        _, _, level = sole_places(leg, stance, ball_height)
        turn[span] = Rotation.from_matrix(level @ np.swapaxes(posed.foot[span], 1, 2)).as_rotvec()
        toe_turn[span] = Rotation.from_matrix(level @ np.swapaxes(posed.toes[span], 1, 2)).as_rotvec()
        known[span] = True
    flatness = _faded(flat, fps)
    level_toes = _faded(touch[:, 1], fps)
    foot = Rotation.from_rotvec(_kept(_bridged(turn, known) * flatness[:, None], near)).as_matrix() @ posed.foot
    toes = Rotation.from_rotvec(_kept(_bridged(toe_turn, known) * level_toes[:, None], near)).as_matrix() @ posed.toes
    for stance in stances:
        heel, ball, _ = sole_places(leg, stance, ball_height)
        stood = np.arange(stance.first, stance.end)
        about_ball = ball - foot[stood] @ leg.ball
        about_heel = heel - foot[stood] @ leg.heel
        # About the ball while the toes touch, about the heel while it alone does; flat, both say the same.
        ankle[stood] = np.where(touch[stood, 1:], about_ball, about_heel)
    moved = _kept(_bridged(np.where(known[:, None], ankle - posed.ankle, 0), known), near)
    moved[:, 1] += _swing(stances, posed, ball_height, fps)
    return _above_floor(leg, posed.ankle + moved, foot, toes)


def _swing(stances: list[Stance], posed: PosedLeg, ball_height: float, fps: float) -> Array:
    """(T,) metres by which a foot is lifted on its way from one stance to the next, where it was not decoded as lifted itself."""
    lift = np.zeros(len(posed.ball))
    for before, after in itertools.pairwise(stances):
        frames = np.arange(before.end, after.first)
        way = float(np.linalg.norm(after.ball - before.ball))
        if len(frames) and way > _STEPPED:
            wanted = min(_LIFT, 0.05 + 0.1 * way) - max(0.0, float(posed.ball[frames, 1].max()) - ball_height)
            lift[frames] = max(0.0, wanted) * np.sin(np.pi * (frames - before.end + 1) / (len(frames) + 1)) ** 2
    return lift


def _faded(mask: Mask, fps: float) -> Array:
    """1 where the mask (T,) is set, easing to 0 beside it."""
    reach = max(1, round(2 * _ROLL * fps))
    away = distance_transform_edt(~mask) if mask.any() else np.full(len(mask), reach)
    u = np.clip(away / reach, 0, 1)
    return 1 - u * u * (3 - 2 * u)


def _bridged(values: Array, known: Mask) -> Array:
    """(T, C) values where they are known, eased from one known stretch to the next between them, held at the ends."""
    frames = np.flatnonzero(known)
    out = values.copy()
    out[: frames[0]], out[frames[-1] :] = values[frames[0]], values[frames[-1]]
    for a, b in itertools.pairwise(frames.tolist()):
        if b > a + 1:
            u = (np.arange(a + 1, b) - a) / (b - a)
            out[a + 1 : b] = values[a] + (values[b] - values[a]) * (u * u * (3 - 2 * u))[:, None]
    return out


def _above_floor(leg: Leg, ankle: Array, foot: Array, toes: Array) -> tuple[Array, Array, Array]:
    """The same, lifted where heel or toes would be under the floor."""
    ball = ankle + foot @ leg.ball
    lowest = np.minimum((ankle + foot @ leg.heel)[:, 1], (ball + toes @ leg.toes)[:, 1])
    lifted = ankle.copy()
    lifted[:, 1] += np.maximum(0, -lowest)
    return lifted, foot, toes


def _descent(legs: list[Leg], posed: list[PosedLeg], ankles: list[Array], fps: float) -> Array:
    """(T,) metres by which the pelvis has to come down for both legs to reach their ankles, smooth over time."""
    need = np.zeros(len(ankles[0]))
    for leg, own, ankle in zip(legs, posed, ankles, strict=True):
        apart = (own.hip - ankle)[:, [0, 2]]
        height = np.sqrt(np.maximum(leg.length**2 - (apart**2).sum(1), 0.05**2))
        need = np.maximum(need, own.hip[:, 1] - ankle[:, 1] - height)
    if need.max() <= 0:
        return need
    around = maximum_filter1d(need, 2 * round(2 * _SINK * fps) + 1, mode="nearest")
    return np.maximum(need, gaussian_filter1d(around, _SINK * fps, mode="nearest"))
