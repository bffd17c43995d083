"""Key poses in the words of body language: what a trunk, a head, hands and a face do. Read from tables of TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from ...body.fingers import SHAPES
from .face import ACTION_UNITS
from .landmarks import LANDMARKS
from .table import Table

Triple = tuple[float, float, float]

CHANNELS: Final[dict[str, tuple[float, float, float]]] = {
    # neutral value, least, most
    "lean": (0, -35, 75),
    "bend": (0, -30, 30),
    "twist": (0, -50, 50),
    "chest": (0, -1.5, 1.5),
    "shoulders": (0, -0.6, 1.2),
    "rounded": (0, -1, 1.2),
    "bow": (0, -35, 50),
    "turn": (0, -70, 70),
    "tilt": (0, -30, 30),
    "weight": (0, -1, 1),
    "crouch": (0, 0, 1),
    "hips": (0, -15, 15),
    "knees": (0, -1, 1),
    "breath": (0.25, 0, 1),
    "tremble": (0, 0, 1),
}
"""Left is positive. lean forward, bend to the side, twist, bow (head forward), turn (head), tilt (head): degrees. chest: -1
sunken to 1 raised; shoulders: raised; rounded: shoulders forward. weight: on the right (-1) or the left leg (1); crouch; hips: cm
forward; knees: bowed (-1) to knocked (1). breath: calm to panting; tremble."""

HANDS: Final = ("left", "right")
TOUCHES: Final[dict[str, Triple]] = {
    "palm": (0.075, -0.031, 0.005),
    "fingers": (0.135, -0.026, 0.01),
    "tips": (0.17, -0.03, 0.01),
    "fist": (0.09, -0.045, 0.0),
    "knuckles": (0.115, -0.02, 0.0),
    "back": (0.08, 0.012, 0.0),
    "wrist": (0.02, -0.02, 0.0),
    "thumb": (0.085, -0.02, 0.055),
}
"""Points of the left hand that may touch: metres from the wrist, along the fingers, off the back of the hand, to the thumb."""
_WORDS: Final[dict[str, Triple]] = {
    "up": (0, 1, 0), "down": (0, -1, 0), "forward": (0, 0, 1), "back": (0, 0, -1), "out": (1, 0, 0), "in": (-1, 0, 0),
}  # fmt: skip


@dataclass(frozen=True)
class HandGoal:
    """Where one hand is and how, written for the left hand: x is outward, y up, z forward.

    to: palm from the shoulder in arm lengths, or None. at: a landmark to touch, or None. off: centimetres from it. by: which part
    of the hand touches (TOUCHES). palm, fingers: where they point (trunk's or landmark's axes), or None to let the arm decide.
    shape: of the fingers (models.body.fingers). elbow: degrees that it is lifted outward. calm: what the hand does instead when
    the intensity is low.
    """

    to: Triple | None = None
    at: str | None = None
    off: Triple = (0, 0, 0)
    by: str = "palm"
    palm: Triple | None = None
    fingers: Triple | None = None
    shape: str = "relaxed"
    elbow: float = 0
    calm: HandGoal | None = None


@dataclass(frozen=True)
class Pose:
    """A key pose: only what it names differs from standing at ease.

    channels: CHANNELS' names to values. hands: side to goal; a side that is missing hangs. face: action unit to [0, 1].
    gaze: degrees to the left and up, from straight ahead of the head, or None.
    """

    channels: Mapping[str, float] = field(default_factory=dict)
    hands: Mapping[str, HandGoal] = field(default_factory=dict)
    face: Mapping[str, float] = field(default_factory=dict)
    gaze: tuple[float, float] | None = None

    def over(self, other: Pose) -> Pose:
        """The pose laid over another: what it names wins."""
        return Pose(
            {**other.channels, **self.channels},
            {**other.hands, **self.hands},
            {**other.face, **self.face},
            other.gaze if self.gaze is None else self.gaze,
        )


def pose_from(table: Table, known: Mapping[str, Pose]) -> Pose:
    """The pose that a table tells; `use` names poses that it builds on, the later over the earlier."""
    table.only((*CHANNELS, *HANDS, "hands", "face", "gaze", "use"))
    pose = Pose()
    for name in table.texts("use", (), tuple(known)):
        pose = known[name].over(pose)
    channels = {name: table.number(name, low, high) for name, (_, low, high) in CHANNELS.items() if name in table.values}
    face = table.table("face")
    face.only(ACTION_UNITS)
    gaze = table.numbers("gaze", -45, 45, (0, 0)) if "gaze" in table.values else None
    if gaze is not None and len(gaze) != 2:
        raise table.error("'gaze' needs two numbers, degrees to the left and up")
    hands: dict[str, HandGoal] = {}
    for side in HANDS:
        values: dict[str, Any] = {**table.table("hands").values, **table.table(side).values}
        if values:
            hands[side] = _hand(Table(values, f"{table.place}, {side}"))
        elif side in table.values:
            hands[side] = HandGoal()
    own = Pose(
        channels, hands, {unit: face.number(unit, 0, 1) for unit in face.values}, None if gaze is None else (gaze[0], gaze[1])
    )
    return own.over(pose)


def _hand(table: Table) -> HandGoal:
    table.only(tuple(HandGoal.__dataclass_fields__))
    if "to" in table.values and "at" in table.values:
        raise table.error("has both 'to' and 'at'; a hand is in one place")
    goal = HandGoal(
        to=table.triple("to", -1, 1) if "to" in table.values else None,
        at=table.text("at", among=LANDMARKS) if "at" in table.values else None,
        off=table.triple("off", -60, 60) if "off" in table.values else (0, 0, 0),
        by=table.text("by", "palm", tuple(TOUCHES)),
        palm=_direction(table, "palm"),
        fingers=_direction(table, "fingers"),
        shape=table.text("shape", "relaxed", SHAPES),
        elbow=table.number("elbow", -60, 90, 0),
    )
    if goal.to is not None and not 0.2 <= float(np.linalg.norm(goal.to)) <= 1.05:
        raise table.error("'to' is nearer to the shoulder than 0.2 or farther than 1.05 arm lengths")
    calm = table.table("calm")
    return replace(goal, calm=_hand(calm)) if calm.values else goal


def _direction(table: Table, key: str) -> Triple | None:
    """A direction in words ("forward-up": the first counts double) or three numbers."""
    value = table.values.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        return table.triple(key, -1, 1)
    words = value.split("-")
    if any(word not in _WORDS for word in words):
        raise table.error(f"'{key}' is '{value}'; directions are made of {', '.join(_WORDS)}")
    total = np.array([np.array(_WORDS[word]) * (2 if k == 0 else 1) for k, word in enumerate(words)]).sum(0)
    return float(total[0]), float(total[1]), float(total[2])
