"""Where a character goes, told apart from what it does there: the path of a root on the ground under the pelvis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..scene.rotations import matrices_from_quaternions, quaternions_from_axis_angle, quaternions_from_matrices
from .bones import Bones, chain_above

Array = NDArray[np.floating[Any]]

_UPSIDE_DOWN: Final = 0.1
"""How much of a turn must be left to tell a heading from: someone on his head faces nowhere."""
_NAMES: Final = ("pelvis", "hips", "hip")


@dataclass(frozen=True)
class Path:
    """Of a root on the ground. up: (3,) the vertical, in armature space. place: (T, 3) on the ground. heading: (T,) radians about
    `up`, without jumps, 0 as at rest."""

    up: Array
    place: Array
    heading: Array

    def matrices(self) -> Array:
        """(T, 4, 4) what takes something at rest along the path."""
        moved = np.tile(np.eye(4), (len(self.place), 1, 1))
        moved[:, :3, :3] = self.turns()
        moved[:, :3, 3] = self.place
        return moved

    def turns(self) -> Array:
        """(T, 3, 3) the turns of `heading`."""
        return matrices_from_quaternions(quaternions_from_axis_angle(self.heading[:, None] * self.up))


def find_pelvis(bones: Bones) -> int:
    """The bone that carries all of a body: called pelvis or hips, else the first that branches into limbs, else the first."""
    size = [len(bones.below(bone)) for bone in range(len(bones))]
    named = [b for b, name in enumerate(bones.names) if _plain_name(name) in _NAMES]
    if named:
        return max(named, key=lambda bone: size[bone])
    top = max((b for b, parent in enumerate(bones.parents) if parent < 0), key=lambda one: size[one])
    limbs = [top]
    while len(limbs) == 1:
        bone = limbs[0]
        limbs = [child for child, parent in enumerate(bones.parents) if parent == bone and size[child] > 1]
    return bone if limbs else top


def _plain_name(name: str) -> str:
    """`mixamorig:Hips`, `J_Bip_C_Hips` and `DEF-hips` are hips."""
    for mark in ":_-. ":
        name = name.rsplit(mark, 1)[-1]
    return name.lower()


def root_above(bones: Bones, pelvis: int) -> int | None:
    """The bone above the pelvis that carries everything; None when there is none."""
    above: Sequence[int] = chain_above(bones, pelvis)
    return above[-1] if above else None


def with_root(bones: Bones, pelvis: int, name: str) -> Bones:
    """The same bones and one more, first of all: the pelvis's parent, at the armature's origin, its axes the armature's own."""
    parents = tuple(parent + 1 if parent >= 0 else -1 for parent in bones.parents)
    return replace(
        bones,
        names=(name, *bones.names),
        parents=(-1, *(0 if bone == pelvis else parent for bone, parent in enumerate(parents))),
        rest=np.concatenate([np.eye(4)[None], bones.rest]),
        lengths=np.concatenate([[root_length(bones, pelvis)], bones.lengths]),
        inherits_rotation=(True, *bones.inherits_rotation),
        local_location=(True, *bones.local_location),
        connected=(False, *(own and bone != pelvis for bone, own in enumerate(bones.connected))),
        inherits_scale=("FULL", *bones.inherits_scale),
        rotation_modes=("QUATERNION", *bones.rotation_modes),
    )


def root_length(bones: Bones, pelvis: int) -> float:
    """How long a root bone is shown, for the size of the character."""
    high = float(np.linalg.norm(bones.rest[pelvis, :3, 3]))
    return 0.25 * (high or float(bones.lengths[pelvis]))


def path_of(pelvis: Array, rest: Array, up: Array, with_heading: bool, steady: float = 0.0) -> Path:
    """The path under a pelvis that is moved as (T, 4, 4) and rests at (4, 4), in armature space.

    steady: frames over which place and heading are averaged. The heading is the pelvis's turn about the vertical (the twist of
    its swing-twist decomposition); while it is upside down, when it has none, it goes straight on from before to after.
    """
    ground = np.eye(3) - np.outer(up, up)
    heading = np.zeros(len(pelvis))
    if with_heading:
        turns = quaternions_from_matrices(pelvis[:, :3, :3] @ rest[:3, :3].T)
        real, about = turns[:, 0], turns[:, 1:] @ up
        told = np.hypot(real, about) > _UPSIDE_DOWN
        if told.any():
            frames = np.arange(len(pelvis))
            angles = np.unwrap(2 * np.arctan2(about, real)[told])
            heading = steadied(np.interp(frames, frames[told], angles), steady)
    path = Path(up, np.zeros((len(pelvis), 3)), heading)
    place = pelvis[:, :3, 3] @ ground - path.turns() @ (ground @ rest[:3, 3])
    return replace(path, place=steadied(place, steady))


def steadied(values: Array, frames: float) -> Array:
    """(T, ...) averaged over about so many frames (a Gaussian), first and last value kept."""
    sigma = frames / 2
    reach = min(int(np.ceil(3 * sigma)), len(values) - 1)
    if reach < 1 or sigma <= 0:
        return values
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    # Seen upside down in a mirror at either end, where it stays in place so.
    before, after = 2 * values[:1] - values[reach:0:-1], 2 * values[-1:] - values[-2 : -reach - 2 : -1]
    longer = np.concatenate([before, values, after])
    return np.stack([np.convolve(column, weights, "valid") for column in longer.reshape(len(longer), -1).T], -1).reshape(
        values.shape
    )


def carried(bones: Bones, poses: Array, root: int, pelvis: int, path: Path) -> Array:
    """The poses (T, B, 4, 4) with the root, and what lies between it and the pelvis, taken along the path; others stay."""
    out = poses.copy()
    moved = path.matrices()
    for bone in chain_above(bones, pelvis):
        out[:, bone] = moved @ bones.rest[bone]
        if bone == root:
            break
    return out


def kept_in_place(poses: Array, path: Path) -> Array:
    """The poses (T, B, 4, 4) less what the path travels."""
    out = poses.copy()
    out[:, :, :3, 3] -= (path.place - path.place[:1])[:, None]
    return out
