"""Which clips an emotion set has: emotions, intensities, takes, and their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...models.emotion.emotions import EMOTIONS, emotion_named
from ..act.cues import steady
from ..act.modes import BEST_OF, Mode
from ..act.request import ActRequest
from ..errors import ThespisError
from ..motion import Motion

LEVELS: Final = {"low": 1 / 3, "medium": 2 / 3, "high": 1.0}
"""Intensities, as the labels of what the emotion model learnt from mean them."""
MOST_TAKES: Final = 99


@dataclass(frozen=True)
class SetClip:
    """One clip of a set. level: its intensity in words. Takes of one seed are one performance at several intensities."""

    name: str
    emotion: str
    level: str
    take: int
    seed: int

    @property
    def intensity(self) -> float:
        """0 to 1."""
        return LEVELS[self.level]


@dataclass(frozen=True)
class SetWishes:
    """What is in a set. takes: of each emotion at each intensity; seed: of the first of them.

    seconds: how long each is, None: as long as the emotion lasts of itself. loops: each ends as it begins. mode, liveliness:
    as in ActRequest. Raises ThespisError for what cannot be made.
    """

    emotions: tuple[str, ...] = EMOTIONS
    levels: tuple[str, ...] = tuple(LEVELS)
    takes: int = 1
    seed: int = 0
    mode: Mode = "sample"
    seconds: float | None = None
    loops: bool = False
    liveliness: float = 1.0

    def __post_init__(self) -> None:
        if not self.emotions:
            raise ThespisError("No emotion is chosen. Choose at least one.")
        if not self.levels:
            raise ThespisError(f"No intensity is chosen. Choose among {', '.join(LEVELS)}.")
        if not 1 <= self.takes <= MOST_TAKES:
            raise ThespisError(f"{self.takes} takes of each cannot be made. Give 1 to {MOST_TAKES}.")
        self.request(self.clips()[0], 30.0)  # refuses seconds, seeds and liveliness

    def clips(self) -> list[SetClip]:
        """The clips, emotion by emotion."""
        return [
            SetClip(f"{emotion}_{level}_{take:02d}", emotion, level, take, self.seed + take - 1)
            for emotion in self.emotions
            for level in self.levels
            for take in range(1, self.takes + 1)
        ]

    def request(self, clip: SetClip, fps: float, stand: Motion | None = None) -> ActRequest:
        """What is asked of Act for a clip. stand: where, facing where and on whose body it stands."""
        return ActRequest(
            steady(clip.emotion, clip.intensity),
            self.seconds,
            clip.seed,
            self.mode,
            start=stand,
            joins=False,
            loops=self.loops,
            liveliness=self.liveliness,
            best_of=BEST_OF,
            fps=fps,
        )


def emotions_named(text: str) -> tuple[str, ...]:
    """`all`, or names with commas between them, in their usual order. Raises ThespisError naming one that there is not."""
    if text.strip().lower() == "all":
        return EMOTIONS
    chosen = {emotion_named(name) for name in _listed(text)}
    return tuple(name for name in EMOTIONS if name in chosen)


def levels_named(text: str) -> tuple[str, ...]:
    """`all`, or low, medium, high with commas between them. Raises ThespisError naming one that there is not."""
    if text.strip().lower() == "all":
        return tuple(LEVELS)
    chosen = [name.lower() for name in _listed(text)]
    for name in chosen:
        if name not in LEVELS:
            raise ThespisError(f"'{name}' is no intensity of a set. Choose among {', '.join(LEVELS)}.")
    return tuple(name for name in LEVELS if name in chosen)


def _listed(text: str) -> Sequence[str]:
    return [part for part in re.split(r"[,;\s]+", text.strip()) if part]
