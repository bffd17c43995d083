"""Where the takes of each emotion lie in the latent, and how long they last: what new ones are drawn from."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .batches import make_batch
from .cvae import EmotionCVAE
from .dataset.takes import TakeSet
from .emotions import EMOTION_INDEX, EMOTIONS
from .features import FRAME_RATE

_LEAST_TAKES = 2
_SHRINK = 0.05
"""How much of the covariance of the means is taken as the same in all directions: a few thousand takes do not tell it all."""


@dataclass(frozen=True)
class LatentSpace:
    """Of each of the 13 emotions, over the takes that were learnt from (zeros for one that there were none of).

    mean: (13, L) the mean of the encoder's means, and variance: (13, L) of its variances (the paper's N(mu_e, Sigma_e)).
    spread: (13, L, L) Cholesky factor of the covariance of the means, by which the takes of an emotion differ from each other.
    duration: (13, 3) intercept and slope over the intensity, and standard deviation, of log seconds.
    known: (13,) 1 where there were takes.
    """

    mean: Tensor
    variance: Tensor
    spread: Tensor
    duration: Tensor
    known: Tensor

    def drawn(self, emotion: str, rng: np.random.Generator, as_paper: bool = False) -> Tensor:
        """(L,) a latent from N(mu_e, Sigma_e), with the covariance of the means added unless as_paper."""
        index = EMOTION_INDEX[emotion]
        size = self.mean.shape[1]
        noise, own = (torch.as_tensor(rng.standard_normal(size), dtype=torch.float32) for _ in range(2))
        latent = self.mean[index] + self.variance[index].sqrt() * noise
        return latent if as_paper else latent + self.spread[index] @ own

    def seconds(self, emotion: str, intensity: float, rng: np.random.Generator | None = None) -> float:
        """How long a take of this emotion lasts: the middle one, or drawn (within two standard deviations)."""
        start, slope, std = self.duration[EMOTION_INDEX[emotion]].tolist()
        away = 0.0 if rng is None else float(np.clip(rng.standard_normal(), -2, 2))
        return float(np.exp(start + slope * intensity + std * away))


@torch.no_grad()
def encode_all(model: EmotionCVAE, takes: TakeSet, batch: int = 64) -> tuple[Tensor, Tensor]:
    """Mean and log-variance (N, L) of every take."""
    model.eval()
    device = model.mean.device
    order = np.argsort(takes.lengths, kind="stable")
    means, spreads = (torch.zeros(len(takes), model.config.latent) for _ in range(2))
    for chosen in np.array_split(order, -(-len(order) // batch)):
        plain = np.zeros(len(chosen), bool)
        part = make_batch(takes, chosen, chosen, plain, plain).to(device)
        mean, spread = model.encode(part.values, part.lengths, part.condition)
        means[chosen], spreads[chosen] = mean.cpu(), spread.cpu()
    return means, spreads


def latent_space(model: EmotionCVAE, takes: TakeSet) -> LatentSpace:
    """The latent space of `takes` under `model`."""
    means, spreads = encode_all(model, takes)
    emotions, size = len(EMOTIONS), model.config.latent
    space = LatentSpace(
        torch.zeros(emotions, size),
        torch.ones(emotions, size),
        torch.zeros(emotions, size, size),
        torch.zeros(emotions, 3),
        torch.zeros(emotions),
    )
    seconds = takes.lengths / FRAME_RATE
    for index in range(emotions):
        own = np.flatnonzero(takes.emotions == index)
        if len(own) < _LEAST_TAKES:
            continue
        space.known[index] = 1
        space.mean[index], space.variance[index] = means[own].mean(0), spreads[own].exp().mean(0)
        covariance = torch.cov(means[own].T.double())
        even = torch.eye(size, dtype=torch.float64) * covariance.diagonal().mean()
        covariance = (1 - _SHRINK) * covariance + _SHRINK * even + 1e-9 * torch.eye(size)
        space.spread[index] = torch.linalg.cholesky(covariance).float()
        space.duration[index] = torch.tensor(_duration(takes.intensities[own], np.log(seconds[own])))
    return space


def _duration(intensity: NDArray[np.float32], log_seconds: NDArray[np.float64]) -> tuple[float, float, float]:
    """Intercept, slope and standard deviation of log_seconds over intensity; no slope where the intensity is always the same."""
    if np.ptp(intensity) < 1e-3:
        return float(log_seconds.mean()), 0.0, float(log_seconds.std())
    slope, start = np.polyfit(intensity.astype(np.float64), log_seconds, 1)
    return float(start), float(slope), float((log_seconds - start - slope * intensity).std())
