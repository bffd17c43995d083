"""From a score to a time line: key poses with their times, steps and jumps, for one intensity, one actor and one take."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .actor import Actor
from .figure import OUTWARD, SIDES, Figure
from .landmarks import OTHER_ARM, PAIRED
from .pose import HandGoal, Pose
from .score import Phrase, Score
from .timeline import Jump, Key, Plan, Step

Array = NDArray[np.floating[Any]]

QUICK: Final = ("sudden", "strike")
_PEAKS: Final = {"smooth": 1.8, "sudden": 2.5, "strike": 2.7, "drop": 1.7, "linger": 1.7}
"""Peak over mean speed of a move, after the springs."""
LONGEST: Final = 11.9
"""Seconds of a take; acted takes of one emotion last 3 to 12."""
_CALM: Final = 0.42
"""Intensity below which a hand does what its goal's `calm` says; it differs a little from take to take."""
_STEP: Final = (0.62, 95.0)
"""Longest step in metres, and degrees that one step turns."""
_STEP_SECONDS: Final = (0.34, 0.62)


def trunk_extent(intensity: float) -> float:
    """How far trunk, head and face go: readable when low, half as much again from low to high."""
    return 0.34 + 0.72 * intensity


def reach_extent(intensity: float) -> float:
    """How far free gestures of the arms go."""
    return 0.38 + 0.68 * intensity


def make_plan(
    score: Score, intensity: float, actor: Actor, figure: Figure, random: np.random.Generator, longest: float = LONGEST
) -> Plan:
    """Lay the phrases on the time line: order, repeats, pauses, extents and speeds of this take, `longest` seconds at most."""
    builder = _Builder(score, intensity, actor, figure, random)
    for phrase in _order(score.phrases, random):
        reached = phrase.above <= intensity and (intensity < phrase.below or phrase.below == 1)
        if reached and random.random() < phrase.chance:
            builder.add(phrase)
    return _shortened(builder.finish(), longest)


def _order(phrases: tuple[Phrase, ...], random: np.random.Generator) -> list[Phrase]:
    """The phrases with neighbours of one `swap` word shuffled."""
    out: list[Phrase] = []
    k = 0
    while k < len(phrases):
        end = k + 1
        while phrases[k].swap and end < len(phrases) and phrases[end].swap == phrases[k].swap:
            end += 1
        out += [phrases[k + int(i)] for i in random.permutation(end - k)]
        k = end
    return out


class _Builder:
    def __init__(self, score: Score, intensity: float, actor: Actor, figure: Figure, random: np.random.Generator) -> None:
        self.score, self.intensity, self.actor, self.figure, self.random = score, intensity, actor, figure, random
        effort = score.effort
        # What is sudden gets quicker with intensity, what is sustained gets heavier.
        self.tempo = actor.tempo * float(np.exp(effort.time * 0.4 * (intensity - 0.5))) * float(np.exp(0.1 * random.normal()))
        self.top_speed = _top_speed(effort.time, effort.weight, intensity) * actor.tempo
        self.calm = intensity < _CALM + 0.05 * random.normal()
        # The emotion is there a little before anything happens.
        start = 0.12 + 0.1 * intensity
        self.keys = [Key(score.bearing, extent=start * actor.carriage)]
        self.time = 0.25 + 0.35 * random.random()
        self.steps: list[Step] = []
        self.jumps: list[Jump] = []
        self.root = np.zeros(3)
        self.offset = {side: np.zeros(3) for side in SIDES}
        self.feet_free = 0.0

    def add(self, phrase: Phrase) -> None:
        low, high = phrase.times
        times = low + (high - low) * self.intensity
        count = int(times) + int(self.random.random() < times - int(times))
        if count > 2 and self.random.random() < 0.4:
            count += int(self.random.integers(-1, 2))
        for repeat in range(count):
            for number, name in enumerate(phrase.to):
                self._add_key(phrase, self.score.poses[name], number, repeat)

    def _add_key(self, phrase: Phrase, pose: Pose, number: int, repeat: int) -> None:
        def of(values: tuple[Any, ...]) -> Any:
            return values[number % len(values)]

        random, intensity, actor = self.random, self.intensity, self.actor
        ease = of(phrase.ease)
        fade = phrase.fade**repeat * float(np.exp(0.07 * random.normal()))
        key = Key(
            pose=self._calmed(pose),
            start=self.time,
            move=max(of(phrase.seconds) / self.tempo * float(np.exp(0.09 * random.normal())), 0.1),
            hold=of(phrase.hold) / self.tempo**0.7 * float(np.exp(0.18 * random.normal())),
            extent=trunk_extent(intensity) * actor.carriage * fade,
            reach=reach_extent(intensity) * actor.reach * fade,
            ease=ease,
            windup=of(phrase.windup) * (0.5 + 0.5 * intensity),
            skew=float(np.exp(0.14 * random.normal() + (0.12 if ease == "smooth" else 0.0) * self.score.effort.time)),
            phase=phrase.phase,
        )
        key.wind = 0.16 / self.tempo if key.windup else 0.0
        self._desynchronise(key, phrase.together)
        self._govern(key)
        begun = key.start + key.wind
        if number == 0 and repeat == 0:
            if phrase.go is not None:
                key.move = max(key.move, self._go(phrase.go, begun))
            if phrase.feet:
                self._place_feet(phrase, begun, key.move)
        if phrase.stomp and number == 0:
            self._step(phrase.stomp, begun, float(np.clip(0.9 * key.move, 0.34, 0.5)), 0.07 + 0.1 * intensity)
        if phrase.jump and number == 0:
            self.jumps.append(Jump(begun + 0.75 * key.move + 0.06, phrase.jump * key.reach**2))
            self.feet_free = max(self.feet_free, begun + key.move + 0.5)
        self.keys.append(key)
        self.time = key.start + key.wind + key.move + key.hold

    def _calmed(self, pose: Pose) -> Pose:
        if not self.calm:
            return pose
        return replace(pose, hands={side: goal.calm or goal for side, goal in pose.hands.items()})

    def _desynchronise(self, key: Key, together: bool) -> None:
        """Hands that do not work together do not arrive together."""
        goals = list(key.pose.hands.values())
        joined = together or key.ease in QUICK or any(goal.at in PAIRED or goal.at in OTHER_ARM for goal in goals)
        spread = 0.0 if joined else 0.11 * key.move + 0.02
        first = SIDES[int(self.random.random() < 0.6)]
        late = abs(self.random.normal()) * spread + (0.0 if joined else max(0.0, self.actor.lag))
        key.lag = {side: 0.0 if side == first else float(min(late, 0.3)) for side in SIDES}

    def _govern(self, key: Key) -> None:
        """Give the move the time that hands of people need."""
        far = max(_way(*(_rough_place(self.figure, k, side) for k in (key, self.keys[-1]))) for side in SIDES)
        peak = _PEAKS[key.ease]
        room = 0.35 * min(key.hold, 0.3)
        key.move = max(key.move, peak * far / self.top_speed - room)

    def _go(self, go: tuple[float, float, float], start: float) -> float:
        """Walk; returns the seconds that it takes."""
        left, forward, turn = np.array(go) * (1, 1, np.pi / 180)
        far = trunk_extent(self.intensity) if np.hypot(left, forward) < 0.7 else 1.0
        heading = self.root[2]
        c, s = np.cos(heading), np.sin(heading)
        shift = far * np.array([c * left + s * forward, -s * left + c * forward])
        end = self.root + (*shift, turn * min(1.0, far + 0.15))
        count = max(1, int(np.ceil(np.hypot(*shift) / _STEP[0])), int(np.ceil(abs(np.degrees(turn)) / _STEP[1])))
        leftward = turn > 0.1 or (abs(turn) <= 0.1 and left > 0.05)
        if abs(turn) <= 0.1 and abs(left) <= 0.05:
            leftward = self.random.random() < 0.5
        order = ("left", "right") if leftward else ("right", "left")
        seconds = float(np.clip(0.46 / self.tempo, *_STEP_SECONDS))
        begun, origin = max(start, self.feet_free), self.root
        for k in range(count + 1):  # the last one only brings the feet together
            self.root = origin + (end - origin) * min(1.0, (k + 1) / count)
            self._step(order[k % 2], start, seconds)
        self.root = end
        return self.feet_free - begun

    def _place_feet(self, phrase: Phrase, start: float, move: float) -> None:
        seconds = float(np.clip(0.85 * move, *_STEP_SECONDS))
        for side, value in phrase.feet.items():
            self.offset[side] = np.array(value) * (1, 1, np.pi / 180) * trunk_extent(self.intensity)
            self._step(side, start, seconds)

    def _step(self, side: str, start: float, seconds: float, stamp: float = 0.0) -> None:
        begin = max(start, self.feet_free)
        root, offset = tuple(map(float, self.root)), tuple(map(float, self.offset[side]))
        self.steps.append(Step(side, begin, seconds, root, offset, stamp))  # type: ignore[arg-type]
        # One foot is always on the floor.
        self.feet_free = begin + seconds + 0.02

    def finish(self) -> Plan:
        """Come back: not all the way while the emotion lingers."""
        score, actor = self.score, self.actor
        left = score.aftermath * (0.5 + 0.5 * self.intensity)
        end = Key(
            score.bearing,
            start=self.time,
            move=score.ending / self.tempo,
            hold=0.5,
            extent=left * trunk_extent(self.intensity) * actor.carriage,
            ease="linger" if score.effort.time < 0 else "smooth",
        )
        end.lag = {"left": 0.0, "right": 0.0}
        self._desynchronise(end, False)
        self._govern(end)
        for side in SIDES:
            if np.any(self.offset[side]):
                self.offset[side] = np.zeros(3)
                self._step(side, end.start + 0.1, _STEP_SECONDS[0] + 0.1)
        self.keys.append(end)
        seconds = max(end.start + end.move + 0.7, self.feet_free + 0.4)
        return Plan(self.keys, self.steps, self.jumps, seconds)


def _shortened(plan: Plan, longest: float) -> Plan:
    """The plan played as much faster as it takes to end after `longest` seconds."""
    rate = min(1.0, longest / plan.seconds)
    if rate == 1:
        return plan
    for key in plan.keys:
        key.start, key.move, key.hold, key.wind = (rate * t for t in (key.start, key.move, key.hold, key.wind))
        key.lag = {side: rate * lag for side, lag in key.lag.items()}
    steps = [replace(step, start=rate * step.start, seconds=rate * step.seconds) for step in plan.steps]
    return Plan(plan.keys, steps, [replace(jump, start=rate * jump.start) for jump in plan.jumps], rate * plan.seconds)


def _top_speed(time: float, weight: float, intensity: float) -> float:
    """Metres a second that a hand moves at most: from acted motion, 0.5 (sadness) to 3 (anger)."""
    quick = float(np.interp(time, (-1, 0, 1), (0.9, 1.45, 2.9)))
    grows = 0.6 + 0.4 * intensity if time > 0 else 1.1 - 0.2 * intensity
    return quick * grows * float(np.exp(0.15 * weight))


def _way(one: Array, two: Array) -> float:
    """Metres of the arc about the shoulder between two places of a hand; long arcs are hurried through in the middle."""
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(two))
    angle = float(np.arccos(np.clip(one @ two / max(lengths[0] * lengths[1], 1e-9), -1, 1)))
    around = 0.5 * (lengths[0] + lengths[1]) * angle * (1 + 0.6 * (angle / np.pi) ** 3)
    return float(np.hypot(around, lengths[0] - lengths[1]))


def _rough_place(figure: Figure, key: Key, side: str) -> NDArray[np.float64]:
    """Where a hand about is in a key pose, from the shoulder, upright: metres."""
    goal = key.pose.hands.get(side, HandGoal())
    shoulder = figure.joints[16]
    if goal.at is not None and goal.at not in OTHER_ARM:
        place = figure.landmarks[goal.at][1] - shoulder + np.array(goal.off) / 100
    elif goal.at is not None:
        place = np.array([-shoulder[0], -0.25, 0.25])
    elif goal.to is not None:
        place = np.array(goal.to) * figure.arm
        hanging = np.array([0.17, -0.95, 0.1]) * figure.arm
        place = hanging + min(key.reach, 1.1) * (place - hanging)
    else:
        place = np.array([0.17, -0.95, 0.1]) * figure.arm
    chest = np.array([0.0, -0.25, 0.0])
    lean = np.radians(key.pose.channels.get("lean", 0.0)) * key.extent
    turned = place - chest
    carried = np.array(
        [0.0, turned[1] * np.cos(lean) - turned[2] * np.sin(lean), turned[1] * np.sin(lean) + turned[2] * np.cos(lean)]
    )
    return np.asarray((np.array([place[0], 0, 0]) + chest + carried) * OUTWARD[side], np.float64)
