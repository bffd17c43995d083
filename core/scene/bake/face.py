"""The shape keys that are baked along with the bones."""

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...bake.loop import looped_values
from ..sampled import SampledKey

Array = NDArray[np.floating[Any]]

_SAME: float = 1e-5


@dataclass(frozen=True)
class Face:
    """blocks: F shape keys, each with the data-block that its curve belongs to. values: (T, F)."""

    blocks: tuple[tuple[bpy.types.Key, bpy.types.ShapeKey], ...]
    values: Array

    def owners(self) -> list[bpy.types.Key]:
        """Each data-block once."""
        return list(dict.fromkeys(owner for owner, _ in self.blocks))


def face_of(shape_keys: tuple[SampledKey, ...], count: int, rate: float, loop: bool) -> Face:
    """Those of the shape keys, sampled in `count` frames, that something moves, or that are not where they rest."""
    chosen, columns = [], []
    for key in shape_keys:
        block = key.owner.key_blocks[key.name]
        moves = key.owner.animation_data is not None and key.owner.library is None and key.owner.id_data.user.library is None
        if moves and max(np.abs(key.values).max(), abs(block.value)) > _SAME:
            chosen.append((key.owner, block))
            columns.append(key.values)
    values = np.stack(columns, 1) if columns else np.zeros((count, 0))
    if loop:
        low = np.array([block.slider_min for _, block in chosen])
        high = np.array([block.slider_max for _, block in chosen])
        values = np.clip(looped_values(values, rate), low, high)
    return Face(tuple(chosen), values)
