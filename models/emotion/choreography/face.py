"""The face: action units (Ekman and Friesen's FACS) to expression units and jaw; blinks and small movements of the eyes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_UNITS: Final[dict[str, dict[str, float]]] = {
    "AU1": {"browInnerUp": 1.0},
    "AU2": {"browOuterUp*": 1.0},
    "AU4": {"browDown*": 1.0},
    "AU5": {"eyeWide*": 1.0},
    "AU6": {"cheekSquint*": 1.0, "eyeSquint*": 0.25},
    "AU7": {"eyeSquint*": 1.0},
    "AU9": {"noseSneer*": 1.0, "browDown*": 0.25},
    "AU10": {"mouthUpperUp*": 1.0, "noseSneer*": 0.2},
    "AU12": {"mouthSmile*": 1.0},
    "AU14": {"mouthDimple*": 1.0},
    "AU15": {"mouthFrown*": 1.0},
    "AU16": {"mouthLowerDown*": 1.0},
    "AU17": {"mouthShrugLower": 1.0},
    "AU18": {"mouthPucker": 1.0},
    "AU20": {"mouthStretch*": 1.0},
    "AU22": {"mouthFunnel": 1.0},
    "AU23": {"mouthRollLower": 0.5, "mouthRollUpper": 0.5, "mouthPress*": 0.3},
    "AU24": {"mouthPress*": 1.0},
    "AU25": {"mouthLowerDown*": 0.3, "mouthUpperUp*": 0.15, "jaw": 2.5},
    "AU26": {"jaw": 13.0},
    "AU27": {"jaw": 20.0},
    "AU28": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    "AU43": {"eyeBlink*": 1.0},
}
"""Action unit -> units of the body; a star stands for Left and Right. jaw: degrees that it opens."""
_ONE_SIDED: Final = ("AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU10", "AU12", "AU14", "AU15", "AU20")
ACTION_UNITS: Final = (*_UNITS, *(f"{unit}{side}" for unit in _ONE_SIDED for side in "LR"))
"""An L or R after a unit: on that side only."""

_JAW: Final = "jaw"
_EYE_TURN: Final = np.radians([28.0, 22.0])
"""Farthest that eyes turn sideways and up or down."""
_BLINK: Final = 0.12
"""Seconds of closing; opening takes twice as long (Evinger et al. 1991)."""


def unit_weights(names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Action unit -> (E + 1,) amounts of the body's expressions `names` and, last, degrees of the jaw."""
    order = {name: k for k, name in enumerate(names)} | {_JAW: len(names)}
    found = {}
    for unit in ACTION_UNITS:
        side = {"L": ("Left",), "R": ("Right",)}.get(unit[-1], ("Left", "Right"))
        row = np.zeros(len(names) + 1)
        for name, amount in _UNITS[unit.rstrip("LR")].items():
            for whole in [name.replace("*", s) for s in side] if "*" in name else [name]:
                if whole in order:
                    row[order[whole]] += amount
        found[unit] = row
    return found


def expression_of(face: Mapping[str, float], weights: Mapping[str, Array], size: int) -> NDArray[np.float64]:
    """(size,) of the action units in `face`."""
    return np.asarray(sum((amount * weights[unit] for unit, amount in face.items()), np.zeros(size)), np.float64)


def blinks(seconds: Array, every: float, moved: Array, random: np.random.Generator) -> NDArray[np.float64]:
    """(T,) how far the lids are closed, in [0, 1]: now and then, and mostly when the gaze jumps.

    every: mean seconds between blinks. moved: (T,) speed of head and gaze, rad/s.
    """
    closed = np.zeros(len(seconds))
    time = random.exponential(every)
    jumps = seconds[np.flatnonzero((moved[1:-1] > 1.5) & (moved[1:-1] >= moved[:-2]) & (moved[1:-1] > moved[2:])) + 1]
    times = [float(t) for t in jumps if random.random() < 0.6]
    while time < seconds[-1]:
        times.append(time)
        time += 0.4 + random.exponential(every)
    for start in times:
        after = seconds - start
        closed = np.maximum(closed, np.where(after < 0, 1 + after / _BLINK, 1 - after / (2 * _BLINK)))
    return np.clip(closed * 1.3, 0, 1)


def saccades(seconds: Array, wander: float, random: np.random.Generator) -> NDArray[np.float64]:
    """(T, 2) radians left and up: eyes rest, then jump a little. wander: typical size in degrees."""
    steps = np.zeros((len(seconds), 2))
    time, place = 0.0, np.zeros(2)
    while time < seconds[-1]:
        steps[seconds >= time] = place
        place = np.radians(wander) * random.normal(size=2) * (1.0, 0.5)
        time += 0.25 + random.exponential(0.7)
    return steps


def limited_gaze(gaze: Array) -> NDArray[np.float64]:
    """(T, 2) radians that the eyes really turn when they would turn by (T, 2): softly limited."""
    return np.asarray(_EYE_TURN * np.tanh(gaze / _EYE_TURN))
