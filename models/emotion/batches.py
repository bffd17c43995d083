"""Batches for the training: seed and step alone settle which takes are seen, and how, so that resuming changes nothing."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cvae import Condition
from .dataset.takes import TakeSet
from .emotions import EMOTIONS
from .losses import Target
from .mirror import mirrored

_SIBLING = 0.4
"""How often the same performance is asked for at another intensity than the encoder saw, so that the latent leaves intensity to
its condition."""
_TOLD_START = 0.5
"""How often the decoder is told the pose to start from."""
_BUCKET = 8
"""So many batches' takes are drawn at once and sorted by length, so that little is padded."""


@dataclass(frozen=True)
class Batch:
    """B takes as the encoder sees them, and what the decoder is asked for.

    values: (B, T, D). lengths: (B,). condition: what was performed. asked, asked_lengths: what the decoder has to make.
    start: (B, D) the first pose of it, NaN where it is not told. target: what should come out.
    """

    values: Tensor
    lengths: Tensor
    condition: Condition
    asked: Condition
    asked_lengths: Tensor
    start: Tensor
    target: Target

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        condition, asked = (Condition(c.emotion.to(device), c.intensity.to(device)) for c in (self.condition, self.asked))
        target = Target(
            self.target.values.to(device),
            self.target.there.to(device),
            self.target.has_hands.to(device),
            self.target.has_face.to(device),
        )
        tensors = (self.values, self.lengths, self.asked_lengths, self.start)
        values, lengths, asked_lengths, start = (tensor.to(device) for tensor in tensors)
        return Batch(values, lengths, condition, asked, asked_lengths, start, target)


class Batches:
    """takes: to draw from, each emotion equally often. size: B. seed: of everything that chance decides."""

    def __init__(self, takes: TakeSet, size: int, seed: int) -> None:
        self.takes, self.size, self.seed = takes, size, seed
        counts = np.bincount(takes.emotions, minlength=len(EMOTIONS))
        weight = 1 / counts[takes.emotions]
        self.chance = weight / weight.sum()
        families: dict[tuple[str, str, str, str], list[int]] = {}
        for index, label in enumerate(takes.labels):
            if label.take:
                families.setdefault((label.emotion, label.actor, label.scenario, label.take), []).append(index)
        self.siblings = {index: family for family in families.values() for index in family if len(family) > 1}

    def __call__(self, step: int) -> Batch:
        """The batch of this step."""
        bucket = np.random.default_rng((self.seed, 0, step // _BUCKET))
        drawn = bucket.choice(len(self.takes), self.size * _BUCKET, p=self.chance)
        drawn = drawn[np.argsort(self.takes.lengths[drawn], kind="stable")].reshape(_BUCKET, self.size)
        chosen = bucket.permutation(drawn)[step % _BUCKET]
        rng = np.random.default_rng((self.seed, 1, step))
        asked = [
            int(rng.choice(self.siblings[index])) if index in self.siblings and rng.random() < _SIBLING else int(index)
            for index in chosen
        ]
        return make_batch(self.takes, chosen, asked, rng.random(self.size) < 0.5, rng.random(self.size) < _TOLD_START)


def make_batch(
    takes: TakeSet,
    seen: NDArray[np.int64],
    asked: list[int] | NDArray[np.int64],
    flipped: NDArray[np.bool_],
    told_start: NDArray[np.bool_],
) -> Batch:
    """The batch in which the encoder sees the takes `seen` and the decoder has to make those `asked`, mirrored if `flipped`."""
    values, lengths = _padded([_seen(takes, int(index), flip) for index, flip in zip(seen, flipped, strict=True)])
    targets, asked_lengths = _padded([_seen(takes, int(index), flip) for index, flip in zip(asked, flipped, strict=True)])
    start = torch.where(torch.as_tensor(told_start)[:, None], targets[:, 0], torch.nan)
    there = torch.arange(targets.shape[1]) < asked_lengths[:, None]
    known = [torch.as_tensor(flags[np.asarray(asked)], dtype=torch.float32) for flags in (takes.has_hands, takes.has_face)]
    target = Target(targets, there, known[0], known[1])
    return Batch(values, lengths, condition_of(takes, seen), condition_of(takes, asked), asked_lengths, start, target)


def condition_of(takes: TakeSet, indices: list[int] | NDArray[np.int64]) -> Condition:
    """Emotion and intensity of those takes."""
    chosen = np.asarray(indices)
    shares = torch.nn.functional.one_hot(torch.as_tensor(takes.emotions[chosen]), len(EMOTIONS)).float()
    return Condition(shares, torch.as_tensor(takes.intensities[chosen]))


def strongest_siblings(takes: TakeSet) -> NDArray[np.int64]:
    """(N,) of each take, the same performance at its strongest; the take itself where that is not known."""
    strongest: dict[tuple[str, str, str, str], int] = {}
    keys = [(one.emotion, one.actor, one.scenario, one.take or str(index)) for index, one in enumerate(takes.labels)]
    for index in np.argsort(takes.intensities, kind="stable").tolist():
        strongest[keys[index]] = index
    return np.array([strongest[key] for key in keys], np.int64)


def _seen(takes: TakeSet, index: int, flip: bool) -> Tensor:
    values = takes.values[index]
    return torch.as_tensor(mirrored(values) if flip else values)


def _padded(parts: list[Tensor]) -> tuple[Tensor, Tensor]:
    return torch.nn.utils.rnn.pad_sequence(parts, batch_first=True), torch.tensor([len(part) for part in parts])
