"""The skeleton drawn over a picture: bones coloured by how sure the fit is of them."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..skeleton import EYES, JAW, JOINT_COUNT, LEFT_HAND, PARENTS, RIGHT_HAND
from .mesh import NEAR

Array = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]

SURE: Final[Colour] = (96, 232, 200)
UNSURE: Final[Colour] = (255, 196, 66)
GUESSED: Final[Colour] = (242, 84, 74)
_OUTLINE: Final[Colour] = (18, 24, 28)
_FINGERS: Final = frozenset(LEFT_HAND + RIGHT_HAND)
_BONES: Final = tuple(j for j in range(1, JOINT_COUNT) if j != JAW and j not in EYES)
_SUB_PIXEL: Final = 4
"""Bits of fraction in the coordinates that OpenCV draws at."""


def confidence_colour(confidence: float) -> Colour:
    """From red at 0 over amber at 0.5 to teal at 1."""
    c = float(np.clip(np.nan_to_num(confidence), 0, 1))
    low, high, t = (GUESSED, UNSURE, 2 * c) if c < 0.5 else (UNSURE, SURE, 2 * c - 1)
    red, green, blue = (round(a + (b - a) * t) for a, b in zip(low, high, strict=True))
    return red, green, blue


def draw_skeleton(image: NDArray[np.uint8], joints: Array, confidence: Array, camera: Camera) -> None:
    """Draw into the (H, W, 3) RGB image, in place. joints: (55, 3) in the camera's frame; confidence: (55,)."""
    ahead = np.isfinite(joints).all(axis=1) & (joints[:, 2] > NEAR)
    points = camera.project(np.where(ahead[:, None], joints, (0.0, 0.0, 1.0)))
    ahead &= (np.abs(points) < 16 * max(camera.size)).all(axis=1)
    # As thick as suits the person's size in the picture, never hair-thin, never a blot.
    tall = float(np.ptp(points[ahead, 1])) if ahead.any() else 0.0
    thick = float(np.clip(tall / 160, 1.0, 6.0))
    bones = [j for j in _BONES if ahead[j] and ahead[PARENTS[j]]]
    # Far bones first, so that near ones lie on top.
    bones.sort(key=lambda j: -float(joints[j, 2]))
    for widening, outlined in ((min(1.1, 0.3 + 0.4 * thick), True), (0.0, False)):
        for j in bones:
            width = thick * (0.5 if j in _FINGERS else 1.0)
            colour = _OUTLINE if outlined else confidence_colour(min(confidence[j], confidence[PARENTS[j]]))
            _line(image, points[PARENTS[j]], points[j], width + 2 * widening, colour)
        for j in bones:
            radius = thick * (0.55 if j in _FINGERS else 1.15) + widening
            _dot(image, points[j], radius, _OUTLINE if outlined else confidence_colour(confidence[j]))


def _line(image: NDArray[np.uint8], start: Array, end: Array, width: float, colour: Colour) -> None:
    cv2.line(image, _fixed(start), _fixed(end), colour, max(1, round(width)), cv2.LINE_AA, _SUB_PIXEL)


def _dot(image: NDArray[np.uint8], middle: Array, radius: float, colour: Colour) -> None:
    cv2.circle(image, _fixed(middle), round(radius * 2**_SUB_PIXEL), colour, -1, cv2.LINE_AA, _SUB_PIXEL)


def _fixed(point: Array) -> tuple[int, int]:
    return round(float(point[0]) * 2**_SUB_PIXEL), round(float(point[1]) * 2**_SUB_PIXEL)
