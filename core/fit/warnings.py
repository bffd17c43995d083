"""What the user should know about a fit, in an animator's words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LONG_GAP = 1.0
"""Seconds; a longer gap is held, a shorter one is interpolated."""


def warnings_of(
    present: NDArray[np.bool_],
    frames: NDArray[np.int64],
    hands_seen: Sequence[bool],
    face_seen: bool,
    world_known: bool,
    focal_known: bool,
    fps: float,
) -> list[str]:
    """One line for each thing that the fit had to make up. present: (T,); frames: (T,) indices into the clip."""
    lines = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ~present, [False]]).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        held = start == 0 or end == len(present) or (end - start) / fps > LONG_GAP
        how = "the pose is held there" if held else "the pose is interpolated there"
        lines.append(f"Frames {frames[start]} to {frames[end - 1]}: the person is not seen; {how}, with low confidence.")
    for side, seen in zip(("left", "right"), hands_seen, strict=True):
        if not seen:
            lines.append(f"The {side} hand is never seen well enough; its fingers are relaxed.")
    if not face_seen:
        lines.append("The face is never seen well enough; its expression is neutral.")
    if not world_known:
        lines.append("Nobody stands on the ground in the clip; up and the floor are guessed from a level camera.")
    if not focal_known:
        lines.append("The focal length is not known and was estimated; distances from the camera are not to be relied on.")
    return lines
