"""Teaches the detail network what a trained decoder leaves out of the takes that it was taught."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from torch import Tensor

from ....core.progress import Progress
from ..batches import condition_of, strongest_siblings
from ..calm import calmed
from ..cvae import Condition, EmotionCVAE
from ..dataset.takes import TakeSet
from ..features import FRAME_RATE
from ..latent_space import encode_all
from ..rest import canonical
from ..stepping import Files, Stepping, hash_seed
from .laid import left_out
from .network import NOISES, DetailConfig, DetailNetwork, smoothed, told_of, white_frames
from .scores import DetailScores

CHECKPOINT, LOG = "detail_checkpoint.safetensors", "detail_log.csv"

SLOWEST: Final = 0.5
"""Hz: what is slower is posture, which is the decoder's; what is quicker is detail. Second order, forth and back."""
_CROP: Final = 96
"""Frames of a take that are looked at in a step."""
_BATCH: Final = 16
_RATE, _WARM_UP, _LAST = 2e-3, 200, 0.02
"""The highest learning rate, the steps over which it rises, and the share of it that is left in the end (half a cosine)."""
_MEASURED: Final = 16
"""Batches by which what the network is told, and what it draws, are scaled."""
_LEAST: Final = 0.02
"""The least standard deviation by which anything that it is told is divided."""
_CLIP: Final = 1.0


@dataclass(frozen=True)
class _Batch:
    """calm: (B, T, D). told: (B, T, TOLD). true: (B, T, DETAIL)."""

    calm: Tensor
    told: Tensor
    true: Tensor


class DetailTraining:
    """takes: what `network` was taught. out: the folder of checkpoint and log. kind: what they must have been made with.

    Raises ThespisError when the checkpoint is another training's.
    """

    def __init__(
        self, takes: TakeSet, network: EmotionCVAE, out: Path, steps: int, seed: int, kind: dict[str, Any], kept_every: float
    ) -> None:
        self.takes, self.decoder, self.seed, self.device = takes, network.eval(), seed, network.mean.device
        self.crop = min(_CROP, int(takes.lengths.max()))
        self.long = np.flatnonzero(takes.lengths >= self.crop)
        self.chance = takes.lengths[self.long] / takes.lengths[self.long].sum()
        self.latents = encode_all(network, takes)[0][strongest_siblings(takes)].to(self.device)
        self.scores = DetailScores(canonical()).to(self.device)
        measured = [self._batch(-number) for number in range(1, _MEASURED + 1)]
        told, calm, true = (torch.cat([getattr(batch, name) for batch in measured]) for name in ("told", "calm", "true"))
        self.sizes = self.scores.sizes(calm, true)
        told = told.flatten(0, 1)
        torch.manual_seed(seed)
        self.network = DetailNetwork(DetailConfig(), told.mean(0), told.std(0).clamp(min=_LEAST), self.sizes.detail)
        self.network.to(self.device)
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=_RATE, weight_decay=1e-2, betas=(0.9, 0.98))
        files = Files(out / CHECKPOINT, out / LOG)
        self.steps = Stepping(files, self.network, optimiser, kind, steps, 0.0, kept_every)

    def to_the_end(self, progress: Progress) -> DetailNetwork:
        """All steps that are left; the network in evaluation mode, on the CPU."""
        self.network.train()
        self.steps.to_the_end(self._one_step, "detail", progress)
        return self.network.to("cpu").eval()

    def _one_step(self) -> dict[str, Tensor]:
        step, optimiser = self.steps.step, self.steps.optimiser
        batch = self._batch(step)
        torch.manual_seed(hash_seed(self.seed, 2, step))
        count, frames = batch.told.shape[:2]
        noise = smoothed(torch.randn(2 * count, NOISES, white_frames(frames)).to(self.device))
        first, second = self.network(batch.told.repeat(2, 1, 1), noise).split(count)
        scores = self.scores(batch.calm, (first, second), batch.true, self.sizes)
        total = torch.stack(list(scores.values())).sum()
        for group in optimiser.param_groups:
            group["lr"] = _RATE * self._rate_share(step)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        optimiser.step()
        return scores | {"total": total}

    def _rate_share(self, step: int) -> float:
        done = step / self.steps.total
        return min(1.0, (step + 1) / _WARM_UP) * (_LAST + (1 - _LAST) * 0.5 * (1 + math.cos(math.pi * done)))

    @torch.no_grad()
    def _batch(self, step: int) -> _Batch:
        """Parts of takes, decoded from the same performance at its strongest, as new takes are, at this one's intensity."""
        rng = np.random.default_rng(hash_seed(self.seed, 3, step % 2**32))
        chosen = rng.choice(self.long, _BATCH, p=self.chance)
        lengths = self.takes.lengths[chosen]
        condition = condition_of(self.takes, chosen)
        asked = Condition(condition.emotion.to(self.device), condition.intensity.to(self.device))
        made = self.decoder.decode(self.latents[chosen], torch.as_tensor(lengths, device=self.device), asked).cpu().double()
        parts = []
        for index, length, values in zip(chosen.tolist(), lengths.tolist(), made.numpy(), strict=True):
            start = int(rng.integers(length - self.crop + 1))
            quiet = calmed(values[:length])
            missing = _quick(left_out(self.takes.values[index].astype(np.float64), quiet))
            kept = slice(start, start + self.crop)
            parts.append([torch.as_tensor(part[kept].copy()) for part in (quiet, values[:length], missing)])
        calm, decoded, true = (torch.stack(part).float().to(self.device) for part in zip(*parts, strict=True))
        emotion, intensity = asked.emotion[:, None].expand(-1, self.crop, -1), asked.intensity[:, None].expand(-1, self.crop)
        return _Batch(calm, told_of(calm, decoded, emotion, intensity), true)


def _quick(detail: NDArray[np.float64]) -> NDArray[np.float64]:
    """A detail (T, DETAIL) without what is slower than SLOWEST."""
    low_pass = butter(2, SLOWEST, fs=FRAME_RATE, output="sos")
    quick: NDArray[np.float64] = detail - sosfiltfilt(low_pass, detail, axis=0, padlen=min(15, len(detail) - 1))
    return quick
