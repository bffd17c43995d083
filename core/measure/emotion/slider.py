"""Does the intensity slider answer: with seed and latent fixed, from weak to strong, read by a regressor of its own."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.emotion.dataset.takes import TakeSet
from ....models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from ....models.emotion.recogniser.judge import probabilities
from ..bench.report import Plot, Section, row_of
from ..plot import Line, line_plot
from ..table import number
from .generate import Asked, Way
from .rows import middle, share
from .statistics import Regressor, manner_of, rank_correlation, ridge, take_measures
from .study import Study

Array = NDArray[np.floating[Any]]

_RHO, _POOLED, _KEPT = 0.95, 0.8, 0.85
_FROM: Final = 0.3
"""From this intensity on a label is to be kept."""
_WEAK: Final = 0.25


@dataclass(frozen=True)
class Answer:
    """What one emotion's slider does. told: (S, L) the regressor's reading for S seeds at L levels. right: (S, L) whether the
    judge tells the emotion. real: how well the regressor's reading follows the intensity of performances it never saw. tempo,
    extent, seconds: (S,) the strongest take's as a share of a weak one's; posture: (S,) millimetres between the two."""

    levels: Array
    told: Array
    right: NDArray[np.bool_]
    real: float
    tempo: Array
    extent: Array
    seconds: Array
    posture: Array

    @property
    def rho(self) -> float:
        """The median over seeds of Spearman's rho of slider and reading."""
        return middle([rank_correlation(self.levels, row) for row in self.told])

    @property
    def pooled(self) -> float:
        """Spearman's rho over all seeds together."""
        return rank_correlation(np.tile(self.levels, len(self.told)), self.told.ravel())

    @property
    def kept(self) -> tuple[int, int, float]:
        """How many takes are recognised at the strongest, how many of them at every level from _FROM on, and at how many of these
        levels on average."""
        from_on = self.levels >= _FROM
        strong = self.right[self.right[:, -1]][:, from_on]
        return len(strong), int(strong.all(1).sum()), float(strong.mean()) if len(strong) else float("nan")


def section(study: Study) -> Section:
    """The answer of each emotion's slider, and of all."""
    levels = np.linspace(0, 1, study.counts.levels)
    answers = {}
    for name in (name for name in EMOTIONS if study.model.space.known[EMOTION_INDEX[name]]):
        study.say(f"slider of {name}")
        answers[name] = answer_of(study, name, levels)
    rows = []
    for name, one in answers.items():
        strong_ones, kept_ones, levels_kept = one.kept
        told = row_of(name, one.rho, _RHO, share(one.rho), most=False)
        cells = [share(one.pooled), share(one.real), f"{kept_ones} of {strong_ones}", share(levels_kept)]
        cells += [number(middle(part)) for part in (one.tempo, one.extent, one.seconds, one.posture * 1e3)]
        rows.append([*told, *cells])
    pooled = middle([one.pooled for one in answers.values()])
    rows.append([*row_of("all: pooled over seeds, median", pooled, _POOLED, share(pooled), most=False), *[""] * 8])
    strong = sum(one.kept[0] for one in answers.values())
    kept = sum(one.kept[1] for one in answers.values())
    quota = kept / strong if strong else float("nan")
    text = f"{share(quota)} ({kept} of {strong})"
    rows.append([*row_of(f"all: label kept from {_FROM:g} up", quota, _KEPT, text, most=False), *[""] * 8])
    columns = ["", "bar", "rho", "holds", "pooled", "rho, performances", "kept", "at levels", "tempo", "extent", "duration"]
    words = (
        f"{study.counts.seeds} takes of each emotion, each at {len(levels)} intensities with everything else fixed. rho: "
        "Spearman's, of slider and what a ridge regressor on posture and movement reads, taught on performances of actors whom "
        "the model never saw; the median take. 'rho, performances': the same of half of these performances by a regressor taught "
        f"the other half. Kept: of the takes that the kinematic judge recognises at 1, those that it recognises at every step "
        f"from {_FROM:g} up. Tempo (speed of the hands for their extent), extent and duration: at 1, times those at {_WEAK:g}; "
        "posture: how far spine, head and shoulders are held elsewhere."
    )
    plots = [Plot("bench-emotion-slider", "What the regressor reads over the slider", _plot(answers))]
    return Section("Intensity", [*columns, "posture, mm"], rows, words, plots)


def answer_of(study: Study, emotion: str, levels: Array) -> Answer:
    """Move the slider of one emotion for every seed."""
    own = np.flatnonzero(study.new.emotions == EMOTION_INDEX[emotion])
    read, real = reader(study.new.subset(own))
    wanted = [Asked(emotion, float(level), seed) for seed in range(study.counts.seeds) for level in (*levels, _WEAK)]
    takes = study.generated(wanted, Way(), f"slider of {emotion}")
    shape = (study.counts.seeds, len(levels) + 1)
    told = read(take_measures(takes)).reshape(shape)[:, :-1]
    said = probabilities(study.independent, takes).argmax(1).reshape(shape)[:, :-1]
    manners = [manner_of(values) for values in takes.values]
    pairs = [(manners[k + len(levels) - 1], manners[k + len(levels)]) for k in range(0, len(manners), len(levels) + 1)]

    def times(of: str) -> Array:
        return np.array([getattr(strong, of) / max(getattr(weak, of), 1e-6) for strong, weak in pairs])

    posture = np.array([np.linalg.norm(strong.posture - weak.posture, axis=-1).mean() for strong, weak in pairs])
    right = said == EMOTION_INDEX[emotion]
    return Answer(levels, told, right, real, times("tempo"), times("extent"), times("seconds"), posture)


def reader(takes: TakeSet) -> tuple[Regressor, float]:
    """A regressor of intensity taught on all of `takes`, and Spearman's rho of one that is taught on the odd actors, for the
    even ones (0 with one actor)."""
    rows, wanted = take_measures(takes), takes.intensities.astype(np.float64)
    actors = np.unique([label.actor for label in takes.labels], return_inverse=True)[1]
    known = actors % 2 == 1
    real = rank_correlation(ridge(rows[known], wanted[known])(rows[~known]), wanted[~known]) if known.any() else 0.0
    return ridge(rows, wanted), real


def _plot(answers: dict[str, Answer]) -> NDArray[np.uint8]:
    one = next(iter(answers.values()))
    curves = np.stack([np.median(answer.told, axis=0) for answer in answers.values()])
    lines = {
        "lowest emotion": Line(one.levels, curves.min(0)),
        "median": Line(one.levels, np.median(curves, axis=0)),
        "highest": Line(one.levels, curves.max(0)),
    }
    return line_plot("Intensity: slider and reading", lines, "slider", "intensity read")
