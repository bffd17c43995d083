"""What turns and carries each control, told from the bones above it, or by trying where constraints and drivers are at work."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Quaternion
from numpy.typing import NDArray

from ...retarget.skeleton import Skeleton
from ...retarget.turns import about, angles, apply, orthonormal, quaternions_of, transposed, unit
from ..sampled import sample_armature

Array = NDArray[np.floating[Any]]

_TRIED: Final = np.deg2rad(20)
_SAME_TURN: Final = np.deg2rad(0.2)
_SAME_PLACE: Final = 2e-3
"""Share of the armature's size."""


@dataclass(frozen=True)
class Carriers:
    """Of C controls. heads (C, 3), axes (C, 3, 3): in a cleared pose, in armature space. turned_by, carried_by: (C,) numbers of
    controls, -1 for none. doubtful: names of those that nothing turns as a whole, only partly.
    """

    heads: Array
    axes: Array
    turned_by: NDArray[np.int64]
    carried_by: NDArray[np.int64]
    doubtful: tuple[str, ...] = ()


def find_carriers(armature: bpy.types.Object, skeleton: Skeleton, names: Sequence[str]) -> Carriers:
    """What moves the controls called `names` along. The pose of `armature` is cleared, and nothing animates it."""
    numbers = [skeleton.index[name] for name in names]
    told = _by_hierarchy(armature, skeleton, numbers)
    concerned = set(numbers).union(*(skeleton.above(number) for number in numbers))
    if not _is_driven(armature, {skeleton.names[number] for number in concerned}):
        return Carriers(skeleton.heads[numbers], skeleton.axes[numbers], *told)
    return _by_trying(armature, skeleton, numbers, told)


def _by_hierarchy(
    armature: bpy.types.Object, skeleton: Skeleton, numbers: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The nearest control above that passes its turn on."""
    at = {number: k for k, number in enumerate(numbers)}
    bones = armature.data.bones
    turned, carried = np.full(len(numbers), -1), np.full(len(numbers), -1)
    for k, number in enumerate(numbers):
        chain = [number, *skeleton.above(number)]
        turns = True
        for below, above in pairwise(chain):
            turns = turns and bones[skeleton.names[below]].use_inherit_rotation
            if above in at:
                carried[k] = at[above]
                turned[k] = at[above] if turns else -1
                break
    return turned, carried


def _is_driven(armature: bpy.types.Object, names: set[str]) -> bool:
    bones = armature.pose.bones
    if any(not constraint.mute and constraint.influence > 0 for name in names for constraint in bones[name].constraints):
        return True
    drivers = armature.animation_data.drivers if armature.animation_data else ()
    return any(f'"{name}"' in driver.data_path for driver in drivers for name in names)


def _by_trying(
    armature: bpy.types.Object, skeleton: Skeleton, numbers: list[int], told: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> Carriers:
    """Turn every control in a way of its own and see which others went along with it, whatever lies in between."""
    cleared = _shown(armature, numbers)
    axes, heads = orthonormal(cleared[:, :3, :3]), cleared[:, :3, 3]
    chance = np.random.default_rng(0)
    own = about(unit(chance.normal(size=(len(numbers), 3))), _TRIED * chance.uniform(0.6, 1.4, len(numbers)))
    bones = [armature.pose.bones[skeleton.names[number]] for number in numbers]
    kept = [(bone.rotation_mode, bone.matrix_basis.copy()) for bone in bones]
    try:
        for bone, turn in zip(bones, quaternions_of(own), strict=True):
            bone.rotation_mode = "QUATERNION"
            bone.rotation_quaternion = Quaternion(turn)
        tried = _shown(armature, numbers)
    finally:
        for bone, (mode, basis) in zip(bones, kept, strict=True):
            bone.rotation_mode = mode
            bone.matrix_basis = basis
    went = orthonormal(tried[:, :3, :3]) @ transposed(axes)  # (C, 3, 3) since the cleared pose
    before = orthonormal(tried[:, :3, :3]) @ transposed(own) @ transposed(axes)  # without what the control itself did
    everyone = np.concatenate([went, np.eye(3)[None]])
    apart = angles(np.einsum("kij,lim->klmj", before, everyone))
    np.fill_diagonal(apart, np.inf)
    there = np.concatenate([tried[:, :3, 3], np.zeros((1, 3))])
    begins = np.concatenate([heads, np.zeros((1, 3))])
    reached = there[None] + apply(everyone[None], heads[:, None] - begins[None])  # (C, C + 1, 3) if it carried
    off = np.linalg.norm(reached - tried[:, None, :3, 3], axis=-1) / max(float(np.ptp(heads, axis=0).max()), 1e-9)
    np.fill_diagonal(off, np.inf)
    turned, carried = told[0].copy(), told[1].copy()
    doubtful = []
    for k, number in enumerate(numbers):
        nearest = int(apart[k].argmin())
        if apart[k, nearest] < _SAME_TURN:
            turned[k] = nearest if nearest < len(numbers) else -1
        else:
            doubtful.append(skeleton.names[number])
        # That one first which also turns it, then the one above: what is nearest besides may be so by chance.
        choices = [turned[k] if turned[k] >= 0 else len(numbers), told[1][k] if told[1][k] >= 0 else len(numbers)]
        near = next((choice for choice in choices if off[k, choice] < _SAME_PLACE), int(off[k].argmin()))
        if off[k, near] < (_SAME_PLACE if near in choices else 0.1 * _SAME_PLACE):
            carried[k] = near if near < len(numbers) else -1
    return Carriers(heads, axes, turned, carried, tuple(doubtful))


def _shown(armature: bpy.types.Object, numbers: list[int]) -> Array:
    """(C, 4, 4) what the controls show now."""
    frame = bpy.context.scene.frame_current
    return sample_armature(armature, [frame], with_face=False).matrices[0][numbers]
