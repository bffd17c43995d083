"""Frames that the file does not have, put back as frames in which nobody was seen."""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from ..observe.tracks import Track
from ..observe.view import View


def with_holes(track: Track, present: NDArray[np.int64]) -> Track:
    """`track` over its frames `present` (0-based indices into the clip, rising) spread over all frames from first to last.

    Between them scores are 0 and points NaN, as where the person was not seen: the fit interpolates there.
    """
    frames = np.arange(present[0], present[-1] + 1)
    rows = present - present[0]
    spread = {}
    for field in fields(track):
        if field.name == "frames":
            continue
        values = getattr(track, field.name)
        scored = field.name.endswith(("score", "visibility", "presence"))
        full = np.full((len(frames), *values.shape[1:]), 0.0 if scored else np.nan, values.dtype)
        full[rows] = values
        spread[field.name] = full
    return replace(track, frames=frames, **spread)


def view_with_holes(view: View, present: NDArray[np.int64]) -> View:
    """The same of what the picture did as a whole: unknown in the frames that are not there."""
    rows = present - present[0]
    motion = np.full((int(rows[-1]) + 1, 2, 3), np.nan)
    motion[rows] = view.motion
    return View(tuple(int(rows[cut]) for cut in view.cuts), motion, view.size)
