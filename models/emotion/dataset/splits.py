"""Who and what is held out: actors AND scenarios in five groups, so that of a test take neither performer nor story was seen."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .takes import TakeSet

GROUPS: Final = 5

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Indices of takes. train: neither actor nor scenario is of the fold. held_out: both are. new_actors: the actor alone is.
    new_scenarios: the scenario alone is."""

    train: Index
    held_out: Index
    new_actors: Index
    new_scenarios: Index


def split(takes: TakeSet, fold: int) -> Split:
    """The fold's (0 to GROUPS - 1) split of `takes`."""
    scenario = scenario_groups(takes) == fold
    actor = actor_groups(takes) == fold
    return Split(*(np.flatnonzero(mask) for mask in (~scenario & ~actor, scenario & actor, ~scenario & actor, scenario & ~actor)))


def scenario_groups(takes: TakeSet) -> Index:
    """(N,) the group of each take's scenario; each emotion's scenarios are spread evenly over the groups."""
    group: dict[tuple[str, str], int] = {}
    for emotion in sorted({label.emotion for label in takes.labels}):
        names = sorted({label.scenario for label in takes.labels if label.emotion == emotion})
        group |= {(emotion, name): place % GROUPS for place, name in enumerate(names)}
    return np.array([group[label.emotion, label.scenario] for label in takes.labels], np.int64)


def actor_groups(takes: TakeSet) -> Index:
    """(N,) the group of each take's actor."""
    group = {name: place % GROUPS for place, name in enumerate(sorted({label.actor for label in takes.labels}))}
    return np.array([group[label.actor] for label in takes.labels], np.int64)
