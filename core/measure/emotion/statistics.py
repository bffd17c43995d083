"""Small measures of sets of takes: distances in space, to the nearest, between scenarios; rank correlation; a regressor."""

import itertools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ....models.emotion.dataset.takes import TakeSet
from ....models.emotion.emotions import EMOTIONS
from ....models.emotion.features import FRAME_RATE
from ....models.emotion.recogniser.kinematic import measures
from ....models.emotion.recogniser.windows import joints_of, windows_of

Array = NDArray[np.floating[Any]]
Index = NDArray[np.int64]

_MOMENTS: Final = 24
"""Moments of a take that are laid upon another's."""


def courses(takes: TakeSet) -> Array:
    """(N, 24 * 66) metres: the 22 joints at moments spread evenly over each take, as from where it begins, scaled so that the
    Euclidean distance of two rows is the root mean square distance of their joints."""
    rows = []
    for values in takes.values:
        joints = joints_of(values)
        place = np.linspace(0, len(joints) - 1, _MOMENTS)
        first = np.floor(place).astype(int)
        share = (place - first)[:, None, None]
        rows.append((joints[first] * (1 - share) + joints[np.minimum(first + 1, len(joints) - 1)] * share).ravel())
    out: Array = np.stack(rows).astype(np.float64) / np.sqrt(_MOMENTS * 22)
    return out


def distances(one: Array, other: Array) -> Array:
    """(N, M) Euclidean distances of rows (N, K) and (M, K)."""
    squared = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    out: Array = np.sqrt(np.maximum(squared, 0))
    return out


def nearest(one: Array, other: Array, portion: int = 512) -> Array:
    """(N,) distance of each row of (N, K) to the nearest of (M, K)."""
    found: Array = np.concatenate([distances(one[k : k + portion], other).min(1) for k in range(0, len(one), portion)])
    return found


@dataclass(frozen=True)
class Apart:
    """Two scenarios of one emotion. between: mean distance of a take of one and a take of the other; told: share of their takes
    whose nearest by another actor is of the same scenario, 0.5 for two that are one, each counting the same."""

    emotion: str
    scenarios: tuple[str, str]
    between: float
    told: float


def scenarios_apart(takes: TakeSet, rows: Array) -> list[Apart]:
    """How far apart any two scenarios of an emotion are in rows (N, K), where each was played by two actors at least."""
    found = []
    actors = np.array([label.actor for label in takes.labels])
    names = np.array([label.scenario for label in takes.labels])
    for emotion in np.unique(takes.emotions):
        own = np.flatnonzero(takes.emotions == emotion)
        apart = distances(rows[own], rows[own])
        other = np.where(actors[own][:, None] == actors[own], np.inf, apart)
        for one, two in itertools.combinations(np.unique(names[own]), 2):
            first, second = (names[own] == name for name in (one, two))
            nearest_first, nearest_second = other[:, first].min(1), other[:, second].min(1)
            if np.isfinite(nearest_first[first]).all() and np.isfinite(nearest_second[second]).all():
                shares = (nearest_first < nearest_second)[first].mean(), (nearest_second < nearest_first)[second].mean()
                between = float(apart[first][:, second].mean())
                found.append(Apart(EMOTIONS[emotion], (str(one), str(two)), between, float(np.mean(shares))))
    return found


def rank_correlation(one: Array, other: Array) -> float:
    """Spearman's rho of (n,) and (n,); 0 where one of them never changes."""
    first, second = (rankdata(part) for part in (one, other))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def take_measures(takes: TakeSet) -> Array:
    """(N, F) the kinematic measures of each take's windows, averaged."""
    windows = windows_of(takes)
    total = np.concatenate([measures(part) for part in np.array_split(windows.joints, -(-len(windows) // 1024))])
    out = np.zeros((len(takes), total.shape[1]))
    np.add.at(out, windows.take, total)
    mean: Array = out / np.bincount(windows.take, minlength=len(takes))[:, None]
    return mean


@dataclass(frozen=True)
class Regressor:
    """Tells a number of rows (N, F) by ridge regression on what varies in them."""

    mean: Array
    scale: Array
    weights: Array
    offset: float

    def __call__(self, rows: Array) -> Array:
        """(N,)."""
        told: Array = np.clip((rows - self.mean) / self.scale, -4, 4) @ self.weights + self.offset
        return told


def ridge(rows: Array, wanted: Array, penalty: float = 30.0) -> Regressor:
    """The regressor of `wanted` (N,) on rows (N, F) (Hoerl and Kennard 1970)."""
    mean, scale = rows.mean(0), rows.std(0) + 1e-6
    seen = np.clip((rows - mean) / scale, -4, 4)
    offset = float(wanted.mean())
    gram = seen.T @ seen + penalty * np.eye(seen.shape[1])
    return Regressor(mean, scale, np.linalg.solve(gram, seen.T @ (wanted - offset)), offset)


@dataclass(frozen=True)
class Manner:
    """How a take is moved. seconds; extent: metres that the hands stray from their mean place (root mean square); speed: of the
    hands, m/s; posture: (J, 3) mean places of pelvis-relative joints without the arms, metres."""

    seconds: float
    extent: float
    speed: float
    posture: Array

    @property
    def tempo(self) -> float:
        """Speed for the extent, 1/s: it stays the same when a movement is only made larger."""
        return self.speed / max(self.extent, 1e-6)


_HANDS: Final = (20, 21)
_CARRIED: Final = (3, 6, 9, 12, 15, 13, 14, 16, 17)
"""Spine, neck, head, collars and shoulders: what posture is read from."""


def manner_of(values: NDArray[np.float32]) -> Manner:
    """How features (T, D) are moved."""
    joints = joints_of(values).astype(np.float64)
    hands = joints[:, _HANDS] - joints[:, :1]
    extent = float(np.sqrt(((hands - hands.mean(0)) ** 2).sum(-1).mean()))
    speed = float(np.linalg.norm(np.diff(hands, axis=0), axis=-1).mean() * FRAME_RATE)
    height = joints[:, :1] * (1, 0, 1)
    return Manner(len(values) / FRAME_RATE, extent, speed, (joints[:, _CARRIED] - height).mean(0))
