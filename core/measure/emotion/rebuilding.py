"""How well takes are rebuilt from their latents: of what was learnt, of new actors, of new scenarios."""

from ....models.emotion.dataset.splits import split
from ....models.emotion.dataset.takes import TakeSet
from ..bench.report import Section
from ..generated import rebuilt
from ..table import number
from .rows import row
from .study import Study, evenly

_NEW_ACTORS, _NEW_SCENARIOS = 40.0, 70.0
"""Millimetres of the mesh, pelvis on pelvis."""


def section(study: Study) -> Section:
    """The errors of each set, and their bars."""
    sets: list[tuple[str, TakeSet, float | None]] = [
        ("learnt", study.seen, None),
        ("new actors", study.new_actors, _NEW_ACTORS),
    ]
    if study.fold is not None and study.unseen is not None:
        new_scenarios = study.corpus.subset(split(study.corpus, study.fold).new_scenarios)
        sets += [("new scenarios", new_scenarios, _NEW_SCENARIOS), ("new scenarios, new actors", study.unseen, None)]
    rows = []
    for name, takes, bar in sets:
        part = evenly(takes, study.counts.rebuilt, seed=2)
        found = rebuilt(study.model.network, part)
        title, told, _, holds = row(name, found.mesh, bar)
        rows.append([title, str(len(part)), number(found.angle), number(found.joints), number(found.mesh), told, holds])
    words = "Means over all frames of what encoder and decoder make of a take; joints and mesh with the pelvises together."
    if study.fold is None:
        words += " New scenarios there are none: these weights were taught all of them (see --fold)."
    return Section("Rebuilding", ["", "takes", "rotations, degrees", "joints, mm", "mesh, mm", "bar", "holds"], rows, words)
