"""What of a character is exported: its bones and the meshes that it moves, standing upright in metres."""

from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import ThespisError
from ..rig import armature_of

Array = NDArray[np.floating[Any]]

_EVEN: Final = 0.01
"""By which share the scale of an object may differ between directions."""


@dataclass(frozen=True)
class Source:
    """A character of the scene.

    bones: names of those that are exported, parents first; columns: where they are among armature.pose.bones.
    parents: (B,) positions in `bones`, -1 for none. rest: (B, 4, 4) in upright metres: the armature's own space with the object's
    scale and tilt put in, its heading and place left out. lengths: (B,) metres. upright: (4, 4) from the armature's own space.
    figures: the meshes. scale: of the object.
    """

    armature: bpy.types.Object
    bones: tuple[str, ...]
    columns: tuple[int, ...]
    parents: tuple[int, ...]
    rest: Array
    lengths: Array
    upright: Array
    figures: tuple[bpy.types.Object, ...]
    scale: float


def read_source(armature: bpy.types.Object, scene: bpy.types.Scene, mesh: bool, deform_only: bool) -> Source:
    """What of `armature` is exported. mesh: with the meshes that show; deform_only: without bones that only control others.

    Raises ThespisError when there is nothing to export, or when it is scaled unevenly.
    """
    if not armature.data.bones:
        raise ThespisError(f"{armature.name}: has no bones. Choose another armature.")
    _, upright, scale = placed(np.array(armature.matrix_world), armature.name)
    names = [bone.name for bone in armature.pose.bones]
    kept = _kept_bones(armature) if deform_only else names
    parents = [_parent_of(armature.data.bones[name], kept) for name in kept]
    rest = np.array([armature.data.bones[name].matrix_local for name in kept])
    figures = tuple(figures_of(armature, scene)) if mesh else ()
    if mesh and not figures:
        raise ThespisError(f"{armature.name}: moves no mesh that shows. Show its mesh, or export the skeleton only.")
    return Source(
        armature,
        tuple(kept),
        tuple(names.index(name) for name in kept),
        tuple(parents),
        unscaled(upright @ rest, scale),
        np.array([armature.data.bones[name].length for name in kept]) * scale,
        upright,
        figures,
        scale,
    )


def figures_of(armature: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The meshes of the scene that `armature` moves and that show in the viewport."""
    things = [thing for thing in scene.objects if thing.type == "MESH" and armature_of(thing) == armature]
    return [thing for thing in things if thing.visible_get(view_layer=scene.view_layers[0])]


def placed(world: Array, name: str) -> tuple[Array, Array, float]:
    """An object's matrix_world (4, 4) as place @ upright: place (4, 4) turns about Z and moves, upright (4, 4) tilts and scales.

    Also its scale. Raises ThespisError when that is not the same in all directions.
    """
    sizes = np.linalg.norm(world[:3, :3], axis=0)
    scale = float(sizes.mean())
    if np.linalg.det(world[:3, :3]) <= 0 or np.ptp(sizes) > _EVEN * scale:
        raise ThespisError(f"{name}: is scaled unevenly or mirrored. Apply its scale first (Ctrl+A).")
    turn = world[:3, :3] / sizes
    # The part of the turn that is about Z: of its quaternion, w and z alone.
    w, z = 1 + np.trace(turn), turn[1, 0] - turn[0, 1]
    heading = 2 * np.arctan2(z, w)
    place = np.eye(4)
    place[:2, :2] = [[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]]
    place[:3, 3] = world[:3, 3]
    return place, np.linalg.inv(place) @ world, scale


def unscaled(matrices: Array, scale: float) -> Array:
    """(..., 4, 4) the same with axes shorter by `scale`, places as they are."""
    result = matrices.copy()
    result[..., :3, :3] /= scale
    return result


def _kept_bones(armature: bpy.types.Object) -> list[str]:
    """The bones that deform, and the topmost bones above them: the root. All of them where none deforms."""
    bones = armature.data.bones
    kept = {bone.name for bone in bones if bone.use_deform}
    if not kept:
        return [bone.name for bone in armature.pose.bones]
    for name in tuple(kept):
        above = bones[name].parent_recursive
        if above:
            kept.add(above[-1].name)
    return [bone.name for bone in armature.pose.bones if bone.name in kept]


def _parent_of(bone: bpy.types.Bone, kept: list[str]) -> int:
    """The nearest exported bone above; of Rigify's ORG bones their DEF counterparts count."""
    for above in bone.parent_recursive:
        for name in (above.name, above.name.replace("ORG-", "DEF-", 1)):
            if name in kept and name != bone.name:
                return kept.index(name)
    return -1
