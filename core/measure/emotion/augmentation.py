"""The augmentation experiment: does a judge that learns from generated takes as well recognise unseen performances better?"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.emotion.dataset.takes import TakeSet, together
from ....models.emotion.recogniser.judge import Judge, probabilities
from ..bench.report import Plot, Section
from ..plot import Line, line_plot
from .generate import Way
from .rows import share
from .study import FILTER, Study, asked_like, evenly

Array = NDArray[np.floating[Any]]
Admits = Callable[[TakeSet], NDArray[np.bool_]]
"""Which takes of a set a judge recognises as what was asked for."""

_OFFERED: Final = 2.0
"""Takes that are offered for each that is wanted."""
_WAYS: Final = ("unsupervised, one-time", "supervised, one-time", "supervised, iterative")


def section(study: Study) -> Section | None:
    """Recognition of held-out performances over how many takes were added; None when the model knows all scenarios, because
    its takes would tell the judge what it must not know."""
    if study.fold is None or study.unseen is None:
        return None
    base = evenly(study.seen, study.counts.base, seed=13)
    sizes = study.counts.added
    plain: list[float] = []
    found: dict[str, list[list[float]]] = {name: [] for name in _WAYS}
    added: dict[str, list[list[int]]] = {name: [] for name in _WAYS}
    for start in range(study.counts.starts):
        wanted = asked_like(study.seen, round(_OFFERED * sizes[-1]), seed=100 + start)
        pool = study.generated(wanted, Way(), f"augmentation, seed {start}")
        first = study.taught(FILTER, base, start)
        plain.append(_accuracy(first, study.unseen))
        for name in _WAYS:
            study.say(f"augmentation, {name}, seed {start}")
            once = {_WAYS[0]: _everything, _WAYS[1]: _admits(first)}.get(name)
            judges: list[Judge] = []
            learnt: list[int] = []

            def teach(takes: TakeSet, seed: int = start, judges: list[Judge] = judges, learnt: list[int] = learnt) -> Admits:
                judges.append(study.taught(FILTER, together([base, takes]), seed))
                learnt.append(len(takes))
                return _admits(judges[-1])

            if once is None:
                in_rounds(pool, sizes, _admits(first), teach)
            else:
                for takes in at_once(pool, sizes, once):
                    teach(takes)
            found[name].append([_accuracy(judge, study.unseen) for judge in judges])
            added[name].append(learnt)
    rows = [["none added", *[_cell(np.array(plain))] * len(sizes)]]
    for name in _WAYS:
        counts = np.mean(added[name], axis=0)
        cells = zip(np.array(found[name]).T, counts, strict=True)
        rows.append([name, *(f"{_cell(column)} ({count:.0f})" for column, count in cells)])
    places = np.array((0, *sizes), np.float64)
    lines = {name: Line(places, np.array([np.mean(plain), *np.mean(own, axis=0)])) for name, own in found.items()}
    plot = Plot(
        "bench-emotion-augmentation",
        "Recognition over how many generated takes were added",
        line_plot("", lines, "takes asked for", "recognised"),
    )
    words = (
        f"An LSTM taught {len(base)} training performances and so many generated takes, on performances whose actors and "
        f"scenarios neither it nor the model knows; mean and standard deviation of {study.counts.starts} seeds; in brackets the "
        f"takes that were added, of {_OFFERED:g} offered for each. Unsupervised: as they come. Supervised: only what a judge "
        "recognises as what was asked for: one-time, the judge taught performances alone; iterative, in as many rounds as there "
        "are columns, each time the judge that the takes before have taught. The paper: 0.343 to 0.423 with 2,000 takes."
    )
    return Section("Augmentation", ["", *(f"{size} added" for size in sizes)], rows, words, [plot])


def at_once(pool: TakeSet, sizes: Sequence[int], admits: Admits) -> list[TakeSet]:
    """For each of `sizes` the first so many takes of the pool that are admitted; fewer where there are not enough."""
    chosen = np.flatnonzero(admits(pool))
    return [pool.subset(chosen[:size]) for size in sizes]


def in_rounds(pool: TakeSet, sizes: Sequence[int], admits: Admits, teach: Callable[[TakeSet], Admits]) -> list[TakeSet]:
    """The takes after each round. In each, a part of the pool is offered, what is admitted fills up to the next of `sizes`, and
    who admits in the next round is taught all that was admitted."""
    chosen: list[int] = []
    found = []
    for size, offered in zip(sizes, np.array_split(np.arange(len(pool)), len(sizes)), strict=True):
        admitted = offered[admits(pool.subset(offered))]
        chosen += admitted[: size - len(chosen)].tolist()
        found.append(pool.subset(chosen))
        admits = teach(found[-1])
    return found


def _everything(takes: TakeSet) -> NDArray[np.bool_]:
    return np.ones(len(takes), bool)


def _admits(judge: Judge) -> Admits:
    return lambda takes: probabilities(judge, takes).argmax(1) == takes.emotions


def _accuracy(judge: Judge, takes: TakeSet) -> float:
    """Share that is recognised, each emotion counting the same."""
    right = _admits(judge)(takes)
    return float(np.mean([right[takes.emotions == emotion].mean() for emotion in np.unique(takes.emotions)]))


def _cell(values: Array) -> str:
    return f"{share(float(values.mean()))} ± {share(float(values.std()))}"
