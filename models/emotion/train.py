"""Trains the CVAE on a set of takes; goes on where it stopped when its folder holds a checkpoint."""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...core.errors import ThespisError
from ...core.files import writing_to
from ...core.progress import Progress
from .batches import Batches
from .card import write_card
from .cvae import CVAEConfig, EmotionCVAE, sampled
from .dataset.takes import TakeSet
from .detail.train import DetailTraining
from .features import layout
from .latent_space import latent_space
from .losses import Losses, LossWeights, divergence
from .recogniser.lstm import train_lstm
from .recogniser.weights import JUDGE, save_judge
from .rest import canonical
from .stepping import Files, Stepping, hash_seed
from .weights import EmotionModel, save_model

CHECKPOINT, LOG, WEIGHTS, CARD = "checkpoint.safetensors", "log.csv", "emotion_cvae.safetensors", "emotion_cvae.md"

_WARM_UP, _WARM_UP_SHARE = 400, 0.2
"""Steps over which the learning rate rises; at most that share of those that it is for."""
_LET_IN = 2000
"""Steps over which the divergence's weight rises: a latent that is pressed from the start is never used."""
_SHARPENED = 0.4
"""The share of all steps, the last ones, that are taken with LossWeights.sharper."""
_ANEW = 0.5
"""The highest learning rate of those steps, as a share of the first ones'."""
_DETAIL_STEPS, _DETAIL_TIME = 0.18, 0.12
"""The detail network is taught after the rest: its steps, of those of the rest, and about what share of the hours they take."""
_CLIP = 1.0


@dataclass(frozen=True)
class TrainOptions:
    """steps: how many, or None to fill `hours`. batch: takes a step. rate: the highest learning rate. threads: of the CPU.

    kept_every: seconds between checkpoints.
    """

    steps: int | None = None
    hours: float = 2.0
    batch: int = 16
    rate: float = 7e-4
    seed: int = 0
    device: str = "auto"
    threads: int = 2
    width: int = 160
    layers: int = 4
    latent: int = 192
    kept_every: float = 300.0
    losses: LossWeights = field(default_factory=LossWeights)

    def checked(self) -> "TrainOptions":
        """These options, if they make sense. Raises ThespisError otherwise."""
        if self.steps is None and not (math.isfinite(self.hours) and self.hours > 0):
            raise ThespisError(f"--hours {self.hours:g}: give a number above 0.")
        for name in ("steps", "batch", "width", "layers", "latent", "threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ThespisError(f"--{name} {value}: give a number from 1 on.")
        if self.latent % CVAEConfig.moments:
            raise ThespisError(f"--latent {self.latent}: give a multiple of {CVAEConfig.moments}.")
        if self.width % 10:
            raise ThespisError(f"--width {self.width}: give a multiple of 10.")
        return self

    @property
    def kind(self) -> dict[str, Any]:
        """What a checkpoint must have been made with to be gone on from."""
        same = {name: getattr(self, name) for name in ("batch", "rate", "seed", "width", "layers", "latent")}
        return same | {"losses": asdict(self.losses)}


def choose_device(name: str) -> torch.device:
    """auto: CUDA, then Apple's GPU, then the CPU. Raises ThespisError for a device that is not there."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available.get(name):
        raise ThespisError(
            f"There is no device {name} here. Choose one of: auto, {', '.join(k for k, v in available.items() if v)}."
        )
    return torch.device(name)


def train(takes: TakeSet, out: Path, options: TrainOptions, about_data: str, progress: Progress | None = None) -> EmotionModel:
    """Train on `takes` into the folder `out`: checkpoint, log, weights (also of the judge that
    chooses among takes) and card. about_data: a line for the card.

    Raises ThespisError when `out` holds the checkpoint of another training.
    """
    progress = progress or Progress()
    device = choose_device(options.device)
    with writing_to(out):
        out.mkdir(parents=True, exist_ok=True)
    before = torch.get_num_threads()
    torch.set_num_threads(options.threads)
    try:
        run = _Run(takes, out, options, device)
        run.to_the_end(progress)
        steps = max(1, round(_DETAIL_STEPS * run.steps.total))
        kind = options.kind | {"decoder": run.steps.step}
        taught = DetailTraining(takes, run.network, out, steps, options.seed, kind, options.kept_every)
        detail = taught.to_the_end(progress)
        network = run.network.to("cpu").eval()
        model = EmotionModel(network, latent_space(network, takes), detail)
        with progress.stage("recogniser"):
            judge = train_lstm(takes, options.seed)
    finally:
        torch.set_num_threads(before)
    save_model(model, out / WEIGHTS)
    save_judge(judge, out / JUDGE)
    hours = (run.steps.seconds + taught.steps.seconds) / 3600
    figures = {"steps": run.steps.step, "steps of the detail": taught.steps.step, "hours": hours, **run.steps.means}
    figures |= {f"detail, {name}": value for name, value in taught.steps.means.items() if name == "total"}
    write_card(out / CARD, takes, about_data, {**options.kind, "device": device.type}, figures)
    return model


class _Run:
    """One training: what changes from step to step."""

    def __init__(self, takes: TakeSet, out: Path, options: TrainOptions, device: torch.device) -> None:
        torch.manual_seed(options.seed)
        mean, std = (torch.as_tensor(part) for part in takes.statistics())
        config = CVAEConfig(layout().size, width=options.width, layers=options.layers, latent=options.latent)
        self.network = EmotionCVAE(config, mean, std).to(device)
        self.losses = Losses(canonical(), std, options.losses).to(device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=options.rate, weight_decay=1e-2)
        self.batches = Batches(takes, options.batch, options.seed)
        self.options, self.device = options, device
        files = Files(out / CHECKPOINT, out / LOG)
        hours = options.hours * (1 - _DETAIL_TIME)
        self.steps = Stepping(files, self.network, self.optimiser, options.kind, options.steps, hours, options.kept_every)

    def to_the_end(self, progress: Progress) -> None:
        """All steps that are left."""
        self.steps.to_the_end(self._one_step, "training", progress)

    def _one_step(self) -> dict[str, Tensor]:
        step = self.steps.step
        batch = self.batches(step).to(self.device)
        self.losses.weights = self.options.losses.sharper() if self._sharpens else self.options.losses
        for group in self.optimiser.param_groups:
            group["lr"] = self.options.rate * self._rate_share()
        torch.manual_seed(hash_seed(self.options.seed, step))  # dropout, too, is the same after a resume
        self.network.train()
        mean, spread = self.network.encode(batch.values, batch.lengths, batch.condition)
        noise = torch.randn(mean.shape).to(self.device)
        values = self.network.decode(sampled(mean, spread, noise), batch.asked_lengths, batch.asked, batch.start)
        losses = self.losses(values, batch.target) | {"divergence": divergence(mean, spread)}
        self.optimiser.zero_grad(set_to_none=True)
        total = self.losses.total(losses, min(1.0, step / _LET_IN))
        torch.autograd.backward(total)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        return losses | {"total": total}

    @property
    def _smooth_steps(self) -> int:
        """How many steps come before the sharper ones."""
        return round((1 - _SHARPENED) * self.steps.total)

    @property
    def _sharpens(self) -> bool:
        return self.steps.total > 0 and self.steps.step >= self._smooth_steps

    def _rate_share(self) -> float:
        """The learning rate as a share of the highest: a rise, then half a cosine down to a hundredth; and so again, lower, for
        the sharper steps."""
        if self._sharpens:
            first, last, highest = self._smooth_steps, self.steps.total, _ANEW
        else:
            first, last, highest = 0, self._smooth_steps, 1.0
        risen = self.steps.step - first
        warm_up = min(_WARM_UP, _WARM_UP_SHARE * (last - first)) if self.steps.total else _WARM_UP
        if risen < warm_up:
            return highest * (risen + 1) / (warm_up + 1)
        if not self.steps.total:
            return 1.0
        done = (risen - warm_up) / max(1, last - first - warm_up)
        return highest * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))
