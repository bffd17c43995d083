"""How near a set of generated takes is to a set of real ones: FID, diversity, multimodality; how well takes are rebuilt.

The definitions are those of Action2Motion (Guo et al. 2020), which ACTOR and the emotion paper use; features are a recogniser's.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from ...models.emotion.batches import make_batch
from ...models.emotion.cvae import EmotionCVAE
from ...models.emotion.dataset.takes import TakeSet
from ...models.emotion.features import layout
from ...models.emotion.losses import Losses, LossWeights
from ...models.emotion.rest import canonical
from ...models.emotion.rotation6d import to_matrices

Array = NDArray[np.floating[Any]]

_BATCH = 32


def frechet_distance(one: Array, other: Array) -> float:
    """Frechet distance of the Gaussians of two sets of features (M, K), (N, K) (Heusel et al. 2017, FID)."""
    means, covariances = [part.mean(0) for part in (one, other)], [np.cov(part.T) for part in (one, other)]
    root = sqrtm(covariances[0] @ covariances[1]).real
    apart = means[0] - means[1]
    return float(apart @ apart + np.trace(covariances[0] + covariances[1] - 2 * root))


def diversity(features: Array, pairs: int, rng: np.random.Generator) -> float:
    """Mean distance of features (N, K) of two takes drawn from all of them."""
    first, second = rng.integers(len(features), size=(2, pairs))
    return float(np.linalg.norm(features[first] - features[second], axis=1).mean())


def multimodality(features: Array, labels: NDArray[np.int64], pairs: int, rng: np.random.Generator) -> float:
    """Mean distance of features (N, K) of two takes drawn from the same label (N,), each label counting the same."""
    return float(np.mean([diversity(features[labels == label], pairs, rng) for label in np.unique(labels)]))


@dataclass(frozen=True)
class Rebuilt:
    """Means over all frames of takes that were encoded and decoded: degrees of the joints' rotations, millimetres of joints
    and of the mesh, both with the pelvises together."""

    angle: float
    joints: float
    mesh: float


@torch.inference_mode()
def rebuilt(network: EmotionCVAE, takes: TakeSet) -> Rebuilt:
    """How well `network` rebuilds `takes` from the means of their latents."""
    rest = canonical()
    losses = Losses(rest, network.std, LossWeights(vertices=1.0))
    part = layout().rotations
    sums, frames = np.zeros(3), 0
    order = np.argsort(takes.lengths, kind="stable")
    for chosen in np.array_split(order, -(-len(order) // _BATCH)):
        plain = np.zeros(len(chosen), bool)
        batch = make_batch(takes, chosen, chosen, plain, plain)
        latent, _ = network.encode(batch.values, batch.lengths, batch.condition)
        values = network.decode(latent, batch.asked_lengths, batch.asked)
        there = batch.target.there
        six = [tensor[..., part][there].reshape(-1, 22, 6) for tensor in (values, batch.target.values)]
        first, second = (to_matrices(one.double().numpy()) for one in six)
        cosine = (np.einsum("njab,njab->nj", first, second) - 1) / 2
        sums[0] += np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean(1).sum()
        joints, vertices = losses.apart(six[0], six[1])
        sums[1:] += 1e3 * float(joints.sum()), 1e3 * float(vertices.sum())
        frames += int(there.sum())
    return Rebuilt(*(sums / frames).tolist())
