"""Hair: a short-cropped cap with a soft hairline, and eyebrows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .texture_canvas import Canvas, Colour
from .texture_figure import Figure
from .texture_noise import layered_noise, smooth_step

Array = NDArray[np.floating[Any]]

HAIR: Colour = (58, 45, 38)
_HAIR_LIGHT: Colour = (88, 70, 58)
BROW: Colour = (62, 45, 37)

_HAIRLINE = np.array(
    [
        # degrees round the head from the face's middle, height above the eyes in eye distances
        (0, 1.16), (12, 1.17), (24, 1.14), (34, 1.08), (42, 0.98), (50, 0.80), (57, 0.56), (63, 0.36), (68, 0.10),
        (72, -0.22), (80, -0.30), (86, -0.12), (100, -0.10), (108, -0.25), (118, -0.62), (132, -0.86), (155, -0.98),
        (180, -1.02),
    ]
)  # fmt: skip


def paint_hair(canvas: Canvas, figure: Figure, ears: Array) -> None:
    """The cap of short hair; ears: (N,) mask of what stays bare."""
    position = canvas.atlas.position
    unit = figure.eye_distance
    around = position - figure.joint("head")
    angle = np.degrees(np.arctan2(np.abs(around[:, 0]), around[:, 2]))
    height = (position[:, 1] - figure.eyes[1]) / unit
    line = np.interp(angle, _HAIRLINE[:, 0], _HAIRLINE[:, 1])
    # The true distance to a steep line is smaller than the height above it.
    slope = np.interp(angle, _HAIRLINE[:, 0], np.abs(np.gradient(_HAIRLINE[:, 1], np.radians(_HAIRLINE[:, 0]))))
    inside = (height - line) / np.sqrt(1 + (slope / 1.3) ** 2)
    head = (position[:, 1] > figure.joint("neck")[1]) & (inside > -0.3)
    strands = _strands(position, angle, height, head)
    inside = inside + 0.05 * layered_noise(position, 0.012, 2, seed=41, where=head) + 0.035 * strands
    cover = smooth_step(inside, -0.07, 0.13) * (1 - smooth_step(ears, 0.1, 0.6)) * head
    canvas.lay(HAIR, 0.94 * cover)
    canvas.lay(_HAIR_LIGHT, 0.42 * cover * smooth_step(strands, 0.0, 1.0))
    canvas.multiply(1 - 0.16 * cover * smooth_step(-strands, 0.0, 1.0))


def _strands(position: Array, angle: Array, height: Array, where: NDArray[np.bool_]) -> Array:
    """(N,) in about [-1, 1]: streaks that run from the crown down and forward, as cropped hair lies."""
    lying = np.stack([angle / 1.6, height * 3.0, position[:, 2] * 60.0], axis=1)
    return np.asarray(0.6 * layered_noise(lying, 1.0, 2, 51, where) + 0.6 * layered_noise(position, 0.004, 2, 52, where))


def paint_brows(canvas: Canvas, figure: Figure) -> None:
    """Two brows: full at the nose, arched, thin at the temple, of hairs that lie outwards."""
    position = canvas.atlas.position
    x, y = figure.face_plane(position).T
    x = np.abs(x)
    front = smooth_step(position[:, 2] - figure.eyes[2], -0.04, -0.02)
    part = np.clip((x - 0.17) / (0.93 - 0.17), 0, 1)
    middle = np.interp(part, [0, 0.3, 0.62, 0.82, 1], [0.275, 0.335, 0.385, 0.365, 0.285])
    half = np.interp(part, [0, 0.12, 0.45, 0.7, 1], [0.055, 0.072, 0.062, 0.045, 0.014])
    ends = smooth_step(x, 0.13, 0.24) * (1 - smooth_step(x, 0.88, 0.97))
    across = (y - middle) / half
    lean = np.stack([(x - 0.55 * (y - middle)) * 26, (y - middle) * 5 + x * 2, np.sign(position[:, 0]) * 3.7], axis=1)
    near = (ends * front > 0) & (np.abs(across) < 3)
    hairs = layered_noise(lean, 1.0, 2, seed=61, where=near)
    cover = (1 - smooth_step(np.abs(across) + 0.30 * hairs, 0.45, 1.35)) * ends * front
    canvas.lay(BROW, np.clip(cover * (0.86 + 0.22 * hairs), 0, 0.95))
