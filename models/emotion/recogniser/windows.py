"""What a recogniser sees of a take: the 22 body joints in windows of one length, as from where the window begins.

Neither face nor fingers, nor how long the take is: the first would give the label away, and the last tells the scenario.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ....core.skeleton import BODY_JOINT_COUNT, JOINT_INDEX, MIRROR
from ..dataset.takes import TakeSet
from ..features import FRAME_RATE, layout
from ..kinematics import BodyKinematics
from ..rest import canonical
from ..rotation6d import to_matrices_torch

Array = NDArray[np.float32]

LENGTH: Final = round(3.0 * FRAME_RATE)
"""Frames of a window: the shortest performances last three seconds."""
STRIDE: Final = round(1.0 * FRAME_RATE)

_HIPS: Final = (JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"])


@dataclass(frozen=True)
class Windows:
    """joints: (M, LENGTH, 22, 3) metres, over the floor, the pelvis of the first frame at x = z = 0, its hips along x.
    take: (M,) the take that a window is of."""

    joints: Array
    take: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.joints)


def windows_of(takes: TakeSet, stride: int = STRIDE) -> Windows:
    """All windows of all takes; a take that is shorter than one holds its last pose."""
    parts, origin = [], []
    for index, values in enumerate(takes.values):
        joints = joints_of(values)
        if len(joints) < LENGTH:
            joints = np.concatenate([joints, np.repeat(joints[-1:], LENGTH - len(joints), axis=0)])
        starts = list(range(0, len(joints) - LENGTH + 1, stride))
        parts += [joints[start : start + LENGTH] for start in starts]
        origin += [index] * len(starts)
    return Windows(_from_where_they_begin(np.stack(parts)), np.array(origin, np.int64))


def joints_of(values: NDArray[np.floating]) -> Array:  # type: ignore[type-arg]
    """(T, 22, 3) joints of features (T, D), metres, on the open body."""
    part = torch.as_tensor(values[:, layout().rotations], dtype=torch.float32).reshape(len(values), BODY_JOINT_COUNT, 6)
    _, placed = _kinematics(to_matrices_torch(part))
    joints: Array = placed.numpy() + values[:, None, layout().place].astype(np.float32)
    return joints


def mirrored_joints(joints: Array) -> Array:
    """Joints (..., 22, 3) as seen in a mirror."""
    swapped: Array = joints[..., list(MIRROR[:BODY_JOINT_COUNT]), :] * np.array([-1, 1, 1], np.float32)
    return swapped


def _from_where_they_begin(joints: Array) -> Array:
    across = joints[:, 0, _HIPS[0]] - joints[:, 0, _HIPS[1]]
    angle = np.arctan2(across[:, 2], across[:, 0])
    c, s, zero = np.cos(angle), np.sin(angle), np.zeros_like(angle)
    turn = np.stack([c, zero, s, zero, zero + 1, zero, -s, zero, c], axis=1).reshape(-1, 3, 3)
    from_start = joints - joints[:, :1, :1] * np.array([1, 0, 1], np.float32)
    turned: Array = np.einsum("mij,mtkj->mtki", turn, from_start).astype(np.float32)
    return turned


_kinematics = BodyKinematics(canonical())
