"""ActRequest: what is asked of a take, checked."""

import math
from dataclasses import dataclass
from typing import Final

from ..errors import ThespisError
from ..motion import Motion
from .cues import Cues
from .modes import MODES, Mode

SHORTEST, LONGEST = 1.0, 12.0
"""Seconds of a take."""

LIVELIEST: Final = 3.0
_WILDEST: Final = 5.0
_MOST_TRIES: Final = 16

_SETTLED: Final = ("mean", "bias")
"""Modes in which nothing is drawn."""


@dataclass(frozen=True)
class ActRequest:
    """One take.

    cues: emotion and intensity over time. seconds: how long, None for as long as the emotion lasts of itself.
    seed: of all that chance decides: the same seed gives the same keys.
    mode: sample draws a take, crossed one between two; normal draws from N(mu_e, Sigma_e + Cov), and paper from
    N(mu_e, Sigma_e), see LatentSpace.drawn; mean is the most typical take; bias is what the decoder makes of the emotion
    alone, latent zero.
    other_seed, blend: go from the take of `seed` (0) to that of other_seed (1).
    start: begin in the last frame of this motion, as it stands there; returns: end in it, too (where
    the take has gone to, if that is farther off than a step or two). joins: False: only stand there,
    facing as it does, on its body, and begin in a pose of the take's own.
    loops: the last frame is the first again. walk: scale of the noise walk that varies the take.
    liveliness: how much the body breathes, sways and corrects its balance: 1 as people do who stand quietly, 0 not at all.
    best_of: how many takes are tried, of which a recogniser chooses the one it is surest of.
    fps: frames a second of what comes out.
    """

    cues: Cues
    seconds: float | None = None
    seed: int = 0
    mode: Mode = "sample"
    other_seed: int | None = None
    blend: float = 0.0
    start: Motion | None = None
    joins: bool = True
    returns: bool = False
    loops: bool = False
    walk: float = 0.0
    liveliness: float = 1.0
    best_of: int = 1
    fps: float = 30.0

    def __post_init__(self) -> None:
        if self.seconds is not None and not (math.isfinite(self.seconds) and SHORTEST <= self.seconds <= LONGEST):
            raise ThespisError(f"A take of {self.seconds:g} seconds cannot be made. Give {SHORTEST:g} to {LONGEST:g} seconds.")
        if self.mode not in MODES:
            raise ThespisError(f"'{self.mode}' is no way to choose a take. Choose one of: {', '.join(MODES)}.")
        if not (math.isfinite(self.fps) and 1 <= self.fps <= 240):
            raise ThespisError(f"{self.fps:g} frames a second cannot be made. Give 1 to 240.")
        if self.seed < 0 or (self.other_seed or 0) < 0:
            raise ThespisError("A seed is a whole number from 0 on. Give another one.")
        if not 0 <= self.blend <= 1:
            raise ThespisError(f"The blend is {self.blend:g}. Give a number from 0 (the first take) to 1 (the other).")
        if not (math.isfinite(self.walk) and 0 <= self.walk <= _WILDEST):
            raise ThespisError(f"The variation is {self.walk:g}. Give a number from 0 (none) to {_WILDEST:g}.")
        if not (math.isfinite(self.liveliness) and 0 <= self.liveliness <= LIVELIEST):
            raise ThespisError(f"The liveliness is {self.liveliness:g}. Give a number from 0 (none) to {LIVELIEST:g}.")
        if not 1 <= self.best_of <= _MOST_TRIES:
            raise ThespisError(f"The best of {self.best_of} takes cannot be chosen. Give 1 to {_MOST_TRIES}.")
        if self.returns and (self.start is None or not self.joins):
            raise ThespisError("There is no pose to return to. Give the pose to start from, too.")
        if self.returns and self.loops:
            raise ThespisError("A take that loops ends where it begins already. Leave out one of the two.")

    @property
    def draws(self) -> bool:
        """Whether chance chooses the take."""
        return self.mode not in _SETTLED
