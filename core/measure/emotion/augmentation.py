"""The augmentation experiment: does a judge that learns from generated takes as well recognise unseen performances better?"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from ....models.emotion.dataset.takes import TakeSet, together
from ....models.emotion.recogniser.judge import Judge, probabilities
from ..bench.report import Plot, Section
from ..plot import Line, line_plot
from .generate import Way
from .rows import share
from .study import FILTER, Study, asked_like, evenly

_ROUNDS: Final = 4
_POOL: Final = 2.0
"""Takes that are offered for each that is wanted, where a judge admits them."""


def section(study: Study) -> Section | None:
    """Recognition of held-out performances over how many takes were added; None when the model knows all scenarios, because
    its takes would tell the judge what it must not know."""
    if study.fold is None or study.unseen is None:
        return None
    base = evenly(study.seen, study.counts.base, seed=13)
    sizes = study.counts.added
    most = sizes[-1]
    found: dict[str, list[list[float]]] = {name: [] for name in ADD}
    plain = []
    for start in range(study.counts.starts):
        wanted = asked_like(study.seen, round(_POOL * most), seed=100 + start)
        pool = study.generated(wanted, Way(), f"augmentation, seed {start}")
        first = study.taught(FILTER, base, start)
        plain.append(_accuracy(first, study.unseen))
        for name in found:
            own = []
            for size in sizes:
                study.say(f"augmentation, {name}, {size} takes, seed {start}")
                added = ADD[name](study, base, pool, first, size, start)
                judge = study.taught(FILTER, together([base, added]), start) if len(added) else first
                own.append(_accuracy(judge, study.unseen))
            found[name].append(own)
    rows = [["none added", *[_cell(np.array(plain))] * len(sizes)]]
    rows += [[name, *(_cell(column) for column in np.array(own).T)] for name, own in found.items()]
    places = np.array((0, *sizes), np.float64)
    lines = {name: Line(places, np.array([np.mean(plain), *np.mean(own, axis=0)])) for name, own in found.items()}
    plot = Plot(
        "bench-emotion-augmentation",
        "Recognition over how many generated takes were added",
        line_plot("Augmentation", lines, "takes added", "recognised"),
    )
    words = (
        f"An LSTM taught {len(base)} training performances and so many generated takes, on performances whose actors and "
        f"scenarios neither it nor the model knows; mean and standard deviation of {study.counts.starts} seeds. Unsupervised: "
        "takes are added as they come. Supervised: only takes that the judge taught on performances alone recognises as what was "
        f"asked for. Iterative: in {_ROUNDS} rounds, each admitted by the judge that the rounds before have taught. The paper: "
        "0.343 to 0.423 with 2,000 takes."
    )
    return Section("Augmentation", ["", *(f"{size} added" for size in sizes)], rows, words, [plot])


def _one_time(_study: Study, _base: TakeSet, pool: TakeSet, first: Judge, size: int, _start: int) -> TakeSet:
    return _head(_admitted(first, pool), size)


def _as_they_come(_study: Study, _base: TakeSet, pool: TakeSet, _first: Judge, size: int, _start: int) -> TakeSet:
    return _head(pool, size)


def _iterative(study: Study, base: TakeSet, pool: TakeSet, first: Judge, size: int, start: int) -> TakeSet:
    judge, parts = first, []
    count = 0
    for offered in _portions(pool):
        admitted = _head(_admitted(judge, offered), min(size - count, -(-size // _ROUNDS)))
        if len(admitted):
            parts.append(admitted)
            count += len(admitted)
        if count >= size:
            break
        if parts:
            judge = study.taught(FILTER, together([base, *parts]), start)
    return together(parts) if parts else pool.subset([])


ADD: Final = {"unsupervised": _as_they_come, "supervised, one-time": _one_time, "supervised, iterative": _iterative}


def _portions(pool: TakeSet) -> Iterator[TakeSet]:
    for chosen in np.array_split(np.arange(len(pool)), _ROUNDS):
        yield pool.subset(chosen)


def _head(takes: TakeSet, size: int) -> TakeSet:
    return takes.subset(range(min(size, len(takes))))


def _admitted(judge: Judge, takes: TakeSet) -> TakeSet:
    return takes.subset(np.flatnonzero(probabilities(judge, takes).argmax(1) == takes.emotions))


def _accuracy(judge: Judge, takes: TakeSet) -> float:
    """Share that is recognised, each emotion counting the same."""
    right = probabilities(judge, takes).argmax(1) == takes.emotions
    return float(np.mean([right[takes.emotions == emotion].mean() for emotion in np.unique(takes.emotions)]))


def _cell(values: np.ndarray) -> str:  # type: ignore[type-arg]
    return f"{share(float(values.mean()))} ± {share(float(values.std()))}"
