"""How an armature stands: which way is up, how long a metre is, which bone carries the body."""

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ....core.errors import ThespisError
from ...bake.bones import Bones
from ...bake.root import find_pelvis
from ..rig import read_rig

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Ground:
    """axes: (3, 3) rotation from Blender's usual axes (Z up, facing -Y) to those in which the armature stands at rest; its last
    column is the vertical in armature space. unit: lengths of the armature in a metre. pelvis: index of the bone."""

    axes: Array
    unit: float
    pelvis: int

    @property
    def up(self) -> Array:
        """(3,) the vertical, in armature space."""
        vertical: Array = self.axes[:, 2]
        return vertical


def read_ground(armature: bpy.types.Object, bones: Bones, scene: bpy.types.Scene) -> Ground:
    """How `armature` stands: by its bones where they are called as SMPL-X's, else by how the object lies in the world."""
    try:
        rig = read_rig(armature)
    except ThespisError:
        world = np.array(armature.matrix_world, np.float64)[:3, :3]
        size = float(np.linalg.norm(world, axis=0).mean()) * float(scene.unit_settings.scale_length)
        return Ground(_nearest_axes(world.T), 1 / size if size > 0 else 1.0, find_pelvis(bones))
    return Ground(rig.axes, rig.unit, bones.names.index("pelvis"))


def _nearest_axes(turn: Array) -> Array:
    """(3, 3) the quarter turns nearest to `turn`, whose columns need not be of length 1."""
    axes = np.zeros((3, 3))
    free = np.abs(turn / np.maximum(np.linalg.norm(turn, axis=0), 1e-12))
    for _ in range(3):
        row, column = np.unravel_index(np.argmax(free), free.shape)
        axes[row, column] = np.sign(turn[row, column]) or 1.0
        free[row], free[:, column] = -1, -1
    return axes if np.linalg.det(axes) > 0 else axes * [-1, 1, 1]
