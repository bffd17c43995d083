"""An armature read as a skeleton at rest."""

import bpy
import numpy as np

from ...retarget.skeleton import Skeleton
from ...retarget.turns import orthonormal


def read_skeleton(armature: bpy.types.Object) -> Skeleton:
    """The bones of `armature` at rest, in the order of its pose bones."""
    bones = armature.data.bones
    numbers = {bone.name: number for number, bone in enumerate(bones)}
    matrices = np.empty((len(bones), 16), np.float32)
    bones.foreach_get("matrix_local", matrices.reshape(-1))
    matrices = matrices.reshape(-1, 4, 4).swapaxes(1, 2)  # Blender tells columns
    parents = np.array([numbers[bone.parent.name] if bone.parent else -1 for bone in bones], np.int64)
    return Skeleton(
        armature.name,
        tuple(numbers),
        parents,
        matrices[:, :3, 3].astype(np.float64),
        orthonormal(matrices[:, :3, :3].astype(np.float64)),
    )
