"""The fixed inputs with which the networks are compared with their originals, and the measure of difference."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

REFERENCE_FILE: Final = "reference.npz"
"""Beside the networks: for each network/output, about _KEPT numbers that the original TFLite file gave."""

_KEPT: Final = 400


def reference_input(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A smooth made-up picture (1, size, size, 3) in [0, 1], or made-up face points (1, n, 2) in pixels."""
    random = np.random.RandomState(7)
    if len(shape) == 3:
        return (random.rand(*shape) * 200 + 100).astype(np.float32)
    _, height, width, channels = shape
    y, x = np.mgrid[:height, :width].astype(np.float64) / height
    picture = np.full((height, width, channels), 0.5)
    for _ in range(12):
        fx, fy, phase = random.uniform(-25, 25), random.uniform(-25, 25), random.uniform(0, 6.28, channels)
        picture += 0.12 * np.sin((fx * x + fy * y)[..., None] + phase)
    return np.clip(picture, 0, 1)[None].astype(np.float32)


def thinned(output: NDArray[Any]) -> NDArray[np.float32]:
    """Evenly spaced numbers of an output, few enough to be stored."""
    flat = np.asarray(output, np.float32).ravel()
    return flat[:: max(1, flat.size // _KEPT)]


def stored_references(network: str) -> dict[str, NDArray[np.float32]]:
    """The original's thinned outputs for the reference input, by output name; empty when none are stored."""
    path = Path(__file__).with_name(REFERENCE_FILE)
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as file:
        return {name.partition("/")[2]: file[name] for name in file.files if name.partition("/")[0] == network}


def difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Largest difference as a part of the spread (standard deviation, at least 0.1) of the expected values."""
    return float(np.abs(found - expected).max() / max(float(np.std(expected)), 0.1))
