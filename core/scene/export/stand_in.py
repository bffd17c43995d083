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
from ..compat import animate, new_fcurve, present_part
from ..keys import write_keys
from ..layers import new_strip
from ..rotations import continuous_quaternions, quaternions_from_matrices
from .clip import Clip, locals_of, parts_of
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


def play_clips(stand_in: StandIn, clips: Sequence[Clip], starts: Sequence[float], strips: bool) -> None:
    """Key the clips, told in the file's space, one after another from these frames on, a frame each pose.

    strips: each as a strip of the NLA with its name, instead of one action; before the first the character is at rest.
    """
    frames = np.concatenate([start + np.arange(len(clip)) for clip, start in zip(clips, starts, strict=True)])
    rest = np.array([stand_in.rig.data.bones[bone].matrix_local for bone in stand_in.bones])
    posed = np.concatenate([locals_of(clip.matrices, stand_in.parents) for clip in clips])
    basis = np.linalg.inv(locals_of(rest, stand_in.parents)) @ posed
    places, turns, scales = parts_of(basis)
    quaternions = continuous_quaternions(quaternions_from_matrices(turns))
    held = np.zeros(len(frames), bool)
    # A jump between two clips is not to be smoothed over.
    held[np.cumsum([len(clip) for clip in clips]) - 1] = True
    _, curves = animate(stand_in.rig, None, clips[0].name)
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
        _key_face(figure, own, clips, frames, held)
    part = present_part(stand_in.rig)
    if strips and part is not None:
        stand_in.rig.animation_data.action = None
        for clip, start in zip(clips, starts, strict=True):
            strip = new_strip(stand_in.rig, part, clip.name, start, start + max(1, len(clip) - 1))
            strip.extrapolation = "NOTHING"


def _key_face(
    figure: bpy.types.Object, own: bpy.types.Object, clips: Sequence[Clip], frames: Array, held: NDArray[np.bool_]
) -> None:
    if own.data.shape_keys is None:
        return
    keys = figure.data.shape_keys
    _, curves = animate(keys, None, f"{clips[0].name} expression")
    for block in keys.key_blocks[1:]:
        told = (own.data.shape_keys.name, block.name)
        values = np.concatenate([clip.shape_keys.get(told, np.zeros(len(clip))) for clip in clips])
        if np.abs(values).max() > _STILL:
            # Blender cuts off what lies beyond the ends of the slider.
            block.slider_min, block.slider_max = min(0.0, float(values.min())), max(1.0, float(values.max()))
            write_keys(new_fcurve(curves, f'key_blocks["{block.name}"].value', 0, None), frames, values, held)
