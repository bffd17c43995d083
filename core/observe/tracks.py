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
HAND_DIRECTIONS = 16
"""The palm's, and those of the 15 finger bones in core.skeleton's order."""
USUAL_SPREAD = 0.6
"""Radians, of the directions of a hand of which nothing better is known."""


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
    hands_spread: (T, 2, 16) rad: how far the directions of palm and finger bones in hands_world may be off (standard deviation in
        either of their two dimensions; not a number where the hand was not seen). When not given: USUAL_SPREAD.
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
    hands_spread: Array = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        if self.hands_spread is None:
            unseen = ~np.isfinite(self.hands_world).all((2, 3))
            spread = np.where(unseen[..., None], np.nan, np.full(HAND_DIRECTIONS, USUAL_SPREAD))
            object.__setattr__(self, "hands_spread", spread)

    def __len__(self) -> int:
        return len(self.frames)
