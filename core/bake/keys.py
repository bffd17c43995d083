"""Keys of many curves at once, and what the curves show between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Whole = NDArray[np.intp]


@dataclass(frozen=True)
class Keys:
    """The keys of N curves in G groups, among T frames a step apart; the curves of a group have them in the same frames.

    groups: (N,) each curve's group. chosen: (T, G) where keys are, in the first frame always. straight: (T, G) of keys, whether
    the way to the next is straight; else it is a cubic of time (a Bezier curve whose handles lie at a third and at two thirds of
    it). values: (T, N) of all frames. slopes: (T, N) a frame; those of frames without keys mean nothing.
    """

    groups: Whole
    chosen: Flags
    straight: Flags
    values: Array
    slopes: Array

    def count(self) -> int:
        """How many keys all curves have."""
        return int(self.chosen.sum(axis=0)[self.groups].sum())

    def of(self, curves: Whole | list[int]) -> "Keys":
        """Those of some curves."""
        return Keys(self.groups[curves], self.chosen, self.straight, self.values[:, curves], self.slopes[:, curves])


def all_keys(values: Array, groups: Whole) -> Keys:
    """A key in every frame and straight ways: what is shown of the (T, N) values without any loss."""
    everywhere = np.ones((len(values), int(groups.max(initial=-1)) + 1), bool)
    return Keys(groups, everywhere, everywhere, values, np.zeros(values.shape))


def neighbours(chosen: Flags) -> tuple[Whole, Whole]:
    """(T, G) frames of the key at or before each frame, and of the one after it (the same where there is none)."""
    count = len(chosen)
    frames = np.arange(count)[:, None]
    before = np.maximum.accumulate(np.where(chosen, frames, 0), axis=0)
    after = np.minimum.accumulate(np.where(chosen, frames, count)[::-1], axis=0)[::-1]
    following = np.concatenate([after[1:], np.full((1, chosen.shape[1]), count)])
    return before, np.where(following < count, following, before)


def shown(keys: Keys, part: float) -> Array:
    """(T, N) what the curves show `part` of a frame, 0 to 1, after each frame; after the last key they stay."""
    before, after = neighbours(keys.chosen)
    width = (after - before).astype(np.float64)
    frames = np.arange(len(before))[:, None]
    u = np.where(width > 0, np.minimum((frames + part - before) / np.maximum(width, 1), 1), 0)
    share = np.where(keys.straight[before, np.arange(before.shape[1])], 0.0, u * (1 - u))
    groups, curves = keys.groups, np.arange(len(keys.groups))
    before, after = before[:, groups], after[:, groups]
    start = keys.values[before, curves]
    rise = keys.values[after, curves] - start
    leaving, coming, u = keys.slopes[before, curves], keys.slopes[after, curves], u[:, groups]
    # Hermite's cubic, told against the straight way.
    bow = (1 - u) * (leaving * width[:, groups] - rise) - u * (coming * width[:, groups] - rise)
    return np.asarray(start + u * rise + share[:, groups] * bow)
