"""Which of the people in a picture is meant, when somebody points at one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError

Array = NDArray[np.floating[Any]]

_BESIDE: Final = 0.15
"""How far beside somebody one may point, in parts of the longer side of the box round what is seen of them."""
_SEEN: Final = 0.5


@dataclass(frozen=True)
class PersonAt:
    """Somebody who is seen at x, y (pixels of the upright picture) in a frame (0-based index into the clip)."""

    x: float
    y: float
    frame: int


def parse_person(text: str) -> PersonAt:
    """X,Y@FRAME; raises ThespisError for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*@\s*(\d+)\s*", text)
    if not match:
        raise ThespisError(f"--person {text}: give where the person is seen, in pixels, and in which frame: 640,360@12.")
    return PersonAt(float(match[1]), float(match[2]), int(match[3]))


def box_of(points: Array, visibility: Array) -> tuple[Array, Array]:
    """The corners (2,) with the least and the greatest coordinates of the body landmarks (33, 2) that are seen."""
    seen = points[visibility > _SEEN]
    seen = seen if len(seen) > 5 else points
    return seen.min(axis=0), seen.max(axis=0)


def pointed_at(x: float, y: float, bodies: Sequence[tuple[Array, Array]]) -> int | None:
    """The index of the body, of landmarks (33, 2) and visibility (33,), that is meant at x, y; None when nobody is there.

    Of several it is the one whose middle is nearest, measured by its own size.
    """
    best, nearest = None, np.inf
    for index, (points, visibility) in enumerate(bodies):
        low, high = box_of(points, visibility)
        margin = _BESIDE * float((high - low).max())
        point = np.array([x, y])
        if not ((point >= low - margin) & (point <= high + margin)).all():
            continue
        away = float(np.abs((point - (low + high) / 2) / np.maximum((high - low) / 2 + margin, 1e-6)).max())
        if away < nearest:
            best, nearest = index, away
    return best
