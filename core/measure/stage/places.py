"""Where a performer's skin, joints and soles are in the world, and when the soles are on the floor."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....models.body.load import Body
from ....models.body.skin import BodySkin
from ...fit.points import SOLE_POINTS, body_points
from .limbs import joint_frames

Array = NDArray[np.floating[Any]]

LOW, SLOW = 0.02, 0.1
"""A sole point nearer to the floor than so many metres and slower than so many m/s is in contact."""


def posed(body: Body, poses: Array, trans: Array, expression: Array, portion: int = 16) -> tuple[Array, Array]:
    """Vertices (T, V, 3) float32 and joints (T, 55, 3) of a performer (betas all zero) in the world."""
    skin = BodySkin(body)
    vertices, joints = [], []
    for start in range(0, len(poses), portion):
        pose, place, face = (_tensor(array[start : start + portion]) for array in (poses, trans, expression))
        with torch.no_grad():
            v, j = skin(pose, place, torch.zeros(0), face)
        vertices.append(v.numpy())
        joints.append(j.numpy())
    return np.concatenate(vertices), np.concatenate(joints)


def sole_places(body: Body, poses: Array, trans: Array) -> NDArray[np.float64]:
    """(T, 4, 3) world places of left heel, left toes, right heel, right toes: the fit's own sole points on this body."""
    points = body_points(body, torch.device("cpu"))
    joints, world = joint_frames(body, poses, trans)
    offsets = points.offset.numpy()
    return np.stack([joints[:, (c := points.carrier[p])] + world[:, c] @ offsets[p] for p in SOLE_POINTS], axis=1)


def true_contacts(soles: Array, fps: float) -> NDArray[np.bool_]:
    """(T, 4) whether each sole point (T, 4, 3) is within LOW of the floor and slower than SLOW (central differences)."""
    speed = np.linalg.norm(np.gradient(soles, axis=0), axis=-1) * fps if len(soles) > 1 else np.zeros(soles.shape[:2])
    return np.asarray((soles[..., 1] < LOW) & (speed < SLOW))


def _tensor(array: Array) -> torch.Tensor:
    return torch.as_tensor(np.asarray(array, np.float32))
