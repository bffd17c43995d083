"""A clip: what the exported bones and shape keys of a character do, told where it stands. numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_WHOLE: Final = 1e-3
"""Frames by which a clip may miss a whole number of them and still be meant to have it."""


@dataclass(frozen=True)
class Clip:
    """One animation of one character at an even rate.

    matrices: (T, B, 4, 4) of the exported bones, in the space of the character's placed object, upright, metres.
    place: (4, 4) of that object. shape_keys: (name of the data-block, of the key) -> (T,) values.
    """

    name: str
    fps: float
    matrices: Array
    place: Array
    shape_keys: dict[tuple[str, str], Array]

    def __len__(self) -> int:
        return len(self.matrices)

    @property
    def seconds(self) -> float:
        """From the first pose to the last."""
        return (len(self) - 1) / self.fps

    def moved(self, matrix: Array) -> "Clip":
        """The same in a space that `matrix` (4, 4), which may turn and scale, leads to."""
        scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
        matrices = matrix @ self.matrices
        matrices[..., :3, :3] /= scale
        return replace(self, matrices=matrices)


def grid(first: float, last: float, scene_rate: float, fps: float) -> Array:
    """(T,) scene frames from `first` to `last` that lie 1 / fps seconds apart; at least one."""
    step = scene_rate / fps
    count = int(np.floor((last - first) / step + _WHOLE)) + 1
    return first + np.arange(max(1, count)) * step


def locals_of(matrices: Array, parents: tuple[int, ...]) -> Array:
    """(..., B, 4, 4) each bone as seen from its parent; those without one as they are."""
    below = [bone for bone, parent in enumerate(parents) if parent >= 0]
    above = sorted({parent for parent in parents if parent >= 0})
    back = np.linalg.inv(matrices[..., above, :, :])
    result = matrices.copy()
    result[..., below, :, :] = back[..., [above.index(parents[bone]) for bone in below], :, :] @ matrices[..., below, :, :]
    return result


def parts_of(matrices: Array) -> tuple[Array, Array, Array]:
    """(..., 4, 4) as places (..., 3), turns (..., 3, 3) and scales (..., 3)."""
    scales = np.linalg.norm(matrices[..., :3, :3], axis=-2)
    return matrices[..., :3, 3], matrices[..., :3, :3] / scales[..., None, :], scales


def tree_parts(matrices: Array, parents: Sequence[int], still: Array | None = None) -> tuple[Array, Array, Array]:
    """(T, B, 4, 4), parents before their children, as places (T, B, 3), turns (T, B, 3, 3), scales (T, B, 3) from the parents.

    still: (B, 4, 4) of each bone from its parent, for parts that tell what is beyond it. What stretches and is turned below has
    skew, which parts cannot tell; so each bone is seen from where its parent's parts put it, and every place is kept.
    """
    shown, seen = np.empty_like(matrices), np.empty_like(matrices)
    for bone, parent in enumerate(parents):
        above = shown[:, parent] if parent >= 0 else np.broadcast_to(np.eye(4), shown[:, bone].shape)
        if still is not None:
            above = above @ still[bone]
        seen[:, bone] = np.linalg.inv(above) @ matrices[:, bone]
        seen[:, bone, :3, :3] = _unskewed(seen[:, bone, :3, :3])
        shown[:, bone] = above @ seen[:, bone]
    return parts_of(seen)


def _unskewed(matrices: Array) -> Array:
    """(..., 3, 3) with columns as long, at right angles: along Y, where a bone lies, as it was."""
    lengths = np.linalg.norm(matrices, axis=-2)
    along = matrices[..., :, 1] / lengths[..., 1:2]
    side = matrices[..., :, 0] - np.sum(matrices[..., :, 0] * along, axis=-1, keepdims=True) * along
    side = side / np.linalg.norm(side, axis=-1, keepdims=True)
    return np.stack([side, along, np.cross(side, along)], axis=-1) * lengths[..., None, :]


def lasting(values: Array, length: int) -> Array:
    """(T, ...) up to (length, ...): a character whose clip ends before those of others holds its last pose."""
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), axis=0)])
