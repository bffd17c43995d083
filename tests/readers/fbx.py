"""What ufbx reads of an .fbx: fbx.py FILE TAKE SECONDS,... NAME,..., as JSON. TAKE: the number of the one whose poses are told.

A process of its own for each take: ufbx 0.0.5 survives neither a second one, nor a second scene, nor Python's tidying up.
"""

import gc
import json
import os
import sys

import numpy as np
import ufbx
from scipy.spatial.transform import Rotation

gc.disable()
file, number, seconds, names = sys.argv[1:5]
scene = ufbx.load_file(file)
axes = scene.settings.axes
told = {
    "axes": [int(axes.right), int(axes.up), int(axes.front)],
    "unit": scene.settings.unit_meters,
    "fps": scene.settings.frames_per_second,
    "nodes": {},
}


def numbers(matrix: object) -> list[list[float]]:
    return [[getattr(getattr(matrix, column), axis) for axis in "xyz"] for column in ("c0", "c1", "c2", "c3")]


nodes = list(scene.nodes)
for node in nodes:
    local = node.local_transform
    told["nodes"][node.name] = {
        "world": numbers(node.node_to_world),
        "turn": [local.rotation.x, local.rotation.y, local.rotation.z, local.rotation.w],
        "place": [local.translation.x, local.translation.y, local.translation.z],
        "scale": [local.scale.x, local.scale.y, local.scale.z],
        "parent": node.parent.name if node.parent else None,
    }


def world_at(take: object, node: object, second: float) -> np.ndarray:
    """(4, 4) of a node; its parents' are gone through, for ufbx's own evaluated scenes do not live long enough."""
    local = ufbx.evaluate_transform(take, node, second)
    turn, scale, place = local.rotation, local.scale, local.translation
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_quat([turn.x, turn.y, turn.z, turn.w]).as_matrix() * [scale.x, scale.y, scale.z]
    matrix[:3, 3] = place.x, place.y, place.z
    return matrix if node.parent is None else world_at(take, node.parent, second) @ matrix


named = {node.name: node for node in nodes}
stacks = list(scene.anim_stacks)
told["takes"] = [{"name": stack.name, "begin": stack.time_begin, "end": stack.time_end} for stack in stacks]
anim = stacks[int(number)].anim
told["poses"] = [
    [world_at(anim, named[name], float(second))[:3].T.tolist() for name in names.split(",")] for second in seconds.split(",")
]
told["faces"] = {
    channel.name: [ufbx.evaluate_blend_weight(anim, channel, float(second)) for second in seconds.split(",")]
    for channel in list(scene.blend_channels)
}
up = 1 if told["axes"][1] == 2 else 2
heights = [(vertex.x, vertex.y, vertex.z)[up] for mesh in list(scene.meshes) for vertex in list(mesh.vertices)]
told["floor"], told["height"] = (min(heights), max(heights) - min(heights)) if heights else (None, None)
print(json.dumps(told), flush=True)
os._exit(0)
