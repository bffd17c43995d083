"""What bones do by themselves, as the numbers that F-curves hold."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..scene.rotations import continuous_quaternions, matrices_from_quaternions, quaternions_from_matrices

Array = NDArray[np.floating[Any]]

LOCATION: Final = slice(0, 3)
ROTATION: Final = slice(3, 7)
SCALE: Final = slice(7, 10)
"""Where they stand among the ten numbers of a bone; angles of Euler take three places of ROTATION, the last is 0."""
COUNT: Final = 10
_LEAST: Final = 1e-9


@dataclass(frozen=True)
class Parts:
    """location: (T, B, 3). turns: (T, B, 4) unit quaternions, w first, without jumps of sign. scale: (T, B, 3)."""

    location: Array
    turns: Array
    scale: Array

    def closed(self) -> "Parts":
        """The same, but the last frame is the first."""
        location, turns, scale = self.location.copy(), self.turns.copy(), self.scale.copy()
        same = (turns[-1] * turns[0]).sum(-1, keepdims=True) >= 0
        location[-1], turns[-1], scale[-1] = location[0], np.where(same, turns[0], -turns[0]), scale[0]
        return Parts(location, turns, scale)

    def with_bone(self, bone: int, other: "Parts") -> "Parts":
        """The same, but one bone does what it does in `other`."""
        own = np.arange(self.turns.shape[1])[:, None] == bone
        pairs = ((self.location, other.location), (self.turns, other.turns), (self.scale, other.scale))
        return Parts(*(np.where(own, theirs, mine) for mine, theirs in pairs))


def parts_of(basis: Array) -> Parts:
    """The parts of (T, B, 4, 4) matrices; a shear is dropped, the bone's own Y axis kept."""
    axes = basis[..., :3, :3]
    scale = np.maximum(np.linalg.norm(axes, axis=-2), _LEAST)
    scale = np.where(np.linalg.det(axes)[..., None] < 0, -scale, scale)
    straight = axes / scale[..., None, :]
    x, y = straight[..., 0], straight[..., 1]
    x = x - y * (x * y).sum(-1, keepdims=True)
    x = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), _LEAST)
    turns = quaternions_from_matrices(np.stack([x, y, np.cross(x, y)], -1))
    turns[0] *= np.where(turns[0, ..., :1] < 0, -1.0, 1.0)
    return Parts(basis[..., :3, 3].copy(), continuous_quaternions(turns), scale)


def basis_of(values: Array, modes: tuple[str, ...]) -> Array:
    """(T, B, 4, 4) matrices of the numbers (T, B, COUNT) that F-curves show, for bones in these rotation modes.

    Blender makes quaternions and axes of any length right before it uses them.
    """
    turns = values[..., ROTATION].copy()
    told = {"QUATERNION": None, "AXIS_ANGLE": _from_axis_angle}
    for mode in set(modes) - {"QUATERNION"}:
        bones = [bone for bone, own in enumerate(modes) if own == mode]
        convert = told.get(mode)
        given = turns[:, bones]
        turns[:, bones] = convert(given) if convert is not None else _from_euler(given, mode)
    basis = np.zeros((*values.shape[:2], 4, 4))
    basis[..., :3, :3] = matrices_from_quaternions(turns) * values[..., None, SCALE]
    basis[..., :3, 3] = values[..., LOCATION]
    basis[..., 3, 3] = 1
    return basis


def _from_axis_angle(values: Array) -> Array:
    """(..., 4) angle and axis to quaternions."""
    axes = values[..., 1:] / np.maximum(np.linalg.norm(values[..., 1:], axis=-1, keepdims=True), _LEAST)
    return np.concatenate([np.cos(values[..., :1] / 2), np.sin(values[..., :1] / 2) * axes], -1)


def _from_euler(values: Array, order: str) -> Array:
    """(..., 4) angles about X, Y and Z, turned about in this order, to quaternions."""
    half = values[..., :3] / 2
    w, sine = np.cos(half), np.sin(half)
    (i, j, k), odd = ("XYZ".index(axis) for axis in order), order in ("XZY", "YXZ", "ZYX")
    sign = -1.0 if odd else 1.0
    # third * second * first, written out for the axes i, j, k in a cycle (sign 1) or against it.
    out = np.empty_like(values)
    out[..., 0] = w[..., i] * w[..., j] * w[..., k] + sign * sine[..., i] * sine[..., j] * sine[..., k]
    out[..., 1 + i] = sine[..., i] * w[..., j] * w[..., k] - sign * w[..., i] * sine[..., j] * sine[..., k]
    out[..., 1 + j] = w[..., i] * sine[..., j] * w[..., k] + sign * sine[..., i] * w[..., j] * sine[..., k]
    out[..., 1 + k] = w[..., i] * w[..., j] * sine[..., k] - sign * sine[..., i] * sine[..., j] * w[..., k]
    return out
