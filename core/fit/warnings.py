"""What the user should know about a fit, in an animator's words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LONG_GAP = 1.0
"""Seconds; a longer gap is held, a shorter one is interpolated."""
MOST_NAMED = 3


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
    gaps = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    held = [gap for gap in gaps if gap[0] == 0 or gap[1] == len(present) or (gap[1] - gap[0]) / fps > LONG_GAP]
    for chosen, how in ((held, "held"), ([gap for gap in gaps if gap not in held], "interpolated")):
        if chosen:
            lines.append(f"{_said(chosen, frames)}: the person is not seen; the pose is {how} there, with low confidence.")
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


def _said(gaps: list[tuple[int, int]], frames: NDArray[np.int64]) -> str:
    """The first gaps by their frames, and how many more there are."""
    spans = [f"{frames[start]}" if end - start == 1 else f"{frames[start]} to {frames[end - 1]}" for start, end in gaps]
    shown = ", ".join(spans[:MOST_NAMED])
    missing = sum(end - start for start, end in gaps)
    return f"Frames {shown}" + (
        f" and {len(gaps) - MOST_NAMED} more stretches ({missing} frames)" if len(gaps) > MOST_NAMED else ""
    )
