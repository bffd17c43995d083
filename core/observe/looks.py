"""What a person's clothes look like: a cheap comparison of colours."""

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
