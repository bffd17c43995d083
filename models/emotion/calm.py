"""What the decoder made, without its tremble: sudden movement stays, quick small movement while the body is quiet goes."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from ...core.skeleton import BODY_JOINT_COUNT
from .features import FRAME_RATE, layout

Array = NDArray[np.float64]

_FASTEST, _HEAVIEST = 3.5, 1.5
"""Hz: what the decoder made slower than this is movement, what is quicker may be its tremble: it makes five tokens a second. The
pelvis, which carries the body's weight, moves the slower. A Butterworth filter of fourth order, forth and back, tells them
apart, as is usual in biomechanics (Winter 2009)."""
_TREMBLE, _HUM = np.radians(0.2) * np.sqrt(2.0), 3e-3
"""What is quicker passes where about as much of it comes together as in something sudden, and less the less there is (a Wiener
filter's gain, of which these are the noise): of a joint's 6D rotation, for a turn of 0.2 degrees, and of the pelvis in metres."""
_TOGETHER = 2.0
"""Frames, the standard deviation of the Gaussian within which it comes together: it lasts as long as a start or a stop."""
_ENDING = 0.6, 0.3
"""Of the way from frame to frame before them, what is left in the last ones."""


def calmed(values: Array) -> Array:
    """Features (T, D) at FRAME_RATE without the decoder's tremble. Contacts as they are."""
    parts = layout()
    contacts = values[:, parts.contacts]
    values = _run_out(_run_out(values)[::-1])[::-1]
    calm = _slow(values, _FASTEST)
    rotations, place = parts.rotations, parts.place
    quick = (values - calm)[:, rotations].reshape(len(values), BODY_JOINT_COUNT, 6)
    calm[:, rotations] += _sudden(quick, _TREMBLE).reshape(len(values), -1)
    carried = _slow(values[:, place], _HEAVIEST)
    calm[:, place] = carried + _sudden(values[:, place] - carried, _HUM)
    calm[:, parts.contacts] = contacts
    return calm


def _run_out(values: Array) -> Array:
    """Features (T, D) whose last frames go on as those before them: of the ends one token of the decoder alone speaks, and it now
    and then jerks there."""
    out = values.copy()
    step = values[-len(_ENDING) - 1] - values[-len(_ENDING) - 2]
    for frame, share in enumerate(_ENDING, len(values) - len(_ENDING)):
        out[frame] = out[frame - 1] + share * step
    return out


def _slow(values: Array, fastest: float) -> Array:
    low_pass = butter(4, fastest, fs=FRAME_RATE, output="sos")
    slow: Array = sosfiltfilt(low_pass, values, axis=0, padlen=min(15, len(values) - 1))
    return slow


def _sudden(quick: Array, tremble: float) -> Array:
    """What of quick movement (T, ..., C) is more than tremble, over all C together."""
    power = gaussian_filter1d((quick**2).sum(-1, keepdims=True), _TOGETHER, axis=0)
    kept: Array = quick * power / (power + tremble**2)
    return kept
