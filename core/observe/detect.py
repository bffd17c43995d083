"""Finds people in a picture: a single-shot detector over the whole picture, and over tiles of it for small people."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.landmarks.decode import PERSON_DETECTOR, Detector
from ...models.landmarks.run import Networks
from .regions import Frame, Region, heading, whole_picture

Array = NDArray[np.floating[Any]]

_HIPS, _CIRCLE = 2, 3
"""Rows of a found person's points: the middle of the hips, and a point on the circle round the body above the head."""
_TILE_OVERLAP = 0.5
_TILE_HOLDS = 2.0
"""The largest body region that a tile of half the picture's size may give, in sides of the tile."""
_SAME_PERSON = 0.3
"""Intersection over union from which two hits are one person (MediaPipe's own setting)."""


@dataclass(frozen=True)
class Detection:
    """A person that may be there: probability, and the region for the body network."""

    score: float
    region: Region


def network_input(crop: Frame, signed: bool = False) -> NDArray[np.float32]:
    """(size, size, 3) uint8 as (1, size, size, 3) float32 in [0, 1], or [-1, 1]."""
    value = crop.astype(np.float32)[None] * np.float32(2 / 255 if signed else 1 / 255)
    return value - np.float32(1) if signed else value


def body_region(hips: Array, circle: Array) -> Region:
    """The body network's region from the hips' middle and a point on the circle round the body (Bazarevsky et al. 2020)."""
    return Region(float(hips[0]), float(hips[1]), 2.5 * float(np.hypot(*(circle - hips))), heading(hips, circle))


def tiles(width: int, height: int, side: float) -> list[Region]:
    """Upright squares that cover the picture, neighbours sharing half."""

    def middles(length: int) -> Array:
        if side >= length:
            return np.array([(length - 1) / 2])
        count = math.ceil((length - side) / (side * (1 - _TILE_OVERLAP))) + 1
        return np.linspace(side / 2 - 0.5, length - side / 2 - 0.5, count)

    return [Region(float(x), float(y), side) for y in middles(height) for x in middles(width)]


def find_hits(networks: Networks, detector: Detector, frame: Frame, region: Region, threshold: float) -> tuple[Array, Array]:
    """Raw hits of `detector` in one region: scores (m,), points (m, 2 + keypoints, 2) in picture pixels."""
    crop = region.crop(frame, detector.size, black_outside=True)
    outputs = networks.run(detector.network, network_input(crop, detector.signed))
    scores, points = detector.decode(outputs["boxes"], outputs["scores"], threshold)
    return scores, region.to_picture(points, detector.size)


def merge_hits(scores: Array, points: Array, boxes: Array, overlap: float = _SAME_PERSON) -> list[tuple[float, Array]]:
    """Blend the hits that lie on one another, weighted by score (Bazarevsky et al. 2019, BlazeFace), the surest first.

    scores: (m,). points: (m, k, 2). boxes: (m, 4) left, top, right, bottom, which decide what lies on what.
    Returns (score, (k, 2) points) of each thing.
    """
    merged = []
    left = np.argsort(-scores, kind="stable")
    while len(left):
        together = _overlaps(boxes[left[0]], boxes[left]) > overlap
        together[0] = True
        group = left[together]
        blend = np.average(points[group], axis=0, weights=scores[group])
        merged.append((float(scores[left[0]]), blend))
        left = left[~together]
    return merged


def _overlaps(box: Array, others: Array) -> Array:
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    area = np.prod(box[2:] - box[:2])
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return np.asarray(common / np.maximum(area + areas - common, 1e-9))


class PersonDetector:
    """Finds people."""

    def __init__(self, networks: Networks, threshold: float = 0.5) -> None:
        self._networks = networks
        self._threshold = threshold

    def find(self, frame: Frame, thorough: bool = False) -> list[Detection]:
        """Everyone found in the whole picture and in tiles as high as it; `thorough` adds tiles of half that size.

        A tile can only show somebody who is not much larger than it.
        """
        height, width = frame.shape[:2]
        regions = [whole_picture(width, height)]
        side = float(min(width, height))
        if side < max(width, height):
            regions += tiles(width, height, side)
        found = self._hits(frame, regions)
        if thorough:
            scores, points = self._hits(frame, tiles(width, height, side / 2))
            small = _body_sides(points) < _TILE_HOLDS * side / 2
            found = np.concatenate([found[0], scores[small]]), np.concatenate([found[1], points[small]])
        return _merged(*found)

    def find_in(self, frame: Frame, regions: list[Region]) -> list[Detection]:
        """Everyone found in the given regions, the surest first."""
        return _merged(*self._hits(frame, regions))

    def _hits(self, frame: Frame, regions: list[Region]) -> tuple[Array, Array]:
        found = [find_hits(self._networks, PERSON_DETECTOR, frame, region, self._threshold) for region in regions]
        return np.concatenate([hit[0] for hit in found]), np.concatenate([hit[1] for hit in found])


def _body_sides(points: Array) -> Array:
    """The sides of the body regions of found people."""
    return np.asarray(2.5 * np.hypot(*(points[:, _CIRCLE] - points[:, _HIPS]).T))


def _merged(scores: Array, points: Array) -> list[Detection]:
    hips, circle = points[:, _HIPS], points[:, _CIRCLE]
    # The detector's own box is the face's. The body is an upright oval round the hips.
    half = np.hypot(*(circle - hips).T)[:, None] * np.array([0.5, 0.9])
    people = merge_hits(scores, points, np.concatenate([hips - half, hips + half], axis=1))
    return [Detection(score, body_region(kept[_HIPS], kept[_CIRCLE])) for score, kept in people]
