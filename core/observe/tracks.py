"""What the landmark networks saw, as arrays over the frames of a clip. numpy only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

BODY_POINTS = 33
HAND_POINTS = 21
FACE_POINTS = 478
BLENDSHAPES = 52


@dataclass(frozen=True)
class Track:
    """One person over T frames of the clip (consecutive frames; where a part was not seen its score is 0 and its points NaN).

    frames: (T,) 0-based indices into the clip.
    box: (T, 3) centre x, y and side, in pixels, of the square region the body network looked at.
    body_score: (T,) probability that a person is in the region.
    body: (T, 33, 2) BlazePose landmarks, pixels of the upright picture.
    body_visibility, body_presence: (T, 33) in [0, 1].
    body_world: (T, 33, 3) metres about the hips' middle, axes parallel to the camera frame of the box's centre ray: the crop's
        in-plane turn is taken out, x right, y down, z away from the camera along the ray through the box's centre.
    hands: (T, 2, 21, 2) pixels; hands_world: (T, 2, 21, 3) metres, axes as body_world; hands_score: (T, 2).
        [.., 0] is the left hand of the person, [.., 1] the right.
    face: (T, 478, 2) pixels; face_depth: (T, 478) relative depth in pixels (away from the camera positive); face_score: (T,).
    blendshapes: (T, 52) ARKit coefficients in MediaPipe's order (models.landmarks.names.BLENDSHAPE_NAMES).
    """

    frames: NDArray[np.int64]
    box: Array
    body_score: Array
    body: Array
    body_visibility: Array
    body_presence: Array
    body_world: Array
    hands: Array
    hands_world: Array
    hands_score: Array
    face: Array
    face_depth: Array
    face_score: Array
    blendshapes: Array

    def __len__(self) -> int:
        return len(self.frames)
