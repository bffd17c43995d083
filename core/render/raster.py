"""Which triangle is seen at which pixel: a scanline rasteriser with a depth buffer, written in whole-array numpy.

Each triangle is cut into horizontal spans, the spans into fragments; of the fragments at one pixel the nearest stays.
Edges are half-open (a pixel belongs to a triangle when left <= x < right and top <= y < bottom), computed from the same
two end points in the same order for both triangles that share an edge: neighbours leave no crack and no overlap.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Indices = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Visible:
    """The N pixels at which something is seen.

    pixel: (N,) index into the flattened (height, width) picture, rising.
    face: (N,) row of the faces given.
    weights: (N, 3) perspective-correct barycentric weights of the face's corners.
    depth: (N,) z in the camera's frame.
    """

    pixel: NDArray[np.int64]
    face: NDArray[np.int64]
    weights: NDArray[np.float32]
    depth: NDArray[np.float32]


def rasterise(points: Array, depth: Array, faces: Indices, size: tuple[int, int]) -> Visible:
    """Find the nearest triangle at the middle of each pixel.

    points: (V, 2) pixel coordinates; depth: (V,) z, positive for every vertex that a face uses; faces: (F, 3);
    size: (width, height) of the picture. Both sides of a triangle are drawn: cull beforehand (see `front_faces`).
    Depth varies over a triangle as a plane does in perspective: 1/z is linear in the picture.
    """
    faces = np.asarray(faces, np.int64)
    nearness = 1.0 / np.asarray(depth, np.float64)
    # Far triangles first: a later write at the same pixel is then almost always the nearer one.
    order = np.argsort(nearness[faces].sum(axis=1), kind="stable")
    spans = _spans(np.asarray(points, np.float64), faces[order], size)
    if len(spans.triangle) == 0:
        none = np.zeros(0, np.int64)
        return Visible(none, none, np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    planes = _Planes(np.asarray(points, np.float64)[faces[order]], nearness[faces[order]])

    ends = np.cumsum(spans.length)
    span = np.repeat(np.arange(len(ends), dtype=np.int32), spans.length)
    step = np.arange(ends[-1], dtype=np.int32) - np.repeat((ends - spans.length).astype(np.int32), spans.length)
    pixel = (spans.row * size[0] + spans.first).astype(np.int32)[span] + step
    start, slope = planes.nearness_along(spans)
    near = start[span] + slope[span] * step

    winner = _nearest(pixel, near, size[0] * size[1])
    seen = np.flatnonzero(winner >= 0)
    fragment = winner[seen]
    triangle = spans.triangle[span[fragment]]
    weights, nearest = planes.weights_at(triangle, seen % size[0], seen // size[0])
    return Visible(seen, order[triangle], weights, 1.0 / nearest)


def front_faces(points: Array, faces: Indices) -> NDArray[np.bool_]:
    """(F,) whether each face, counter-clockwise seen from its outside, turns its outside to the camera.

    points: (V, 2) pixels with y down.
    """
    a, b, c = (points[faces[:, k]] for k in range(3))
    return np.asarray((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0)


@dataclass(frozen=True)
class _Spans:
    """Horizontal runs of pixels: which triangle, which row, first column, how many columns."""

    triangle: NDArray[np.int64]
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    length: NDArray[np.int64]


def _spans(points: Array, faces: Indices, size: tuple[int, int]) -> _Spans:
    width, height = size
    corners = points[faces]
    by_height = np.argsort(corners[:, :, 1], axis=1, kind="stable")
    x, y = (np.take_along_axis(corners[:, :, k], by_height, axis=1) for k in (0, 1))
    top = np.clip(np.ceil(y[:, 0]), 0, height).astype(np.int64)
    bottom = np.clip(np.ceil(y[:, 2]), 0, height).astype(np.int64)
    rows = np.maximum(bottom - top, 0)
    rows[(x.max(axis=1) < 0) | (x.min(axis=1) > width - 1)] = 0

    triangle = np.repeat(np.arange(len(faces)), rows)
    row = np.arange(len(triangle)) - np.repeat(np.cumsum(rows) - rows, rows) + top[triangle]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope_long = (x[:, 2] - x[:, 0]) / (y[:, 2] - y[:, 0])
        slope_upper = (x[:, 1] - x[:, 0]) / (y[:, 1] - y[:, 0])
        slope_lower = (x[:, 2] - x[:, 1]) / (y[:, 2] - y[:, 1])
        on_long = x[triangle, 0] + (row - y[triangle, 0]) * slope_long[triangle]
        upper = x[triangle, 0] + (row - y[triangle, 0]) * slope_upper[triangle]
        lower = x[triangle, 1] + (row - y[triangle, 1]) * slope_lower[triangle]
    on_short = np.where(row < y[triangle, 1], upper, lower)
    first = np.clip(np.ceil(np.minimum(on_long, on_short)), 0, width).astype(np.int64)
    length = np.clip(np.ceil(np.maximum(on_long, on_short)), 0, width).astype(np.int64) - first
    kept = length > 0
    return _Spans(triangle[kept], row[kept], first[kept], length[kept])


class _Planes:
    """Barycentric weights and nearness (1/z) as linear functions of the picture's x and y, for each triangle."""

    def __init__(self, corners: Array, nearness: Array) -> None:
        origin, one, two = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(area == 0, 0.0, 1.0 / area)
        # weight 1 = (p - origin) . first, weight 2 = (p - origin) . second
        self._first = np.stack([two[:, 1], -two[:, 0]], axis=1) * scale[:, None]
        self._second = np.stack([-one[:, 1], one[:, 0]], axis=1) * scale[:, None]
        self._origin = origin
        self._nearness = nearness
        rise = nearness[:, 1:] - nearness[:, :1]
        self._gradient = self._first * rise[:, :1] + self._second * rise[:, 1:]
        self._table = np.concatenate([origin, self._first, self._second, nearness], axis=1).astype(np.float32)

    def nearness_along(self, spans: _Spans) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(S,) nearness at each span's first pixel, and its change from one pixel to the next."""
        t = spans.triangle
        gradient = self._gradient[t]
        start = (
            self._nearness[t, 0]
            + gradient[:, 0] * (spans.first - self._origin[t, 0])
            + gradient[:, 1] * (spans.row - self._origin[t, 1])
        )
        # Numbers of a triangle seen edge-on run away; its own corners bound them.
        low, high = self._nearness.min(axis=1)[t], self._nearness.max(axis=1)[t]
        last = np.clip(start + gradient[:, 0] * (spans.length - 1), low, high)
        start = np.clip(start, low, high)
        slope = (last - start) / np.maximum(spans.length - 1, 1)
        return start.astype(np.float32), slope.astype(np.float32)

    def weights_at(self, triangle: Indices, x: Indices, y: Indices) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(N, 3) perspective-correct weights and (N,) nearness at pixels (x, y)."""
        table = self._table[triangle]
        dx, dy = x.astype(np.float32) - table[:, 0], y.astype(np.float32) - table[:, 1]
        flat = np.empty((len(triangle), 3), np.float32)
        flat[:, 1] = np.clip(dx * table[:, 2] + dy * table[:, 3], 0, 1)
        flat[:, 2] = np.clip(dx * table[:, 4] + dy * table[:, 5], 0, 1 - flat[:, 1])
        flat[:, 0] = 1 - flat[:, 1] - flat[:, 2]
        flat *= table[:, 6:9]
        nearness = flat[:, 0] + flat[:, 1] + flat[:, 2]
        flat /= nearness[:, None]
        return flat, nearness


def _nearest(pixel: NDArray[np.int32], near: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """(count,) for each pixel the fragment of the greatest nearness, -1 where there is none.

    Of fragments written to one place numpy keeps the last; those that lost although nearer are written again until
    none is left, which ends because each round brings every contested pixel strictly nearer.
    """
    winner = np.full(count, -1, np.int64)
    contender = np.arange(len(pixel))
    winner[pixel] = contender
    while True:
        place = pixel[contender]
        contender = contender[near[contender] > near[winner[place]]]
        if len(contender) == 0:
            return winner
        winner[pixel[contender]] = contender
