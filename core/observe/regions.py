"""Square, turned regions of a picture: cutting them out, and taking points to the picture and back."""

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Region:
    """A square of the picture.

    x, y: its centre in pixels (the middle of the picture's top left pixel is (0, 0)); side: in pixels;
    rotation: radians by which the square is turned, clockwise as seen, x axis towards y axis.
    """

    x: float
    y: float
    side: float
    rotation: float = 0.0

    def axes(self) -> Array:
        """(2, 2) matrix that turns a vector of the square's own axes into the picture's."""
        c, s = math.cos(self.rotation), math.sin(self.rotation)
        return np.array([[c, -s], [s, c]])

    def matrix(self, size: int) -> Array:
        """(2, 3) affine map from pixels of a size × size crop to pixels of the picture."""
        linear = self.axes() * (self.side / size)
        middle = np.array([size / 2 - 0.5, size / 2 - 0.5])
        return np.column_stack([linear, np.array([self.x, self.y]) - linear @ middle])

    def to_picture(self, points: Array, size: int) -> Array:
        """(..., 2) crop pixels to picture pixels."""
        matrix = self.matrix(size)
        return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])

    def to_crop(self, points: Array, size: int) -> Array:
        """(..., 2) picture pixels to crop pixels."""
        matrix = self.matrix(size)
        return np.asarray((points - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T)

    def turn(self, vectors: Array) -> Array:
        """(..., 3) vectors in the crop's axes (x right, y down, z away) to the picture's."""
        turned = np.array(vectors, np.float64)
        turned[..., :2] = turned[..., :2] @ self.axes().T
        return turned

    def crop(self, frame: Frame, size: int, black_outside: bool = False) -> Frame:
        """The region as a size × size picture (uint8 RGB); beyond the frame its edge is repeated, or black."""
        border = cv2.BORDER_CONSTANT if black_outside else cv2.BORDER_REPLICATE
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(frame, self.matrix(size), (size, size), flags=flags, borderMode=border), np.uint8)

    def scaled(self, factor: float) -> "Region":
        """The same square with its side times `factor`."""
        return replace(self, side=self.side * factor)

    def moved(self, step: Array) -> "Region":
        """Moved by `step` (2,) pixels of the picture."""
        return replace(self, x=self.x + float(step[0]), y=self.y + float(step[1]))

    def shifted(self, along_x: float, along_y: float) -> "Region":
        """Moved by parts of its side along its own axes."""
        return self.moved(self.axes() @ np.array([along_x, along_y]) * self.side)

    def overlap(self, other: "Region") -> float:
        """Intersection over union, both taken as upright squares."""
        width = min(self.x + self.side / 2, other.x + other.side / 2) - max(self.x - self.side / 2, other.x - other.side / 2)
        height = min(self.y + self.side / 2, other.y + other.side / 2) - max(self.y - self.side / 2, other.y - other.side / 2)
        common = max(0.0, width) * max(0.0, height)
        return common / max(self.side**2 + other.side**2 - common, 1e-9)


def whole_picture(width: int, height: int) -> Region:
    """The smallest upright square that holds the whole picture."""
    return Region((width - 1) / 2, (height - 1) / 2, float(max(width, height)))


def heading(start: Array, end: Array) -> float:
    """The rotation at which the vector from start to end points straight up in the region."""
    return math.atan2(end[0] - start[0], -(end[1] - start[1]))


def wrapped(angle: float) -> float:
    """The same angle in (-π, π]."""
    return -((math.pi - angle) % (2 * math.pi) - math.pi)


def bounding_region(points: Array, rotation: float, scale: float) -> Region:
    """The square of `rotation` round `points` (n, 2), its side the longer extent times `scale`."""
    axes = Region(0, 0, 1, rotation).axes()
    turned = points @ axes
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = axes @ ((low + high) / 2)
    return Region(float(centre[0]), float(centre[1]), float((high - low).max()) * scale, rotation)
