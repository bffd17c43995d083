"""Turns the numbers that the landmark networks give into points of the crop they were given. numpy only.

Crop coordinates: pixels of the crop, the middle of the top left pixel being (0, 0); the networks count from its corner,
hence the halves taken off here.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

BODY_POINTS_GIVEN: Final = 39
"""33 landmarks, 2 points that span the next region (hips' middle, and a point on the circle round the body), 4 of the hands."""


def sigmoid(value: Array) -> Array:
    """1 / (1 + exp(-value)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(value, np.float64))))


def anchor_centres(size: int, strides: tuple[int, ...]) -> Array:
    """(n, 2) centres, in [0, 1], of a single-shot detector's anchors: two at each cell for each of the strides.

    Layers that follow one another with the same stride share their cells (MediaPipe's SsdAnchorsCalculator with
    aspect ratio 1 and an interpolated scale, fixed anchor size).
    """
    centres = []
    for stride in sorted(set(strides)):
        cells = -(-size // stride)
        y, x = np.mgrid[:cells, :cells]
        grid = np.stack([(x + 0.5) / cells, (y + 0.5) / cells], axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, 2 * strides.count(stride), axis=0))
    return np.concatenate(centres)


@dataclass(frozen=True)
class Detector:
    """How one single-shot detector encodes what it finds.

    size: side of its input. strides: of its anchor layers. keypoints: how many points it gives beside the box.
    signed: whether its input runs from -1 to 1 rather than 0 to 1.
    """

    network: str
    size: int
    strides: tuple[int, ...]
    keypoints: int
    signed: bool = True

    def decode(self, boxes: Array, scores: Array, threshold: float) -> tuple[Array, Array]:
        """What was found with a score above `threshold`, still with many overlapping hits for each thing.

        boxes: (1, n, 4 + 2 × keypoints) as the network gives them; scores: (1, n, 1) before the sigmoid.
        Returns scores (m,) and points (m, 2 + keypoints, 2) in crop coordinates: the box's top left, its bottom right,
        then the keypoints.
        """
        probability = sigmoid(scores[0, :, 0])
        hit = probability > threshold
        centres = anchor_centres(self.size, self.strides)[hit] * self.size
        raw = np.asarray(boxes[0], np.float64)[hit]
        middle, extent = raw[:, :2] + centres, raw[:, 2:4]
        keypoints = raw[:, 4 : 4 + 2 * self.keypoints].reshape(-1, self.keypoints, 2) + centres[:, None]
        corners = np.stack([middle - extent / 2, middle + extent / 2], axis=1)
        return probability[hit], np.concatenate([corners, keypoints], axis=1) - 0.5


PERSON_DETECTOR: Final = Detector("pose_detection", 224, (8, 16, 32, 32, 32), 4)
"""Keypoints: hips' middle, a point on the circle round the whole body, shoulders' middle, one on the upper body's circle."""
FACE_DETECTOR: Final = Detector("face_detector", 128, (8, 16, 16, 16), 6)
"""Keypoints: right eye, left eye, nose, mouth, right ear, left ear."""


@dataclass(frozen=True)
class BodyOutput:
    """The body network's answer for one crop.

    score: probability of a person. points: (39, 2) crop coordinates. visibility, presence: (39,) in [0, 1].
    world: (39, 3) metres about the hips' middle, in the crop's own axes: x right, y down, z away.
    """

    score: float
    points: Array
    visibility: Array
    presence: Array
    world: Array


def decode_body(outputs: dict[str, NDArray[np.float32]], size: int = 256) -> BodyOutput:
    """outputs: of pose_landmark_full or pose_landmark_heavy."""
    landmarks = outputs["landmarks"].reshape(BODY_POINTS_GIVEN, 5).astype(np.float64)
    points = refine_with_heatmap(landmarks[:, :2], outputs["heatmap"][0], size)
    return BodyOutput(
        score=float(outputs["score"].ravel()[0]),
        points=points - 0.5,
        visibility=sigmoid(landmarks[:, 3]),
        presence=sigmoid(landmarks[:, 4]),
        world=outputs["world"].reshape(BODY_POINTS_GIVEN, 3).astype(np.float64),
    )


def refine_with_heatmap(points: Array, heatmap: Array, size: int, window: int = 7, confidence: float = 0.5) -> Array:
    """Move each point to its heatmap's centre of gravity nearby, where the heatmap is sure.

    points: (n, 2) in [0, size]. heatmap: (h, w, n) before the sigmoid. window: side, in cells, of what is looked at.
    Returns (n, 2). Source: MediaPipe's RefineLandmarksFromHeatmapCalculator.
    """
    height, width, count = heatmap.shape
    half = window // 2
    column = np.floor(points[:, 0] / size * width).astype(int)
    row = np.floor(points[:, 1] / size * height).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    offset = np.arange(-half, half + 1)
    # Windows of all points at once; cells beyond the edge weigh nothing.
    rows, columns = row[:, None] + offset, column[:, None] + offset
    valid = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    cells = heatmap[
        np.clip(rows, 0, height - 1)[:, :, None],
        np.clip(columns, 0, width - 1)[:, None, :],
        np.arange(count)[:, None, None],
    ]
    weight = sigmoid(cells) * valid
    total = weight.sum(axis=(1, 2))
    sure = inside & (weight.max(axis=(1, 2)) >= confidence)
    total = np.where(sure, total, 1.0)
    x = (weight.sum(axis=1) * columns).sum(axis=1) / total * (size / width)
    y = (weight.sum(axis=2) * rows).sum(axis=1) / total * (size / height)
    return np.where(sure[:, None], np.stack([x, y], axis=1), points)


@dataclass(frozen=True)
class HandOutput:
    """The hand network's answer for one crop.

    score: probability of a hand. right: probability that it is a right hand. points: (21, 2) crop coordinates.
    world: (21, 3) metres, in the crop's own axes: x right, y down, z away. features: (1152,) from which the network's last layer
    makes all of these.
    """

    score: float
    right: float
    points: Array
    world: Array
    features: Array


def decode_hand(outputs: dict[str, NDArray[np.float32]]) -> HandOutput:
    """outputs: of hand_landmark_full."""
    return HandOutput(
        score=float(outputs["score"].ravel()[0]),
        right=float(outputs["handedness"].ravel()[0]),
        points=outputs["landmarks"].reshape(21, 3)[:, :2].astype(np.float64) - 0.5,
        world=outputs["world"].reshape(21, 3).astype(np.float64),
        features=outputs["features"].ravel(),
    )


@dataclass(frozen=True)
class FaceOutput:
    """The face network's answer for one crop.

    score: probability of a face. points: (478, 2) crop coordinates. depth: (478,) in crop pixels, away positive.
    """

    score: float
    points: Array
    depth: Array


def decode_face(outputs: dict[str, NDArray[np.float32]]) -> FaceOutput:
    """outputs: of face_landmarks_detector."""
    landmarks = outputs["landmarks"].reshape(478, 3).astype(np.float64)
    return FaceOutput(
        score=float(sigmoid(outputs["score"].ravel()[0])),
        points=landmarks[:, :2] - 0.5,
        depth=landmarks[:, 2],
    )
