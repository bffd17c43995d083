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
"""Metres over where it was at its lowest just before, from which on a sole point is leaving the floor."""
_SLOW, _LOW = 0.25, 0.02
"""Metres a second, and metres from where it mostly is during a contact, of a sole point that has come down, or as good as."""
_LOST: Final = 0.1
"""Seconds that a contact loses at most at either end: feet also float and sink while they stand."""
_SOONER: Final = 0.1
"""Seconds that a contact begins sooner at most: a foot that is nearly there already would creep over the floor."""
_BEFORE: Final = 0.25
"""Seconds before a contact's end that tell how low the sole point was: it floats and sinks by millimetres while it stands."""


def as_the_feet_go(values: Array, fps: float) -> Array:
    """Features (T, D) at `fps` whose contacts begin when the sole point has come down, and end when it has begun to rise; those
    that reach from the first frame or to the last one stay there."""
    contacts = layout().contacts
    points = sole_points(values)
    heights, speeds = points[..., 1], np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1)
    touching = clean_contacts(values[:, contacts], fps)
    lost, sooner, before = (round(seconds * fps) for seconds in (_LOST, _SOONER, _BEFORE))
    out = values.copy()
    for point in range(touching.shape[1]):
        column = contacts.start + point
        for first, end in runs(touching[:, point]).tolist():
            over = heights[:, point] - np.median(heights[first:end, point])
            down = (speeds[:, point] < _SLOW) & (np.abs(over) < _LOW)
            most = min(lost, end - first - 1)
            if end < len(values):
                lifted = heights[max(first, end - before) : end, point]
                out[end - _leading(lifted[::-1] > lifted.min() + _RISEN, most) : end, column] = 0
            if first:
                out[first : first + _leading(~down[first:end], most), column] = 0
            if down[first]:
                out[first - _leading(down[:first][::-1], sooner) : first, column] = 1
    return out


def _leading(mask: NDArray[np.bool_], most: int) -> int:
    """How many of the first of a mask are set, at most `most`."""
    beginning = mask[:most]
    return len(beginning) if beginning.all() else int(beginning.argmin())
