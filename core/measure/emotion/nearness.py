"""How near generated takes are to performances that the model has not seen: FID, diversity, multimodality; copies; scenarios."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.emotion.dataset.takes import TakeSet
from ..bench.report import Section
from ..generated import diversity, frechet_distance, multimodality
from ..table import number
from .rows import COLUMNS, between, middle, repeated, row
from .statistics import courses, nearest, scenarios_apart
from .study import Study, evenly, take_features

Array = NDArray[np.floating[Any]]
Figures = dict[str, tuple[float, float]]

_FID_RATIO, _COPIES, _APART = 1.5, 0.8, 0.8
_USED: Final = ("generated", "crossed")
"""Ways that animators have; the others are there for comparison."""
_PAIRS: Final = 400
"""Pairs of takes that a diversity is the mean of, a multimodality of each emotion."""
_DRAWN: Final = 0.8
"""Share of the smaller set that each repeat draws from both."""


def section(study: Study) -> Section:
    """FID, diversity and multimodality of training takes and of each way of sampling, against new actors."""
    judge = study.independent
    fresh = evenly(study.new_actors, study.counts.takes, seed=3)
    real = take_features(judge, fresh)
    sets = {"training": evenly(study.seen, study.counts.takes, seed=4), **study.made}
    found: dict[str, Figures] = {"corpus": _spread(real, fresh.emotions, study.counts.repeats)}
    for name, takes in sets.items():
        features = take_features(judge, takes)
        apart = _repeated_fid(features, real, study.counts.repeats)
        found[name] = {"FID": apart, **_spread(features, takes.emotions, study.counts.repeats)}
    rows = [[f"FID of {name} against new actors", "", _cell(found[name]["FID"]), ""] for name in sets]
    base = found["training"]["FID"][0]
    for name in study.made:
        bar = _FID_RATIO if name == "generated" else None
        rows.append(row(f"  {name}, times training's", found[name]["FID"][0] / base, bar))
    for figure, low, high in (("diversity", 0.9, 1.1), ("multimodality", 0.9, 1.1)):
        rows += [[f"{figure} of {name}", "", _cell(found[name][figure]), ""] for name in ("corpus", *study.made)]
        for name in study.made:
            ratio = found[name][figure][0] / found["corpus"][figure][0]
            shown = between(f"  {name}, times the corpus's", ratio, low, high)
            rows.append(shown if name == "generated" else [shown[0], "", shown[2], ""])
    if study.unseen is not None:
        held = take_features(judge, evenly(study.unseen, study.counts.takes, seed=5))
        away = {name: _repeated_fid(take_features(judge, takes), held, study.counts.repeats) for name, takes in sets.items()}
        rows += [[f"FID of {name} against new actors in new scenarios", "", _cell(value), ""] for name, value in away.items()]
        base = away["training"][0]
        for name in study.made:
            rows.append(row(f"  {name}, times training's", away[name][0] / base, _FID_RATIO if name in _USED else None))
    sizes = " and ".join(str(len(part)) for part in (real, sets["generated"]))
    words = (
        f"In the features of the body judge that never chooses (kinematic, taught what the model was taught), averaged over each "
        f"take's windows; {sizes} takes, {study.counts.repeats} draws of {_DRAWN:.0%} of them, ± 1.96 standard errors. "
        f"'As the paper': drawn from N(mu, Sigma) alone. 'Filtered': the best of {study.counts.best_of} by the LSTM. New actors "
        "play the scenarios that the model knows: FID says how near a take is to such performances, not to people's. 'Crossed': "
        "on the way from one performance that was learnt to another; meant to lie away from known scenarios."
    )
    return Section("Distance, diversity, multimodality", COLUMNS, rows, words)


def _spread(features: Array, labels: NDArray[np.int64], repeats: int) -> Figures:
    def of(figure: Callable[[np.random.Generator], float]) -> tuple[float, float]:
        return repeated(figure, repeats)

    return {
        "diversity": of(lambda rng: diversity(features, _PAIRS, rng)),
        "multimodality": of(lambda rng: multimodality(features, labels, _PAIRS, rng)),
    }


def _repeated_fid(one: Array, other: Array, repeats: int) -> tuple[float, float]:
    size = max(2, int(_DRAWN * min(len(one), len(other))))

    def drawn(rng: np.random.Generator) -> float:
        parts = [part[rng.choice(len(part), size, replace=False)] for part in (one, other)]
        return frechet_distance(*parts)

    return repeated(drawn, repeats)


def _cell(value: tuple[float, float]) -> str:
    return f"{number(value[0])} ± {number(value[1])}"


def copies_section(study: Study) -> Section:
    """Whether takes are copies of training clips, and whether scenarios differ."""
    seen = courses(study.seen)
    new = evenly(study.new_actors, len(study.made["generated"]), seed=6)
    held = nearest(courses(new), seen) * 1e3
    rows = [["a new actor's performance to its nearest training clip, median, mm", "", number(middle(held)), ""]]
    for name, takes in study.made.items():
        away = nearest(courses(takes), seen) * 1e3
        rows.append([f"a take to its nearest training clip, {name}, median, mm", "", number(middle(away)), ""])
        bar = _COPIES if name == "generated" else None
        rows.append(row("  times a performance's", middle(away) / middle(held), bar, most=False))
        least = np.percentile(away, 5) / np.percentile(held, 5)
        rows.append(row("  nearest 5 of 100, times a performance's", float(least)))
    if study.unseen is not None:
        held = nearest(courses(study.unseen), seen) * 1e3
        title = "a new actor's performance of a new scenario to its nearest training clip, median, mm"
        rows.append([title, "", number(middle(held)), ""])
        for name, takes in study.made.items():
            away = nearest(courses(takes), seen) * 1e3
            bar = _COPIES if name in _USED else None
            rows.append(row(f"  a take's, {name}, times that", middle(away) / middle(held), bar, most=False))
    rows += _scenario_rows(study.corpus)
    words = (
        "Root mean square distance of the 22 joints at 24 moments spread over a take. A copy would lie far nearer to a training "
        "clip than another actor's performance does. Two scenarios count as two when the nearest take by another actor is "
        f"nearly always of the same one: {_APART:.0%}, a bar of our own; half of the takes when they are one."
    )
    return Section("Copies, and scenarios that are alike", COLUMNS, rows, words)


def _scenario_rows(corpus: TakeSet) -> list[list[str]]:
    pairs = scenarios_apart(corpus, courses(corpus))
    if not pairs:
        return []
    alike = min(pairs, key=lambda pair: pair.told)
    names = " and ".join(name.split("/")[-1].replace("_", " ") for name in alike.scenarios)
    title = f"two scenarios of an emotion told apart by their nearest, least ({alike.emotion}: {names})"
    return [
        row(title, alike.told, _APART, most=False),
        row("  median", middle([pair.told for pair in pairs])),
        row("two scenarios of an emotion, least distance, mm", min(pair.between for pair in pairs) * 1e3),
        row("  median", middle([pair.between for pair in pairs]) * 1e3),
    ]
