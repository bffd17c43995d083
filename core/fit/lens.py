"""The camera before the fit: what is known of its lens, and a likely focal length when nothing is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..errors import ThespisError

Array = NDArray[np.floating[Any]]

TYPICAL_FOCAL = 0.95
"""Focal length over the picture's longer side when nothing says otherwise: 34 mm equivalent, a phone that films video."""


@dataclass(frozen=True)
class Lens:
    """A lens with a focal length that is known or only likely.

    size: (width, height) pixels; focal: (fx, fy) pixels; centre: (cx, cy) pixels; distortion: OpenCV's k1, k2, p1, p2, k3.
    focal_known: False when the fit is to find the focal length, starting from `focal`.
    """

    size: tuple[int, int]
    focal: tuple[float, float]
    centre: tuple[float, float]
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    focal_known: bool = False

    @property
    def matrix(self) -> Array:
        """(3, 3) intrinsic matrix."""
        return np.array([[self.focal[0], 0, self.centre[0]], [0, self.focal[1], self.centre[1]], [0, 0, 1.0]])

    def with_focal(self, focal: float) -> "Lens":
        """The same lens with another fx; fy keeps its ratio to it."""
        ratio = self.focal[1] / self.focal[0]
        return Lens(self.size, (focal, focal * ratio), self.centre, self.distortion, self.focal_known)


def lens_of(
    size: tuple[int, int],
    focal: float | tuple[float, float] | None = None,
    centre: tuple[float, float] | None = None,
    distortion: tuple[float, ...] = (),
) -> Lens:
    """A lens from what is known: focal length in pixels or None, principal point (the picture's middle when None).

    Raises ThespisError for a size or focal length that cannot be.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ThespisError(f"The clip's picture is {width} x {height} pixels. Choose another clip.")
    if isinstance(focal, (int, float)):
        focal = (float(focal), float(focal))
    if focal is not None and not all(np.isfinite(f) and f > 0 for f in focal):
        raise ThespisError(f"A focal length of {focal[0]} pixels cannot be. Give a positive number, or none.")
    likely = TYPICAL_FOCAL * max(width, height)
    return Lens(
        size=(int(width), int(height)),
        focal=focal or (likely, likely),
        centre=centre or ((width - 1) / 2, (height - 1) / 2),
        distortion=tuple((*distortion, 0.0, 0.0, 0.0, 0.0, 0.0)[:5]),
        focal_known=focal is not None,
    )


def lens_from_camera(camera: Camera) -> Lens:
    """The lens of a camera whose place in the world is not known yet."""
    return Lens(camera.size, camera.focal, camera.centre, camera.distortion, camera.focal_known)
