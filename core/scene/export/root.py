"""Where a character's travel over the floor goes in a file: as it is, to a bone at the origin, or nowhere. numpy only."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...bake.root import path_of
from .clip import Clip
from .presets import Root

Array = NDArray[np.floating[Any]]

ROOT: Final = "root"
"""Name of the bone that is added."""
_UP: Final = np.array([0.0, 0.0, 1.0])
_LOW: Final = 0.05
"""Of a character's height: a topmost bone below it is a root already."""


def needs_root(rest: Array, parents: tuple[int, ...], root: Root) -> bool:
    """Whether a bone has to be added for the travel: none of the topmost bones is at the floor yet. rest: (B, 4, 4)."""
    heights = rest[:, 2, 3]
    tops = [bone for bone, parent in enumerate(parents) if parent < 0]
    return root in ("BONE", "BONE_TURN") and all(heights[top] > _LOW * heights.max() for top in tops)


def rooted(clip: Clip, rest: Array, parents: tuple[int, ...], root: Root, added: Array | None) -> Clip:
    """The clip with its travel where `root` wants it. rest: (B, 4, 4).

    added: (4, 4) axes of a bone for it that comes first and from which the topmost bones hang; without, the travel is left on the
    bones there are.
    """
    if root == "AS_IS" or (root != "IN_PLACE" and added is None):
        return clip
    top = carrier(parents)
    path = path_of(clip.matrices[:, top], rest[top], _UP, root == "BONE_TURN")
    if added is None:
        matrices = clip.matrices.copy()
        matrices[:, :, :3, 3] -= (path.place - path.place[0])[:, None]
    else:
        matrices = np.concatenate([(path.matrices() @ added)[:, None], clip.matrices], axis=1)
    return replace(clip, matrices=matrices)


def begun_at_origin(clip: Clip, rest: Array, parents: tuple[int, ...]) -> Clip:
    """The clip begun over the world's origin, as the rest pose stands there. rest: (B, 4, 4)."""
    top = carrier(parents)
    matrices = clip.matrices.copy()
    matrices[..., :2, 3] -= clip.matrices[0, top, :2, 3] - rest[top, :2, 3]
    return replace(clip, matrices=matrices)


def carrier(parents: tuple[int, ...]) -> int:
    """Which of the topmost bones carries the body: the one with most bones below it."""
    below = np.ones(len(parents))
    for bone in reversed(range(len(parents))):
        if parents[bone] >= 0:
            below[parents[bone]] += below[bone]
    return max((bone for bone, parent in enumerate(parents) if parent < 0), key=lambda bone: below[bone])
