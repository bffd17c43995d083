"""How far a body stands out in front of its skeleton, from the meshes that it moves: hands on a belly lie on its surface."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .rest import Rest

Array = NDArray[np.floating[Any]]

_BANDS: Final = {"belly": (0.1, 0.45), "chest": (0.55, 0.85)}
"""Which part of the way from the hips to the shoulders each is."""
_BESIDE: Final = 0.25
"""Share of the way between the shoulders that a place is beside the middle at most: arms that hang down are farther away."""
_FRONT: Final = 98.0
"""Percentile that is the front: a button does not make a belly."""
_FEWEST: Final = 8
"""Places that a band needs."""


def fronts(points: Array, rest: Rest) -> dict[str, float]:
    """How far `belly` and `chest` stand out before the line from the hips to the shoulders; a part without points is left out.

    points: (N, 3) of the surface at rest, in the armature's axes and the unit of `rest`.
    """
    hips, shoulders = rest.middle("hip"), rest.middle("shoulder")
    seen = points @ rest.axes
    share = (seen[:, 2] - hips[2]) / max(float(shoulders[2] - hips[2]), 1e-9)
    line = hips + share[:, None] * (shoulders - hips)
    near = np.abs(seen[:, 0] - line[:, 0]) < _BESIDE * rest.span("left_shoulder", "right_shoulder")
    found = {}
    for part, (low, high) in _BANDS.items():
        own = near & (share > low) & (share < high)
        if own.sum() >= _FEWEST:
            found[part] = float(np.percentile((line - seen)[own, 1], _FRONT))
    return {part: depth for part, depth in found.items() if depth > 0}


def thicker(source: Mapping[str, float], target: Mapping[str, float], part: str, otherwise: float) -> float:
    """How much farther the target's part stands out than the source's; `otherwise` where it is not known of both."""
    if part not in source or part not in target:
        return otherwise
    return float(np.clip(target[part] / source[part], 0.5 * otherwise, 3.0 * otherwise))
