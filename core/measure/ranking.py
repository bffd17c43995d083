"""Does confidence tell right from wrong: the area under the ROC curve. numpy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def auc(confidence: Array, wrong: NDArray[np.bool_]) -> float:
    """Probability that a right value (n,) has more confidence than a wrong one, ties counted half (Mann and Whitney 1947).

    NaN when all are right or all are wrong.
    """
    bad = int(wrong.sum())
    good = len(wrong) - bad
    if not bad or not good:
        return float("nan")
    _values, place, count = np.unique(confidence, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[~wrong].sum() - good * (good + 1) / 2) / (good * bad))
