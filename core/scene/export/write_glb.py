"""GLTF 2.0, binary: Y up, metres, facing +Z; one animation a clip."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..rotations import continuous_quaternions, quaternions_from_matrices
from ..space import y_up
from .clip import Clip, lasting, tree_parts
from .glb import Animation, add_animations, read_glb, write_glb
from .stand_in import StandIn

Array = NDArray[np.floating[Any]]

_STILL: Final = 1e-5
"""Metres by which a bone that stays may differ from its rest, in 32 bits."""
_SCALED: Final = 1e-4


def write_gltf(path: Path, stand_ins: list[StandIn], takes: list[list[Clip]]) -> None:
    """Write the selected, still stand-ins. takes: the clips of each, in Blender's axes; those at the same place of the lists are
    one animation."""
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        export_format="GLB",
        use_selection=True,
        use_active_scene=True,
        export_animations=False,
        export_cameras=False,
        export_lights=False,
        export_extras=False,
    )
    content, binary = read_glb(path)
    content["scenes"][0]["name"] = path.stem
    all_bones = [_bones_in(content, stand_in, clips) for stand_in, clips in zip(stand_ins, takes, strict=True)]
    all_faces = [_faces_in(content, stand_in, clips) for stand_in, clips in zip(stand_ins, takes, strict=True)]
    animations: list[Animation] = []
    for number in range(len(takes[0])):
        clips = [clips[number] for clips in takes]
        times = np.arange(max(len(clip) for clip in clips)) / clips[0].fps
        animation = Animation(clips[0].name, times)
        for bones, faces, clip in zip(all_bones, all_faces, clips, strict=True):
            animation.channels |= bones.channels(number, len(times)) | _weights(content, faces, clip, len(times))
        animations.append(animation)
    write_glb(path, content, add_animations(content, binary, animations))


@dataclass(frozen=True)
class _Bones:
    """The nodes of a character's bones. moving: those that change place in any clip, so that no clip leaves anything to the next.

    seen: of each clip, places, turns and scales.
    """

    nodes: tuple[int, ...]
    moving: NDArray[np.bool_]
    seen: list[tuple[Array, Array, Array]]

    def channels(self, number: int, length: int) -> dict[tuple[int, str], Array]:
        """How the bones turn in a clip, where they are, if they move, and their scale, if they have one."""
        places, turns, scales = self.seen[number]
        quaternions = np.roll(continuous_quaternions(quaternions_from_matrices(turns)), -1, axis=-1)
        channels = {}
        for column, node in enumerate(self.nodes):
            channels[node, "rotation"] = lasting(quaternions[:, column], length)
            if self.moving[column]:
                channels[node, "translation"] = lasting(places[:, column], length)
            if np.abs(scales[:, column] - 1).max() > _SCALED:
                channels[node, "scale"] = lasting(scales[:, column], length)
        return channels


def _bones_in(content: dict[str, Any], stand_in: StandIn, clips: list[Clip]) -> _Bones:
    nodes = content["nodes"]
    top = next(number for number, node in enumerate(nodes) if node.get("name") == stand_in.rig.name and "mesh" not in node)
    numbers = {nodes[number]["name"]: number for number in _below(nodes, top)}
    own = tuple(numbers[bone] for bone in stand_in.bones)
    still = np.array([nodes[node].get("translation", (0, 0, 0)) for node in own])
    moving = np.zeros(len(own), bool)
    seen = [_seen(clip, stand_in) for clip in clips]
    for places, _, _ in seen:
        moving |= np.abs(places - still).max(axis=(0, 2)) > _STILL
    return _Bones(own, moving, seen)


def _seen(clip: Clip, stand_in: StandIn) -> tuple[Array, Array, Array]:
    """Places, turns and scales of the bones from their parents, those of the topmost with Y up."""
    return tree_parts(y_up() @ clip.matrices, stand_in.parents)


def _faces_in(content: dict[str, Any], stand_in: StandIn, clips: list[Clip]) -> dict[int, str]:
    """The nodes of the meshes whose targets any clip moves, and what their shape keys' data-blocks are called."""
    moved = {told[0] for clip in clips for told, values in clip.shape_keys.items() if values.any()}
    faces: dict[int, str] = {}
    for figure, own in zip(stand_in.figures, stand_in.source.figures, strict=True):
        keys = own.data.shape_keys
        if keys is not None and keys.name in moved:
            faces |= {
                number: keys.name
                for number, node in enumerate(content["nodes"])
                if node.get("name") == figure.name and "mesh" in node
            }
    return faces


def _weights(content: dict[str, Any], faces: dict[int, str], clip: Clip, length: int) -> dict[tuple[int, str], Array]:
    """The weights of the meshes' targets."""
    channels = {}
    for node, keys in faces.items():
        names = content["meshes"][content["nodes"][node]["mesh"]]["extras"]["targetNames"]
        values = [clip.shape_keys.get((keys, name), np.zeros(len(clip))) for name in names]
        channels[node, "weights"] = lasting(np.stack(values, axis=1), length)
    return channels


def _below(nodes: list[dict[str, Any]], top: int) -> list[int]:
    children = nodes[top].get("children", [])
    return [number for child in children for number in (child, *_below(nodes, child)) if "mesh" not in nodes[child]]
