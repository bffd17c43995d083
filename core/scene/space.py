"""The one place where axes change: SMPL-X and OpenCV on one side, Blender on the other. numpy only.

SMPL-X's world: metres, Y up, a person at rest faces +Z, the person's left is +X.
Blender's world: metres, Z up, a person at rest faces -Y (towards the front view), the person's left is +X.
OpenCV's camera looks along +Z with Y down; Blender's looks along -Z with Y up.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera

Array = NDArray[np.floating[Any]]

WORLD_TO_BLENDER: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""(3, 3) rotation: SMPL-X's world axes to Blender's."""

_CAMERA_TO_BLENDER: Final = np.diag([1.0, -1.0, -1.0])
"""OpenCV's camera axes to those of a Blender camera object."""

SENSOR_WIDTH: Final = 36.0
"""Millimetres; the full frame that lens lengths are usually told for."""


def to_blender(vectors: Array) -> Array:
    """(..., 3) points, directions or axis-angle vectors of SMPL-X's world in Blender's."""
    return vectors @ WORLD_TO_BLENDER.T


def from_blender(vectors: Array) -> Array:
    """(..., 3) points, directions or axis-angle vectors of Blender's world in SMPL-X's."""
    return vectors @ WORLD_TO_BLENDER


def y_up() -> Array:
    """(4, 4) that turns Blender's world into one with Y for up, in which a person at rest faces +Z: SMPL-X's, glTF's, FBX's."""
    matrix = np.eye(4)
    matrix[:3, :3] = WORLD_TO_BLENDER.T
    return matrix


def rest_axes(left: Array, up: Array) -> Array:
    """(3, 3) rotation from Blender's usual axes to those in which a person at rest has his left and his up there.

    left, up: (3,) of an armature at rest, roughly. Importers turn armatures by quarter circles only: the nearest such turn.
    """
    columns = np.stack([left, np.cross(up, left), up], axis=1).astype(np.float64)
    turn = np.zeros((3, 3))
    for column in (2, 0):
        free = np.abs(columns[:, column]) * (1 - np.abs(turn).sum(axis=1))
        row = int(free.argmax())
        turn[row, column] = np.sign(columns[row, column])
    turn[:, 1] = np.cross(turn[:, 2], turn[:, 0])
    return turn


def camera_to_blender(camera: Camera) -> Array:
    """(4, 4) matrix_world of the Blender camera object that stands where `camera` stands and looks where it looks."""
    matrix = np.eye(4)
    matrix[:3, :3] = WORLD_TO_BLENDER @ camera.rotation.T @ _CAMERA_TO_BLENDER
    matrix[:3, 3] = to_blender(-camera.rotation.T @ camera.translation)
    return matrix


@dataclass(frozen=True)
class Lens:
    """A pinhole in Blender's terms, with sensor_fit HORIZONTAL: everything is measured in widths of the picture.

    millimetres: focal length for a sensor SENSOR_WIDTH wide. shift_x, shift_y: in picture widths.
    pixel_aspect: (x, y) of the render settings; (1, 1) unless the camera's two focal lengths differ.
    """

    millimetres: float
    shift_x: float
    shift_y: float
    pixel_aspect: tuple[float, float]


def lens_to_blender(camera: Camera) -> Lens:
    """The lens of `camera`; its distortion is left out, since Blender's camera has none.

    The principal point moves the picture the other way: a centre left of the middle is a shift to the right. OpenCV counts
    from the middle of the first pixel, hence (width - 1) / 2 for the middle of the picture.
    """
    width, height = camera.size
    focal_x, focal_y = camera.focal
    # A pixel that is taller than wide sees more per row: fx > fy. Blender wants the larger of the two sides first.
    tall = focal_x / focal_y
    return Lens(
        millimetres=SENSOR_WIDTH * focal_x / width,
        shift_x=((width - 1) / 2 - camera.centre[0]) / width,
        shift_y=(camera.centre[1] - (height - 1) / 2) / width * tall,
        pixel_aspect=(1.0, tall) if tall >= 1 else (1 / tall, 1.0),
    )
