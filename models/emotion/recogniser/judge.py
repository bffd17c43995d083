"""A judge: a network that tells the emotion of windows, how it is trained, and how it tells the emotion of takes."""

from abc import ABC, abstractmethod
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..dataset.takes import TakeSet
from ..emotions import EMOTIONS
from .windows import Windows, mirrored_joints, windows_of

_BATCH: Final = 128
_DECAY: Final = 0.02


class Judge(nn.Module, ABC):
    """Tells the emotion of windows. What it reads of them is settled by `read`; centre, scale: (F,) of that over the training."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.centre, self.scale = nn.Buffer(torch.zeros(features)), nn.Buffer(torch.ones(features))

    @abstractmethod
    def read(self, joints: NDArray[np.float32]) -> Tensor:
        """What the judge looks at in joints (M, LENGTH, 22, 3): (M, ..., F)."""

    @abstractmethod
    def features(self, seen: Tensor) -> Tensor:
        """(M, K) what the judge makes of it before it decides: the space in which sets of takes are compared (FID)."""

    @abstractmethod
    def decide(self, features: Tensor) -> Tensor:
        """(M, 13) scores, as logarithms up to a constant."""

    def forward(self, seen: Tensor) -> Tensor:
        """(M, 13) scores of what was read."""
        return self.decide(self.features((seen - self.centre) / self.scale))


def train_judge(judge: Judge, takes: TakeSet, epochs: int, rate: float, seed: int, noise: float = 0.0) -> Judge:
    """Train on `takes`, every emotion counting the same, every window also mirrored. noise: of what is read, in its own scale."""
    windows = windows_of(takes)
    joints = np.concatenate([windows.joints, mirrored_joints(windows.joints)])
    labels = torch.as_tensor(np.tile(takes.emotions[windows.take], 2))
    seen = torch.cat([judge.read(part) for part in np.array_split(joints, -(-len(joints) // 2048))])
    flat = seen.reshape(-1, seen.shape[-1])
    judge.centre.copy_(flat.mean(0))
    judge.scale.copy_(flat.std(0).clamp(min=1e-3))
    counts = torch.bincount(labels, minlength=len(EMOTIONS)).float()
    weight = torch.where(counts > 0, 1 / counts.clamp(min=1), 0.0)
    loss_of = nn.CrossEntropyLoss(weight / weight.sum() * len(EMOTIONS), label_smoothing=0.05)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        optimiser = torch.optim.AdamW(judge.parameters(), lr=rate, weight_decay=_DECAY)
        steps = epochs * -(-len(seen) // _BATCH)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        judge.train()
        for _ in range(epochs):
            order = torch.randperm(len(seen))
            for start in range(0, len(seen), _BATCH):
                chosen = order[start : start + _BATCH]
                part = seen[chosen]
                loss = loss_of(judge(part + noise * judge.scale * torch.randn_like(part)), labels[chosen])
                optimiser.zero_grad(set_to_none=True)
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
    return judge.eval()


@torch.inference_mode()
def probabilities(judge: Judge, takes: TakeSet) -> NDArray[np.float64]:
    """(N, 13) of each take: the geometric mean over its windows, so that every window has a say."""
    windows = windows_of(takes)
    logs = torch.cat([judge(judge.read(part)).log_softmax(-1) for part in _portions(windows)]).double().numpy()
    total = np.zeros((len(takes), len(EMOTIONS)))
    np.add.at(total, windows.take, logs)
    mean = total / np.bincount(windows.take, minlength=len(takes))[:, None]
    shares = np.exp(mean - mean.max(1, keepdims=True))
    told: NDArray[np.float64] = shares / shares.sum(1, keepdims=True)
    return told


@torch.inference_mode()
def window_features(judge: Judge, takes: TakeSet) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(M, K) the judge's features of every window, and (M,) whose window it is."""
    windows = windows_of(takes)
    parts = [judge.features((judge.read(part) - judge.centre) / judge.scale) for part in _portions(windows)]
    return torch.cat(parts).double().numpy(), windows.take


def _portions(windows: Windows) -> list[NDArray[Any]]:
    return list(np.array_split(windows.joints, -(-len(windows) // 1024)))
