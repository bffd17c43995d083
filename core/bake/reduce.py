"""Key reduction: as few keys as show the same take to within a stated tolerance, in every frame and between them.

Keys are put where the curves stray most, and the cubics fitted again, until no place strays too far (a top-down fit after
Schneider, Graphics Gems 1990, for all curves at once). First each group of curves is judged by itself, then all of them together
by what they move; where places stray, that group gets a key which strays most of those that move them. Keys in neighbouring
frames with a straight way between them show the full take exactly, so it always ends.
"""

from typing import Final, Protocol

import numpy as np

from .keys import Array, Flags, Keys, Whole, all_keys, neighbours, shown
from .slopes import fitted_slopes

PARTS: Final = (0.0, 0.25, 0.5, 0.75)
"""Of a frame; where the reduced curves are held against the full ones."""
_SEARCHED: Final = (0.0, 0.5)
_ALONE: Final = 1.0
"""Of the tolerance, that a group may stray by itself at first."""
_CLOSE: Final = 0.99
"""Of the tolerance, that is aimed at: Blender keeps keys in 32 bits."""
_CURVED: Final = 2.0
"""How much more curved the way of a place may be than four parts of a frame tell."""
_STILL: Final = 1e-6
"""Curves that change less do not change: Blender's 32 bits tell no more."""
_EDGE: Final = 0.35
"""Of the way between two keys, that a new one keeps from either: keys in a cluster are of little use."""
_ROUNDS: Final = 200


class Judge(Protocol):
    """Tells how far places stray when curves show other values than they should."""

    parents: tuple[int, ...]
    """(G,) the group that moves what each group moves, before it; -1 for none."""

    def alone(self, values: Array, true: Array) -> Array:
        """(T, G) how far each group by itself makes a place stray, about, for the values (T, N) shown and meant."""

    def together(self, values: Array, part: float) -> Array:
        """(T, G) how far the places of each group stray from where they are in the full take, `part` of a frame on."""


def worst(keys: Keys, judge: Judge) -> float:
    """How far a place strays at most, in any frame or between them."""
    strays = np.stack([judge.together(shown(keys, part), part) for part in PARTS])
    return float((strays + between(strays)).max(initial=0.0))


def reduced(
    values: Array, groups: Whole, judge: Judge, tolerance: float, ends: Array | None = None, closer: Array | None = None
) -> Keys:
    """The fewest keys it finds for the curves (T, N), so that nothing strays further than `tolerance` from the full take.

    groups: (N,) which curves have their keys in the same frames. ends: (2, N) slopes a frame of the curves at both ends, None to
    choose them freely. closer: (T, G) by what the tolerance is divided where a group's places have to stay closer; None: nowhere.
    The first and the last frame are as in the full take; curves that never change have one key.
    """
    full = all_keys(values, groups)
    true = {part: shown(full, part) for part in PARTS}
    chosen = np.zeros(full.chosen.shape, bool)
    chosen[0] = True
    changes = np.zeros(chosen.shape[1])
    np.maximum.at(changes, groups, np.ptp(values, axis=0))
    chosen[-1, changes > _STILL] = True
    straight = np.zeros(chosen.shape, bool)
    for _ in range(_ROUNDS):
        keys = Keys(groups, chosen, straight, values, fitted_slopes(values, groups, chosen, ends))
        if not _insert(chosen, judge.alone(shown(keys, 0.0), true[0.0]), _ALONE * tolerance):
            break
    limits = _limits(tolerance, closer)
    for parts in (_SEARCHED, PARTS):
        for _ in range(_ROUNDS):
            keys = Keys(groups, chosen, straight, values, fitted_slopes(values, groups, chosen, ends))
            if not _mend(keys, judge, true, parts, limits):
                break
        else:
            return full
    return keys


def _limits(tolerance: float, closer: Array | None) -> dict[float, Array]:
    """Part of a frame -> (T, G), or one for all: how far places may stray; between two frames as in the less strict one."""
    if closer is None:
        return dict.fromkeys(PARTS, np.asarray(tolerance))
    after = np.minimum(closer, np.concatenate([closer[1:], closer[-1:]]))
    return {part: tolerance / (after if part else closer) for part in PARTS}


def _mend(keys: Keys, judge: Judge, true: dict[float, Array], parts: tuple[float, ...], limits: dict[float, Array]) -> bool:
    """Add keys, or straighten the ways between neighbouring ones, where places stray; False when none do."""
    wanted = np.zeros(keys.chosen.shape)
    before, after = neighbours(keys.chosen)
    values = [shown(keys, part) for part in parts]
    strays = np.stack([judge.together(told, part) for told, part in zip(values, parts, strict=True)])
    far = strays + between(strays) > _CLOSE * np.stack([np.broadcast_to(limits[part], strays.shape[1:]) for part in parts])
    far[strays < strays.max(axis=0)] = False
    for part, told, too_far in zip(parts, values, far, strict=True):
        if not too_far.any():
            continue
        alone = judge.alone(told, true[part])
        guilty = _guilty(too_far, alone, judge.parents)
        weight = np.where(guilty, alone, 0.0)
        at, group = np.nonzero(guilty)
        close = (after - before)[at, group] == 1
        keys.straight[before[at[close], group[close]], group[close]] = True
        at, group = at[~close], group[~close]
        # Between frames: whichever of the two is not a key yet.
        onto = at + ((part >= 0.5) & (at + 1 < after[at, group]) | (at == before[at, group]) & (part > 0))
        np.maximum.at(wanted, (onto, group), weight[at, group])
    _insert(keys.chosen, wanted, 0.0)
    return bool(far.any())


def between(strays: Array) -> Array:
    """(T, G) by how much more a place may stray somewhere in the frame than in these even parts of it, (P, T, G), as its way is
    curved there: between two points a curve is no higher than an eighth of its second difference."""
    if len(strays) < 4:
        return np.zeros(strays.shape[1:])
    following = np.concatenate([strays[:2, 1:], strays[:2, -1:]], axis=1)
    curved = np.diff(np.concatenate([strays, following]), n=2, axis=0)
    return np.asarray(_CURVED / 8 * np.maximum(-curved, 0).max(axis=0))


def _guilty(far: Flags, alone: Array, parents: tuple[int, ...]) -> Flags:
    """(T, G) the groups that make the places stray which are too far: of those that move it, the one that strays most."""
    worst, by = alone.copy(), np.tile(np.arange(len(parents)), (len(alone), 1))
    for group, parent in enumerate(parents):
        if parent >= 0:
            more = worst[:, parent] > worst[:, group]
            worst[:, group] = np.where(more, worst[:, parent], worst[:, group])
            by[:, group] = np.where(more, by[:, parent], by[:, group])
    guilty = np.zeros(far.shape, bool)
    guilty[np.nonzero(far)[0], by[far]] = True
    return guilty


def _insert(chosen: Flags, strays: Array, limit: float) -> bool:
    """Choose a frame between any two keys where one strays by more than `limit`: that which strays most, or one near it that
    lies between the keys rather than beside one. False when none strays so far."""
    flat, told = chosen.T.ravel(), np.where(chosen, 0.0, strays).T.ravel()
    starts = np.flatnonzero(flat)
    most = np.maximum.reduceat(told, starts)
    piece = np.cumsum(flat) - 1
    there = np.flatnonzero((told == most[piece]) & (told > limit))
    if len(there) == 0:
        return False
    _, first = np.unique(piece[there], return_index=True)
    at, starts = there[first], starts[piece[there[first]]]
    ends = np.append(np.flatnonzero(flat), len(flat))[piece[at] + 1]
    margin = np.ceil(_EDGE * (ends - starts)).astype(int)
    at = np.clip(at, starts + margin, np.maximum(ends - margin, starts + 1))
    chosen[at % len(chosen), at // len(chosen)] = True
    return True
