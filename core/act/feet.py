"""Feet cleaned after decoding: a planted foot stays where it is; steps where a given pose has to be reached.

The decoder's contacts say when a foot stands. The foot is held there, turned flat while all of it touches, about the ball while
the heel is up and about the heel while the toes are; what that moves the ankle by fades from one stance to the next. The pelvis
goes with the feet, so that the knees stay as bent as they were made, and comes down where a leg would not reach, and the legs are
solved anew.
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
from .curves import bump, dying, running_out
from .legs import Leg, PosedLeg, leg_of, pose_leg, reach, sole_heights
from .stances import STEPPED, Mask, Seam, Stance, clean_contacts, divided, sole_places, stances_of, stepped, unhurried

Array = NDArray[np.float64]

_ROLL: Final = 0.06
"""Standard deviation (s) of how fast a foot goes over from flat to rolling."""
_SINK: Final = 0.12
"""Standard deviation (s) of how fast the pelvis comes down to let a leg reach."""
_ROLLED: Final = 0.35
"""Radians by which the heel comes up before the toes in a high step."""
_RUN_OUT: Final = 0.35
"""Seconds in which a change of a foot that was under way runs out."""
_SETTLING: Final = 0.3
"""Seconds over which feet and limits go over from a given pose to their own."""
_FOLLOWING: Final = 0.25
"""Standard deviation (s) of how fast the pelvis goes with the feet."""
_DEEPEST: Final = 0.25
"""Metres that the pelvis comes down at most: a foot that is farther away is dragged along rather than the body to the floor."""
_LEAST_HEIGHT: Final = 0.05
"""Metres of the hip over the ankle, at least."""
_BENT: Final = 0.985
"""Share of its length to which a leg is stretched for a foot's sake."""
_FAR: Final = 0.15
"""Metres from which on a foot is so far from where it was made, that the leg has to bend for it."""
_TOUCHING: Final = 0.025
"""Metres over the floor up to which a sole point can be said to touch it."""
_LIFT: Final = 0.05
"""Metres: how high a foot is lifted in a long step."""


@dataclass(frozen=True)
class Ends:
    """Where a take was joined. first, last: seconds that the way from a given first pose, and to a given last one, takes (0: none
    is given); these poses stay as they are. changes: seconds from and to which it changes inside."""

    first: float = 0.0
    last: float = 0.0
    changes: tuple[tuple[float, float], ...] = ()

    def nearness(self, frames: int, fps: float) -> Array:
        """(2, T) from 1 in the first (the last) frame, where that is given, to 0 a little later (earlier)."""
        near = dying(np.arange(frames) / fps / _SETTLING)
        return np.stack([near * bool(self.first), near[::-1] * bool(self.last)])

    def seams(self, frames: int, fps: float) -> list[Seam]:
        """The joins in frames, in the order in which they bind the feet."""
        last = frames - 1
        inside = [Seam(min(round(start * fps), last), min(round(end * fps), last)) for start, end in self.changes]
        first = [Seam(0, min(round(self.first * fps), last), given_first=True)] if self.first else []
        end = [Seam(max(last - round(self.last * fps), 0), last, given_last=True)] if self.last else []
        return [seam for seam in inside if seam.last > seam.first] + first + end


def planted(values: Array, fps: float, rest: RestBody, ends: Ends) -> Array:
    """Features (T, D) at `fps` with feet that stand on the floor y = 0, on a body that is `rest` at rest.

    The pelvis goes up and down with the feet: those of a decoded body, and of one with legs of other proportions, float and sink
    by millimetres, and a pelvis that only ever came down would never stand on straight legs.
    """
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
    seams = ends.seams(frames, fps)
    free = np.ones(frames, bool)
    for seam in seams:
        free[seam.first : seam.last + 1] = False
    both = divided(both, posed, free, fps)
    for seam in seams:
        both = stepped(both, posed, seam, fps)
    both = [unhurried(stances, ends.first > 0, ends.last > 0, frames, fps) for stances in both]
    for side, (leg, own, stances) in enumerate(zip(legs, posed, both, strict=True)):
        touch = touching[:, 2 * side : 2 * side + 2]
        stands = np.zeros(frames, bool)
        for stance in stances:
            stands[stance.first : stance.end] = True
        touch &= stands[:, None]
        wanted.append(_held(leg, own, touch, stances, near, fps))
    # In a given frame the pelvis neither is lower nor on its way down: in a loop the first goes on with the last one's speed.
    ankles = [ankle for ankle, _, _ in wanted]
    pelvis[:, 1] -= _descent(legs, posed, ankles, _following(posed, ankles, fps), fps) * (1 - near.max(0))
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
    turn, tilt, toe_tilt, ankle = np.zeros((4, frames, 3))
    known = np.zeros(frames, bool)
    heading = np.arctan2(posed.foot[:, 0, 2], posed.foot[:, 2, 2])
    for stance in stances:
        span = slice(stance.first, stance.end)
        off = stance.heading - np.unwrap(heading[span])
        turn[span, 1] = off - 2 * np.pi * np.round(off.mean() / (2 * np.pi))
        known[span] = True
    # What turns the foot about the upright goes over from one stance into the next as its place does; only the tilt fades.
    turned = Rotation.from_rotvec(_kept(_bridged(turn, known, fps), near)).as_matrix()
    foot, toes = turned @ posed.foot, turned @ posed.toes
    for stance in stances:
        span = slice(stance.first, stance.end)
        _, _, level = sole_places(leg, stance, ball_height)
        tilt[span] = Rotation.from_matrix(level @ np.swapaxes(foot[span], 1, 2)).as_rotvec()
        toe_tilt[span] = Rotation.from_matrix(level @ np.swapaxes(toes[span], 1, 2)).as_rotvec()
    flatness, level_toes = _faded(flat, fps), _faded(touch[:, 1], fps)
    foot = Rotation.from_rotvec(_kept(_bridged(tilt, known, fps) * flatness[:, None], near)).as_matrix() @ foot
    toes = Rotation.from_rotvec(_kept(_bridged(toe_tilt, known, fps) * level_toes[:, None], near)).as_matrix() @ toes
    for stance in stances:
        heel, ball, _ = sole_places(leg, stance, ball_height)
        stood = np.arange(stance.first, stance.end)
        about_ball = ball - foot[stood] @ leg.ball
        about_heel = heel - foot[stood] @ leg.heel
        # About the ball while the toes touch, about the heel while it alone does; flat, both say the same.
        ankle[stood] = np.where(touch[stood, 1:], about_ball, about_heel)
    moved = _kept(_bridged(np.where(known[:, None], ankle - posed.ankle, 0), known, fps), near)
    lift, roll = _swing(stances, posed, ball_height)
    rolled = foot @ Rotation.from_rotvec(roll[:, None] * (1.0, 0, 0)).as_matrix()
    moved += foot @ leg.ball - rolled @ leg.ball  # the heel comes up about the ball
    moved[:, 1] += lift
    foot = rolled
    return _above_floor(leg, posed.ankle + moved, foot, toes)


def _swing(stances: list[Stance], posed: PosedLeg, ball_height: float) -> tuple[Array, Array]:
    """(T,) metres by which a foot is lifted on its way from one stance to the next, and (T,) radians by which its heel comes up,
    where it was not decoded as lifted itself."""
    lift, roll = np.zeros((2, len(posed.ball)))
    for before, after in itertools.pairwise(stances):
        frames = np.arange(before.end, after.first)
        way = float(np.linalg.norm(after.ball - before.ball))
        if len(frames) and way > STEPPED:
            wanted = min(_LIFT, 0.01 + 0.3 * way) - max(0.0, float(posed.ball[frames, 1].max()) - ball_height)
            u = (frames - before.end + 1) / (len(frames) + 1)
            lift[frames] = max(0.0, wanted) * bump(u)
            roll[frames] = _ROLLED * max(0.0, wanted) / _LIFT * bump(u**0.85)  # it leaves the floor heel first
    return lift, roll


def _faded(mask: Mask, fps: float) -> Array:
    """1 where the mask (T,) is set, easing to 0 beside it."""
    reach = max(1, round(2 * _ROLL * fps))
    away = distance_transform_edt(~mask) if mask.any() else np.full(len(mask), reach)
    u = np.clip(away / reach, 0, 1)
    return 1 - u * u * (3 - 2 * u)


def _bridged(values: Array, known: Mask, fps: float) -> Array:
    """(T, C) values where they are known; between two known stretches they go over from the one into the other, at both ends as
    fast as they are known to change there and without a jump of the acceleration. Before the first and after the last they run
    out.
    """
    out = values.copy()
    ends = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]]))).reshape(-1, 2).tolist()
    for before, after in zip([None, *ends], [*ends, None], strict=True):
        frames = np.arange(before[1] if before else 0, after[0] if after else len(values))
        left, right = (values[before[1] - 1] if before else None), (values[after[0]] if after else None)
        span = min(_RUN_OUT * fps, float(len(frames) + 1))
        if left is not None and right is not None:
            share = dying((frames - frames[0] + 1) / (len(frames) + 1))[:, None]
            out[frames] = share * left + (1 - share) * right
        else:
            out[frames] = right if left is None else left
        if before and before[1] - before[0] > 1:
            out[frames] += running_out(frames - before[1] + 1.0, span)[:, None] * (left - values[before[1] - 2])
        if after and after[1] - after[0] > 1:
            out[frames] -= running_out(after[0] - frames + 0.0, span)[:, None] * (values[after[0] + 1] - right)
    return out


def _above_floor(leg: Leg, ankle: Array, foot: Array, toes: Array) -> tuple[Array, Array, Array]:
    """The same, lifted where heel or toes would be under the floor."""
    ball = ankle + foot @ leg.ball
    lowest = np.minimum((ankle + foot @ leg.heel)[:, 1], (ball + toes @ leg.toes)[:, 1])
    lifted = ankle.copy()
    lifted[:, 1] += np.maximum(0, -lowest)
    return lifted, foot, toes


def _following(posed: list[PosedLeg], ankles: list[Array], fps: float) -> Array:
    """(T,) metres by which the pelvis comes down for the legs to be as long as they were made, on average, smooth over time."""
    down = np.zeros(len(ankles[0]))
    for own, ankle in zip(posed, ankles, strict=True):
        made = ((own.hip - own.ankle) ** 2).sum(1)
        apart = (own.hip - ankle)[:, [0, 2]]
        height = np.sqrt(np.maximum(made - (apart**2).sum(1), _LEAST_HEIGHT**2))
        # A foot that is elsewhere altogether is reached for by the leg.
        near = dying(np.linalg.norm(ankle - own.ankle, axis=1) / _FAR)
        down += near * (own.hip[:, 1] - ankle[:, 1] - height) / len(posed)
    smooth: Array = gaussian_filter1d(np.clip(down, -_DEEPEST, _DEEPEST), _FOLLOWING * fps, mode="nearest")
    return smooth


def _descent(legs: list[Leg], posed: list[PosedLeg], ankles: list[Array], sunk: Array, fps: float) -> Array:
    """(T,) metres by which the pelvis has to come down for both legs to reach their ankles, smooth over time; sunk: (T,) by how
    much it follows the feet."""
    need = np.zeros(len(sunk))
    for leg, own, ankle in zip(legs, posed, ankles, strict=True):
        apart = (own.hip - ankle)[:, [0, 2]]
        moved = dying(np.linalg.norm(ankle - own.ankle, axis=1) / _FAR)
        length = (_BENT + moved * (1 - _BENT)) * leg.length
        height = np.sqrt(np.maximum(length**2 - (apart**2).sum(1), _LEAST_HEIGHT**2))
        need = np.maximum(need, own.hip[:, 1] - sunk - ankle[:, 1] - height)
    need = np.minimum(need, _DEEPEST)
    if need.max() <= 0:
        return sunk
    around = maximum_filter1d(need, 2 * round(2 * _SINK * fps) + 1, mode="nearest")
    down: Array = sunk + np.maximum(need, gaussian_filter1d(around, _SINK * fps, mode="nearest"))
    return down
