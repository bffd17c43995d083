"""A pinhole camera with a lens, as OpenCV has it: x right, y down, z forward; pixels. numpy only."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Camera:
    """Intrinsics and pose of one camera that stands still for the clip.

    size: (width, height) in pixels of the upright picture.
    focal: (fx, fy) in pixels.
    centre: (cx, cy) principal point in pixels; the middle of the top left pixel is (0, 0).
    distortion: (5,) OpenCV's k1, k2, p1, p2, k3.
    rotation: (3, 3) and translation: (3,) take world points to the camera's frame: x_camera = rotation @ x_world + translation.
    focal_known: whether the focal length came from the user or the file rather than from the fit. When it did not,
        absolute depth is not claimed.
    """

    size: tuple[int, int]
    focal: tuple[float, float]
    centre: tuple[float, float]
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    rotation: Array = field(default_factory=lambda: np.diag([1.0, -1.0, -1.0]))
    translation: Array = field(default_factory=lambda: np.array([0.0, 1.0, 4.0]))
    focal_known: bool = False

    @property
    def matrix(self) -> Array:
        """(3, 3) intrinsic matrix K."""
        return np.array([[self.focal[0], 0, self.centre[0]], [0, self.focal[1], self.centre[1]], [0, 0, 1.0]])

    def to_camera(self, points: Array) -> Array:
        """(..., 3) world points to the camera's frame."""
        return points @ self.rotation.T + self.translation

    def to_world(self, points: Array) -> Array:
        """(..., 3) points of the camera's frame to the world."""
        return (points - self.translation) @ self.rotation

    def project(self, points: Array) -> Array:
        """(..., 3) points of the camera's frame to (..., 2) pixels, lens included (Brown 1966, as in OpenCV)."""
        x, y = points[..., 0] / points[..., 2], points[..., 1] / points[..., 2]
        k1, k2, p1, p2, k3 = (*self.distortion, 0.0, 0.0, 0.0, 0.0, 0.0)[:5]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        return np.stack([u * self.focal[0] + self.centre[0], v * self.focal[1] + self.centre[1]], axis=-1)
