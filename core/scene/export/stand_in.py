"""Stand-ins: the exported bones and meshes made anew in a scene of our own, with nothing but plain keys, for exporters to write.

So nothing of the animator's scene is touched, constraints, drivers and NLA are baked in, every object is unturned, unmoved and of
scale 1, and whatever exporters do differently with those does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..armature import edit_mode
from ..compat import animate, new_fcurve
from ..keys import write_keys
from ..rotations import continuous_quaternions, quaternions_from_matrices
from .clip import Clip, locals_of, tree_parts
from .root import ROOT
from .source import Source

Array = NDArray[np.floating[Any]]

_STILL: Final = 1e-6
"""Metres and shares by which what does not move, or is not scaled, may differ."""


@dataclass(frozen=True)
class StandIn:
    """What was made of `source`. bones: names in the order of `parents`, the added root first."""

    source: Source
    rig: bpy.types.Object
    figures: tuple[bpy.types.Object, ...]
    bones: tuple[str, ...]
    parents: tuple[int, ...]


def build_stand_in(
    source: Source, root: Array | None, space: Array, names: Sequence[str], collection: bpy.types.Collection
) -> StandIn:
    """A still stand-in in `collection`, part of the current scene. root: (4, 4) axes of a bone to add at the origin.

    names: of armature and meshes. space: (4, 4) that leads from upright metres to the axes and unit of the file: it turns and
    scales.
    """
    scale = float(np.cbrt(np.linalg.det(space[:3, :3])))
    rest = space @ source.rest
    rest[:, :3, :3] /= scale
    bones, parents, lengths = source.bones, source.parents, source.lengths * scale
    if root is not None:
        at_origin = space @ root
        at_origin[:3, :3] /= scale
        bones, rest = (ROOT, *bones), np.concatenate([at_origin[None], rest])
        parents = (-1, *(parent + 1 if parent >= 0 else 0 for parent in parents))
        lengths = np.concatenate([[0.2 * scale], lengths])
    rig = _armature(names[0], bones, parents, rest, lengths, collection)
    rig.data.display_type = source.armature.data.display_type
    to_file = space @ source.upright
    figures = tuple(
        _figure(figure, name, source.armature, rig, to_file, collection)
        for figure, name in zip(source.figures, names[1:], strict=True)
    )
    return StandIn(source, rig, figures, bones, parents)


def _armature(
    name: str, bones: Sequence[str], parents: Sequence[int], rest: Array, lengths: Array, collection: bpy.types.Collection
) -> bpy.types.Object:
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    collection.objects.link(rig)
    with edit_mode(rig):
        made: list[bpy.types.EditBone] = []
        for bone, parent, matrix, length in zip(bones, parents, rest, lengths, strict=True):
            one = data.edit_bones.new(bone)
            one.head, one.tail = (0.0, 0.0, 0.0), (0.0, float(length), 0.0)
            one.matrix = Matrix(matrix.tolist())
            one.parent = made[parent] if parent >= 0 else None
            made.append(one)
    for bone in rig.pose.bones:
        bone.rotation_mode = "QUATERNION"
    return rig


def _figure(
    figure: bpy.types.Object,
    name: str,
    armature: bpy.types.Object,
    rig: bpy.types.Object,
    to_file: Array,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    """A copy of the mesh that `rig` moves. to_file: (4, 4) from the armature's space."""
    made = figure.copy()
    made.name, made.data = name, figure.data.copy()
    made.animation_data_clear()
    made.constraints.clear()
    keys = made.data.shape_keys
    if keys is not None:
        keys.animation_data_clear()
        for block in keys.key_blocks[1:]:
            block.value = 0.0
    # Of deforming by bones only; the rest of its modifiers go along.
    deforms = [modifier for modifier in made.modifiers if modifier.type == "ARMATURE"]
    for modifier in deforms:
        made.modifiers.remove(modifier)
    within = np.linalg.inv(np.array(armature.matrix_world)) @ np.array(figure.matrix_world)
    made.data.transform(Matrix((to_file @ within).tolist()), shape_keys=True)
    hangs = figure.parent == armature and figure.parent_type == "BONE" and not deforms
    if hangs:  # what a bone carries is skinned to it whole
        made.vertex_groups.clear()
        made.vertex_groups.new(name=figure.parent_bone).add(range(len(made.data.vertices)), 1.0, "REPLACE")
    made.parent, made.parent_type = rig, "OBJECT"
    made.matrix_parent_inverse, made.matrix_basis = Matrix(), Matrix()
    if deforms or hangs:
        made.modifiers.new("Armature", "ARMATURE").object = rig
    collection.objects.link(made)
    return made


def play_clip(stand_in: StandIn, clip: Clip) -> None:
    """Key the clip, told in the file's space, from frame 0 on, a frame each pose."""
    frames, held = np.arange(len(clip), dtype=np.float64), np.zeros(len(clip), bool)
    rest = np.array([stand_in.rig.data.bones[bone].matrix_local for bone in stand_in.bones])
    places, turns, scales = tree_parts(clip.matrices, stand_in.parents, locals_of(rest, stand_in.parents))
    quaternions = continuous_quaternions(quaternions_from_matrices(turns))
    _, curves = animate(stand_in.rig, None, clip.name)
    for column, bone in enumerate(stand_in.bones):
        channels = {"rotation_quaternion": quaternions[:, column]}
        if np.abs(places[:, column]).max() > _STILL:
            channels["location"] = places[:, column]
        if np.abs(scales[:, column] - 1).max() > 1e-4:
            channels["scale"] = scales[:, column]
        for channel, values in channels.items():
            for index, numbers in enumerate(values.T):
                path = f'pose.bones["{bone}"].{channel}'
                write_keys(new_fcurve(curves, path, index, bone), frames, numbers, held)
    for figure, own in zip(stand_in.figures, stand_in.source.figures, strict=True):
        if own.data.shape_keys is not None:
            _key_face(figure, own.data.shape_keys.name, clip, frames, held)


def _key_face(figure: bpy.types.Object, told: str, clip: Clip, frames: Array, held: NDArray[np.bool_]) -> None:
    """told: what the clip calls the mesh's shape keys."""
    keys = figure.data.shape_keys
    _, curves = animate(keys, None, f"{clip.name} expression")
    for block in keys.key_blocks[1:]:
        values = clip.shape_keys.get((told, block.name))
        if values is not None and np.abs(values).max() > _STILL:
            # Blender cuts off what lies beyond the ends of the slider.
            block.slider_min, block.slider_max = min(0.0, float(values.min())), max(1.0, float(values.max()))
            write_keys(new_fcurve(curves, f'key_blocks["{block.name}"].value', 0, None), frames, values, held)
