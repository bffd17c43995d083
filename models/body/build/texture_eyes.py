"""Eyes, teeth, tongue and lashes: the parts with islands of their own."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ....core.render.raster import rasterise
from ..load import Body
from .texture_canvas import Canvas, Colour
from .texture_noise import layered_noise, smooth_step

Array = NDArray[np.floating[Any]]

_WHITE: Colour = (232, 226, 220)
_IRIS: Colour = (96, 74, 52)
_IRIS_RIM: Colour = (38, 28, 24)
_IRIS_INNER: Colour = (132, 100, 62)
_PUPIL: Colour = (10, 9, 9)
_TEETH: Colour = (226, 216, 198)
_GUMS: Colour = (168, 92, 88)
_TONGUE: Colour = (150, 70, 70)
_LASH: Colour = (54, 36, 32)

_WINDOW, _PIXEL = 0.03, 0.0001
"""Metres: half the side, and one pixel, of the frontal picture of an eye."""

IRIS_RADIUS = 0.0062
"""Metres; a grown person's is 5.9 mm, a little more reads better from afar."""


def paint_parts(canvas: Canvas, group_names: tuple[str, ...]) -> None:
    """Paint each face group that is not the body's skin."""
    for number, name in enumerate(group_names):
        here = canvas.atlas.group == number
        if "eye" in name:
            _paint_eye(canvas, here)
        elif "teeth" in name:
            canvas.lay(_TEETH, here.astype(np.float64))
            _darken_backwards(canvas, here, 0.5)
        elif "gums" in name:
            canvas.lay(_GUMS, here.astype(np.float64))
            _darken_backwards(canvas, here, 0.6)
        elif "tongue" in name:
            canvas.lay(_TONGUE, here.astype(np.float64))
            _darken_backwards(canvas, here, 0.6)
            canvas.multiply(1 - 0.12 * here * (0.5 + 0.5 * layered_noise(canvas.atlas.position, 0.004, 2, 71, here)))


def _darken_backwards(canvas: Canvas, here: NDArray[np.bool_], by: float) -> None:
    """Little light reaches the back of the mouth."""
    depth = canvas.atlas.position[here, 2].max() - canvas.atlas.position[:, 2]
    canvas.multiply(1 - by * here * smooth_step(depth, 0.004, 0.045))


def paint_lash_lines(canvas: Canvas, body: Body) -> None:
    """The roots of the lashes: a dark line along the lids' rims, stronger and wider above than below."""
    assert body.face_group is not None
    vertices, faces = body.v_template.astype(np.float64), np.asarray(body.faces, np.int64)
    position = canvas.atlas.position
    skin = canvas.atlas.group == body.group_names.index("body")
    for name in ("left_eye", "right_eye"):
        here = body.face_group == body.group_names.index(name)
        eyeball = vertices[np.unique(faces[here])]
        middle = 0.5 * (eyeball.min(axis=0) + eyeball.max(axis=0))
        away = _away_from_opening(vertices, faces, here, middle, position)
        near = skin * (position[:, 2] > middle[2])
        upper = smooth_step(position[:, 1] - middle[1], -0.005, 0.000)
        width = 0.0008 + 0.0016 * upper
        canvas.lay(_LASH, near * (0.34 + 0.5 * upper) * (1 - smooth_step(away / width, 0.5, 1.6)))


def _away_from_opening(
    vertices: Array, faces: NDArray[np.int64], eye_faces: NDArray[np.bool_], middle: Array, position: Array
) -> Array:
    """(N,) metres, seen from the front, from each position to the nearest spot at which the eyeball shows between the lids."""
    side = 2 * round(_WINDOW / _PIXEL)
    points = ((vertices[:, :2] - middle[:2]) * (1, -1) + _WINDOW) / _PIXEL
    inside = (points > -side).all(axis=1) & (points < 2 * side).all(axis=1)
    chosen = np.flatnonzero(inside[faces].all(axis=1))
    # Seen from so far off that depth changes nothing: 1 m behind the eye lies the picture's vanishing depth.
    seen = rasterise(points, 1.0 + middle[2] - vertices[:, 2], faces[chosen], (side, side))
    covered = np.ones(side * side, np.uint8)
    covered[seen.pixel[eye_faces[chosen[seen.face]]]] = 0
    distance = cv2.distanceTransform(covered.reshape(side, side), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    at = ((position[:, :2] - middle[:2]) * (1, -1) + _WINDOW) / _PIXEL
    within = (at >= 0).all(axis=1) & (at < side - 1).all(axis=1)
    column, row = np.clip(np.round(at), 0, side - 1).astype(int).T
    return np.where(within, distance[row, column] * _PIXEL, 1.0)


def _paint_eye(canvas: Canvas, here: NDArray[np.bool_]) -> None:
    position = canvas.atlas.position
    low, high = position[here].min(axis=0), position[here].max(axis=0)
    middle = 0.5 * (low + high)
    away = np.linalg.norm(position[:, :2] - middle[:2], axis=1)
    # Only the front half looks out; the back stays white.
    ahead = position[:, 2] > middle[2]
    radius = np.where(ahead, away, 1.0) / IRIS_RADIUS
    angle = np.arctan2(position[:, 1] - middle[1], position[:, 0] - middle[0])
    shown = here.astype(np.float64)
    canvas.lay(_WHITE, shown)
    canvas.lay((206, 168, 158), shown * 0.55 * smooth_step(away, 0.0095, 0.0145))
    rays = layered_noise(np.stack([np.cos(angle) * 5, np.sin(angle) * 5, radius * 0.5], axis=1), 1.0, 2, 81, here)
    iris = shown * (1 - smooth_step(radius, 0.93, 1.07))
    canvas.lay(_IRIS, iris)
    canvas.lay(_IRIS_INNER, iris * 0.6 * (1 - smooth_step(radius, 0.42, 0.78)))
    canvas.multiply(1 + 0.16 * iris * rays)
    canvas.lay(_IRIS_RIM, iris * 0.8 * smooth_step(radius, 0.74, 1.0))
    canvas.lay(_PUPIL, shown * (1 - smooth_step(radius, 0.36, 0.46)))
