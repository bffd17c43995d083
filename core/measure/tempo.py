"""Does the motion keep its time: fast moves their speed, stillness its calm. numpy only."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

FAST: Final = 2.0
"""m/s; a peak of speed under it is no fast move."""
AROUND: Final = 3
"""Frames before and after a true peak in which the fitted one is looked for."""
STILL_MEAN, STILL_MOST = 0.03, 0.10
"""m/s: who stands still moves no faster, over all joints and with any one."""


def speeds(points: Array, fps: float) -> Array:
    """(T, J) speed of points (T, J, 3) by central differences, one-sided at both ends; m/s."""
    if len(points) < 2:
        return np.zeros(points.shape[:2])
    speed: Array = np.linalg.norm(np.gradient(points, axis=0), axis=-1) * fps
    return speed


def peak_shares(estimate: Array, truth: Array, fps: float) -> Array:
    """(n,) for each peak over FAST of the true speed of points (T, J, 3): the fastest estimate within AROUND frames, as a share.

    A peak is the highest speed within AROUND frames on either side, and not at the clip's ends.
    """
    fitted, true = speeds(estimate, fps), speeds(truth, fps)
    shares = []
    for point in range(true.shape[1]):
        for frame in range(1, len(true) - 1):
            near = slice(max(0, frame - AROUND), frame + AROUND + 1)
            here = true[frame, point]
            if here > FAST and near.start + int(true[near, point].argmax()) == frame:
                shares.append(fitted[near, point].max() / here)
    return np.array(shares)


def jitter(estimate: Array, truth: Array, fps: float) -> Array:
    """(n, J) length of the second difference, metres a frame squared, of joints (T, J, 3) where the truth (T, J, 3) stands
    still: three frames running in which its joints keep under STILL_MEAN on average, and each under STILL_MOST."""
    if len(truth) < 3:
        return np.zeros((0, truth.shape[1]))
    speed = speeds(truth, fps)
    calm = (speed.mean(1) < STILL_MEAN) & (speed.max(1) < STILL_MOST)
    still = calm[:-2] & calm[1:-1] & calm[2:]
    found: Array = np.linalg.norm(np.diff(estimate, 2, axis=0), axis=-1)[still]
    return found
