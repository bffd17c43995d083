"""Emotion, intensity and mixture that are keyed over time, on the scene, where no take is ever written, as Cues."""

import itertools
from typing import Final, Protocol

import bpy
import numpy as np

from ...models.emotion.emotions import EMOTIONS
from ..act.cues import Cues, steady
from ..act.request import LONGEST, SHORTEST
from .clock import scene_rate
from .compat import played_curves

KEYABLE: Final = ("emotion", "intensity", "mix_with", "mix")
"""The properties of the scene's group that may be keyed."""
_GROUP: Final = "thespis_act"
_HALF_A_CHANGE: Final = 0.5
"""Seconds: an emotion that is keyed goes over into the next within twice that, the key in the middle."""
_STEP: Final = 0.1
"""Seconds between the intensities that are read: two for each of the network's tokens, one in its middle."""
_MIX_STEP: Final = 1.0
"""Seconds between the mixtures that are read: for each a take is made."""


class Feelings(Protocol):
    """What is felt where nothing is keyed."""

    emotion: str
    intensity: float
    mix_with: str
    mix: float


def keyed(scene: bpy.types.Scene) -> dict[str, bpy.types.FCurve]:
    """The F-curves of what is keyed, by the names of KEYABLE."""
    start = f"{_GROUP}."
    found = {curve.data_path.removeprefix(start): curve for curve in played_curves(scene) if curve.data_path.startswith(start)}
    return {name: curve for name, curve in found.items() if name in KEYABLE and not curve.is_empty}


def keyed_cues(scene: bpy.types.Scene, felt: Feelings, first: float, seconds: float | None) -> tuple[Cues, float | None]:
    """What is keyed from scene frame `first` on, for so many seconds, and `felt` where nothing is; and how long that is.

    seconds: None for as far as the keys go, if that is long enough for a take; else None comes back, too.
    Raises ThespisError for what cannot be felt.
    """
    curves, rate = keyed(scene), scene_rate(scene)
    if seconds is None and curves:
        ahead = (max(curve.range()[1] for curve in curves.values()) - first) / rate
        seconds = min(ahead, LONGEST) if ahead >= SHORTEST else None
    until = LONGEST if seconds is None else seconds
    intensity, mix = (0.0 if name in curves else float(getattr(felt, name)) for name in ("intensity", "mix"))
    plain = steady(felt.emotion, intensity, felt.mix_with, mix)

    def read(name: str, second: float, otherwise: float) -> float:
        return float(curves[name].evaluate(first + second * rate)) if name in curves else otherwise

    emotions, intensities, mixes = plain.emotions, plain.intensities, plain.mixes
    if "emotion" in curves:
        frames = range(int(until * rate) + 1)
        told = [(frame / rate, _named(read("emotion", frame / rate, 0.0))) for frame in frames]
        emotions = _changing(told, until)
    if "intensity" in curves:
        times = np.arange(0, until + _STEP, _STEP).round(6).tolist()
        intensities = _without_repeats([(time, float(np.clip(read("intensity", time, 0.0), 0, 1))) for time in times])
    if {"mix", "mix_with"} & curves.keys():
        times = np.arange(0, until + _MIX_STEP, _MIX_STEP).tolist()
        other = EMOTIONS.index(felt.mix_with)
        shares = [float(np.clip(read("mix", time, felt.mix), 0, 1)) for time in times]
        if any(shares):
            names = [_named(read("mix_with", time, other)) for time in times]
            mixes = tuple(zip(times, names, shares, strict=True))
            mixes = mixes[:1] if len({mix[1:] for mix in mixes}) == 1 else mixes
    return Cues(emotions, intensities, mixes), seconds


def _named(value: float) -> str:
    return EMOTIONS[int(np.clip(round(value), 0, len(EMOTIONS) - 1))]


def _changing(told: list[tuple[float, str]], until: float) -> tuple[tuple[float, str], ...]:
    """Cues of emotions that are told frame by frame: each holds until shortly before the next."""
    changes = [after for before, after in itertools.pairwise(told) if before[1] != after[1]]
    times = [0.0, *(time for time, _ in changes), max(until, changes[-1][0] + _HALF_A_CHANGE) if changes else until]
    cues = [(0.0, told[0][1])]
    for number, (time, name) in enumerate(changes, start=1):
        half = min(_HALF_A_CHANGE, (time - times[number - 1]) / 2, (times[number + 1] - time) / 2)
        if time - half > cues[-1][0] + 1e-3:
            cues.append((time - half, cues[-1][1]))
        cues.append((time + half, name))
    return tuple(cues)


def _without_repeats(values: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """One value where they are all the same."""
    return tuple(values[:1]) if max(v for _, v in values) - min(v for _, v in values) < 1e-4 else tuple(values)
