"""What an armature shows frame by frame, as Blender itself evaluates it: F-curves, NLA, constraints, drivers, all of it.

The frames are gone through in a scene of their own that holds nothing but the armature: what it depends on comes along, its
meshes do not, and the animator's scene, its frame and what is posed there and not keyed stay untouched.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .rig import armature_of

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SampledKey:
    """The shape key called `name` of the data-block `owner`. values: (T,)."""

    owner: bpy.types.Key
    name: str
    values: Array


@dataclass(frozen=True)
class Sampled:
    """What an armature shows at T moments, in Blender's axes and the armature's own unit.

    frames: (T,) scene frames, in between too. names: of the B pose bones, in the order of armature.pose.bones (parents first).
    matrices: (T, B, 4, 4) of the bones in armature space (PoseBone.matrix). worlds: (T, 4, 4) the armature's matrix_world;
    placed: (T, 4, 4) what of it is the object's own motion (matrix_basis), without parents and constraints.
    shape_keys: of the meshes that it moves, those without the first key, which is the basis.
    """

    frames: Array
    names: tuple[str, ...]
    matrices: Array
    worlds: Array
    placed: Array
    shape_keys: tuple[SampledKey, ...]

    def bone(self, name: str) -> Array:
        """(T, 4, 4) the matrices of one bone."""
        found: Array = self.matrices[:, self.names.index(name)]
        return found


def sample_armature(
    armature: bpy.types.Object, frames: Iterable[float], scene: bpy.types.Scene | None = None, with_face: bool = True
) -> Sampled:
    """What `armature` shows at the scene frames, which need not be whole nor rising.

    scene: whose time remapping counts (None: the current one). with_face: shape keys too. Nothing in the file is changed. It
    must not be in Edit Mode, and what is posed and not keyed counts as held. What belongs to the scene itself does not move
    meanwhile: properties that are animated on it, for drivers, and what it simulates (rigid bodies).
    """
    times = np.asarray(list(frames), np.float64)
    owners = keys_moved_with(armature) if with_face else []
    bones = armature.pose.bones
    poses = np.empty((len(times), len(bones), 16), np.float32)
    worlds, placed = np.empty((2, len(times), 4, 4))
    values = [np.empty((len(times), len(owner.key_blocks)), np.float32) for owner in owners]
    with _stage_for(armature, owners, scene or bpy.context.scene) as stage:
        for row, time in enumerate(times):
            whole = int(np.floor(time))
            stage.frame_set(whole, subframe=float(time - whole))
            graph = stage.view_layers[0].depsgraph
            shown = armature.evaluated_get(graph)
            shown.pose.bones.foreach_get("matrix", poses[row].reshape(-1))
            worlds[row], placed[row] = shown.matrix_world, shown.matrix_basis
            for owner, columns in zip(owners, values, strict=True):
                owner.evaluated_get(graph).key_blocks.foreach_get("value", columns[row])
    matrices = poses.reshape(len(times), len(bones), 4, 4).swapaxes(-1, -2).astype(np.float64)  # Blender tells columns
    shape_keys = tuple(
        SampledKey(owner, owner.key_blocks[column].name, columns[:, column].astype(np.float64))
        for owner, columns in zip(owners, values, strict=True)
        for column in range(1, len(owner.key_blocks))
    )
    return Sampled(times, tuple(bone.name for bone in bones), matrices, worlds, placed, shape_keys)


def keys_moved_with(armature: bpy.types.Object) -> list[bpy.types.Key]:
    """The shape keys of the meshes that `armature` moves, each data-block once."""
    found = {
        thing.data.shape_keys: None
        for thing in bpy.data.objects
        if thing.type == "MESH" and thing.data.shape_keys is not None and armature_of(thing) == armature
    }
    return list(found)


@contextmanager
def _stage_for(armature: bpy.types.Object, owners: Sequence[bpy.types.Key], scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """A scene with the armature alone, gone when the block is left.

    Shape keys are evaluated with their mesh, or where something needs their value: an empty with a driver does, so that no
    vertex is ever moved.
    """
    hidden = armature.hide_viewport
    stage = bpy.data.scenes.new("Thespis stage")
    watcher = bpy.data.objects.new("Thespis stage", None)
    try:
        stage.render.frame_map_old, stage.render.frame_map_new = scene.render.frame_map_old, scene.render.frame_map_new
        stage.collection.objects.link(armature)
        stage.collection.objects.link(watcher)
        if hidden:  # what is hidden in all viewports is not evaluated
            armature.hide_viewport = False
        for owner in owners:
            # Actions are played whole as soon as one value is needed, drivers only those that are.
            driven = [curve.data_path for curve in owner.animation_data.drivers] if owner.animation_data else []
            for path in (f"{owner.key_blocks[0].path_from_id()}.value", *driven):
                _need(watcher, owner, path)
        yield stage
    finally:
        if hidden:
            armature.hide_viewport = True
        bpy.data.objects.remove(watcher)
        bpy.data.scenes.remove(stage)


def _need(watcher: bpy.types.Object, owner: bpy.types.Key, path: str) -> None:
    """Let a driver of `watcher` need the value at `path` of `owner`."""
    curve = watcher.animation_data.drivers[0] if watcher.animation_data else watcher.driver_add("location", 0)
    curve.driver.type = "SUM"  # a scripted one without a script needs nothing
    variable = curve.driver.variables.new()
    variable.targets[0].id_type, variable.targets[0].id, variable.targets[0].data_path = "KEY", owner, path
