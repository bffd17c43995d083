"""What a person's clothes look like, and whether the shot has changed: two cheap comparisons of colours."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...models.landmarks.names import BODY_LANDMARK
from .body import BodyReading
from .regions import Frame

Array = NDArray[np.floating[Any]]

_TORSO = [BODY_LANDMARK[name] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")]
_BINS = 6
_PATCH = 24


def clothes(frame: Frame, body: BodyReading) -> Array:
    """Histogram (sums to 1) of the colours of the torso: hue and saturation finely, brightness coarsely."""
    corners = body.points[_TORSO].astype(np.float32)
    centre = corners.mean(axis=0)
    corners = centre + 0.8 * (corners - centre)  # stay off the background
    origin, across, down = corners[1], corners[0] - corners[1], corners[3] - corners[1]
    matrix = np.column_stack([across / _PATCH, down / _PATCH, origin]).astype(np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(frame, matrix, (_PATCH, _PATCH), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(patch, cv2.COLOR_RGB2LAB)
    histogram = cv2.calcHist([lab], [0, 1, 2], None, [_BINS] * 3, [0, 256, 64, 192, 64, 192]).ravel() + 0.1
    return np.asarray(histogram / histogram.sum(), np.float64)


def likeness(first: Array, second: Array) -> float:
    """Bhattacharyya coefficient of two histograms: 1 for the same colours, 0 for none in common."""
    return float(np.sqrt(first * second).sum())


class ShotWatcher:
    """Tells when the picture changes as a whole: a cut to another shot."""

    _CHANGE = 28.0
    """Mean difference of brightness (of 255) that is a cut, if it is also far above what is usual in the clip."""
    _ABOVE_USUAL = 5.0

    def __init__(self) -> None:
        self._before: Array | None = None
        self._usual = 2.0

    def is_cut(self, frame: Frame) -> bool:
        """Whether this frame begins another shot than the frame before."""
        height, width = frame.shape[:2]
        step = max(1, min(height, width) // 40)
        thumbnail = cv2.blur(frame[::step, ::step].astype(np.float32), (3, 3)).mean(axis=2)
        before, self._before = self._before, thumbnail
        if before is None:
            return False
        change = float(np.abs(thumbnail - before).mean())
        cut = change > self._CHANGE and change > self._ABOVE_USUAL * self._usual
        if not cut:
            self._usual += 0.1 * (change - self._usual)
        return cut
