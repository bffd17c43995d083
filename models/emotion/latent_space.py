"""Where the takes of each emotion lie in the latent, and how long they last: what new ones are drawn from."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .batches import condition_of, make_batch, strongest_siblings
from .calm import calmed
from .cvae import Condition, EmotionCVAE
from .dataset.takes import TakeSet
from .detail.laid import left_out
from .detail.posture import POSTURE, WAVES, posture_of
from .emotions import EMOTION_INDEX, EMOTIONS
from .features import FRAME_RATE

Draw = Literal["sample", "crossed", "normal", "paper"]
"""How a latent is drawn, see `LatentSpace.drawn`."""
_NEAR_TAKES: Final = ("sample", "crossed")
"""Ways that start from a kept take."""

_LEAST_TAKES = 2
KEPT: Final = 200
"""Latents of takes that are kept of each emotion."""
_SMOOTHED: Final = 0.2
"""How far a take drawn by "sample" goes away from a kept one, as a share of the spread of the means: 0 would repeat takes, 1 is
"normal"."""
_CROSSED: Final = 0.38
"""How far a take drawn by "crossed" goes from one kept take to another, 0 to 1: about as far from all that were learnt as
performances of scenarios that the model does not know."""
_BESIDE: Final = KEPT // 20
"""How many kept takes before and behind one count as its like: of the corpus's ten scenarios with twenty actors, they are mostly
of the same scenario."""
_SHRINK = 0.05
"""How much of the covariance of the means is taken as the same in all directions: a few thousand takes do not tell it all."""


@dataclass(frozen=True)
class LatentSpace:
    """Of each of the 13 emotions, over the takes that were learnt from (zeros for one that there were none of).

    mean: (13, L) the mean of the encoder's means, and variance: (13, L) of its variances (the paper's N(mu_e, Sigma_e)).
    spread: (13, L, L) Cholesky factor of the covariance of the means, by which the takes of an emotion differ from each other.
    takes: (13, KEPT, L) means of single takes, evenly from all scenarios and actors.
    postures: (13, KEPT, WAVES, len(POSTURE)) what the decoder leaves out of how these are held (`detail.posture`).
    duration: (13, 3) intercept and slope over the intensity, and standard deviation, of log seconds.
    lasting: (13, KEPT) log seconds of the kept takes, from what their emotion lasts at their intensity.
    known: (13,) 1 where there were takes.
    """

    mean: Tensor
    variance: Tensor
    spread: Tensor
    takes: Tensor
    postures: Tensor
    duration: Tensor
    lasting: Tensor
    known: Tensor

    def drawn(self, emotion: str, rng: np.random.Generator, draw: Draw = "sample") -> Tensor:
        """(L,) a latent of this emotion.

        "paper": from N(mu_e, Sigma_e). "normal": from N(mu_e, Sigma_e + Cov), the covariance of the encoder's means added.
        "sample": of about the mean and covariance of the means, but where takes lie: a kept take's mean, moved a little (the
        smoothed bootstrap with its variance corrected, Silverman 1986, 6.4.1). Ten ways to be glad lie apart, and between them is
        none. Sigma_e, which says how unsure the encoder is and not how takes differ, is left out. "crossed": as "sample", but on
        the way from the kept take to another of the emotion: less like any that was learnt.
        """
        index = EMOTION_INDEX[emotion]
        size = self.mean.shape[1]
        near_to = _near_to(rng)
        noise, own = (torch.as_tensor(rng.standard_normal(size), dtype=torch.float32) for _ in range(2))
        mean, aside = self.mean[index], self.spread[index] @ own
        if draw in _NEAR_TAKES:
            take = self.takes[index, near_to] - mean
            if draw == "crossed":
                take = towards(take, self.takes[index, int(rng.integers(KEPT))] - mean, _CROSSED)
            return mean + (1 - _SMOOTHED**2) ** 0.5 * take + _SMOOTHED * aside
        latent = mean + self.variance[index].sqrt() * noise
        return latent if draw == "paper" else latent + aside

    def posture(self, emotion: str, rng: np.random.Generator, other: np.random.Generator) -> Tensor:
        """(WAVES, len(POSTURE)) how somebody holds themselves in this emotion, chosen by `other` from those who play the like of
        the kept take that the generator which draws a latent is near to. That take's own would be the nearer to a copy."""
        away = int(other.integers(1, _BESIDE + 1)) * int(other.choice((-1, 1)))
        return self.postures[EMOTION_INDEX[emotion], (_near_to(rng) + away) % KEPT]

    def seconds(self, emotion: str, intensity: float, rng: np.random.Generator | None = None, draw: Draw = "normal") -> float:
        """How long a take of this emotion lasts: the middle one; or drawn, within two standard deviations; or, with "sample" or
        "crossed" and the generator that draws its latent, as long as the kept take that it starts from: another tempo is another
        movement."""
        index = EMOTION_INDEX[emotion]
        start, slope, std = self.duration[index].tolist()
        if rng is None:
            away = 0.0
        elif draw in _NEAR_TAKES:
            away = float(self.lasting[index, _near_to(rng)])
        else:
            away = std * float(np.clip(rng.standard_normal(), -2, 2))
        return float(np.exp(start + slope * intensity + away))


def towards(first: Tensor, other: Tensor, blend: float) -> Tensor:
    """(L,) from `first` (0) to `other` (1), both from the mean: along a quarter of a circle, so that halfway a take is as far
    from the mean as the two ends, not duller than both."""
    angle = blend * math.pi / 2
    return math.cos(angle) * first + math.sin(angle) * other


def _near_to(rng: np.random.Generator) -> int:
    """Which kept take a latent is drawn near to: the generator's first draw, so that who asks only how long it lasts gets the
    same."""
    return int(rng.integers(KEPT))


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
        torch.zeros(emotions, KEPT, size),
        torch.zeros(emotions, KEPT, WAVES, len(POSTURE)),
        torch.zeros(emotions, 3),
        torch.zeros(emotions, KEPT),
        torch.zeros(emotions),
    )
    seconds = takes.lengths / FRAME_RATE
    for index in range(emotions):
        own = np.flatnonzero(takes.emotions == index)
        if len(own) < _LEAST_TAKES:
            continue
        space.known[index] = 1
        space.mean[index], space.variance[index] = means[own].mean(0), spreads[own].exp().mean(0)
        kept = _evenly(takes, own)
        space.takes[index] = means[kept]
        space.postures[index] = _postures(model, takes, kept, means)
        covariance = torch.cov(means[own].T.double())
        even = torch.eye(size, dtype=torch.float64) * covariance.diagonal().mean()
        covariance = (1 - _SHRINK) * covariance + _SHRINK * even + 1e-9 * torch.eye(size)
        space.spread[index] = torch.linalg.cholesky(covariance).float()
        start, slope, std = _duration(takes.intensities[own], np.log(seconds[own]))
        space.duration[index] = torch.tensor((start, slope, std))
        space.lasting[index] = torch.as_tensor(np.log(seconds[kept]) - start - slope * takes.intensities[kept])
    return space


@torch.no_grad()
def _postures(model: EmotionCVAE, takes: TakeSet, kept: NDArray[np.int64], means: Tensor) -> Tensor:
    """(KEPT, WAVES, len(POSTURE)) of the takes that are kept, decoded from their own means."""
    device = model.mean.device
    found = {}
    for index in set(kept.tolist()):
        one = np.array([index])
        condition = condition_of(takes, one)
        asked = Condition(condition.emotion.to(device), condition.intensity.to(device))
        made = model.decode(means[one].to(device), torch.as_tensor(takes.lengths[one], device=device), asked)
        true = takes.values[index].astype(np.float64)
        found[index] = torch.as_tensor(posture_of(left_out(true, calmed(made[0].cpu().double().numpy()))))
    return torch.stack([found[index] for index in kept.tolist()]).float()


def _evenly(takes: TakeSet, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """(KEPT,) of the takes `own`, evenly from scenarios and actors, each performance at its strongest; few takes occur more than
    once."""

    def key(index: int) -> tuple[str, str, str]:
        label = takes.labels[index]
        return label.scenario, label.actor, label.take or str(index)

    listed = sorted(set(strongest_siblings(takes)[own].tolist()), key=key)
    return np.array(listed)[np.linspace(0, len(listed) - 1, KEPT).round().astype(int)]


def _duration(intensity: NDArray[np.float32], log_seconds: NDArray[np.float64]) -> tuple[float, float, float]:
    """Intercept, slope and standard deviation of log_seconds over intensity; no slope where the intensity is always the same."""
    if np.ptp(intensity) < 1e-3:
        return float(log_seconds.mean()), 0.0, float(log_seconds.std())
    slope, start = np.polyfit(intensity.astype(np.float64), log_seconds, 1)
    return float(start), float(slope), float((log_seconds - start - slope * intensity).std())
