"""Files that were exported, read back by Blender's own importers: where every bone is and how it has turned since its rest.

bpy and numpy alone: the checks on other versions of Blender use it too.
"""

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np


@dataclass
class ReadBack:
    """What a file shows in Blender's world, metres. joints: (T, B, 3). turns: (T, B, 3, 3) since the rest pose. at_rest: (B, 3).

    seconds: from the first to the last key.
    """

    joints: np.ndarray
    turns: np.ndarray
    at_rest: np.ndarray
    seconds: float


def import_file(path: Path, fps: float) -> tuple[list[bpy.types.Object], float]:
    """Import a file into the present scene, which is empty; returns the armatures in it and the scene frame of time 0."""
    render = bpy.context.scene.render
    render.fps, render.fps_base = (round(fps), 1.0) if abs(fps - round(fps)) < 1e-6 else (round(fps), round(fps) / fps)
    first = 0.0
    if path.suffix == ".glb":
        # Its importer takes fps * fps_base for the rate.
        render.fps_base = 1 / render.fps_base
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    elif path.suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(path))
        first = 1.0  # its importer begins there at the earliest
    elif path.suffix == ".usdc":
        bpy.ops.wm.usd_import(filepath=str(path))
    rigs = [thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE"]
    return sorted(rigs, key=lambda rig: rig.name), first


def read_back(path: Path, fps: float, frames: list[int], names: tuple[str, ...]) -> ReadBack:
    """The one armature in the file at these frames of its clip, which begins at time 0."""
    (rig,), first = import_file(path, fps)
    return shown(rig, [first + frame for frame in frames], names, fps, duration(rig, fps))


def duration(rig: bpy.types.Object, fps: float) -> float:
    """Seconds from the first to the last key of what `rig` plays."""
    first, last = rig.animation_data.action.frame_range
    return float((last - first) / fps)


def shown(rig: bpy.types.Object, frames: list[float], names: tuple[str, ...], fps: float, seconds: float) -> ReadBack:
    """What an armature shows at these scene frames."""
    rest = np.array([rig.matrix_world @ rig.data.bones[name].matrix_local for name in names])
    posed = []
    for frame in frames:
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=frame % 1)
        posed.append([rig.matrix_world @ rig.pose.bones[name].matrix for name in names])
    matrices = np.array(posed)
    turns = _turn(matrices) @ np.swapaxes(_turn(rest), -1, -2)
    return ReadBack(matrices[..., :3, 3], turns, rest[:, :3, 3], seconds)


def _turn(matrices: np.ndarray) -> np.ndarray:
    return matrices[..., :3, :3] / np.linalg.norm(matrices[..., :3, :3], axis=-2, keepdims=True)


def angles_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(...) degrees between rotations (..., 3, 3), exact for small ones too."""
    return np.rad2deg(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=(-2, -1)) / np.sqrt(8), 0, 1)))
