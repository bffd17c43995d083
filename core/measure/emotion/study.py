"""What all parts of the bench look at: a trained model, what it learnt from, performances it has not seen, judges, counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.emotion.dataset.splits import GROUPS, scenario_groups, split
from ....models.emotion.dataset.takes import TakeSet
from ....models.emotion.recogniser.judge import Judge, window_features
from ....models.emotion.recogniser.kinematic import train_kinematic
from ....models.emotion.recogniser.lstm import train_lstm
from ....models.emotion.weights import EmotionModel
from .generate import WAYS, Asked, Way, generated

Array = NDArray[np.floating[Any]]

FILTER: Final = "lstm"
"""The judge that chooses among takes."""
INDEPENDENT: Final = "kinematic"
"""The judge of the tables, of another kind, which never chooses."""


@dataclass(frozen=True)
class Counts:
    """How much is made for each figure.

    takes: generated for each way of sampling, and of the corpus to compare with. judged: of the corpus, for judges by fold.
    repeats: draws of a distance between sets.
    best_of: tries of a filtered take. rebuilt: takes encoded and decoded. seeds, levels: takes and intensities a slider is moved
    over, of each emotion. moved: takes looked at on the mesh. walks: takes varied at each scale. gestures: how many are held out.
    added: generated takes put into a judge's training; starts: seeds of that. base: takes of the corpus in it.
    epochs: of the judges' training, None for their own. timed: takes of ten seconds that are timed.
    """

    takes: int = 2600
    judged: int = 3900
    repeats: int = 20
    best_of: int = 5
    rebuilt: int = 400
    seeds: int = 12
    levels: int = 11
    moved: int = 78
    walks: int = 39
    gestures: int = 8
    added: tuple[int, ...] = (500, 1000, 1500, 2000)
    starts: int = 3
    base: int = 1300
    epochs: int | None = None
    timed: int = 15


QUICK: Final = Counts(
    takes=26,
    judged=390,
    repeats=3,
    best_of=2,
    rebuilt=8,
    seeds=2,
    levels=4,
    moved=3,
    walks=2,
    gestures=1,
    added=(6, 12),
    starts=1,
    base=40,
    epochs=1,
    timed=2,
)
"""Enough to see that everything runs; the figures mean nothing."""


@dataclass(frozen=True)
class Study:
    """model: what is measured. corpus: performances by known actors. new: performances of the same scores by actors of whom the
    model knows nothing. fold: the fold that was held out of the model's training, None when it saw all scenarios and all actors
    of `corpus`. filter: the judge that comes with the model, None to train one. gestures: of each scenario."""

    model: EmotionModel
    corpus: TakeSet
    new: TakeSet
    fold: int | None
    counts: Counts
    filter: Judge | None = None
    gestures: Mapping[str, frozenset[str]] = field(default_factory=dict)
    say: Callable[[str], None] = lambda text: None

    @cached_property
    def seen(self) -> TakeSet:
        """What the model learnt from."""
        return self.corpus if self.fold is None else self.corpus.subset(split(self.corpus, self.fold).train)

    @cached_property
    def groups(self) -> list[int]:
        """The groups of scenarios that the model learnt from."""
        return [group for group in range(GROUPS) if (scenario_groups(self.corpus) == group).any() and group != self.fold]

    def groups_of(self, takes: TakeSet) -> NDArray[np.int64]:
        """(N,) the groups of scenarios of takes whose scenarios are the corpus's."""
        named = zip(((label.emotion, label.scenario) for label in self.corpus.labels), scenario_groups(self.corpus), strict=True)
        group = dict(named)
        return np.array([group[label.emotion, label.scenario] for label in takes.labels], np.int64)

    @cached_property
    def new_actors(self) -> TakeSet:
        """Scenarios that the model knows, by actors that it does not."""
        return self.new.subset(np.flatnonzero(np.isin(self.groups_of(self.new), self.groups)))

    @cached_property
    def unseen(self) -> TakeSet | None:
        """Scenarios and actors that the model does not know; None when it knows all scenarios."""
        return None if self.fold is None else self.new.subset(np.flatnonzero(self.groups_of(self.new) == self.fold))

    @cached_property
    def judged(self) -> TakeSet:
        """Performances of the corpus that judges are taught and tried on, fold by fold."""
        return evenly(self.corpus, self.counts.judged, seed=16)

    @cached_property
    def independent(self) -> Judge:
        """The judge of the tables, taught what the model was taught."""
        return self.taught(INDEPENDENT, self.seen)

    @cached_property
    def chooser(self) -> Judge:
        """The judge that chooses the best of several takes."""
        return self.filter or self.taught(FILTER, self.seen)

    @cached_property
    def made(self) -> dict[str, TakeSet]:
        """The model's takes, asked for as the corpus by new actors is, for each way of sampling."""
        wanted = asked_like(self.new_actors, self.counts.takes, seed=1)
        return {name: self.generated(wanted, way, f"generating, {name}") for name, way in WAYS.items()}

    def generated(self, wanted: list[Asked], way: Way, told: str, model: EmotionModel | None = None) -> TakeSet:
        """What the model, or another one, makes of `wanted`."""
        self.say(f"{told}: {len(wanted)} takes")
        chooser = self.chooser if way.filtered else None
        return generated(model or self.model, wanted, way, chooser, self.counts.best_of)

    def taught(self, kind: str, takes: TakeSet, seed: int = 0) -> Judge:
        """A judge of this kind that has learnt from `takes`."""
        train: Callable[..., Judge] = {"lstm": train_lstm, "kinematic": train_kinematic}[kind]
        return train(takes, seed) if self.counts.epochs is None else train(takes, seed, self.counts.epochs)


def take_features(judge: Judge, takes: TakeSet) -> Array:
    """(N, K) the judge's features of each take: the mean over its windows."""
    windows, take = window_features(judge, takes)
    total = np.zeros((len(takes), windows.shape[1]))
    np.add.at(total, take, windows)
    mean: Array = total / np.bincount(take, minlength=len(takes))[:, None]
    return mean


def asked_like(takes: TakeSet, count: int, seed: int) -> list[Asked]:
    """`count` takes to ask for: each emotion of `takes` equally often, at intensities that occur in it."""
    rng = np.random.default_rng((seed, count))
    emotions = np.unique(takes.emotions)
    wanted = []
    for number in range(count):
        own = np.flatnonzero(takes.emotions == emotions[number % len(emotions)])
        label = takes.labels[int(rng.choice(own))]
        wanted.append(Asked(label.emotion, label.intensity, int(rng.integers(2**31))))
    return wanted


def evenly(takes: TakeSet, count: int, seed: int) -> TakeSet:
    """`count` takes drawn from `takes`, each emotion equally often; all of them when there are no more."""
    if len(takes) <= count:
        return takes
    rng = np.random.default_rng(seed)
    emotions = takes.emotions
    queues = [rng.permutation(np.flatnonzero(emotions == emotion)).tolist() for emotion in np.unique(emotions)]
    chosen: list[int] = []
    while len(chosen) < count:
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return takes.subset(sorted(chosen))
