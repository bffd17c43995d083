"""Trains the CVAE on a set of takes; goes on where it stopped when its folder holds a checkpoint."""

import csv
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...core.errors import ThespisError
from ...core.files import writing_to
from ...core.progress import Progress
from .batches import Batches
from .card import write_card
from .checkpoint import load_checkpoint, read_about, save_checkpoint
from .cvae import CVAEConfig, EmotionCVAE, sampled
from .dataset.takes import TakeSet
from .features import layout
from .latent_space import latent_space
from .losses import Losses, LossWeights, divergence
from .recogniser.lstm import train_lstm
from .recogniser.weights import JUDGE, save_judge
from .rest import canonical
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
_TIMED = 30
"""Steps that are timed when hours are given instead of steps."""
_CLIP = 1.0
_LOGGED = 50


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
        with progress.stage("training", run.total):
            run.to_the_end(progress)
        network = run.network.to("cpu").eval()
        model = EmotionModel(network, latent_space(network, takes))
        with progress.stage("recogniser"):
            judge = train_lstm(takes, options.seed)
    finally:
        torch.set_num_threads(before)
    save_model(model, out / WEIGHTS)
    save_judge(judge, out / JUDGE)
    figures = {"steps": run.step, "hours": run.seconds / 3600, **run.means}
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
        self.out, self.options, self.device = out, options, device
        self.step, self.seconds, self.total = 0, 0.0, options.steps or 0
        self.means: dict[str, float] = {}
        self._since: list[dict[str, float]] = []
        if (out / CHECKPOINT).exists():
            self._go_on()

    def _go_on(self) -> None:
        about = read_about(self.out / CHECKPOINT)
        if about["kind"] != self.options.kind:
            raise ThespisError(f"{self.out}: holds a training with other options. Choose another --out, or the same options.")
        self.step, self.seconds = about["step"], about["seconds"]
        self.total = self.options.steps or about["total"]
        load_checkpoint(self.out / CHECKPOINT, self.network, self.optimiser, self.step)

    def to_the_end(self, progress: Progress) -> None:
        """All steps that are left; a checkpoint now and then, when it is cancelled, and at the end."""
        started, kept = time.monotonic(), time.monotonic()
        before, first = self.seconds, self.step
        timed = 0.0
        try:
            while not self.total or self.step < self.total:
                self._one_step()
                now = time.monotonic()
                self.seconds = before + now - started
                if self.step - first == 5:  # the first steps also load and warm up
                    timed = now
                if not self.total and self.step - first == _TIMED:
                    each = (now - timed) / (_TIMED - 5)
                    self.total = max(self.step, round(self.options.hours * 3600 / each))
                    progress.begin("training", self.total)
                if now - kept > self.options.kept_every:
                    self._keep()
                    kept = now
                progress.update(self.step)
        finally:
            self._keep()

    def _keep(self) -> None:
        about = {"step": self.step, "total": self.total, "seconds": self.seconds, "kind": self.options.kind}
        save_checkpoint(self.out / CHECKPOINT, self.network, self.optimiser, about)

    def _one_step(self) -> None:
        batch = self.batches(self.step).to(self.device)
        self.losses.weights = self.options.losses.sharper() if self._sharpens else self.options.losses
        for group in self.optimiser.param_groups:
            group["lr"] = self.options.rate * self._rate_share()
        torch.manual_seed(hash_seed(self.options.seed, self.step))  # dropout, too, is the same after a resume
        self.network.train()
        mean, spread = self.network.encode(batch.values, batch.lengths, batch.condition)
        noise = torch.randn(mean.shape).to(self.device)
        values = self.network.decode(sampled(mean, spread, noise), batch.asked_lengths, batch.asked, batch.start)
        losses = self.losses(values, batch.target) | {"divergence": divergence(mean, spread)}
        self.optimiser.zero_grad(set_to_none=True)
        total = self.losses.total(losses, min(1.0, self.step / _LET_IN))
        torch.autograd.backward(total)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        self.step += 1
        self._since.append({name: float(loss.detach()) for name, loss in losses.items()} | {"total": float(total.detach())})
        if self.step % _LOGGED == 0 or self.step == self.total:
            self._log()

    @property
    def _smooth_steps(self) -> int:
        """How many steps come before the sharper ones."""
        return round((1 - _SHARPENED) * self.total)

    @property
    def _sharpens(self) -> bool:
        return self.total > 0 and self.step >= self._smooth_steps

    def _rate_share(self) -> float:
        """The learning rate as a share of the highest: a rise, then half a cosine down to a hundredth; and so again, lower, for
        the sharper steps."""
        if self._sharpens:
            first, last, highest = self._smooth_steps, self.total, _ANEW
        else:
            first, last, highest = 0, self._smooth_steps, 1.0
        risen = self.step - first
        warm_up = min(_WARM_UP, _WARM_UP_SHARE * (last - first)) if self.total else _WARM_UP
        if risen < warm_up:
            return highest * (risen + 1) / (warm_up + 1)
        if not self.total:
            return 1.0
        done = (risen - warm_up) / max(1, last - first - warm_up)
        return highest * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    def _log(self) -> None:
        self.means = {name: float(np.mean([row[name] for row in self._since])) for name in self._since[0]}
        self._since = []
        path = self.out / LOG
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "seconds", *self.means])
            writer.writerow([self.step, round(self.seconds, 1), *(f"{value:.6g}" for value in self.means.values())])


def hash_seed(*numbers: int) -> int:
    """One seed from several numbers, far from those of their neighbours."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
