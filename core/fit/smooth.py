"""Zero-phase smoothing of signals over a whole clip, with gaps."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Array = NDArray[np.floating[Any]]


def smooth(values: Array, weight: Array, fps: float, cutoff: float, towards: Array | float = 0.0, belief: float = 1e-3) -> Array:
    """(T, C) signals with a weight (T,) for each frame, smoothed; what varies faster than `cutoff` (Hz) is taken out.

    Whittaker's smoother (Eilers 2003): least squares in value, by weight, and in second difference. Where the weight is 0 the
    signals go over smoothly to `towards`, which every frame believes in with weight `belief`.
    """
    frames = len(values)
    right = weight[:, None] * np.nan_to_num(values) + belief * towards
    if frames < 3:
        out: Array = right / (weight[:, None] + belief)
        return out
    # The smoother's gain is a half where strength * (2 sin(pi f / fps))^4 = 1.
    strength = (2 * np.sin(np.pi * min(cutoff, 0.45 * fps) / fps)) ** -4
    band = np.zeros((3, frames))
    band[2] = weight + belief
    for offsets in ((0, 1.0), (1, -2.0), (2, 1.0)):
        at, c = offsets
        for other, d in ((0, 1.0), (1, -2.0), (2, 1.0)):
            if other <= at:
                band[2 - (at - other), at : frames - 2 + at] += strength * c * d
    solved: Array = solveh_banded(band, right)
    return solved
