"""Who is recognised among generated takes, by judges that never saw the scenarios they were made for; typical and odd takes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.emotion.dataset.takes import TakeSet
from ....models.emotion.emotions import EMOTIONS
from ....models.emotion.latent_space import latent_space
from ....models.emotion.recogniser.folds import Recognised, by_face
from ....models.emotion.recogniser.judge import Judge, probabilities
from ...errors import ThespisError
from ..bench.report import Section, row_of
from ..table import number
from .generate import WAYS, Asked, Way, generated
from .recognition import confusion_plot, joined, told_by
from .rows import middle, share
from .statistics import courses, manner_of, nearest
from .study import FILTER, INDEPENDENT, Study, asked_like, evenly

Index = NDArray[np.int64]

_OF_FRESH, _OF_OWN = 0.9, 0.6
_FACE: Final = "face alone"
_LEVELS: Final = (0.25, 0.6, 1.0)


def section(study: Study) -> Section:
    """Recognition of takes made for each group of scenarios, beside fresh performances of the group by new actors."""
    parts: dict[tuple[str, str], list[Recognised]] = {}
    groups = study.groups_of(study.judged)
    each = max(1, study.counts.takes // max(1, len(study.groups)))
    for group in study.groups:
        others = study.judged.subset(np.flatnonzero(groups != group))
        own = study.seen.subset(np.flatnonzero(study.groups_of(study.seen) == group))
        fresh = study.new.subset(np.flatnonzero(study.groups_of(study.new) == group))
        if not len(own) or not len(others) or not len(fresh):
            continue
        study.say(f"judges for group {group}")
        judges = {kind: study.taught(kind, others) for kind in (FILTER, INDEPENDENT)}
        model = replace(study.model, space=latent_space(study.model.network, own))
        fresh = evenly(fresh.subset(np.flatnonzero(np.isin(fresh.emotions, own.emotions))), each, seed=8)
        wanted = asked_like(fresh, each, seed=9 + group)
        sets = {"fresh": fresh}
        for name, way in WAYS.items():
            study.say(f"takes for group {group}, {name}")
            sets[name] = generated(model, wanted, way, judges[FILTER] if way.filtered else None, study.counts.best_of)
        for name, takes in sets.items():
            parts.setdefault((name, _FACE), []).append(told_by(by_face(others, takes), takes, group))
            for kind, judge in judges.items():
                parts.setdefault((name, kind), []).append(told_by(_says(judge, takes), takes, group))
    if not parts:
        raise ThespisError(
            "There is one scenario an emotion: no judge can be taught without it. Add scores, or leave out this part."
        )
    found = {key: joined(several) for key, several in parts.items()}
    words = (
        "For every group of scenarios: takes drawn from the latents of its training performances, and fresh performances of the "
        "same scenarios by new actors, both told by judges whose training left the group out. Unfiltered takes count; the "
        f"filtered ones are the best of {study.counts.best_of} by the LSTM, so only the kinematic judge's word on them means "
        "anything. 95 % by resampling scenarios, or groups for generated takes. The paper: 0.665 of its real clips' figure. The "
        "model itself knows all these scenarios; with --fold there is a judge, too, taught only what the model never saw."
    )
    rows = _rows(found)
    if study.unseen is not None and study.fold is not None:
        rows += _strict_rows(study)
    plots = [
        confusion_plot(f"bench-emotion-{name}", f"{title}, kinematic judge", found[key, INDEPENDENT])
        for name, key, title in (("fresh", "fresh", "Fresh performances"), ("generated", "generated", "Generated takes"))
    ]
    columns = ["", "bar", "all", "95 %", "holds", *(name[:7] for name in EMOTIONS)]
    return Section("Recognition of generated takes", columns, rows, words, plots)


def _says(judge: Judge, takes: TakeSet) -> Index:
    told: Index = probabilities(judge, takes).argmax(1)
    return told


def _own(one: Recognised) -> NDArray[np.float64]:
    """(13,) share of each emotion that is recognised; NaN where there are none."""
    table = one.confusion().astype(np.float64)
    total = table.sum(1)
    return np.where(total > 0, table.diagonal() / np.maximum(total, 1), np.nan)


def _rows(found: dict[tuple[str, str], Recognised]) -> list[list[str]]:
    rows = []
    for kind in (INDEPENDENT, FILTER, _FACE):
        for name in ("fresh", *WAYS):
            one = found[name, kind]
            low, high = one.interval()
            title = "fresh performances" if name == "fresh" else name
            cells = [share(value) if np.isfinite(value) else "" for value in _own(one)]
            rows.append([f"{title}, {kind}", "", share(one.accuracy), f"{share(low)} to {share(high)}", "", *cells])
        for name in WAYS:
            counts = kind == INDEPENDENT and name == "generated"
            rows += _quotients(f"  {name}, of fresh", found[name, kind], found["fresh", kind], counts)
    return rows


def _quotients(title: str, made: Recognised, fresh: Recognised, counts: bool) -> list[list[str]]:
    """The quotient of two recognitions, and its least over the emotions; counts: whether they have bars."""
    whole = made.accuracy / fresh.accuracy if fresh.accuracy else float("nan")
    own = _own(fresh)
    each = np.divide(_own(made), own, out=np.full(len(own), np.nan), where=own > 0)
    cells = [share(value) if np.isfinite(value) else "" for value in each]
    _, bar, text, holds = row_of(title, whole, _OF_FRESH if counts else None, share(whole), most=False)
    rows = [[title, bar, text, "", holds, *cells]]
    if counts and np.isfinite(each).any():
        worst = int(np.nanargmin(each))
        told = row_of(f"  the least, {EMOTIONS[worst]}", float(each[worst]), _OF_OWN, share(float(each[worst])), most=False)
        rows.append([*told[:3], "", told[3], *([""] * len(EMOTIONS))])
    return rows


def _strict_rows(study: Study) -> list[list[str]]:
    """A judge that was taught only scenarios that the model was not: of generated takes, and of what they are like."""
    groups = study.groups_of(study.corpus)
    judge = study.taught(INDEPENDENT, study.corpus.subset(np.flatnonzero(groups == study.fold)))
    fresh = evenly(study.new_actors, study.counts.takes, seed=10)
    told = {name: told_by(_says(judge, takes), takes, 0) for name, takes in {"fresh": fresh, **study.made}.items()}
    rows = []
    for name, one in told.items():
        cells = [share(value) if np.isfinite(value) else "" for value in _own(one)]
        rows.append([f"{name}, kinematic taught the held-out group alone", "", share(one.accuracy), "", "", *cells])
    return rows + _quotients("  generated, of fresh", told["generated"], told["fresh"], counts=False)


def kinds_section(study: Study) -> Section:
    """Takes that the LSTM recognises, takes that it does not, and the mean latents' takes, as in the paper's viewing study."""
    made = study.made["generated"]
    right = _says(study.chooser, made) == made.emotions
    known = [name for index, name in enumerate(EMOTIONS) if study.model.space.known[index]]
    typical = generated(study.model, [Asked(name, level, 0) for name in known for level in _LEVELS], Way(mode="mean"))
    sets = {
        "classified": made.subset(np.flatnonzero(right)),
        "misclassified": made.subset(np.flatnonzero(~right)),
        "mean latent": typical,
        "new actors' performances": evenly(study.new_actors, len(made), seed=11),
    }
    seen = courses(study.seen)
    rows = [[name, str(len(takes)), *_described(study, takes, seen)] for name, takes in sets.items()]
    words = (
        "Classified: the LSTM that comes with the weights tells the emotion that was asked for. Of the same takes: what the "
        "kinematic judge says, how sure it is, how fast and how far the hands move, how far the nearest training clip is."
    )
    columns = ["", "takes", "recognised, kinematic", "its certainty", "hands, m/s", "hands' extent, cm", "nearest clip, mm"]
    return Section("Classified, misclassified and typical takes", columns, rows, words)


def _described(study: Study, takes: TakeSet, seen: NDArray[np.floating]) -> Sequence[str]:  # type: ignore[type-arg]
    if not len(takes):
        return ["–"] * 5
    told = probabilities(study.independent, takes)
    manners = [manner_of(values) for values in takes.values]
    sure = told[np.arange(len(takes)), takes.emotions]
    return [
        share(float((told.argmax(1) == takes.emotions).mean())),
        share(float(sure.mean())),
        number(middle([one.speed for one in manners])),
        number(middle([one.extent for one in manners]) * 100),
        number(middle(nearest(courses(takes), seen)) * 1e3),
    ]
