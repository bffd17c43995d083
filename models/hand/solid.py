"""HandSolid: from the features of the hand network to where a hand's 21 points lie in metres, and how sure that is."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ...core.errors import ThespisError

Array = NDArray[np.floating[Any]]

PATH = Path(__file__).resolve().parents[1] / "weights" / "hand_solid.safetensors"
FEATURES, POINTS, BONES = 1152, 21, 15
PALM = (0, 1, 5, 9, 13, 17)
"""The wrist, the thumb's first joint and the knuckles: they lie in the palm whatever the fingers do."""
CHAINS = ((5, 6, 7, 8), (9, 10, 11, 12), (17, 18, 19, 20), (13, 14, 15, 16), (1, 2, 3, 4))
"""The points of index, middle, little and ring finger and thumb from the knuckle to the tip, in core.skeleton's order."""
SPREADS = 1 + BONES
LEAST_SPREAD, MOST_SPREAD = 0.05, 1.5
"""Radians."""


@dataclass(frozen=True)
class HandSolid:
    """A perceptron with two hidden layers over the logarithms of the features (log(1 + feature)).

    mean, scale: (1152,) of those; weight_1 .. 3, bias_1 .. 3: the layers. What comes out are expected unit vectors, shorter the
    less they are sure, first along and across the palm in the region's axes, then of 15 finger bones in the palm's; then the
    logarithms of 16 spreads. palm: (6, 3) the points of an average palm in its own axes, metres, from the wrist; lengths: (15,)
    of its finger bones.
    """

    mean: Array
    scale: Array
    weight_1: Array
    bias_1: Array
    weight_2: Array
    bias_2: Array
    weight_3: Array
    bias_3: Array
    palm: Array
    lengths: Array

    def read(self, features: Array) -> tuple[Array, Array]:
        """(N, 21, 3) metres from the wrist in the region's axes, and (N, 16) the spreads (rad) of the palm's and the finger
        bones' directions, for the features (N, 1152) of what is shown as a right hand."""
        vectors, spreads = self.expected(features)
        along, across = vectors[:, 0], vectors[:, 1]
        frame = palm_frames(along, across)
        bones = vectors[:, 2:] / np.clip(np.linalg.norm(vectors[:, 2:], axis=-1, keepdims=True), 1e-9, None)
        solid = np.zeros((len(features), POINTS, 3))
        solid[:, PALM] = self.palm
        steps = (bones * self.lengths[:, None]).reshape(-1, len(CHAINS), 3, 3)
        for finger, chain in enumerate(CHAINS):
            solid[:, chain[1:]] = solid[:, chain[:1]] + np.cumsum(steps[:, finger], axis=1)
        return np.einsum("nij,npj->npi", frame, solid), spreads

    def expected(self, features: Array) -> tuple[Array, Array]:
        """(N, 17, 3) the expected unit vectors and (N, 16) their spreads."""
        values = (log_features(features) - self.mean) / self.scale
        for weight, bias in ((self.weight_1, self.bias_1), (self.weight_2, self.bias_2)):
            values = values @ weight.T + bias
            values = values / (1 + np.exp(-np.clip(values, -50, 50)))
        given = values @ self.weight_3.T + self.bias_3
        spreads = np.clip(np.exp(np.clip(given[:, -SPREADS:], -10, 10)), LEAST_SPREAD, MOST_SPREAD)
        return given[:, :-SPREADS].reshape(-1, 2 + BONES, 3), spreads


def blank_solid() -> HandSolid:
    """One that has learnt nothing."""
    return HandSolid(
        mean=np.zeros(FEATURES),
        scale=np.ones(FEATURES),
        weight_1=np.zeros((1, FEATURES)),
        bias_1=np.zeros(1),
        weight_2=np.zeros((1, 1)),
        bias_2=np.zeros(1),
        weight_3=np.zeros((3 * (2 + BONES) + SPREADS, 1)),
        bias_3=np.zeros(3 * (2 + BONES) + SPREADS),
        palm=np.zeros((len(PALM), 3)),
        lengths=np.zeros(BONES),
    )


def log_features(features: Array) -> Array:
    """What the perceptron is given."""
    return np.asarray(np.log1p(np.clip(features, 0, None)), np.float64)


def palm_frames(along: Array, across: Array) -> Array:
    """(N, 3, 3) columns: `across` (N, 3), from little to index finger, made square to `along` (N, 3), from the wrist to the
    middle knuckle; that one; out of both."""
    along = along / np.clip(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9, None)
    across = across - (across * along).sum(-1, keepdims=True) * along
    across = across / np.clip(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9, None)
    return np.stack([across, along, np.cross(across, along)], -1)


def palm_of(solid: Array) -> tuple[Array, Array]:
    """(N, 3) along and (N, 3) across the palm, unit vectors, of points (N, 21, 3)."""
    frames = palm_frames(solid[:, 9] - solid[:, 0], solid[:, 5] - solid[:, 17])
    return frames[..., 1], frames[..., 0]


def bones_of(solid: Array) -> Array:
    """(N, 15, 3) unit vectors along the finger bones of points (N, 21, 3), in the palm's axes."""
    along, across = palm_of(solid)
    chains = solid[:, np.array(CHAINS)]
    bones = np.diff(chains, axis=2).reshape(len(solid), BONES, 3)
    bones = bones / np.clip(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9, None)
    return np.asarray(bones @ palm_frames(along, across))


@cache
def load_hand_solid(path: Path = PATH) -> HandSolid:
    """Read the weights. Raises ThespisError when the file is missing or not of this shape."""
    try:
        tensors = {name: np.asarray(value, np.float64) for name, value in load_file(path).items()}
        solid = HandSolid(**{name: tensors[name] for name in HandSolid.__dataclass_fields__})
    except (OSError, SafetensorError, KeyError) as error:
        raise ThespisError(f"{path}: the hand's weights cannot be read ({error}). Install the extension again.") from error
    shapes = solid.weight_1.shape[1:], solid.weight_3.shape[:1], solid.palm.shape, solid.lengths.shape
    if shapes != ((FEATURES,), (3 * (2 + BONES) + SPREADS,), (len(PALM), 3), (BONES,)):
        raise ThespisError(f"{path}: the hand's weights have other shapes. Install the extension again.")
    return solid
