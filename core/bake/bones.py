"""Bones as arrays: from what each does by itself to where it is, and back, for whole takes at once, as Blender does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Bones:
    """The B bones of an armature at rest, parents before their children, in armature space and the armature's own unit.

    parents: (B,) indices, -1 for none. rest: (B, 4, 4) Bone.matrix_local. lengths: (B,).
    inherits_rotation, local_location: (B,) Bone.use_inherit_rotation, Bone.use_local_location.
    connected: (B,) Bone.use_connect; Blender holds such a bone at its parent's tail, whatever its location says.
    inherits_scale: (B,) names as in Bone.inherit_scale. rotation_modes: (B,) names as in PoseBone.rotation_mode.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Array
    lengths: Array
    inherits_rotation: tuple[bool, ...]
    local_location: tuple[bool, ...]
    connected: tuple[bool, ...]
    inherits_scale: tuple[str, ...]
    rotation_modes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def offsets(self) -> Array:
        """(B, 4, 4) where each bone rests, seen from its resting parent."""
        above = np.stack([self.rest[parent] if parent >= 0 else np.eye(4) for parent in self.parents])
        seen: Array = np.linalg.inv(above) @ self.rest
        return seen

    def is_plain(self, bone: int) -> bool:
        """Whether the bone takes all from its parent, as bones do unless told otherwise."""
        return self.inherits_rotation[bone] and self.local_location[bone] and self.inherits_scale[bone] == "FULL"

    def below(self, bone: int) -> list[int]:
        """The bone and all that hang from it."""
        found = {bone}
        for child, parent in enumerate(self.parents):
            if parent in found:
                found.add(child)
        return sorted(found)


def pose_matrices(bones: Bones, basis: Array) -> Array:
    """(T, B, 4, 4) where the bones are (PoseBone.matrix) for what each does by itself (T, B, 4, 4) (PoseBone.matrix_basis)."""
    poses = np.empty(basis.shape)
    for bone, parent in enumerate(bones.parents):
        if parent < 0:
            poses[:, bone] = bones.offsets[bone] @ basis[:, bone]
        elif bones.is_plain(bone):
            poses[:, bone] = poses[:, parent] @ bones.offsets[bone] @ basis[:, bone]
        else:
            turn, place, scale = _taken_over(bones, bone, poses[:, parent])
            poses[:, bone] = turn @ basis[:, bone]
            poses[:, bone, :3, :3] *= scale[:, None, :]
            poses[:, bone, :3, 3] = (place @ basis[:, bone, :, 3:])[:, :3, 0]
    return poses


def basis_matrices(bones: Bones, poses: Array) -> Array:
    """(T, B, 4, 4) what each bone does by itself, so that the bones are where `poses` (T, B, 4, 4) has them."""
    basis = np.empty(poses.shape)
    back, before = np.linalg.inv(poses), np.linalg.inv(bones.offsets)
    for bone, parent in enumerate(bones.parents):
        if parent < 0:
            basis[:, bone] = before[bone] @ poses[:, bone]
        elif bones.is_plain(bone):
            basis[:, bone] = before[bone] @ back[:, parent] @ poses[:, bone]
        else:
            turn, place, scale = _taken_over(bones, bone, poses[:, parent])
            own = poses[:, bone].copy()
            own[:, :3, :3] /= scale[:, None, :]
            basis[:, bone] = np.linalg.inv(turn) @ own
            basis[:, bone, :3, 3] = (np.linalg.inv(place) @ poses[:, bone, :, 3:])[:, :3, 0]
    return basis


def _taken_over(bones: Bones, bone: int, parent: Array) -> tuple[Array, Array, Array]:
    """What a bone takes from its posed parent (T, 4, 4): for turn and scale (T, 4, 4), for its place (T, 4, 4), and (T, 3) by
    which its axes are lengthened afterwards. As BKE_bone_parent_transform_calc_from_matrices in Blender's armature.cc."""
    offset, scaling = bones.offsets[bone], bones.inherits_scale[bone]
    lengths = np.linalg.norm(parent[:, :3, :3], axis=1)
    after = np.ones((len(parent), 3))
    carried = parent.copy()
    if bones.inherits_rotation[bone]:
        if scaling in ("NONE", "AVERAGE", "ALIGNED"):
            carried[:, :3, :3] = _upright(parent[:, :3, :3])
        elif scaling == "NONE_LEGACY":
            carried[:, :3, :3] /= lengths[:, None, :]
        if scaling == "ALIGNED":
            after = lengths
    else:
        carried[:, :3, :3] = bones.rest[bones.parents[bone], :3, :3]
        if scaling in ("FULL", "FIX_SHEAR"):
            carried[:, :3, :3] *= lengths[:, None, :]
        elif scaling == "ALIGNED":
            after = lengths
    if scaling == "AVERAGE":
        carried[:, :3, :3] *= np.cbrt(np.abs(np.linalg.det(parent[:, :3, :3])))[:, None, None]
    turn = carried @ offset
    if scaling == "FIX_SHEAR":
        turn[:, :3, :3] = _upright(turn[:, :3, :3]) * np.linalg.norm(turn[:, :3, :3], axis=1)[:, None, :]
    place = parent @ offset
    if not bones.local_location[bone]:
        place = place.copy()
        place[:, :3, :3] = parent[:, :3, :3]
    return turn, place, after


def _upright(matrices: Array) -> Array:
    """(T, 3, 3) rotations: the second axis kept, the others made square to it and to one another."""
    y = matrices[:, :, 1] / np.linalg.norm(matrices[:, :, 1], axis=-1, keepdims=True)
    x = matrices[:, :, 0] - y * (y * matrices[:, :, 0]).sum(-1, keepdims=True)
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    return np.stack([x, y, np.cross(x, y)], -1)


def chain_above(bones: Bones, bone: int) -> Sequence[int]:
    """The bones above `bone`, the nearest first."""
    found = []
    while bones.parents[bone] >= 0:
        bone = bones.parents[bone]
        found.append(bone)
    return found
