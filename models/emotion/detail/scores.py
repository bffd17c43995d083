"""What the detail network is taught by: energy scores of what it draws, in several views of the movement.

The energy score of two draws x, x' for a truth y, (|x - y| + |x' - y|) / 2 - |x - x'| / 2, is on average least where the draws
have the distribution of the truth (Gneiting and Raftery 2007, section 4.2; as a loss for networks that are fed noise: Pacchiardi
et al. 2024, Shen and Meinshausen 2024). A squared error would ask for the mean, and an adversary is not needed.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from ....core.skeleton import BODY_JOINT_COUNT, JOINT_INDEX, JOINT_NAMES
from ..features import FRAME_RATE, layout
from ..kinematics import BodyKinematics
from ..rest import RestBody
from ..rotation6d import to_matrices_torch

_MOVING: Final = [
    JOINT_INDEX[name]
    for name in (
        "pelvis",
        "spine3",
        "head",
        *(f"{side}_{part}" for part in ("elbow", "wrist", "knee", "ankle") for side in ("left", "right")),
    )
]
"""The joints whose ways are looked at."""
_LEAST: Final = (0.02, 0.2, 2.0)
"""m/s, m/s^2, m/s^3: speeds, accelerations and jerks are not told apart much below them."""
_TOGETHER: Final = (1, 4, 16)
"""Frames that are looked at together: draws have to be alike the truth in how frames hang together, not frame by frame only."""
_PHRASES: Final = (8, 31)
"""Frames of which mean and spread of the quickness are looked at, besides the whole."""
_QUICKNESS: Final = 4.0
"""The weight of how quickly things move, in logarithms, so that what is almost still counts as much as what is fast."""
_TAILS: Final = 1.5
"""The power of a distance at which one turn that is far too large counts more than many that are a little so."""
_NOTHING: Final = 1e-6


def _groups() -> list[list[int]]:
    """What of a detail is looked at together: pelvis, spine, head, the arms, the wrists, the legs."""
    parts = (("pelvis",), ("spine1", "spine2", "spine3"), ("neck", "head"))
    groups = [[JOINT_INDEX[name] for name in part] for part in parts]
    for limb in (("collar", "shoulder", "elbow"), ("wrist",), ("hip", "knee", "ankle", "foot")):
        for side in ("left", "right"):
            names = [name for name in JOINT_NAMES[:BODY_JOINT_COUNT] if name.startswith(side) and name.split("_")[-1] in limb]
            groups.append([JOINT_INDEX[name] for name in names])
    columns = [[3 * joint + axis for joint in group for axis in range(3)] for group in groups]
    columns[0] += range(3 * BODY_JOINT_COUNT, 3 * BODY_JOINT_COUNT + 3)
    return columns


@dataclass(frozen=True)
class Sizes:
    """By how much true detail differs from none, by which the scores are scaled. detail: (DETAIL,), as in a detail; changes: of
    the joints' speeds, accelerations and jerks, each (J, 1)."""

    detail: Tensor
    changes: tuple[Tensor, ...]


class DetailScores(nn.Module):
    """rest: the body whose joints' ways are looked at."""

    def __init__(self, rest: RestBody) -> None:
        super().__init__()
        self.kinematics = BodyKinematics(rest)
        self.groups = _groups()

    def sizes(self, calm: Tensor, true: Tensor) -> Sizes:
        """Of true detail (B, T, DETAIL) of calmed features (B, T, D)."""
        plain, moved = (_changes(ways) for ways in self._ways(calm, [torch.zeros_like(true), true]))
        changes = (after - before for before, after in zip(plain, moved, strict=True))
        return Sizes(true.flatten(0, 1).std(0), tuple(change.std((0, 1)).mean(-1, keepdim=True) for change in changes))

    def forward(self, calm: Tensor, draws: tuple[Tensor, Tensor], true: Tensor, sizes: Sizes) -> dict[str, Tensor]:
        """The scores by name of two draws for the true detail (B, T, DETAIL) of calmed features (B, T, D)."""
        three = [*draws, true]
        scaled = [part / sizes.detail for part in three]
        scores = {}
        for frames in _within(_TOGETHER, calm.shape[1]):
            parts = [energy_score(*(together(part[..., group], frames) for part in scaled)) for group in self.groups]
            scores[f"turns_{frames}"] = torch.stack(parts).mean()
        tails = [energy_score(*(part[..., group] for part in scaled), power=_TAILS) for group in self.groups]
        scores["tails"] = torch.stack(tails).mean()
        changes = [_changes(ways) for ways in self._ways(calm, three)]
        for order, size in enumerate(sizes.changes):
            ours = [change[order] / size for change in changes]
            for frames in _within(_TOGETHER, calm.shape[1] - 3):
                scores[f"change{order + 1}_{frames}"] = energy_score(*(together(part, frames) for part in ours))
        quick = [torch.stack([_log_size(c, least) for c, least in zip(change, _LEAST, strict=True)], -1) for change in changes]
        scores["quickness"] = _QUICKNESS * energy_score(*quick)
        for frames in (*_within(_PHRASES, calm.shape[1] - 3), calm.shape[1] - 3):
            scores[f"quickness_{frames}"] = _QUICKNESS * energy_score(*(_amounts(part.flatten(2), frames) for part in quick))
        return scores

    def _ways(self, calm: Tensor, details: list[Tensor]) -> list[Tensor]:
        """(B, T, J, 3) the joints' ways with each detail laid over calmed features; detail is small, so that its derivative tells
        them to a millimetre."""
        parts = layout()
        batch, frames = calm.shape[:2]
        matrices = to_matrices_torch(calm[..., parts.rotations].reshape(-1, BODY_JOINT_COUNT, 6))
        turned, placed = self.kinematics(matrices)
        derivative = self.kinematics.derivative(turned, placed, _MOVING).flatten(1, 2)
        way = placed[:, _MOVING].reshape(batch, frames, -1, 3) + calm[:, :, None, parts.place]
        turns = torch.stack([detail[..., : 3 * BODY_JOINT_COUNT].flatten(0, 1) for detail in details], -1)
        moved = (derivative @ turns).reshape(*way.shape, len(details)).unbind(-1)
        return [way + part + detail[:, :, None, 3 * BODY_JOINT_COUNT :] for part, detail in zip(moved, details, strict=True)]


def energy_score(first: Tensor, second: Tensor, true: Tensor, *, power: float = 1.0) -> Tensor:
    """The energy score of two draws (..., C) for the truth (..., C), by root mean square over C to a power below 2, mean over all
    else."""

    def apart(one: Tensor, other: Tensor) -> Tensor:
        return (((one - other).square().sum(-1) + _NOTHING) / one.shape[-1]) ** (power / 2)

    return (0.5 * (apart(first, true) + apart(second, true)) - 0.5 * apart(first, second)).mean()


def together(values: Tensor, frames: int) -> Tensor:
    """(B, T // frames, ..., frames * C) of values (B, T, ..., C): each window of so many frames as one."""
    count = values.shape[1] // frames
    windows = values[:, : count * frames].reshape(len(values), count, frames, *values.shape[2:])
    return windows.movedim(2, -2).flatten(-2)


def _within(windows: tuple[int, ...], frames: int) -> list[int]:
    return [window for window in windows if window <= frames]


def _changes(ways: Tensor) -> list[Tensor]:
    """Speed, acceleration and jerk (B, T - 3, J, 3) of ways (B, T, J, 3)."""
    return [ways.diff(n=order, dim=1)[:, : ways.shape[1] - 3] * FRAME_RATE**order for order in (1, 2, 3)]


def _log_size(change: Tensor, least: float) -> Tensor:
    """(B, T, J) logarithm of the size of a change (B, T, J, 3)."""
    return (least + (change.square().sum(-1) + 1e-9).sqrt()).log()


def _amounts(quick: Tensor, frames: int) -> Tensor:
    """(B, N, 2 * C) mean and spread of quick (B, T, C) in windows of so many frames."""
    count = quick.shape[1] // frames
    windows = quick[:, : count * frames].reshape(len(quick), count, frames, -1)
    return torch.cat([windows.mean(2), windows.std(2)], -1)
