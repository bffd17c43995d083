"""Learns from rendered faces what the blendshape network's answers mean: a ridge regression.

    main(["--people", "30", "--each", "40", "--out", "FILE.safetensors"])

The faces are the open body's own (models.face.samples), so that a unit at 1 is that unit of the open body at 1.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from ..landmarks.names import BLENDSHAPE_NAMES, other_side
from .samples import FaceSample, face_samples
from .units import PATH, FaceUnits

Array = NDArray[np.floating[Any]]

RIDGE = 5.0
HELD_OUT = 5
"""One person in so many is not learnt from when the figures are taken."""


def fit_units(samples: Sequence[FaceSample]) -> FaceUnits:
    """The map, by ridge regression about the means, from the faces and their mirror images."""
    roots = np.sqrt(np.clip(np.stack([sample.blendshapes for sample in samples]), 0, 1))
    shown = np.stack([np.concatenate([sample.units, sample.jaw]) for sample in samples])
    other = [BLENDSHAPE_NAMES.index(other_side(name)) for name in BLENDSHAPE_NAMES]
    mirrored = np.concatenate([shown[:, other], shown[:, -3:] * (1, -1, -1)], 1)
    roots, shown = np.concatenate([roots, roots[:, other]]), np.concatenate([shown, mirrored])
    weight, _ = _ridge(roots, shown)
    # Not the regression's own offset, which makes an average face of a neutral one: what is answered to a neutral face means 0.
    _, neutral = _ridge(shown, roots)
    most = np.quantile(roots, 0.995, axis=0)
    return FaceUnits(weight, np.clip(neutral, 0, most), most)


def _ridge(given: Array, wanted: Array) -> tuple[Array, Array]:
    """(outputs, inputs) and (outputs,): wanted (N, outputs) from given (N, inputs)."""
    mean, middle = given.mean(0), wanted.mean(0)
    centred = given - mean
    solved = np.linalg.solve(centred.T @ centred + RIDGE * np.eye(len(mean)), centred.T @ (wanted - middle)).T
    return solved, middle - solved @ mean


def train(out: Path, people: int, each: int, seed: int = 0) -> dict[str, float]:
    """Learn from rendered faces, write the file, and say how well people are read who were not learnt from.

    Figures: error, and what it is when nothing is known (always the mean); the same of the raw answers; of the units' root mean
    square, and of the jaw (rad).
    """
    samples = list(face_samples(people, each, seed))
    kept = [sample for sample in samples if sample.person % HELD_OUT]
    figures = _figures(fit_units(kept), [sample for sample in samples if sample.person % HELD_OUT == 0])
    units = fit_units(samples)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(getattr(units, name), np.float32) for name in FaceUnits.__dataclass_fields__}, out)
    return {"samples": float(len(samples)), **figures}


def _figures(units: FaceUnits, samples: Sequence[FaceSample]) -> dict[str, float]:
    answers = np.stack([sample.blendshapes for sample in samples])
    true, jaw = np.stack([sample.units for sample in samples]), np.stack([sample.jaw for sample in samples])
    found, found_jaw = units.units(answers)

    def rms(values: Array) -> float:
        return float(np.sqrt((values**2).mean()))

    return {
        "units": rms(found - true),
        "units_raw": rms(answers - true),
        "units_mean": rms(true - true.mean(0)),
        "jaw": rms(found_jaw - jaw),
        "jaw_mean": rms(jaw - jaw.mean(0)),
    }


def main(arguments: Sequence[str]) -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(prog="face")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--out", type=Path, default=PATH)
    chosen = parser.parse_args(arguments)
    for name, value in train(chosen.out, chosen.people, chosen.each).items():
        print(f"{name}: {value:.4g}")
