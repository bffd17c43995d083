"""A limb of two bones and a hinge, solved in closed form for whole takes. numpy only."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .turns import swing, unit

Array = NDArray[np.floating[Any]]

STRAIGHTEST: Final = 0.9985
"""Share of its length that a limb reaches at most: beyond, knees and elbows snap."""
_CLOSEST: Final = 1e-3
"""Share of its length that an end stays away from where the limb would be folded up."""
_HINGE: Final = 0.05
"""Sine of the bend under which the hinge itself decides in which plane a limb bends, rather than how it is bent."""
_OVERSTRETCHED: Final = 0.15
"""Sine of how far a limb may be bent the wrong way and still be taken for a straight one, that closes the right way: knees and
elbows that were estimated are now and then a few degrees over, and brought nearer they would snap to the other side."""


def turns_to_reach(
    root: Array, middle: Array, end: Array, target: Array, hinge: Array, longest: Array | None = None
) -> tuple[Array, Array]:
    """Turns (T, 3, 3) of both bones about the root, and before that of the second bone about the middle, that bring the end
    (T, 3) to `target` (T, 3); all in one frame of reference.

    hinge: (T, 3) unit axis about which the limb closes, for one that is straight or overstretched; a bent one keeps its plane.
    longest: (T,) how far the end may be from the root (None: STRAIGHTEST of the limb); out of reach it goes as far as that.
    """
    upper, lower = root - middle, end - middle
    a, b = np.linalg.norm(upper, axis=-1), np.linalg.norm(lower, axis=-1)
    longest = STRAIGHTEST * (a + b) if longest is None else longest
    wanted = np.clip(np.linalg.norm(target - root, axis=-1), np.abs(a - b) + _CLOSEST * (a + b), np.minimum(longest, a + b))
    bent = np.arccos(np.clip((a**2 + b**2 - wanted**2) / (2 * a * b), -1, 1))[:, None]
    along = upper / a[:, None]
    axis = np.cross(upper, lower) / (a * b)[:, None]
    wrong = np.clip(-(axis * hinge).sum(axis=-1, keepdims=True), 0, _OVERSTRETCHED)
    axis = axis + (_HINGE + 2 * wrong) * hinge
    axis = unit(axis - (axis * along).sum(axis=-1, keepdims=True) * along)
    folded = b[:, None] * (np.cos(bent) * along + np.sin(bent) * np.cross(axis, along))
    return swing(middle + folded - root, target - root), swing(lower, folded)
