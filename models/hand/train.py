"""Learns from rendered hands where their points lie when the hand network's features are what they are.

    main(["--people", "60", "--each", "80", "--seeds", "21", "22", "--out", "FILE.safetensors"])

The features are what the network's own last layer reads; this replaces that layer by a small perceptron which knows the open
body's joints, and says how far its directions spread: the loss is the likelihood of the true directions (Nix and Weigend 1994).
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from ...core.fit.hands import hand_model
from ...core.fit.points import WRIST_SHARE
from ..body.load import load_body
from .samples import HandSample, hand_samples
from .solid import BONES, LEAST_SPREAD, MOST_SPREAD, PATH, SPREADS, HandSolid, bones_of, log_features, palm_of

Array = NDArray[np.floating[Any]]

HELD_OUT = 5
"""One person in so many is not learnt from when the figures are taken."""
HIDDEN = (192, 96)
EPOCHS, BATCH, RATE, DECAY, DROPPED, SHAKEN = 40, 128, 1e-3, 0.05, 0.3, 0.05


def learn(samples: Sequence[HandSample], seed: int = 0) -> HandSolid:
    """The perceptron that the samples teach."""
    given, wanted = _given(samples), _wanted(samples)
    mean, scale = given.mean(0), given.std(0) + 1e-2
    torch.manual_seed(seed)
    sizes = (given.shape[1], *HIDDEN)
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.SiLU(), nn.Dropout(DROPPED)]
    network = nn.Sequential(*layers, nn.Linear(sizes[-1], wanted[0].size + SPREADS))
    last = network[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.bias[:-SPREADS] = torch.as_tensor(wanted.mean(0).ravel())
    x, y = torch.as_tensor((given - mean) / scale, dtype=torch.float32), torch.as_tensor(wanted, dtype=torch.float32)
    _descend(network, x, y)
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    values = {f"weight_{k + 1}": layer.weight.detach().double().numpy() for k, layer in enumerate(linear)}
    values |= {f"bias_{k + 1}": layer.bias.detach().double().numpy() for k, layer in enumerate(linear)}
    palm, lengths = average_hand()
    return HandSolid(mean=mean, scale=scale, palm=palm, lengths=lengths, **values)


def _descend(network: nn.Module, x: Tensor, y: Tensor) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * max(len(x) // BATCH, 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for chosen in torch.split(torch.randperm(len(x)), BATCH)[: max(len(x) // BATCH, 1)]:  # type: ignore[no-untyped-call]
            shaken = x[chosen] + SHAKEN * torch.randn(len(chosen), x.shape[1])
            loss = _unlikely(network(shaken), y[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    network.eval()


def _unlikely(given: Tensor, wanted: Tensor) -> Tensor:
    """Mean negative logarithm of how likely unit vectors (N, 17, 3) are; a direction errs in two dimensions."""
    away = ((given[:, :-SPREADS].reshape(wanted.shape) - wanted) ** 2).sum(-1)
    spread = given[:, -SPREADS:].clamp(float(np.log(LEAST_SPREAD)), float(np.log(MOST_SPREAD)))
    away = torch.cat([away[:, :2].mean(1, keepdim=True), away[:, 2:]], 1)
    return (away / (2 * torch.exp(2 * spread)) + 2 * spread).mean()


def _given(samples: Sequence[HandSample]) -> Array:
    return log_features(np.stack([sample.features for sample in samples]))


def _wanted(samples: Sequence[HandSample]) -> Array:
    """(N, 17, 3) unit vectors along and across the palm, and of the finger bones in the palm's axes."""
    solid = np.stack([sample.solid for sample in samples]).astype(np.float64)
    along, across = palm_of(solid)
    return np.concatenate([along[:, None], across[:, None], bones_of(solid)], 1)


def average_hand() -> tuple[Array, Array]:
    """(6, 3) the points of the open body's right palm in its own axes, from the wrist's, and (15,) lengths of finger bones."""
    body = load_body()
    model = hand_model(body, np.zeros(body.beta_count), "right")
    index, middle, pinky, ring, thumb = model.knuckles @ model.palm
    wrist = WRIST_SHARE * middle
    palm = np.stack([wrist, thumb, index, middle, ring, pinky]) - wrist
    return palm, np.linalg.norm(model.bones, axis=-1).reshape(BONES)


def train(out: Path, people: int, each: int, seeds: Sequence[int] = (0,)) -> dict[str, float]:
    """Learn from rendered hands, write the file, and say how well people are read who were not learnt from.

    seeds: for each of them `people` people are drawn, with `each` hands.

    Figures: mean angle (degrees) between true and read finger bones, seen from the palm; of the network's own points; when the
    mean is always said; and of the palm's two axes, read and by the network's own points.
    """
    drawn = [(k, list(hand_samples(people, each, seed))) for k, seed in enumerate(seeds)]
    samples = [replace(sample, person=k * people + sample.person) for k, some in drawn for sample in some]
    kept = [sample for sample in samples if sample.person % HELD_OUT]
    figures = _figures(learn(kept), kept, [sample for sample in samples if sample.person % HELD_OUT == 0])
    solid = learn(samples)
    out.parent.mkdir(parents=True, exist_ok=True)
    half = {"mean", "scale", "weight_1", "weight_2", "weight_3"}
    tensors = {name: getattr(solid, name) for name in HandSolid.__dataclass_fields__}
    stored = {name: np.ascontiguousarray(value, np.float16 if name in half else np.float32) for name, value in tensors.items()}
    save_file(stored, out)
    return {"samples": float(len(samples)), **figures}


def _figures(solid: HandSolid, learnt: Sequence[HandSample], samples: Sequence[HandSample]) -> dict[str, float]:
    true = _wanted(samples)
    own = np.stack([sample.read for sample in samples]).astype(np.float64)
    found, _ = solid.read(np.stack([sample.features for sample in samples]))

    def degrees(vectors: Array, wanted: Array) -> float:
        length = np.linalg.norm(vectors, axis=-1) * np.linalg.norm(wanted, axis=-1)
        return float(np.degrees(np.arccos(np.clip((vectors * wanted).sum(-1) / length, -1, 1))).mean())

    return {
        "bones": degrees(bones_of(found), true[:, 2:]),
        "bones_network": degrees(bones_of(own), true[:, 2:]),
        "bones_mean": degrees(np.broadcast_to(_wanted(learnt).mean(0)[2:], true[:, 2:].shape), true[:, 2:]),
        "palm": degrees(np.stack(palm_of(found), 1), true[:, :2]),
        "palm_network": degrees(np.stack(palm_of(own), 1), true[:, :2]),
    }


def main(arguments: Sequence[str]) -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(prog="hand")
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--each", type=int, default=80)
    parser.add_argument("--seeds", type=int, nargs="+", default=(21, 22, 23, 24))
    parser.add_argument("--out", type=Path, default=PATH)
    chosen = parser.parse_args(arguments)
    for name, value in train(chosen.out, chosen.people, chosen.each, chosen.seeds).items():
        print(f"{name}: {value:.4g}")
