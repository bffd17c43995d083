"""Where a character's travel over the floor goes: as it is, to a bone at the origin, or nowhere. numpy only."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .presets import Root

Array = NDArray[np.floating[Any]]

ROOT: Final = "root"
"""Name of the bone that is added."""
_LOW: Final = 0.05
"""Of a character's height: a topmost bone below it is a root already."""


def needs_root(rest: Array, parents: tuple[int, ...], root: Root) -> bool:
    """Whether a bone has to be added for the travel: none of the topmost bones is at the floor yet. rest: (B, 4, 4)."""
    heights = rest[:, 2, 3]
    tops = [bone for bone, parent in enumerate(parents) if parent < 0]
    return root == "BONE" and all(heights[top] > _LOW * heights.max() for top in tops)


def rooted(clip: Clip, parents: tuple[int, ...], root: Root, adds: bool) -> Clip:
    """The clip with its travel where `root` wants it. adds: a bone for it comes first, and the topmost bones hang from it."""
    matrices = clip.matrices
    if root == "AS_IS" or (root == "BONE" and not adds):
        return clip
    way = travel(matrices, parents)
    if root == "IN_PLACE":
        matrices = matrices.copy()
        matrices[:, :, :3, 3] -= way[:, None]
    else:
        bone = np.tile(np.eye(4), (len(matrices), 1, 1, 1))
        bone[:, 0, :3, 3] = way
        matrices = np.concatenate([bone, matrices], axis=1)
    return replace(clip, matrices=matrices)


def begun_at_origin(clip: Clip, rest: Array, parents: tuple[int, ...]) -> Clip:
    """The clip begun over the world's origin, as the rest pose stands there. rest: (B, 4, 4)."""
    top = carrier(parents)
    away = clip.matrices[0, top, :3, 3] - rest[top, :3, 3]
    matrices = clip.matrices.copy()
    matrices[..., :2, 3] -= away[:2]
    return replace(clip, matrices=matrices)


def travel(matrices: Array, parents: tuple[int, ...]) -> Array:
    """(T, 3) how far over the floor the bone that carries the body has gone since the first frame."""
    top = carrier(parents)
    way = matrices[:, top, :3, 3] - matrices[0, top, :3, 3]
    way[:, 2] = 0.0
    return way


def carrier(parents: tuple[int, ...]) -> int:
    """Which of the topmost bones carries the body: the one with most bones below it."""
    below = np.ones(len(parents))
    for bone in reversed(range(len(parents))):
        if parents[bone] >= 0:
            below[parents[bone]] += below[bone]
    return max((bone for bone, parent in enumerate(parents) if parent < 0), key=lambda bone: below[bone])
