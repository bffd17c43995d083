"""A body by itself on a plain stage, from the front and a little to the side: one picture of a film strip."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from .mesh import render
from .surface import Surface

Array = NDArray[np.floating[Any]]
Image = NDArray[np.uint8]

STAGE: Final = (228, 231, 233)
"""RGB of what is behind the body."""
_TILT, _FAR = np.radians(4.0), 9.0


@dataclass(frozen=True)
class View:
    """size: width and height in pixels. span: metres from the bottom to the top. turn: degrees that the camera stands to the
    side of what is ahead of the body (+Z)."""

    size: tuple[int, int]
    span: float = 2.3
    turn: float = -26.0


def figure(vertices: Array, surface: Surface, view: View, about: Array | None = None) -> Image:
    """(H, W, 3) RGB of the mesh (V, 3), metres, Y up. about: (3,) what is in the middle; None: the whole body, the floor always
    at the same height."""
    turn = np.radians(view.turn)
    ahead = np.array([np.sin(turn) * np.cos(_TILT), -np.sin(_TILT), -np.cos(turn) * np.cos(_TILT)])
    right = np.cross(ahead, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead])
    middle = vertices.mean(0) * (1, 0, 1) + (0, 0.44 * view.span, 0) if about is None else about
    width, height = view.size
    focal = height / view.span * _FAR
    camera = Camera(
        size=view.size,
        focal=(focal, focal),
        centre=((width - 1) / 2, (height - 1) / 2),
        rotation=rotation,
        translation=-rotation @ (middle - ahead * _FAR),
    )
    stage = np.full((height, width, 3), STAGE, np.uint8)
    return np.asarray(render(camera.to_camera(vertices), surface, camera, samples=2).over(stage), np.uint8)
