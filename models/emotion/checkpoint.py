"""A training's state as a safetensors file, from which it goes on as if it had never stopped."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ...core.errors import ThespisError
from ...core.files import written_beside

_KEPT = ("exp_avg", "exp_avg_sq")
"""What Adam keeps of each parameter (Kingma and Ba 2015)."""


def save_checkpoint(path: Path, network: torch.nn.Module, optimiser: torch.optim.Optimizer, about: dict[str, Any]) -> None:
    """Write network and optimiser; about: what else has to be known, as JSON takes it."""
    tensors = {f"network.{name}": value.detach().cpu().clone() for name, value in network.state_dict().items()}
    for name, parameter in network.named_parameters():
        for key in _KEPT:
            if key in optimiser.state[parameter]:
                tensors[f"{key}.{name}"] = optimiser.state[parameter][key].detach().cpu().contiguous()
    with written_beside(path) as beside:
        save_file(tensors, beside, {"about": json.dumps(about)})


def load_checkpoint(path: Path, network: torch.nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    """Put the state of `path` into network and optimiser; step: how many it took. Raises ThespisError when it does not fit."""
    try:
        with safe_open(path, "pt") as file:
            names = set(file.keys())
            network.load_state_dict({n.removeprefix("network."): file.get_tensor(n) for n in names if n.startswith("network.")})
            for name, parameter in network.named_parameters():
                state = {key: file.get_tensor(f"{key}.{name}").to(parameter.device) for key in _KEPT if f"{key}.{name}" in names}
                optimiser.state[parameter] = {"step": torch.tensor(float(step)), **state}
    except (OSError, SafetensorError, RuntimeError, KeyError) as error:
        raise _unreadable(path, error) from error


def read_about(path: Path) -> dict[str, Any]:
    """What `save_checkpoint` was told besides. Raises ThespisError when the file is broken."""
    try:
        with safe_open(path, "pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {})["about"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _unreadable(path, error) from error
    return about


def _unreadable(path: Path, error: Exception) -> ThespisError:
    cause = str(error).splitlines()[0]
    return ThespisError(f"{path}: the training cannot go on from it ({cause}). Remove it, or choose another --out.")
