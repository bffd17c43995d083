"""An armature at rest, as arrays."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Skeleton:
    """The B bones of an armature called `name`, parents before children, in armature space.

    parents: (B,) -1 for none. heads: (B, 3). axes: (B, 3, 3) whose columns are the bones' own axes.
    """

    name: str
    names: tuple[str, ...]
    parents: NDArray[np.int64]
    heads: Array
    axes: Array

    @cached_property
    def index(self) -> dict[str, int]:
        """Where a bone stands, by its name."""
        return {name: number for number, name in enumerate(self.names)}

    def above(self, bone: int) -> list[int]:
        """The bones above `bone`, the nearest first."""
        found = []
        while (bone := int(self.parents[bone])) >= 0:
            found.append(bone)
        return found
