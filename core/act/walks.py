"""Walking that the decoder glides through: where both feet are said to stand while they travel, they take steps."""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .legs import PosedLeg
from .stances import Mask, Seam, Stance

Array = NDArray[np.float64]

_MOVING, _TURNING = 0.05, 0.15
"""Metres, and radians, a second from which on standing feet are under way."""
_FAR, _FAR_TURNED = 0.08, 0.3
"""Metres and radians on such a way for which steps are taken."""
_SMOOTH: Final = 0.1
"""Standard deviation (s) of the low pass over these speeds."""
_REACH, _REACH_TURNED = 0.3, 0.6
"""Metres and radians that two steps are good for."""
_STRIDE: Final = 1.2
"""Seconds of a step with the one and then the other foot."""
_LOW: Final = 0.06
"""Metres over where it stands up to which the ball of a foot is not in the air in earnest."""


def under_way(touching: Mask, posed: list[PosedLeg]) -> Mask:
    """Contacts (T, 4) of feet that glide: where no foot is said to touch and none is lifted, either, both touch."""
    lifted = np.stack([own.ball[:, 1] - own.ball[:, 1].min() > _LOW for own in posed], 1)
    gliding = ~touching.any(1) & ~lifted.any(1)
    out: Mask = touching | gliding[:, None]
    return out


def walked(both: list[list[Stance]], posed: list[PosedLeg], taken: list[Seam], fps: float) -> list[Seam]:
    """Stretches in which both feet stand and travel all the same, each long enough for two steps; none that `taken` holds."""
    frames = len(posed[0].ball)
    if frames < 3:
        return []
    stands = np.ones(frames, bool)
    for stances in both:
        own = np.zeros(frames, bool)
        for stance in stances:
            own[stance.first : stance.end] = True
        stands &= own
    for seam in taken:
        stands[seam.first : seam.last + 1] = False
    ways = np.stack([own.ball[:, [0, 2]] for own in posed], 1).mean(1)
    headings = np.stack([np.unwrap(np.arctan2(own.foot[:, 0, 2], own.foot[:, 2, 2])) for own in posed], 1).mean(1)
    speed = gaussian_filter1d(np.linalg.norm(np.gradient(ways, axis=0), axis=1) * fps, _SMOOTH * fps)
    turn = gaussian_filter1d(np.abs(np.gradient(headings)) * fps, _SMOOTH * fps)
    moving = ((speed > _MOVING) | (turn > _TURNING)) & stands
    stride = round(_STRIDE * fps)
    seams: list[Seam] = []
    for first, last in _widened(_runs(moving), stride, frames):
        length, turned = np.linalg.norm(ways[last] - ways[first]), abs(headings[last] - headings[first])
        free = all(last < seam.first or first > seam.last for seam in taken)
        if free and (length > _FAR or turned > _FAR_TURNED):
            wanted = int(np.ceil(max(length / _REACH, turned / _REACH_TURNED)))
            count = max(1, min(wanted, (last - first) // stride))
            edges = np.linspace(first, last, count + 1).round().astype(int).tolist()
            seams += [Seam(start, end) for start, end in itertools.pairwise(edges)]
    return seams


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """First and last frame of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]]))).reshape(-1, 2)
    return [(first, end - 1) for first, end in edges.tolist()]


def _widened(runs: list[tuple[int, int]], least: int, frames: int) -> list[tuple[int, int]]:
    """The runs, each at least so long (where the take has room), and one where they meet."""
    out: list[tuple[int, int]] = []
    for first, last in runs:
        more = max(0, least - (last - first))
        start = min(max(0, first - more // 2), max(0, frames - 1 - least))
        end = min(frames - 1, max(last, start + least))
        if out and start <= out[-1][1]:
            start, end = out[-1][0], max(out[-1][1], end)
            out.pop()
        out.append((start, end))
    return out
