"""The corpus as takes: every score played by many actors at three intensities, kept until what makes them changes."""

import hashlib
import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ....core.errors import ThespisError
from ....core.fit.device import one_thread
from ....core.progress import Progress
from ..choreography.actor import actor
from ..choreography.perform import perform
from ..choreography.score import SCORES, Score, load_scores
from ..features import FRAME_RATE
from .takes import Label, TakeSet, load_takes, save_takes, takes_of, together

_ROOM: Final = Path(__file__).resolve().parents[1]
CACHE: Final = _ROOM.parents[1] / ".cache" / "emotion"
_LEVELS: Final = ((0.05, 0.4), (0.4, 0.7), (0.7, 1.0))
"""Intensities of a performance are drawn from these, one from each: the model learns all of the slider."""


@dataclass(frozen=True)
class CorpusOptions:
    """actors: how many play every score (numbers from first_actor on). processes: that play at once. seed: of intensities and
    performances. scores: folder of the scores."""

    actors: int = 20
    first_actor: int = 1
    processes: int = 2
    seed: int = 0
    scores: Path = SCORES


def corpus_takes(options: CorpusOptions, progress: Progress | None = None, keep: Path | None = None) -> TakeSet:
    """The takes of all scores, from the file that keeps them if nothing has changed since.

    keep: folder for that file (CACHE). Raises ThespisError for a score that cannot be read.
    """
    if options.actors < 1 or options.processes < 1:
        raise ThespisError("A corpus needs at least one actor and one process. Give numbers from 1 on.")
    progress = progress or Progress()
    path = (keep or CACHE) / f"takes-{_fingerprint(options)}.npz"
    if path.exists():
        return load_takes(path)
    scores = load_scores(options.scores)
    jobs = [(score, options.first_actor + number) for score in scores for number in range(options.actors)]
    sets = []
    with progress.stage("performing", len(jobs)):
        for done, part in enumerate(_played(jobs, options)):
            sets.append(part)
            progress.update(done + 1)
    takes = together(sets)
    save_takes(takes, path)
    return takes


def performed(score: Score, number: int, seed: int) -> TakeSet:
    """The takes of one score by one actor: one performance at three intensities."""
    random = np.random.default_rng([seed, number, *score.name.encode()])
    own = int(random.integers(2**31))
    sets = []
    for low, high in _LEVELS:
        intensity = float(random.uniform(low, high))
        label = Label(score.emotion, intensity, f"actor {number}", score.name, f"{number}")
        with one_thread():  # the processes beside this one need the others
            performance = perform(score, intensity, actor(number), own, FRAME_RATE)
            sets.append(takes_of(performance.motion, label))
    return together(sets)


def _played(jobs: list[tuple[Score, int]], options: CorpusOptions) -> Iterable[TakeSet]:
    """The takes of every job, in order. A process of its own needs the package under the name it has here, which only a fork
    has; where there is none, everything is played in this one."""
    if options.processes == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from (performed(score, number, options.seed) for score, number in jobs)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(options.processes, context) as pool:
        yield from pool.map(_job, [(score.name, number, options.seed, options.scores) for score, number in jobs], chunksize=8)


def _job(job: tuple[str, int, int, Path]) -> TakeSet:
    """Scores hold read-only mappings, which do not travel between processes: each reads them itself."""
    name, number, seed, folder = job
    if folder not in _READ:
        _READ[folder] = {score.name: score for score in load_scores(folder)}
    return performed(_READ[folder][name], number, seed)


_READ: dict[Path, dict[str, Score]] = {}


def _fingerprint(options: CorpusOptions) -> str:
    """Of all that decides what the takes are: options, scores, engine, features, how feet are planted and takes are kept."""
    digest = hashlib.sha256(repr((options.actors, options.first_actor, options.seed)).encode())
    sources = [*_ROOM.glob("choreography/*.py"), *_ROOM.glob("corpus/library/*")]
    sources += [_ROOM / "features.py", _ROOM / "dataset" / "corpus.py", _ROOM / "dataset" / "takes.py"]
    sources += [_ROOM.parents[1] / "core" / "act" / f"{name}.py" for name in ("curves", "feet", "legs", "stances")]
    for path in sorted(sources) + sorted(options.scores.rglob("*.toml")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
