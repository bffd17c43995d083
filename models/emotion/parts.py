"""The groups of features as tensors."""

import torch
from torch import Tensor

from .features import layout


def parted(values: Tensor) -> dict[str, Tensor]:
    """The groups of features (..., D) by name, all cut at once: backwards, each slice would cost a whole array of zeros."""
    groups = layout().groups
    sizes = [part.stop - part.start for part in groups.values()]
    return dict(zip(groups, torch.split(values, sizes, dim=-1), strict=True))
