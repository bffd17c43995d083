"""What an armature shows, made into the numbers that its F-curves will hold: root apart, loop closed."""

from dataclasses import dataclass, replace
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...bake.bones import Bones, basis_matrices, pose_matrices
from ...bake.channels import COUNT, LOCATION, ROTATION, SCALE, Parts, basis_of, parts_of
from ...bake.feet import Standing, find_standing
from ...bake.keys import Whole
from ...bake.loop import looped_parts, looped_path
from ...bake.planted import planted
from ...bake.root import Path, carried, kept_in_place, path_of, root_above, with_root
from ...errors import ThespisError
from ..sampled import Sampled
from ..take_channels import turns_in_mode
from .ground import Ground
from .legs import legs_of
from .options import BakeOptions

Array = NDArray[np.floating[Any]]
ROOT_NAME: Final = "root"
_STILL: Final = 5e-6
"""Metres, and shares of a scale: what Blender's 32 bits make of nothing."""
_SHORT: Final = 0.3
"""Metres over which someone goes nowhere."""


@dataclass(frozen=True)
class Clip:
    """bones: with the root bone where one is wanted. values: (T, B, COUNT) what its bones do by themselves; bone, number: (N,) of
    the N curves that are needed to tell it. lost: millimetres by which these numbers cannot tell the take: where constraints
    shear a bone, or move it off the one that it is connected to. stands: (T, B) which bones are a foot's that stands.

    root: its index, None where nothing carries the travel. is_new: whether the armature has no such bone yet. travel: of the
    root, or of the pelvis where there is none.
    """

    bones: Bones
    values: Array
    bone: Whole
    number: Whole
    lost: float
    stands: NDArray[np.bool_]
    root: int | None
    is_new: bool
    travel: Path


def clip_of(
    armature: bpy.types.Object, bones: Bones, ground: Ground, sampled: Sampled, rate: float, options: BakeOptions
) -> Clip:
    """The take in `sampled`, `rate` frames a second, as `options` want it. Raises ThespisError where it cannot be."""
    taken = poses = _with_object(sampled)
    pelvis = ground.pelvis
    path = _path(poses, bones, ground, options.root == "ROOT_TURN", options.steady * rate)
    root, is_new = None, False
    if options.root == "IN_PLACE":
        poses = kept_in_place(poses, path)
    elif options.root != "PELVIS":
        root = root_above(bones, pelvis)
        is_new = root is None
        if root is None:
            root, pelvis = 0, pelvis + 1
            bones = with_root(bones, ground.pelvis, _free_name(bones))
            poses = np.concatenate([np.zeros_like(poses[:, :1]), poses], axis=1)
        if bones.connected[pelvis]:
            raise ThespisError(
                f"{armature.name}: {bones.names[pelvis]} is connected to the bone above it and cannot move by itself. "
                "Disconnect it in Edit Mode, or leave the travel on the pelvis."
            )
        taken = poses = carried(bones, poses, root, pelvis, path)
    parts = parts_of(basis_matrices(bones, poses))
    if options.loop:
        parts = looped_parts(parts, rate, [bone for bone in range(len(bones)) if bone != root])
    if options.loop and root is not None:
        path = looped_path(path, rate)
        on_path = parts_of(basis_matrices(bones, carried(bones, poses, root, pelvis, path)))
        parts = parts.with_bone(root, on_path)
    feet = find_standing(bones, taken, legs_of(armature, bones), rate, ground.unit)
    if options.loop:
        made = pose_matrices(bones, basis_of(_values(armature, bones, parts), bones.rotation_modes))
        parts = _with_feet(bones, parts, made, taken, feet, _gone(path, ground, options, rate), ground, rate)
    values = _values(armature, bones, parts)
    shown = pose_matrices(bones, basis_of(values, bones.rotation_modes))
    if root is None:
        turning = _path(shown, bones, ground, True, 0.0)
        path = replace(_path(shown, bones, ground, False, 0.0), heading=turning.heading)
    bone, number = np.nonzero(_needed(armature, bones, values, ground.unit, root))
    lost = 0.0
    if not options.loop:
        lost = float(np.linalg.norm((shown - poses)[..., :3, 3], axis=-1).max()) * 1000 / ground.unit
    stands = np.zeros(taken.shape[:2], bool)
    for foot in feet:
        stands[:, foot.leg.foot] = foot.frames[:, None]
    return Clip(bones, values, bone, number, lost, stands, root, is_new, path)


def _with_feet(
    bones: Bones, parts: Parts, made: Array, taken: Array, feet: list[Standing], gone: Array, ground: Ground, rate: float
) -> Parts:
    """The looped `parts`, whose poses are `made`, with `feet` that stand where they did in those `taken` (both T, B, 4, 4)."""
    made = made.copy()
    made[..., :3, 3] += gone[:, None]
    poses = planted(bones, made, taken, feet, ground.up, rate)
    poses[..., :3, 3] -= gone[:, None]
    stood = parts_of(basis_matrices(bones, poses)).closed()
    for leg in (foot.leg for foot in feet):
        for bone in (leg.hip, leg.knee, *leg.foot):
            parts = parts.with_bone(bone, stood)
    return parts


def _gone(path: Path, ground: Ground, options: BakeOptions, rate: float) -> Array:
    """(T, 3) how far a loop that stays in place has gone for its feet, as on a treadmill.

    A short way that is left on the pelvis is none: steps on the spot make up for it.
    """
    if options.root == "IN_PLACE":
        place = looped_path(path, rate).place
        return np.asarray(place - place[:1])
    whole = path.place[-1] - path.place[0]
    if options.root != "PELVIS" or np.linalg.norm(whole) < _SHORT * ground.unit:
        return np.zeros(path.place.shape)
    return np.asarray(np.linspace(0, 1, len(path.place))[:, None] * whole)


def _path(poses: Array, bones: Bones, ground: Ground, turns: bool, steady: float) -> Path:
    return path_of(poses[:, ground.pelvis], bones.rest[ground.pelvis], ground.up, turns, steady)


def _free_name(bones: Bones) -> str:
    return next(name for name in (ROOT_NAME, *(f"{ROOT_NAME}.{n:03}" for n in range(1, 1000))) if name not in bones.names)


def _with_object(sampled: Sampled) -> Array:
    """(T, B, 4, 4) the poses as they would have to be for an object that stays where it is in the first frame."""
    if not moves_as_object(sampled):
        return sampled.matrices
    moved = np.linalg.inv(sampled.placed[0]) @ sampled.placed
    return np.asarray(moved[:, None] @ sampled.matrices)


def moves_as_object(sampled: Sampled) -> bool:
    """Whether the armature's object moves by itself, which becomes its bones' motion."""
    return bool(np.abs(sampled.placed - sampled.placed[:1]).max() > 1e-6)


def _values(armature: bpy.types.Object, bones: Bones, parts: Parts) -> Array:
    """(T, B, COUNT) the parts in the bones' own rotation modes."""
    values = np.zeros((*parts.turns.shape[:2], COUNT))
    values[..., LOCATION], values[..., ROTATION], values[..., SCALE] = parts.location, parts.turns, parts.scale
    values[:, np.flatnonzero(bones.connected), LOCATION] = 0
    for index, mode in enumerate(bones.rotation_modes):
        bone = armature.pose.bones.get(bones.names[index])
        if mode == "QUATERNION" or bone is None:
            continue
        near = bone.rotation_axis_angle if mode == "AXIS_ANGLE" else bone.rotation_euler
        turns = turns_in_mode(mode, parts.turns[:, index], np.array(near[:]))
        values[:, index, ROTATION] = 0
        values[:, index, ROTATION.start : ROTATION.start + turns.shape[1]] = turns
    return values


def _needed(armature: bpy.types.Object, bones: Bones, values: Array, unit: float, root: int | None) -> NDArray[np.bool_]:
    """(B, COUNT) which numbers need a curve: turns, and places and sizes that are not those of rest, then or now."""
    needed = np.zeros((len(bones), COUNT), bool)
    for index, (name, mode) in enumerate(zip(bones.names, bones.rotation_modes, strict=True)):
        bone = armature.pose.bones.get(name)
        places, sizes = values[:, index, LOCATION], values[:, index, SCALE]
        if bone is not None:
            places, sizes = np.vstack([places, bone.location[:]]), np.vstack([sizes, bone.scale[:]])
        needed[index, LOCATION] = index == root or np.abs(places).max() > _STILL * unit
        needed[index, SCALE] = np.abs(sizes - 1).max() > _STILL
        needed[index, ROTATION.start : ROTATION.start + (4 if mode in ("QUATERNION", "AXIS_ANGLE") else 3)] = True
    return needed
