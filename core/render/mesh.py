"""A mesh seen by a camera: projected with its lens, lit, textured, with smooth edges, laid over a picture."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from .raster import front_faces, rasterise
from .shade import Shading
from .surface import Surface
from .texture import to_bytes

Array = NDArray[np.floating[Any]]

NEAR = 0.05
"""Metres; triangles with a corner nearer to the camera are left out."""
_SAMPLES_AT_ONCE = 2_500_000
"""Larger pictures are drawn in bands, so that memory stays at a few hundred megabytes however near the person is."""


@dataclass(frozen=True)
class Rendered:
    """What a camera saw, kept only for the part of the picture where there is something.

    size: (width, height) of the whole picture; corner: (x, y) of the part's top left pixel.
    colour: (h, w, 3) uint8 RGB; alpha: (h, w) coverage in [0, 1];
    depth: (h, w) nearest z in metres, infinite where nothing is.
    """

    size: tuple[int, int]
    corner: tuple[int, int]
    colour: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    depth: NDArray[np.float32]

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the whole picture that the part covers."""
        x, y = self.corner
        return slice(y, y + self.alpha.shape[0]), slice(x, x + self.alpha.shape[1])

    def over(self, background: NDArray[np.uint8], opacity: float = 1.0) -> NDArray[np.uint8]:
        """A copy of the (H, W, 3) background with the mesh on it; an opacity below 1 lets the background through."""
        out = background.copy()
        under = out[self.window].astype(np.float32)
        share = (self.alpha * opacity)[..., None]
        out[self.window] = np.round(under + (self.colour - under) * share).astype(np.uint8)
        return out

    def full_alpha(self) -> NDArray[np.float32]:
        """(H, W) coverage of the whole picture."""
        return self._whole(self.alpha, 0.0)

    def full_depth(self) -> NDArray[np.float32]:
        """(H, W) depth of the whole picture, infinite where nothing is."""
        return self._whole(self.depth, np.inf)

    def _whole(self, part: NDArray[np.float32], empty: float) -> NDArray[np.float32]:
        whole = np.full((self.size[1], self.size[0]), empty, np.float32)
        whole[self.window] = part
        return whole


def render(vertices: Array, surface: Surface, camera: Camera, samples: int = 2) -> Rendered:
    """The mesh as the camera sees it.

    vertices: (V, 3) in the camera's frame, metres. samples: edges are smoothed with samples x samples points a pixel.
    """
    vertices = np.asarray(vertices, np.float64)
    points, drawable = _project(vertices, camera)
    faces = surface.faces
    shown = drawable[faces].all(axis=1)
    shown[shown] &= surface.two_sided[shown] | front_faces(points, faces[shown])
    chosen = np.flatnonzero(shown)
    left, top, right, bottom = _bounds(points[faces[chosen]], camera.size)
    if right <= left or bottom <= top:
        nothing = np.zeros((0, 0), np.float32)
        return Rendered(camera.size, (0, 0), np.zeros((0, 0, 3), np.uint8), nothing, nothing)
    fine = (points - (left, top) + 0.5) * samples - 0.5
    shading = Shading(vertices, surface, fine, chosen)
    depth_of = np.where(drawable, vertices[:, 2], 1.0)
    rows = max(1, _SAMPLES_AT_ONCE // ((right - left) * samples**2))
    bands = [
        _band(fine, depth_of, faces[chosen], shading, (right - left, min(rows, bottom - top - y)), y, samples)
        for y in range(0, bottom - top, rows)
    ]
    colour, depth = (np.concatenate([band[k] for band in bands]) for k in (0, 1))
    alpha = np.ascontiguousarray(colour[..., 3])
    return Rendered(
        size=camera.size,
        corner=(left, top),
        colour=to_bytes(colour[..., :3] / np.maximum(alpha, 1e-6)[..., None]),
        alpha=alpha,
        depth=depth,
    )


def _band(
    points: Array, depth: Array, faces: NDArray[np.integer[Any]], shading: Shading, size: tuple[int, int], top: int, samples: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w, 4) mean linear light times coverage, coverage; and (h, w) depth, of the rows from `top` on."""
    width, height = size[0] * samples, size[1] * samples
    points = points - (0, top * samples)
    y = points[faces, 1]
    within = np.flatnonzero((y.max(axis=1) >= 0) & (y.min(axis=1) < height))
    seen = rasterise(points, depth, faces[within], (width, height))
    colour = np.zeros((height * width, 4), np.float32)
    colour[seen.pixel, :3] = shading.light(within[seen.face], seen.weights)
    colour[seen.pixel, 3] = 1
    nearest = np.full(height * width, np.inf, np.float32)
    nearest[seen.pixel] = seen.depth
    mean = cv2.resize(colour.reshape(height, width, 4), size, interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32), _least(nearest.reshape(height, width), samples)


def _least(fine: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """The smallest value of each samples x samples block."""
    least = fine[::samples, ::samples].copy()
    for k in range(1, samples * samples):
        np.minimum(least, fine[k // samples :: samples, k % samples :: samples], out=least)
    return least


def render_mesh(
    vertices: Array,
    surface: Surface,
    camera: Camera,
    background: NDArray[np.uint8] | None = None,
    opacity: float = 1.0,
    samples: int = 2,
) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB: the mesh over the background (of the camera's size; light grey when None)."""
    if background is None:
        background = np.full((camera.size[1], camera.size[0], 3), 225, np.uint8)
    return render(vertices, surface, camera, samples).over(background, opacity)


def _project(vertices: Array, camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(V, 2) pixels, and (V,) whether the vertex is in front of the camera and where the lens formula holds."""
    ahead = np.isfinite(vertices).all(axis=1) & (vertices[:, 2] > NEAR)
    safe = np.where(ahead[:, None], vertices, (0.0, 0.0, 1.0))
    squared = ((safe[:, :2] / safe[:, 2:]) ** 2).sum(axis=1)
    points = np.asarray(camera.project(safe), np.float64)
    return points, ahead & (squared < _widest(camera.distortion)) & (np.abs(points) < 1e6).all(axis=1)


def _widest(distortion: tuple[float, ...]) -> float:
    """Squared radius (tangent of the angle off axis) up to which the lens polynomial still rises.

    Beyond it the formula folds the outside of the picture back into it.
    """
    k1, k2, _, _, k3 = (*distortion, 0.0, 0.0, 0.0, 0.0, 0.0)[:5]
    # d/dr of r (1 + k1 r^2 + k2 r^4 + k3 r^6), in s = r^2
    roots = np.roots(np.trim_zeros([7 * k3, 5 * k2, 3 * k1, 1.0], "f"))
    turning = [float(root.real) for root in np.atleast_1d(roots) if abs(root.imag) < 1e-9 and root.real > 0]
    return min(turning, default=np.inf)


def _bounds(corners: Array, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (exclusive) of the pixels that the (F, 3, 2) triangles can touch."""
    if len(corners) == 0:
        return 0, 0, 0, 0
    low = np.floor(corners.min(axis=(0, 1)) - 0.5).astype(int)
    high = np.ceil(corners.max(axis=(0, 1)) + 0.5).astype(int) + 1
    return max(low[0], 0), max(low[1], 0), min(high[0], size[0]), min(high[1], size[1])
