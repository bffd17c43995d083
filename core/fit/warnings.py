"""What the user should know about a fit, in an animator's words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONG_GAP = 1.0
"""Seconds; a longer gap is held, a shorter one is interpolated."""
MOST_NAMED = 3
CUT_OFF = 0.6
"""Mean share of a part's landmarks inside the picture below which it is outside."""
SHORTEST = 0.3
"""Seconds; what is outside of the picture for less is not worth a line."""
_HEAD = list(range(11))
_LIMBS = {"arm": ([13, 15, 17, 19], [14, 16, 18, 20]), "leg": ([25, 27, 29, 31], [26, 28, 30, 32])}


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


def outside_warnings(
    inside: NDArray[np.floating[Any]], present: NDArray[np.bool_], frames: NDArray[np.int64], fps: float
) -> list[str]:
    """One line for each part of the body that the picture's edge cuts off. inside: (T, 33) share of each body landmark inside the
    picture; present: (T,); frames: (T,) indices into the clip."""

    def outside(landmarks: list[int]) -> NDArray[np.bool_]:
        return present & (inside[:, landmarks].mean(1) < CUT_OFF)

    parts = {"the head": outside(_HEAD)}
    for limb, (left, right) in ((limb, (outside(a), outside(b))) for limb, (a, b) in _LIMBS.items()):
        parts |= {f"both {limb}s": left & right, f"the left {limb}": left & ~right, f"the right {limb}": right & ~left}
    lines = []
    for part, cut in parts.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[False], cut, [False]]).astype(int)))
        spans = [(start, end) for start, end in edges.reshape(-1, 2).tolist() if end - start >= min(SHORTEST * fps, len(cut))]
        if spans:
            lines.append(f"{_said(spans, frames)}: {part} outside of the picture; made up there, with low confidence.")
    return lines


def _said(gaps: list[tuple[int, int]], frames: NDArray[np.int64]) -> str:
    """The first gaps by their frames, and how many more there are."""
    spans = [f"{frames[start]}" if end - start == 1 else f"{frames[start]} to {frames[end - 1]}" for start, end in gaps]
    shown = ", ".join(spans[:MOST_NAMED])
    missing = sum(end - start for start, end in gaps)
    return f"Frames {shown}" + (
        f" and {len(gaps) - MOST_NAMED} more stretches ({missing} frames)" if len(gaps) > MOST_NAMED else ""
    )
