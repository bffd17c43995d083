"""The continuous 6D representation of rotations (Zhou et al. 2019, "On the Continuity of Rotation Representations", eq. 16)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

_LEAST = 1e-8


def from_matrices(matrices: Array) -> Array:
    """(..., 3, 3) rotation matrices to (..., 6): their first column, then their second."""
    return np.concatenate([matrices[..., 0], matrices[..., 1]], axis=-1)


def to_matrices(six: Array) -> Array:
    """(..., 6) to (..., 3, 3) rotation matrices by Gram-Schmidt; any numbers will do but zeros."""
    first, second = six[..., :3], six[..., 3:]
    x = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), _LEAST)
    second = second - (x * second).sum(-1, keepdims=True) * x
    y = second / np.maximum(np.linalg.norm(second, axis=-1, keepdims=True), _LEAST)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def to_matrices_torch(six: Tensor) -> Tensor:
    """`to_matrices`, differentiable."""
    first, second = torch.split(six, 3, dim=-1)
    x = torch.nn.functional.normalize(first, dim=-1, eps=_LEAST)
    second = second - (x * second).sum(-1, keepdim=True) * x
    y = torch.nn.functional.normalize(second, dim=-1, eps=_LEAST)
    return torch.stack([x, y, torch.linalg.cross(x, y, dim=-1)], dim=-1)
