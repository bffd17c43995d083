"""How well emotions are recognised of performers and stories that no judge has seen: five folds, confidence by scenario."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..dataset.splits import GROUPS, scenario_groups, split
from ..dataset.takes import TakeSet
from ..emotions import EMOTIONS
from ..features import layout
from .judge import Judge, probabilities
from .kinematic import train_kinematic
from .lstm import train_lstm

Index = NDArray[np.int64]
Guess = Callable[[TakeSet, TakeSet], Index]

TRAINERS: Final[Mapping[str, Callable[[TakeSet, int], Judge]]] = {"lstm": train_lstm, "kinematic": train_kinematic}
_RESAMPLED: Final = 1000


@dataclass(frozen=True)
class Recognised:
    """true, told: (N,) emotions of the takes held out over all folds. scenarios: (N,) names of their scenarios."""

    true: Index
    told: Index
    scenarios: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Share that is recognised, each emotion counting the same."""
        right = self.true == self.told
        return float(np.mean([right[self.true == emotion].mean() for emotion in np.unique(self.true)]))

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """95 % of the accuracy, resampling scenarios (Efron and Tibshirani 1993): takes of one are not independent."""
        right = self.true == self.told
        names = np.array(self.scenarios)
        of_emotion = [
            [right[(self.true == emotion) & (names == name)].mean() for name in np.unique(names[self.true == emotion])]
            for emotion in np.unique(self.true)
        ]
        random = np.random.default_rng(seed)
        drawn = [np.mean([random.choice(shares, len(shares)).mean() for shares in of_emotion]) for _ in range(_RESAMPLED)]
        return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))

    def confusion(self) -> Index:
        """(13, 13) how many takes of each emotion (row) were told as which (column)."""
        table = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
        np.add.at(table, (self.true, self.told), 1)
        return table


def recognised(takes: TakeSet, guess: Guess, folds: Sequence[int] | None = None) -> Recognised:
    """What `guess` (learns from the first set, tells the emotions of the second) makes of the takes held out in each fold."""
    true, told, scenarios = [], [], []
    for fold in folds or range(min(GROUPS, int(scenario_groups(takes).max()) + 1)):
        parts = split(takes, fold)
        if len(parts.held_out) and len(parts.train):
            unseen = takes.subset(parts.held_out)
            true.append(unseen.emotions)
            told.append(guess(takes.subset(parts.train), unseen))
            scenarios += [label.scenario for label in unseen.labels]
    return Recognised(np.concatenate(true), np.concatenate(told), tuple(scenarios))


def by_judge(kind: str, seed: int = 0) -> Guess:
    """The guess of a judge ("lstm" or "kinematic")."""
    return lambda seen, unseen: probabilities(TRAINERS[kind](seen, seed), unseen).argmax(1)


def by_length(seen: TakeSet, unseen: TakeSet) -> Index:
    """The guess of who knows nothing but how long a take is: the likeliest emotion by a Gaussian of log length each."""
    logs, own = np.log(seen.lengths), np.log(unseen.lengths)
    scores = np.full((len(unseen), len(EMOTIONS)), -np.inf)
    for emotion in np.unique(seen.emotions):
        part = logs[seen.emotions == emotion]
        std = part.std() + 0.02
        scores[:, emotion] = -0.5 * ((own - part.mean()) / std) ** 2 - np.log(std)
    return scores.argmax(1)


def by_face(seen: TakeSet, unseen: TakeSet) -> Index:
    """The guess of who sees nothing but the face: least squares on mean and spread over time of jaw, eyes and expression."""
    rows, own = _faces(seen), _faces(unseen)
    mean, std = rows.mean(0), rows.std(0) + 1e-3
    rows, own = (rows - mean) / std, (own - mean) / std
    wanted = np.eye(len(EMOTIONS))[seen.emotions]
    weight = 1 / np.bincount(seen.emotions, minlength=len(EMOTIONS))[seen.emotions][:, None]
    centre = (weight * wanted).sum(0) / weight.sum()
    gram = (weight * rows).T @ rows + 0.1 * weight.sum() * np.eye(rows.shape[1])
    scores = own @ np.linalg.solve(gram, (weight * rows).T @ (wanted - centre)) + centre
    scores[:, np.setdiff1d(np.arange(len(EMOTIONS)), seen.emotions)] = -np.inf
    told: Index = scores.argmax(1)
    return told


def _faces(takes: TakeSet) -> NDArray[np.float64]:
    part = layout().face
    faces = [values[:, part].astype(np.float64) for values in takes.values]
    return np.stack([np.concatenate([face.mean(0), face.std(0)]) for face in faces])


def by_gestures(gestures: Mapping[str, frozenset[str]]) -> Guess:
    """The guess of who knows nothing but which gestures of the library a take uses (naive Bayes). gestures: of each scenario."""

    def guess(seen: TakeSet, unseen: TakeSet) -> Index:
        names = sorted(set().union(*gestures.values()))
        used = {scenario: np.array([name in own for name in names], float) for scenario, own in gestures.items()}
        told = {(label.scenario, emotion) for label, emotion in zip(seen.labels, seen.emotions, strict=True)}
        scores = np.full((len(unseen), len(EMOTIONS)), -np.inf)
        table = np.stack([used[label.scenario] for label in unseen.labels])
        for emotion in np.unique(seen.emotions):
            own = np.stack([used[scenario] for scenario, one in sorted(told) if one == emotion])
            share = (own.sum(0) + 0.5) / (len(own) + 1)
            scores[:, emotion] = table @ np.log(share) + (1 - table) @ np.log(1 - share)
        return scores.argmax(1)

    return guess
