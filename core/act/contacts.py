"""What the decoder says of feet and floor, brought together with where it puts the feet.

Performances were told to touch the floor while they are slow and low, and a foot that leaves it is slow at first. Held until the
end of its contact, it would straighten the knee just before that bends, and a knee that is nearly straight moves far for little.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.features import layout, sole_points
from ..fit.anchors import runs
from .stances import clean_contacts

Array = NDArray[np.float64]

_RISEN: Final = 1.5e-3
"""Metres over where it mostly is during a contact, from which on a sole point is leaving the floor, or not yet on it."""
_LEAVING: Final = 0.1
"""Seconds that a contact loses at most at either end: feet also float and sink while they stand."""


def let_go(values: Array, fps: float) -> Array:
    """Features (T, D) at `fps` whose contacts end when the sole point has begun to rise, and begin when it has come down; those
    that reach from the first frame or to the last one stay there."""
    contacts = layout().contacts
    heights = sole_points(values)[..., 1]
    touching = clean_contacts(values[:, contacts], fps)
    most = round(_LEAVING * fps)
    out = values.copy()
    for point in range(touching.shape[1]):
        for first, end in runs(touching[:, point]).tolist():
            height = heights[first:end, point]
            up = height > np.median(height) + _RISEN
            column = contacts.start + point
            if end < len(values):
                out[end - _leading(up[::-1], most) : end, column] = 0
            if first:
                out[first : first + _leading(up, most), column] = 0
    return out


def _leading(mask: NDArray[np.bool_], most: int) -> int:
    """How many of the first of a mask are set, at most `most` and not all."""
    beginning = mask[: min(most, len(mask) - 1)]
    return len(beginning) if beginning.all() else int(beginning.argmin())
