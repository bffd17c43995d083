"""Values keyed at moments, with smooth in-betweens that never overshoot: what is held stays exactly where it is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Array = NDArray[np.floating[Any]]
Key = tuple[float, Sequence[float] | Array]
"""(seconds, value of n numbers)."""


def keyed(keys: Sequence[Key], seconds: Array) -> NDArray[np.float64]:
    """(T, n) values at the given seconds (T,): monotone cubics (Fritsch and Carlson 1980); before and after the keys held."""
    times = np.array([time for time, _ in keys], np.float64)
    values = np.array([list(value) for _, value in keys], np.float64)
    if len(keys) == 1:
        return np.repeat(values, len(seconds), axis=0)
    return np.asarray(PchipInterpolator(times, values)(np.clip(seconds, times[0], times[-1])))


def eased(keys: Sequence[Key], seconds: Array) -> NDArray[np.float64]:
    """(T, n) like `keyed`, but coming to rest at every key with neither speed nor acceleration (a quintic between two)."""
    times = np.array([time for time, _ in keys], np.float64)
    values = np.array([list(value) for _, value in keys], np.float64)
    k = np.clip(np.searchsorted(times, seconds, side="right") - 1, 0, max(0, len(times) - 2))
    after = np.minimum(k + 1, len(times) - 1)
    share = np.clip((seconds - times[k]) / np.maximum(times[after] - times[k], 1e-9), 0, 1)[:, None]
    share = share**3 * (share * (6 * share - 15) + 10)
    return np.asarray(values[k] + (values[after] - values[k]) * share)
