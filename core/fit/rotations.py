"""Rotations the solver needs beyond what roma has: Jacobians of the logarithm, and rotations built from directions. Float64.

Conventions: rotation matrices (..., 3, 3) act on columns; rotation vectors (..., 3) in radians.
Sola, Deray, Atchuthan 2018, "A micro Lie theory for state estimation in robotics", gives the Jacobians.
"""

import roma
import torch
from torch import Tensor

_HALF_TURN = -0.9
"""Cosine of turns beyond which the sine says too little."""


def exponential(vector: Tensor) -> Tensor:
    """(..., 3) rotation vectors to (..., 3, 3) matrices."""
    matrix: Tensor = roma.rotvec_to_rotmat(vector)
    return matrix


def logarithm(matrix: Tensor) -> Tensor:
    """(..., 3, 3) matrices to (..., 3) rotation vectors of length at most pi.

    roma goes by way of quaternions, which holds everywhere and takes four times as long as the sine and cosine that stand in the
    matrix, which say all short of half a turn; the solver takes logarithms in every evaluation.
    """
    cosine = (matrix.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    if bool((cosine < _HALF_TURN).any()):
        vector: Tensor = roma.rotmat_to_rotvec(matrix)
        return vector
    across = matrix - matrix.transpose(-1, -2)
    axis = torch.stack([across[..., 2, 1], across[..., 0, 2], across[..., 1, 0]], -1) / 2
    squared = (axis * axis).sum(-1)
    none = squared < 1e-14
    sine = torch.where(none, 1, squared).sqrt()
    return axis * torch.where(none, 1 + squared / 6, torch.atan2(sine, cosine) / sine)[..., None]


def skew(vector: Tensor) -> Tensor:
    """(..., 3) to the (..., 3, 3) matrix of the cross product with it from the left."""
    zero = torch.zeros_like(vector[..., 0])
    x, y, z = vector.unbind(-1)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*vector.shape[:-1], 3, 3)


def inverse_left_jacobian(vector: Tensor) -> Tensor:
    """(..., 3, 3) derivative of log(exp(d) exp(vector)) by d at d = 0 (Sola et al. 2018, eq. 146).

    The inverse right Jacobian is its transpose.
    """
    squared = (vector * vector).sum(-1)[..., None, None]
    angle = torch.sqrt(squared + 1e-24)
    safe = angle.clamp(min=1e-2)
    closed = 1 / safe**2 - (1 + torch.cos(safe)) / (2 * safe * torch.sin(safe).clamp(min=1e-4))
    series = 1 / 12 + squared / 720
    k = skew(vector)
    eye = torch.eye(3, dtype=vector.dtype, device=vector.device)
    return eye - 0.5 * k + torch.where(angle < 1e-2, series, closed) * (k @ k)


def smallest_rotation(source: Tensor, target: Tensor) -> Tensor:
    """(..., 3, 3) smallest rotations that turn unit vectors `source` (..., 3) to unit vectors `target` (..., 3)."""
    axis = torch.linalg.cross(source, target, dim=-1)
    cosine = (source * target).sum(-1)[..., None, None]
    k = skew(axis)
    eye = torch.eye(3, dtype=source.dtype, device=source.device)
    return eye + k + k @ k / (1 + cosine).clamp(min=1e-3)


def frame_from(x: Tensor, y: Tensor) -> Tensor:
    """(..., 3, 3) right-handed frames whose columns are: x made square to y, y, and their cross product."""
    y = torch.nn.functional.normalize(y, dim=-1)
    x = torch.nn.functional.normalize(x - (x * y).sum(-1, keepdim=True) * y, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y, dim=-1)], -1)


def orthonormal(matrix: Tensor) -> Tensor:
    """The rotations nearest to (..., 3, 3) matrices; takes out the rounding that many products leave."""
    rotation: Tensor = roma.special_procrustes(matrix)
    return rotation
