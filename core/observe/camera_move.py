"""When the camera moves, from how the background moved."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .view import View

Array = NDArray[np.floating[Any]]

_SPAN: Final = 0.5
"""Seconds over which a move is measured: trembling hands come back within less."""
_FAST: Final = 0.010
"""Parts of the picture's diagonal by which the background moves in that time when the camera moves."""
_SLOW: Final = 0.003
"""The same for a slow move, if in the end it goes:"""
_FAR: Final = 0.025
_BREAK: Final = 0.5
"""Seconds; a shorter rest within a move belongs to it."""


@dataclass(frozen=True)
class CameraMove:
    """A stretch in which the camera moves, pans, tilts or zooms.

    first, last: frames, counted as the View's. speed: of the picture's corners on average, pixels a second.
    """

    first: int
    last: int
    speed: float


def camera_moves(view: View, fps: float) -> list[CameraMove]:
    """The stretches of each shot in which the camera moves; a tremble that leads nowhere is none."""
    edges = [0, *view.cuts, len(view.motion)]
    moves = []
    for start, stop in pairwise(edges):
        moves += _moves(view.motion[start:stop], view.size, fps, start)
    return moves


def _moves(motion: Array, size: tuple[int, int], fps: float, start: int) -> list[CameraMove]:
    known = np.isfinite(motion).all((1, 2))
    if known.sum() < 2:
        return []
    places = _filled(_corners(motion, size), known)
    frames, diagonal = len(places), float(np.hypot(*size))
    reach = max(1, round(_SPAN * fps / 2))
    index = np.arange(frames)
    after, before = np.minimum(index + reach, frames - 1), np.maximum(index - reach, 0)
    seconds = (after - before) / fps
    speed = _distance(places[after], places[before]) / np.maximum(seconds, 1e-6)
    least = diagonal / _SPAN
    moving = (speed > _FAST * least) & (seconds > _SPAN / 4)
    slow = (speed > _SLOW * least) & (seconds > _SPAN / 4)
    for first, last in _runs(slow, round(_BREAK * fps)):
        if _distance(places[last], places[first]) > _FAR * diagonal:
            moving[first : last + 1] |= slow[first : last + 1]
    return [
        CameraMove(start + first, start + last, float(speed[first : last + 1].mean()))
        for first, last in _runs(moving, round(_BREAK * fps))
        if _distance(places[first : last + 1, None], places[None, first : last + 1]).max() > _FAST * diagonal
    ]


def _corners(motion: Array, size: tuple[int, int]) -> Array:
    """(T, 4, 2) where the corners of the first picture lie in each frame."""
    x, y = size[0] - 1.0, size[1] - 1.0
    corners = np.array([[0, 0, 1], [x, 0, 1], [0, y, 1], [x, y, 1]])
    return np.asarray(np.einsum("tij,cj->tci", motion, corners))


def _filled(places: Array, known: NDArray[np.bool_]) -> Array:
    """The same with unknown frames on the straight way between known ones."""
    index = np.arange(len(places))
    flat = places.reshape(len(places), -1)
    return np.stack([np.interp(index, index[known], column[known]) for column in flat.T], axis=1).reshape(places.shape)


def _distance(first: Array, second: Array) -> Any:
    """Mean distance of the corners (..., 4, 2)."""
    return np.linalg.norm(first - second, axis=-1).mean(-1)


def _runs(flags: NDArray[np.bool_], longest_break: int) -> list[tuple[int, int]]:
    """First and last index of the runs of True; runs that less than `longest_break` frames part are one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    runs: list[tuple[int, int]] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        if runs and first - runs[-1][1] <= longest_break:
            runs[-1] = (runs[-1][0], stop - 1)
        else:
            runs.append((first, stop - 1))
    return runs
