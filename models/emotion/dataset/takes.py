"""TakeSet: labelled takes as features in memory, and the file they are kept in."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ....core.act.feet import Ends, planted
from ....core.errors import ThespisError
from ....core.files import written_beside
from ....core.motion import Motion
from ..emotions import EMOTION_INDEX
from ..features import FRAME_RATE, from_motion, layout, resampled
from ..mirror import mirrored
from ..rest import canonical

Values = NDArray[np.float32]

LONGEST: Final = 12.0
"""Seconds; a longer recording is cut into equal parts."""
SHORTEST: Final = 0.5
"""Seconds; a shorter one tells nothing."""

_LEAST, _LEAST_SHARE = 0.02, 0.1
"""The least standard deviation of a feature, and as a share of the largest of its group."""


@dataclass(frozen=True)
class Label:
    """What is known of a take. intensity: in [0, 1]. take: names the performance; takes of one name are the same performance at
    different intensities ("" when that is not known)."""

    emotion: str
    intensity: float
    actor: str
    scenario: str
    take: str = ""


@dataclass(frozen=True)
class TakeSet:
    """N takes. values: each (T, D) float32 features at FRAME_RATE. has_hands, has_face: (N,) whether the source knew of them."""

    values: tuple[Values, ...]
    labels: tuple[Label, ...]
    has_hands: NDArray[np.bool_]
    has_face: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(N,) frames."""
        return np.array([len(values) for values in self.values], np.int64)

    @property
    def emotions(self) -> NDArray[np.int64]:
        """(N,) indices into EMOTIONS."""
        return np.array([EMOTION_INDEX[label.emotion] for label in self.labels], np.int64)

    @property
    def intensities(self) -> NDArray[np.float32]:
        """(N,) in [0, 1]."""
        return np.array([label.intensity for label in self.labels], np.float32)

    def subset(self, indices: Sequence[int] | NDArray[np.int64]) -> "TakeSet":
        """Those takes, in that order."""
        chosen = np.asarray(indices, np.int64)
        return TakeSet(
            tuple(self.values[i] for i in chosen),
            tuple(self.labels[i] for i in chosen),
            self.has_hands[chosen],
            self.has_face[chosen],
        )

    def statistics(self) -> tuple[Values, Values]:
        """Mean and standard deviation (D,) over all frames and their mirror images; the latter never vanishes, so that nothing
        small is blown up."""
        seen = np.concatenate(self.values)
        everything = np.concatenate([seen, mirrored(seen)])
        std = everything.std(0, dtype=np.float64)
        for part in layout().groups.values():
            std[part] = np.maximum(std[part], _LEAST_SHARE * std[part].max() + _LEAST)
        return everything.mean(0, dtype=np.float64).astype(np.float32), std.astype(np.float32)


def together(sets: Sequence[TakeSet]) -> TakeSet:
    """All takes of several sets."""
    return TakeSet(
        tuple(values for one in sets for values in one.values),
        tuple(label for one in sets for label in one.labels),
        np.concatenate([one.has_hands for one in sets]),
        np.concatenate([one.has_face for one in sets]),
    )


def takes_of(motion: Motion, label: Label) -> TakeSet:
    """The take that `motion` is, cut into parts where it is longer than LONGEST; none where it is shorter than SHORTEST.

    Whoever performed it has legs of other proportions than the body that takes are told on: its feet are put on the floor again,
    as those of generated takes are. A recogniser knows a body that floats by a centimetre from one that stands.
    """
    features = resampled(from_motion(motion), FRAME_RATE)
    length = len(features.values)
    count = -(-length // int(LONGEST * FRAME_RATE))
    edges = np.linspace(0, length, count + 1).round().astype(int)
    parts = []
    for part, (first, end) in enumerate(itertools.pairwise(edges.tolist())):
        if end - first >= SHORTEST * FRAME_RATE:
            values = features.values[first:end]
            if part:  # a part begins where it begins, facing ahead, as whole takes do
                values = _begun_anew(motion, first / FRAME_RATE, end - first)
            parts.append(planted(values, FRAME_RATE, canonical(), Ends()).astype(np.float32))
    known = np.full(len(parts), features.has_hands), np.full(len(parts), features.has_face)
    return TakeSet(tuple(parts), (label,) * len(parts), *known)


def _begun_anew(motion: Motion, second: float, frames: int) -> NDArray[np.float64]:
    start = round(second * motion.fps)
    features = resampled(from_motion(motion.slice(start, len(motion))), FRAME_RATE)
    return features.values[:frames]


def save_takes(takes: TakeSet, path: Path) -> None:
    """Write `takes` as an .npz, in single precision: half a thousandth of a radian too much, as half precision has it, frame by
    frame, is a jerk of several m/s^3 at the feet, and no take that is made anew has that."""
    arrays: dict[str, Any] = {
        "values": np.concatenate(takes.values).astype(np.float32),
        "lengths": takes.lengths,
        "intensity": np.array([label.intensity for label in takes.labels]),
        "has_hands": takes.has_hands,
        "has_face": takes.has_face,
    }
    for name in ("emotion", "actor", "scenario", "take"):
        arrays[name] = np.array([getattr(label, name) for label in takes.labels])
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path) as beside, beside.open("wb") as file:
        np.savez(file, **arrays)


def load_takes(path: Path) -> TakeSet:
    """Read what `save_takes` wrote. Raises ThespisError when it is anything else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        values, ends = arrays["values"], np.cumsum(arrays["lengths"])
        names = zip(*(arrays[name].tolist() for name in ("emotion", "intensity", "actor", "scenario", "take")), strict=True)
        labels = tuple(Label(*row) for row in names)
        parts = tuple(np.split(values, ends[:-1]))
        takes = TakeSet(parts, labels, arrays["has_hands"], arrays["has_face"])
    except (OSError, ValueError, KeyError, EOFError, TypeError, BadZipFile) as error:
        raise ThespisError(f"{path}: the kept takes cannot be read ({error}). Remove the file, it is made again.") from error
    if values.dtype != np.float32 or values.shape[1] != layout().size:
        raise ThespisError(f"{path}: the kept takes are of another version. Remove the file, it is made again.")
    return takes
