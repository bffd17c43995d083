"""The fixed inputs with which the networks are compared with their originals, and the measure of difference."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

REFERENCE_FILE = "reference.npz"
"""Beside the networks: for each network/output, about KEPT numbers that the original TFLite file gave."""

KEPT = 400


def reference_input(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A smooth made-up picture (1, size, size, 3) in [0, 1], or made-up face points (1, n, 2) in pixels."""
    random = np.random.RandomState(7)  # the legacy generator: its stream is the same in every numpy
    if len(shape) == 3:
        return (random.rand(*shape) * 200 + 100).astype(np.float32)
    _, height, width, channels = shape
    y, x = np.mgrid[:height, :width].astype(np.float64) / height
    picture = np.full((height, width, channels), 0.5)
    for _ in range(12):
        fx, fy, phase = random.uniform(-25, 25), random.uniform(-25, 25), random.uniform(0, 6.28, channels)
        picture += 0.12 * np.sin((fx * x + fy * y)[..., None] + phase)
    return np.clip(picture, 0, 1)[None].astype(np.float32)


def difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Largest difference as a part of the spread (standard deviation, at least 0.1) of the expected values."""
    return float(np.abs(found - expected).max() / max(float(np.std(expected)), 0.1))
