"""What of a character is exported: its bones and the meshes that it moves, standing upright in metres."""

from collections.abc import Sequence
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
    figures: the meshes. scale: of the object. left_out: how many bones stay behind.
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
    left_out: int


def read_source(armature: bpy.types.Object, scene: bpy.types.Scene, mesh: bool, deform_only: bool) -> Source:
    """What of `armature` is exported. mesh: with the meshes that show; deform_only: without bones that only control others.

    Raises ThespisError when there is nothing to export, or when it is scaled unevenly.
    """
    if not armature.data.bones:
        raise ThespisError(f"{armature.name}: has no bones. Choose another armature.")
    _, upright, scale = placed(np.array(armature.matrix_world), armature.name)
    names = [bone.name for bone in armature.pose.bones]
    kept, parents = _tree_of(armature, *_kept_bones(armature, upright) if deform_only else (names, None))
    rest = unscaled(upright @ np.array([armature.data.bones[name].matrix_local for name in kept]), scale)
    figures = tuple(figures_of(armature, scene)) if mesh else ()
    if mesh and not figures:
        raise ThespisError(f"{armature.name}: moves no mesh that shows. Show its mesh, or export the skeleton only.")
    return Source(
        armature,
        tuple(kept),
        tuple(names.index(name) for name in kept),
        tuple(parents),
        rest,
        np.array([armature.data.bones[name].length for name in kept]) * scale,
        upright,
        figures,
        scale,
        len(names) - len(kept),
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


def _kept_bones(armature: bpy.types.Object, upright: Array) -> tuple[list[str], str | None]:
    """The bones that deform, and a root for those whose bones above all stay behind. All and none where no bone deforms.

    In a rig of controls constraints hold together what hangs from several topmost bones; one of them, the lowest, is the root.
    """
    bones = armature.data.bones
    names = [bone.name for bone in armature.pose.bones]
    deforming = [name for name in names if bones[name].use_deform]
    if not deforming:
        return names, None
    loose = [bones[name] for name in deforming if _parent_of(bones[name], deforming) < 0]
    tops = {above[-1] for above in (bone.parent_recursive for bone in loose) if above}
    if not tops:
        return deforming, None
    root = min(tops, key=lambda bone: (upright @ np.array(bone.matrix_local))[2, 3]).name
    return [name for name in names if name in (root, *deforming)], root


def _tree_of(armature: bpy.types.Object, kept: Sequence[str], root: str | None) -> tuple[list[str], list[int]]:
    """The bones with parents before their children, and the parents' positions, -1 for none. root: what else hangs from."""
    below: dict[int, list[int]] = {}
    for place, name in enumerate(kept):
        bone = armature.data.bones[name]
        parent = _parent_of(bone, kept)
        if parent < 0 and root is not None and bone.parent is not None:
            parent = kept.index(root)
        below.setdefault(parent, []).append(place)
    order: list[str] = []
    parents: list[int] = []
    waiting = [(top, -1) for top in reversed(below[-1])]
    while waiting:
        place, above = waiting.pop()
        waiting += [(child, len(order)) for child in reversed(below.get(place, []))]
        order.append(kept[place])
        parents.append(above)
    return order, parents


def _parent_of(bone: bpy.types.Bone, kept: Sequence[str]) -> int:
    """The nearest exported bone above; of Rigify's ORG bones their DEF counterparts count."""
    for above in bone.parent_recursive:
        for name in (above.name, above.name.replace("ORG-", "DEF-", 1)):
            if name in kept and name != bone.name:
                return kept.index(name)
    return -1
