"""When and where each foot stands: runs of contact, cleaned, each with the place and the heading that the foot keeps."""

import itertools
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

_STRAYED, _TURNED = 0.12, 0.4
"""Metres and radians about the middle that a foot may be decoded off while it stands; farther, and it steps."""
_STEP: Final = 0.5
"""Seconds of such a step."""
_QUICKEST, _PACE, _LEVER = 0.33, 0.9, 0.15
"""Seconds that the shortest step takes, and each metre more; metres of way that a radian of turn counts as."""
STEPPED: Final = 0.03
"""Metres from which on the way of a foot is a step, and not a slip of the decoder."""
_NEAR, _NEARLY_TURNED = 0.05, 0.2
"""Metres and radians that a foot may be off for which nobody takes a step."""
_FARTHER: Final = 0.1
"""Metres by which the right foot has to be farther off than the left to step before it."""
_CALM, _HURRIED = 1.8, 1.0
"""Seconds that two steps take where the body is at rest, at least, and where it is on its way."""
_UNDER_WAY: Final = (0.2, 0.8)
"""Metres a second of the hip, from which on and up to which the feet hurry."""
_WITHIN: Final = 0.2
"""Seconds about the given pose in which that speed is taken."""
_LONGEST_STEP, _CALMEST_STEP = 0.85, 0.95
"""Seconds of a foot in the air, in a step that was decoded, and in one for a join's sake."""
_SLOTS: Final = ((0.08, 0.50), (0.56, 0.98))
"""Shares of that time in which the one and the other foot step."""
_ALONE: Final = (0.2, 0.8)
"""The same where only one does."""


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
        found.append(_stood(Stance(first, end, np.zeros(2), 0.0), posed, chosen))
    return found


def divided(both: list[list[Stance]], posed: list[PosedLeg], free: Mask, fps: float) -> list[list[Stance]]:
    """The stances of left and right leg, those in which the foot is decoded to go or turn away divided by steps: held throughout,
    it would twist the leg. Of two feet that have to step, one waits for the other.

    free: (T,) frames in which it may be judged by that, and may step.
    """
    step, least = max(2, round(_STEP * fps)), max(2, round(_SHORTEST * fps))
    lifted: list[int] = []
    out = []
    for stances, own in zip(both, posed, strict=True):
        ways = [(stance, _steps(stance, own, free, lifted, step, least)) for stance in stances]
        lifted = [off for _, steps in ways for off in steps]
        out.append([part for stance, steps in ways for part in _parts(stance, own, steps, step)])
    return out


def _steps(stance: Stance, posed: PosedLeg, free: Mask, other: list[int], step: int, least: int) -> list[int]:
    """Frames at which the foot is lifted within a stance; other: those at which the other foot is."""
    found: list[int] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free[stance.first : stance.end].astype(int), [0]])))
    for first, end in (stance.first + edges.reshape(-1, 2)).tolist():
        while (strays := _strays(posed, first, end)) is not None:
            ideal = strays - step // 2
            within = range(first + least, end - step - least + 1)
            apart = [off for off in within if all(abs(off - lift) >= step for lift in other)]
            if not within:
                break
            off = min(apart or within, key=lambda frame: abs(frame - ideal))
            if apart and abs(off - ideal) > 2 * step:  # it cannot wait as long as that
                off = min(within, key=lambda frame: abs(frame - ideal))
            found.append(off)
            first = off + step
    return found


def _strays(posed: PosedLeg, first: int, end: int) -> int | None:
    """The first frame in which the foot has been decoded farther apart than it may stand."""
    ball = posed.ball[first:end][:, [0, 2]]
    heading = np.unwrap(np.arctan2(posed.foot[first:end, 0, 2], posed.foot[first:end, 2, 2]))[:, None]
    wide = np.zeros(end - first, bool)
    for values, most in ((ball, _STRAYED), (heading, _TURNED)):
        spread = np.maximum.accumulate(values, 0) - np.minimum.accumulate(values, 0)
        wide |= np.linalg.norm(spread, axis=1) > 2 * most
    return first + int(wide.argmax()) if wide.any() else None


def _parts(stance: Stance, posed: PosedLeg, steps: list[int], step: int) -> list[Stance]:
    """The stance divided by steps, each part where the foot is on average."""
    if not steps:
        return [stance]
    edges = zip([stance.first, *(off + step for off in steps)], [*steps, stance.end], strict=True)
    return [_stood(replace(stance, first=first, end=end), posed, np.arange(first, end)) for first, end in edges]


def unhurried(stances: list[Stance], first_given: bool, last_given: bool, frames: int, fps: float) -> list[Stance]:
    """The stances, ended sooner and begun later where the foot would not have the time to step from one to the next; those of
    which nothing is left are left out, but one in a given first or last frame stays."""
    left = list(stances)
    least = max(2, round(_SHORTEST * fps))
    while True:
        out = list(left)
        for index, (before, after) in enumerate(itertools.pairwise(left)):
            gap, need = after.first - before.end, round(_seconds(before, after) * fps)
            if gap < need:
                more = need - gap
                out[index] = replace(out[index], end=before.end - more // 2)
                out[index + 1] = replace(out[index + 1], first=after.first + more - more // 2)
        lasting = [
            stance.end
            - stance.first
            + (frames if (first_given and stance.first == 0) or (last_given and stance.end == frames) else 0)
            for stance in out
        ]
        if not out or min(lasting) >= least:
            return [
                replace(stance, first=min(stance.first, frames - 1), end=max(stance.end, min(stance.first, frames - 1) + 1))
                for stance in out
            ]
        del left[int(np.argmin(lasting))]


def _seconds(before: Stance, after: Stance) -> float:
    """That a foot takes for the way from one stance to another."""
    turned = abs((after.heading - before.heading + np.pi) % (2 * np.pi) - np.pi)
    way = float(np.linalg.norm(after.ball - before.ball)) + _LEVER * turned
    return 0.0 if way < STEPPED else min(_QUICKEST + _PACE * way, _LONGEST_STEP)


@dataclass(frozen=True)
class Seam:
    """Frames from `first` to `last` in which one pose goes over into another, so that a foot may have to step. given: whether
    the first (the last) of them is a given pose, whose feet stay as they are."""

    first: int
    last: int
    given_first: bool = False
    given_last: bool = False


def stepped(both: list[list[Stance]], posed: list[PosedLeg], seam: Seam, fps: float) -> list[list[Stance]]:
    """The stances of left and right leg, of which those that a seam goes through are divided by a step, first one foot's, then
    the other's. A foot that is nearly there stays where it is: in a given pose's place, if there is one."""
    ways = [_way(stances, own, seam) for stances, own in zip(both, posed, strict=True)]
    far = [way is not None and way.needs_step for way in ways]
    # Who walks brings the foot behind forward first; who stands begins with the left. Towards a given pose, the same backwards.
    right_first = ways[1] is not None and (ways[0] is None or ways[1].length > ways[0].length + _FARTHER)
    early = int(right_first) if not seam.given_last else int(not right_first)
    out = []
    for side, (stances, way) in enumerate(zip(both, ways, strict=True)):
        if way is None:
            out.append(stances)
            continue
        slot = _slot(seam, (0 if side == early else 1) if all(far) else None, posed[side], fps)
        out.append([part for stance in stances for part in (way.parts(seam, slot) if stance is way.stance else [stance])])
    return out


@dataclass(frozen=True)
class _Way:
    """Where a stance that a seam goes through is before it and after it; near: metres apart for which nobody takes a step."""

    stance: Stance
    before: Stance
    after: Stance
    near: float

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.after.ball - self.before.ball))

    @property
    def needs_step(self) -> bool:
        turned = abs((self.after.heading - self.before.heading + np.pi) % (2 * np.pi) - np.pi)
        return self.length > self.near or turned > _NEARLY_TURNED

    def parts(self, seam: Seam, slot: tuple[int, int]) -> list[Stance]:
        off, on = slot
        if self.needs_step and self.stance.first < off - 1 and on + 1 < self.stance.end:
            return [replace(self.before, end=off), replace(self.after, first=on)]
        kept = self.before if seam.given_first else self.after if seam.given_last else self.stance
        return [replace(kept, first=self.stance.first, end=self.stance.end)]


def _way(stances: list[Stance], posed: PosedLeg, seam: Seam) -> _Way | None:
    """None where the foot is in the air at a given pose, or, without one, does not stand throughout."""
    held = [seam.first] if seam.given_first else [seam.last] if seam.given_last else [seam.first, seam.last]
    for stance in stances:
        if all(stance.first <= frame < stance.end for frame in held):
            start = seam.first if seam.given_first else stance.first
            stop = seam.last if seam.given_last else stance.end - 1
            before = np.arange(start, min(seam.first, stance.end - 1) + 1)
            after = np.arange(max(seam.last, stance.first), stop + 1)
            # One that ends within the seam by a step of its own is where it is told to be; the step does the rest.
            placed = [_stood(stance, posed, frames) if len(frames) else None for frames in (before, after)]
            near = _NEAR if seam.given_first or seam.given_last else 2 * _NEAR  # it stands in the middle then
            return _Way(stance, placed[0] or placed[1] or stance, placed[1] or placed[0] or stance, near)
    return None


def _stood(stance: Stance, posed: PosedLeg, frames: NDArray[np.intp]) -> Stance:
    """The stance as the foot is posed, on average over `frames`."""
    front = posed.foot[frames][:, :, 2].mean(0)
    return replace(stance, ball=posed.ball[frames][:, [0, 2]].mean(0), heading=float(np.arctan2(front[0], front[2])))


def _slot(seam: Seam, order: int | None, posed: PosedLeg, fps: float) -> tuple[int, int]:
    """Frames at which a foot is lifted and set down; order: of the two, None where only one steps."""
    frames = len(posed.hip)
    given = 0 if seam.given_first else frames - 1 if seam.given_last else (seam.first + seam.last) // 2
    nearby = posed.hip[max(given - round(_WITHIN * fps), 0) : given + round(_WITHIN * fps) + 1][:, [0, 2]]
    speed = float(np.linalg.norm(nearby[-1] - nearby[0])) / max(len(nearby) - 1, 1) * fps
    # The feet have time, also where the seam is short, unless the body is on its way already.
    calm = max((seam.last - seam.first) / fps, _CALM)
    length = min(float(np.interp(speed, _UNDER_WAY, [calm, _HURRIED])) * fps, frames - 1.0)
    if seam.given_first:
        first = 0.0
    elif seam.given_last:
        first = frames - 1.0 - length
    else:
        first = (seam.first + seam.last - length) / 2
    begin, end = _ALONE if order is None else _SLOTS[order]
    middle, half = (begin + end) / 2 * length, min((end - begin) * length, _CALMEST_STEP * fps) / 2
    return round(first + middle - half), round(first + middle + half)


def sole_places(leg: Leg, stance: Stance, ball_height: float) -> tuple[Array, Array, Array]:
    """Heel and ball (3,) in the world of a foot that stands flat, and its rotation (3, 3)."""
    c, s = np.cos(stance.heading), np.sin(stance.heading)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    ball = np.array([stance.ball[0], ball_height, stance.ball[1]])
    return ball + turn @ (leg.heel - leg.ball), ball, turn
