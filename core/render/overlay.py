"""The fitted people over the footage: one picture, or the whole clip as a movie."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..footage.write import MovieWriter
from .mesh import render
from .people import PersonFrame, scaled_camera
from .skeleton import GUESSED, UNSURE, draw_skeleton
from .surface import Surface

LOW_CONFIDENCE = 0.35
"""Mean confidence of a person's joints below which a frame is marked as a guess."""


def draw_overlay(
    image: NDArray[np.uint8],
    people: Sequence[PersonFrame],
    surface: Surface,
    camera: Camera,
    opacity: float = 0.68,
    skeleton: bool = True,
) -> NDArray[np.uint8]:
    """A copy of the (H, W, 3) RGB image, of the camera's size, with each person's mesh and skeleton over it.

    Nearer people are drawn over farther ones. A frame that the fit had to guess is marked at its lower edge.
    """
    out = image
    for person in sorted(people, key=lambda p: -float(p.joints[0, 2])):
        out = render(person.vertices, surface, camera).over(out, opacity)
        if skeleton:
            draw_skeleton(out, person.joints, person.confidence, camera)
    if out is image:
        out = image.copy()
    if people and min(float(person.confidence.mean()) for person in people) < LOW_CONFIDENCE:
        _mark(out, "guessed: not seen well here")
    return out


def write_overlay(
    path: Path,
    pictures: Iterable[NDArray[np.uint8] | None],
    people: Iterable[Sequence[PersonFrame]],
    surface: Surface,
    camera: Camera,
    fps: Fraction,
    progress: Callable[[int], None] | None = None,
    longest_side: int = 1920,
    shown: Callable[[NDArray[np.uint8], Sequence[PersonFrame]], None] | None = None,
) -> int:
    """Write the movie of the overlay, frame by frame; beside `path` first, then moved into place.

    pictures: the clip's upright (H, W, 3) RGB frames of the camera's size; None where the file has a hole (the last is kept).
    people: for each of them the people to draw. longest_side: larger footage is drawn smaller. progress: told the number of
    frames written. shown: given each picture with its people before anything is drawn (the film strip takes its moments so).
    Returns the number of frames. Raises ThespisError when the disk is full or the folder cannot be written to.
    """
    scale = min(1.0, longest_side / max(camera.size))
    size = (max(2, round(camera.size[0] * scale)), max(2, round(camera.size[1] * scale)))
    view = scaled_camera(camera, size)
    last = np.zeros((size[1], size[0], 3), np.uint8)
    count = 0
    with MovieWriter(path, fps, size) as movie:
        for picture, persons in zip(pictures, people, strict=False):
            if picture is not None:
                last = picture
                if shown:
                    shown(picture, persons)
            if (last.shape[1], last.shape[0]) != size:
                last = np.asarray(cv2.resize(last, size, interpolation=cv2.INTER_AREA), np.uint8)
            movie.write(draw_overlay(last, persons, surface, view))
            count += 1
            if progress:
                progress(count)
    return count


def _mark(image: NDArray[np.uint8], words: str) -> None:
    """A bar along the lower edge and a label on it."""
    height = image.shape[0]
    bar = max(3, height // 180)
    image[height - bar :] = GUESSED
    scale = max(0.4, height / 1600)
    (text_width, text_height), below = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
    top = height - bar - text_height - below - 2 * bar
    image[top : height - bar, : text_width + 4 * bar] = image[top : height - bar, : text_width + 4 * bar] // 4
    place = (2 * bar, height - 2 * bar - below)
    cv2.putText(image, words, place, cv2.FONT_HERSHEY_DUPLEX, scale, UNSURE, 1, cv2.LINE_AA)
