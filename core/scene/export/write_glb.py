"""GLTF 2.0, binary: Y up, metres, facing +Z; one animation a clip."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..rotations import continuous_quaternions, quaternions_from_matrices
from ..space import y_up
from .clip import Clip, locals_of, parts_of
from .glb import Animation, add_animations, read_glb, write_glb
from .stand_in import StandIn

Array = NDArray[np.floating[Any]]

_STILL = 1e-6
"""Metres."""


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
    animations: list[Animation] = []
    for number in range(len(takes[0])):
        clips = [clips[number] for clips in takes]
        times = np.arange(max(len(clip) for clip in clips)) / clips[0].fps
        animation = Animation(clips[0].name, times)
        for stand_in, own, clip in zip(stand_ins, takes, clips, strict=True):
            animation.channels |= _bones(content, stand_in, clip, own, len(times)) | _faces(
                content, stand_in, clip, own, len(times)
            )
        animations.append(animation)
    write_glb(path, content, add_animations(content, binary, animations))


def _bones(
    content: dict[str, Any], stand_in: StandIn, clip: Clip, all_clips: list[Clip], length: int
) -> dict[tuple[int, str], Array]:
    """Each bone's turn; its place where it moves in any clip, so that one clip leaves nothing to the next."""
    nodes = content["nodes"]
    top = next(number for number, node in enumerate(nodes) if node.get("name") == stand_in.rig.name and "mesh" not in node)
    numbers = {nodes[number]["name"]: number for number in _below(nodes, top)}
    still = np.array([nodes[numbers[bone]].get("translation", (0, 0, 0)) for bone in stand_in.bones])
    moving = np.zeros(len(stand_in.bones), bool)
    for other in all_clips:
        moving |= np.abs(_seen(other, stand_in)[0] - still).max(axis=(0, 2)) > 1e-5
    places, turns, scales = _seen(clip, stand_in)
    quaternions = np.roll(continuous_quaternions(quaternions_from_matrices(turns)), -1, axis=-1)
    channels = {}
    for column, bone in enumerate(stand_in.bones):
        channels[numbers[bone], "rotation"] = _lasting(quaternions[:, column], length)
        if moving[column]:
            channels[numbers[bone], "translation"] = _lasting(places[:, column], length)
        if np.abs(scales[:, column] - 1).max() > 1e-4:
            channels[numbers[bone], "scale"] = _lasting(scales[:, column], length)
    return channels


def _seen(clip: Clip, stand_in: StandIn) -> tuple[Array, Array, Array]:
    """Places, turns and scales of the bones from their parents, those of the topmost with Y up."""
    local = locals_of(clip.matrices, stand_in.parents)
    tops = [bone for bone, parent in enumerate(stand_in.parents) if parent < 0]
    local[:, tops] = y_up() @ local[:, tops]
    return parts_of(local)


def _faces(
    content: dict[str, Any], stand_in: StandIn, clip: Clip, all_clips: list[Clip], length: int
) -> dict[tuple[int, str], Array]:
    """The weights of the meshes' targets, where any clip moves them."""
    channels = {}
    for figure, own in zip(stand_in.figures, stand_in.source.figures, strict=True):
        keys = own.data.shape_keys
        if keys is None or not any(
            told[0] == keys.name and values.any() for c in all_clips for told, values in c.shape_keys.items()
        ):
            continue
        for number, node in enumerate(content["nodes"]):
            if node.get("name") == figure.name and "mesh" in node:
                names = content["meshes"][node["mesh"]]["extras"]["targetNames"]
                values = [clip.shape_keys.get((keys.name, name), np.zeros(len(clip))) for name in names]
                channels[number, "weights"] = _lasting(np.stack(values, axis=1), length)
    return channels


def _lasting(values: Array, length: int) -> Array:
    """A character whose clip ends before those of others holds its last pose."""
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), axis=0)])


def _below(nodes: list[dict[str, Any]], top: int) -> list[int]:
    children = nodes[top].get("children", [])
    return [number for child in children for number in (child, *_below(nodes, child)) if "mesh" not in nodes[child]]
