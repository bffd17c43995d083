"""The steps of a training: timed, logged, kept now and then, and gone on with where they stopped."""

import csv
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...core.errors import ThespisError
from ...core.progress import Progress
from .checkpoint import load_checkpoint, read_about, save_checkpoint

_TIMED = 30
"""Steps that are timed when hours are given instead of steps."""
_LOGGED = 50


@dataclass(frozen=True)
class Files:
    """Where the state and the losses' means are kept."""

    checkpoint: Path
    log: Path


class Stepping:
    """Steps of `network` by `optimiser`, from where `files` say that they stopped.

    kind: what a checkpoint must have been made with. steps: how many, None to fill `hours`. kept_every: seconds between
    checkpoints. Raises ThespisError when the checkpoint is another training's.
    """

    def __init__(
        self,
        files: Files,
        network: torch.nn.Module,
        optimiser: torch.optim.Optimizer,
        kind: dict[str, Any],
        steps: int | None,
        hours: float,
        kept_every: float,
    ) -> None:
        self.files, self.network, self.optimiser, self.kind = files, network, optimiser, kind
        self.hours, self.kept_every = hours, kept_every
        self.step, self.seconds, self.total = 0, 0.0, steps or 0
        self.means: dict[str, float] = {}
        self._since: list[dict[str, float]] = []
        if files.checkpoint.exists():
            about = read_about(files.checkpoint)
            if about["kind"] != kind:
                raise ThespisError(
                    f"{files.checkpoint.parent}: holds a training with other options. Choose another --out, or the same options."
                )
            self.step, self.seconds = about["step"], about["seconds"]
            self.total = steps or about["total"]
            load_checkpoint(files.checkpoint, network, optimiser, self.step)

    def to_the_end(self, one_step: Callable[[], Mapping[str, Tensor]], name: str, progress: Progress) -> None:
        """All steps that are left, each giving its losses by name; a checkpoint now and then, when it is cancelled, and at the
        end. name: of the stage of `progress`."""
        with progress.stage(name, self.total):
            started, kept = time.monotonic(), time.monotonic()
            before, first = self.seconds, self.step
            timed = 0.0
            try:
                while not self.total or self.step < self.total:
                    self._count(one_step())
                    now = time.monotonic()
                    self.seconds = before + now - started
                    if self.step - first == 5:  # the first steps also load and warm up
                        timed = now
                    if not self.total and self.step - first == _TIMED:
                        each = (now - timed) / (_TIMED - 5)
                        self.total = max(self.step, round(self.hours * 3600 / each))
                        progress.begin(name, self.total)
                    if now - kept > self.kept_every:
                        self._keep()
                        kept = now
                    progress.update(self.step)
            finally:
                self._keep()

    def _count(self, losses: Mapping[str, Tensor]) -> None:
        self.step += 1
        self._since.append({name: float(loss.detach()) for name, loss in losses.items()})
        if self.step % _LOGGED == 0 or self.step == self.total:
            self._log()

    def _keep(self) -> None:
        about = {"step": self.step, "total": self.total, "seconds": self.seconds, "kind": self.kind}
        save_checkpoint(self.files.checkpoint, self.network, self.optimiser, about)

    def _log(self) -> None:
        self.means = {name: float(np.mean([row[name] for row in self._since])) for name in self._since[0]}
        self._since = []
        new = not self.files.log.exists()
        with self.files.log.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "seconds", *self.means])
            writer.writerow([self.step, round(self.seconds, 1), *(f"{value:.6g}" for value in self.means.values())])


def hash_seed(*numbers: int) -> int:
    """One seed from several numbers, far from those of their neighbours."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
