"""Keys of many curves at once, and what the curves show between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Keys:
    """The keys of B groups of C curves each, among T frames a step apart; the curves of a group have them in the same frames.

    chosen: (T, B) where keys are, at the first frame always. straight: (T, B) of keys, whether the way to the next is straight;
    else it is a cubic (a Bezier curve whose handles lie at a third and at two thirds of the time). values: (T, B, C), of all frames.
    slopes: (T, B, C) a frame, of keys.
    """

    chosen: Flags
    straight: Flags
    values: Array
    slopes: Array

    def count(self) -> int:
        """How many keys there are on all groups, a group's curves counted once."""
        return int(self.chosen.sum())

    def of(self, groups: list[int]) -> "Keys":
        """Those of some groups."""
        return Keys(self.chosen[:, groups], self.straight[:, groups], self.values[:, groups], self.slopes[:, groups])


def all_keys(values: Array) -> Keys:
    """A key in every frame and straight ways: what is shown of (T, B, C) values without any loss."""
    everywhere = np.ones(values.shape[:2], bool)
    return Keys(everywhere, everywhere, values, np.zeros(values.shape))


def neighbours(chosen: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(T, B) frames of the key at or before each frame, and of the one after it (the same where there is none)."""
    count = len(chosen)
    frames = np.arange(count)[:, None]
    before = np.maximum.accumulate(np.where(chosen, frames, 0), axis=0)
    after = np.minimum.accumulate(np.where(chosen, frames, count)[::-1], axis=0)[::-1]
    following = np.concatenate([after[1:], np.full((1, chosen.shape[1]), count)])
    return before, np.where(following < count, following, before)


def shown(keys: Keys, part: float) -> Array:
    """(T, B, C) what the curves show `part` of a frame, 0 to 1, after each frame; after the last key they stay."""
    before, after = neighbours(keys.chosen)
    span = (after - before).astype(np.float64)
    u = np.minimum((np.arange(len(before))[:, None] + part - before) / np.maximum(span, 1), np.where(span > 0, 1.0, 0.0))[
        ..., None
    ]
    group = np.arange(before.shape[1])[None, :]
    start, end = keys.values[before, group], keys.values[after, group]
    way = start + u * (end - start)
    bent = ~keys.straight[before, group] & (span > 0)
    if bent.any():
        leaving, coming = keys.slopes[before, group], keys.slopes[after, group]
        width = span[..., None]
        share = u * (1 - u)
        # Hermite's cubic, told against the straight way.
        bow = share * ((1 - u) * (leaving * width - (end - start)) - u * (coming * width - (end - start)))
        way += np.where(bent[..., None], bow, 0.0)
    return np.asarray(way)
