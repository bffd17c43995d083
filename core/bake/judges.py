"""How far what is seen strays when curves are shown with fewer keys: of bones in millimetres, of shape keys in their values."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bones import Bones, pose_matrices
from .channels import LOCATION, ROTATION, SCALE, basis_of
from .keys import Whole, all_keys, shown

Array = NDArray[np.floating[Any]]

_SHORTEST = 0.04
"""Metres; shorter bones are judged as if they were so long, or eyes could squint within a millimetre."""


class Skeleton:
    """Judges curves of bones by forward kinematics: by head, tail and a point beside the tail (that tells turns about the
    bone itself) of every bone, hands, feet and head among them.

    values: (T, B, COUNT) of the full take. bone, number: (N,) what each curve animates. unit: lengths in a metre.
    """

    def __init__(self, bones: Bones, values: Array, bone: Whole, number: Whole, unit: float) -> None:
        self._bones, self._values, self._bone, self._number = bones, values, bone, number
        self._size = 1000 / unit
        self._full: dict[float, Array] = {}
        self._levers = np.maximum(bones.lengths, _SHORTEST * unit)
        self.parents = bones.parents

    @cached_property
    def _reach(self) -> Array:
        """(B,) how far from its head a bone moves something at most, millimetres, at rest."""
        heads = self._bones.rest[:, :3, 3]
        tails = heads + self._bones.rest[:, :3, 1] * self._levers[:, None]
        reach = np.zeros(len(self._bones))
        for bone in range(len(self._bones)):
            below = self._bones.below(bone)
            reach[bone] = np.linalg.norm(np.concatenate([heads[below], tails[below]]) - heads[bone], axis=-1).max()
        return reach * self._size

    def alone(self, values: Array, true: Array) -> Array:
        """(T, B) millimetres that what hangs from a bone strays by the bone's own curves, about."""
        change = np.zeros((len(values), *self._values.shape[1:]))
        change[:, self._bone, self._number] = values - true
        turned = np.linalg.norm(change[..., ROTATION], axis=-1)
        halved = np.array([2.0 if mode == "QUATERNION" else 1.0 for mode in self._bones.rotation_modes])
        sized = np.abs(change[..., SCALE]).max(-1)
        moved = np.linalg.norm(change[..., LOCATION], axis=-1) * self._size
        return np.asarray((turned * halved + sized) * self._reach + moved)

    def together(self, values: Array, part: float) -> Array:
        """(T, B) millimetres by which the points of each bone stray."""
        if part not in self._full:
            flat = self._values[:, self._bone, self._number]
            self._full[part] = self._points(shown(all_keys(flat, self._bone), part))
        return np.asarray(np.linalg.norm(self._points(values) - self._full[part], axis=-1).max(-1) * self._size)

    def _points(self, values: Array) -> Array:
        """(T, B, 3, 3) the three points of each bone."""
        whole = self._values[: len(values)].copy()
        whole[:, self._bone, self._number] = values
        poses = pose_matrices(self._bones, basis_of(whole, self._bones.rotation_modes))
        head, lengths = poses[..., :3, 3], self._levers[:, None]
        tail = head + poses[..., :3, 1] * lengths
        return np.stack([head, tail, tail + poses[..., :3, 0] * lengths / 2], axis=-2)


class Plain:
    """Judges curves by their values, each by itself. values: (T, N) of the full take."""

    def __init__(self, values: Array) -> None:
        self._values = values
        self._groups = np.arange(values.shape[1])
        self.parents = (-1,) * values.shape[1]

    def alone(self, values: Array, true: Array) -> Array:
        """(T, N) by how much they differ."""
        return np.abs(values - true)

    def together(self, values: Array, part: float) -> Array:
        """(T, N) the same."""
        return np.abs(values - shown(all_keys(self._values, self._groups), part))
