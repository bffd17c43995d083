"""Ways from one value to another whose speed and acceleration do not jump, at their ends either."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def dying(share: Array) -> Array:
    """From 1 to 0 over shares 0 to 1, at rest at both ends, without a jump of the acceleration (the least-jerk curve, Flash and
    Hogan 1985)."""
    u = np.clip(share, 0, 1)
    return 1 - u**3 * (10 - 15 * u + 6 * u * u)


def running_out(time: Array, span: float) -> Array:
    """Seconds gone with a speed of 1 that dies away within `span`: 0 at both ends, slope 1 at the first, curvature 0 at both."""
    u = np.clip(time / span, 0, 1)
    return span * u * (1 - u) ** 3 * (1 + 3 * u)


def coming_to_rest(time: Array, span: float) -> Array:
    """Seconds gone with a speed that goes from 1 down to 0 within `span` and begins as that of `running_out` does."""
    u = np.clip(time / span, 0, 1)
    return span * (u - 2 * u**3 + 2 * u**4 - 0.6 * u**5)


def bump(share: Array) -> Array:
    """From 0 up to 1, at share 0.5, and down again."""
    u = np.clip(share, 0, 1)
    return np.asarray(256 * (u * (1 - u)) ** 4, np.float64)
