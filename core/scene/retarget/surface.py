"""The surface of what an armature moves, at rest."""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_MOST: Final = 20_000
"""Vertices of a mesh that are looked at; of larger ones every so many."""


def surface_of(armature: bpy.types.Object) -> Array:
    """(N, 3) vertices, in armature space at rest, of the meshes in the scene that `armature` moves and that are rendered."""
    back = np.linalg.inv(np.array(armature.matrix_world))
    found = [np.zeros((0, 3))]
    for thing in bpy.context.scene.objects:
        if thing.type != "MESH" or thing.hide_render or thing.find_armature() != armature:
            continue
        places = np.empty((len(thing.data.vertices), 3), np.float32)
        thing.data.vertices.foreach_get("co", places.reshape(-1))
        into = back @ np.array(thing.matrix_world)
        found.append(places[:: len(places) // _MOST + 1] @ into[:3, :3].T + into[:3, 3])
    return np.concatenate(found)
