"""Variation of a take that is there already: a noise walk, a step aside in the latent, and the same for a single pose."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ...models.emotion.cvae import Condition
from ...models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from ...models.emotion.features import FRAME_RATE, layout
from ...models.emotion.weights import EmotionModel
from ...models.prior.pose_prior import PosePrior
from .request import LONGEST, SHORTEST

Array = NDArray[np.float64]

_TAKES: Final = 48
"""Takes that the walk's Gaussians are learnt from."""
_COMPONENTS: Final = 12
"""Directions of pose in which the walk goes: with few takes more of them are not known."""
_SMOOTH: Final = 2.5
"""Frames; standard deviation of the smoothing of the walk."""
_RIDGE: Final = 0.3
"""Of the regression of the step on the pose, as a share of the poses' variance: it holds the walk to the emotion's own poses."""


@dataclass(frozen=True)
class NoiseWalk:
    """The step from frame t - 1 to t given the pose at t - 1, as Gaussians learnt from takes of one emotion at one length.

    basis: (K, D) orthonormal directions of pose. gain: (T, K, K) how the step answers to a pose off the mean one.
    noise: (T, K, K) Cholesky factors of what is left to chance.
    """

    basis: Array
    gain: Array
    noise: Array

    def walked(self, values: Array, scale: float, rng: np.random.Generator) -> Array:
        """Features (T, D) as varied by Pose_t = Pose_{t-1} + scale * difference (3DHumanEmotionsGenerator's walk), the
        difference being drawn for this frame and the pose before it. The way off the take is walked: at scale 0 it stays."""
        off = np.zeros((len(values), len(self.basis)))
        # A longer take goes through the same phases more slowly.
        phases = np.rint(np.linspace(0, len(self.gain) - 1, len(values))).astype(int)
        for t, phase in enumerate(phases[1:].tolist(), start=1):
            chance = rng.standard_normal(len(self.basis))
            off[t] = off[t - 1] + self.gain[phase] @ off[t - 1] + scale * self.noise[phase] @ chance
        # Steps that are drawn one by one tremble; a body has mass.
        out: Array = values + gaussian_filter1d(off, _SMOOTH, axis=0, mode="nearest") @ self.basis
        contacts = layout().contacts
        out[:, contacts] = values[:, contacts]
        return out


def learnt_walk(model: EmotionModel, emotion: str, intensity: float) -> NoiseWalk:
    """The walk of takes as long as the emotion usually lasts, learnt from what the model itself makes of it at this intensity, to
    a tenth; learnt once for each, since it takes longer than a take."""
    return _learnt_walk(model, emotion, round(intensity, 1))


@lru_cache(maxsize=32)
@torch.inference_mode()
def _learnt_walk(model: EmotionModel, emotion: str, intensity: float) -> NoiseWalk:
    rng = np.random.default_rng(0)
    frames = round(float(np.clip(model.space.seconds(emotion, intensity, None), SHORTEST, LONGEST)) * FRAME_RATE) + 1
    latents = torch.stack([model.space.drawn(emotion, rng) for _ in range(_TAKES)])
    condition = Condition(torch.eye(len(EMOTIONS))[[EMOTION_INDEX[emotion]] * _TAKES], torch.full((_TAKES,), intensity))
    takes = model.network.decode(latents, torch.full((_TAKES,), frames), condition).double().numpy()
    return walk_of(takes)


def walk_of(takes: Array) -> NoiseWalk:
    """The walk learnt from takes (N, T, D) of one length."""
    takes = takes.copy()
    takes[..., layout().contacts] = 0
    mean = takes.mean(0)
    flat = (takes - mean).reshape(-1, takes.shape[-1])
    _, vectors = np.linalg.eigh(flat.T @ flat)
    basis = vectors[:, ::-1][:, :_COMPONENTS].T
    poses = (takes - mean) @ basis.T  # (N, T, K), off the mean
    size = len(basis)
    even = _RIDGE * poses.var((0, 1)).mean() * np.eye(size) + 1e-12 * np.eye(size)
    gain, noise = np.zeros((2, takes.shape[1], size, size))
    for t in range(1, takes.shape[1]):
        before, steps = poses[:, t - 1], poses[:, t] - poses[:, t - 1]
        gain[t] = np.linalg.solve(before.T @ before / len(before) + even, before.T @ steps / len(before)).T
        left = steps - before @ gain[t].T
        noise[t] = np.linalg.cholesky(left.T @ left / len(left) + 1e-8 * np.eye(size))
    return NoiseWalk(basis, gain, noise)


@torch.inference_mode()
def stepped_aside(model: EmotionModel, values: Array, emotion: str, intensity: float, scale: float, seed: int) -> Array:
    """Features (T, D) at FRAME_RATE encoded, their latent moved by `scale` standard deviations of the emotion's own spread, and
    decoded again (VPoser's way, Pavlakos et al. 2019, for a whole take). At scale 0: what the model makes of the take."""
    given = torch.as_tensor(values, dtype=torch.float32)[None]
    lengths = torch.tensor([len(values)])
    condition = Condition(torch.eye(len(EMOTIONS))[[EMOTION_INDEX[emotion]]], torch.tensor([intensity]))
    mean, _ = model.network.encode(given, lengths, condition)
    noise = torch.as_tensor(np.random.default_rng(seed).standard_normal(mean.shape[1]), dtype=torch.float32)
    latent = mean + scale * (model.space.spread[EMOTION_INDEX[emotion]] @ noise)
    return model.network.decode(latent, lengths, condition, given[:, 0])[0].double().numpy()


def pose_aside(prior: PosePrior, body_pose: Array, scale: float, seed: int) -> Array:
    """(63,) a pose near body_pose (63,), axis-angle: its coordinates under the likeliest Gaussian of the pose prior, where poses
    are spread evenly in all directions, are moved by `scale` standard deviations. At scale 0: the pose itself."""
    whitened = np.einsum("kij,kj->ki", prior.whitening, body_pose - prior.means)
    chosen = int((0.5 * (whitened**2).sum(1) - prior.log_weights).argmin())
    noise = np.random.default_rng(seed).standard_normal(len(body_pose))
    moved = prior.means[chosen] + np.linalg.solve(prior.whitening[chosen], whitened[chosen] + scale * noise)
    return np.clip(moved, np.minimum(prior.lower, body_pose), np.maximum(prior.upper, body_pose))
