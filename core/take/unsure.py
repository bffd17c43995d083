"""Where a fit is unsure: stretches of frames in which a part of the body is not to be believed. numpy only."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..skeleton import EYES, JAW, JOINT_INDEX, LEFT_HAND, RIGHT_HAND

Array = NDArray[np.floating[Any]]


def _named(*names: str) -> tuple[int, ...]:
    return tuple(JOINT_INDEX[name] for name in names)


PARTS: Final[dict[str, tuple[int, ...]]] = {
    "body": _named("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
    "left arm": _named("left_shoulder", "left_elbow", "left_wrist"),
    "right arm": _named("right_shoulder", "right_elbow", "right_wrist"),
    "left leg": _named("left_hip", "left_knee", "left_ankle", "left_foot"),
    "right leg": _named("right_hip", "right_knee", "right_ankle", "right_foot"),
    "left hand": tuple(LEFT_HAND),
    "right hand": tuple(RIGHT_HAND),
    "face": (JAW, *EYES),
}
"""The parts that an animator would name, and their joints."""
THRESHOLD: Final = 0.5
"""Confidence below which one had better look (core.fit.confidence)."""
_BREAK, _SHORTEST = 0.25, 0.15
"""Seconds: a shorter sure moment between two unsure stretches is none; a shorter unsure one is not worth a look."""


@dataclass(frozen=True)
class Unsure:
    """Frames first to last (inclusive, rows of the motion) in which `part` is below the threshold; confidence: its least."""

    part: str
    first: int
    last: int
    confidence: float


def unsure_stretches(confidence: Array, fps: float, threshold: float = THRESHOLD) -> list[Unsure]:
    """The unsure stretches of a motion, by their first frames. confidence: (T, 55)."""
    found = []
    for part, joints in PARTS.items():
        # The worst joint counts: an arm whose wrist is made up is an arm to look at.
        least = confidence[:, list(joints)].min(axis=1)
        for first, last in _runs(least < threshold, round(_BREAK * fps), max(1, round(_SHORTEST * fps))):
            found.append(Unsure(part, first, last, float(least[first : last + 1].min())))
    return sorted(found, key=lambda one: (one.first, one.last))


def unsure_frames(confidence: Array, joint: int, threshold: float = THRESHOLD) -> NDArray[np.bool_]:
    """(T,) where a joint is not to be believed."""
    return np.asarray(confidence[:, joint] < threshold)


def _runs(flags: NDArray[np.bool_], longest_break: int, shortest: int) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    runs: list[tuple[int, int]] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        if runs and first - runs[-1][1] - 1 < longest_break:
            runs[-1] = (runs[-1][0], stop - 1)
        else:
            runs.append((first, stop - 1))
    return [(first, last) for first, last in runs if last - first + 1 >= shortest]
