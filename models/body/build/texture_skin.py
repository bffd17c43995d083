"""Skin: its uneven tone, the redder places where blood is near, lips, nails."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .texture_canvas import Canvas, Colour
from .texture_figure import Figure
from .texture_noise import bump, layered_noise, smooth_step

Array = NDArray[np.floating[Any]]

SKIN: Colour = (204, 158, 134)
_RED: Colour = (190, 112, 96)
_PALE: Colour = (222, 186, 166)
_LIPS: Colour = (178, 112, 102)
_NAIL: Colour = (222, 176, 160)
_MOUTH: Colour = (104, 38, 36)
_MOUTH_DEEP: Colour = (52, 14, 16)


def paint_skin(canvas: Canvas, figure: Figure, masks: dict[str, Array]) -> None:
    """All that is skin, everywhere; clothes and hair are painted over it later.

    masks: (N,) in [0, 1] at the atlas's texels: lips, ears, eyelids, fingernails, toenails, inside-mouth.
    """
    position = canvas.atlas.position
    canvas.lay(_PALE, 0.22 * (0.5 + 0.5 * layered_noise(position, 0.09, 3, seed=11)))
    canvas.lay(_RED, 0.16 * (0.5 + 0.5 * layered_noise(position, 0.05, 3, seed=23)))
    canvas.lay(_RED, _blood(canvas, figure, masks))
    canvas.multiply(1 + 0.018 * layered_noise(position, 0.006, 2, seed=5))
    _paint_face_tones(canvas, figure, masks)
    _paint_lips(canvas, figure, masks["lips"])
    canvas.lay(_NAIL, 0.75 * np.maximum(masks["fingernails"], masks["toenails"]))
    _paint_mouth(canvas, figure, masks["inside-mouth"])


def _blood(canvas: Canvas, figure: Figure, masks: dict[str, Array]) -> Array:
    """(N,) how much redder the skin is: cheeks, nose, ears, knuckles, finger ends, elbows, soles and palms."""
    position = canvas.atlas.position
    x, y = figure.face_plane(position).T
    front = smooth_step(position[:, 2] - figure.eyes[2], -0.05, -0.01)
    cheeks = np.exp(-(((np.abs(x) - 0.78) / 0.34) ** 2) - ((y + 0.62) / 0.30) ** 2) * front
    nose = np.exp(-((x / 0.24) ** 2) - ((y + 0.74) / 0.20) ** 2) * front
    chin = np.exp(-((x / 0.30) ** 2) - ((y + 1.72) / 0.16) ** 2) * front
    red = 0.36 * cheeks + 0.34 * nose + 0.18 * chin + 0.30 * masks["ears"]
    for side in ("left", "right"):
        for finger in ("index", "middle", "ring", "pinky", "thumb"):
            for k, strength in ((1, 0.34), (2, 0.30), (3, 0.24)):
                away = np.linalg.norm(position - figure.joint(f"{side}_{finger}{k}"), axis=1)
                red = np.maximum(red, strength * bump(away, 0.0, 0.013))
        elbow = np.linalg.norm(position - figure.joint(f"{side}_elbow") + (0, 0, 0.04), axis=1)
        red = np.maximum(red, 0.28 * bump(elbow, 0.0, 0.04))
        heel = np.linalg.norm(position - figure.joint(f"{side}_ankle") + (0, 0.06, 0.04), axis=1)
        red = np.maximum(red, 0.30 * bump(heel, 0.0, 0.04))
        # Palms and soles look down in the rest pose.
        hand = smooth_step(np.abs(position[:, 0]) - abs(figure.joint(f"{side}_wrist")[0]), 0.0, 0.06)
        foot = smooth_step(figure.joint(f"{side}_ankle")[1] - position[:, 1], 0.0, 0.05)
        under = smooth_step(-canvas.atlas.normal[:, 1], 0.0, 0.9)
        red = np.maximum(red, 0.22 * under * np.maximum(hand, foot))
    return np.asarray(red)


def _paint_face_tones(canvas: Canvas, figure: Figure, masks: dict[str, Array]) -> None:
    """Darker lids and the shade under the eyes: what makes a face read as one from afar."""
    position = canvas.atlas.position
    x, y = figure.face_plane(position).T
    front = smooth_step(position[:, 2] - figure.eyes[2], -0.05, -0.01)
    socket = np.exp(-(((np.abs(x) - 0.52) / 0.36) ** 2) - ((y + 0.02) / 0.17) ** 2) * front
    canvas.lay((150, 98, 82), 0.34 * socket)
    canvas.lay((132, 82, 70), 0.30 * masks["eyelids"])
    folds = np.exp(-(((np.abs(x) - 0.44) / 0.06) ** 2) - ((y + 0.86) / 0.12) ** 2) * front
    canvas.lay((165, 110, 92), 0.20 * folds)


def _paint_lips(canvas: Canvas, figure: Figure, mask: Array) -> None:
    x, y = figure.face_plane(canvas.atlas.position).T
    canvas.lay(_LIPS, 0.72 * mask)
    canvas.lay((206, 138, 126), 0.30 * mask * np.exp(-((x / 0.20) ** 2) - ((y + 1.36) / 0.06) ** 2))
    creases = layered_noise(canvas.atlas.position * (4, 0.6, 0.6), 0.006, 2, 31, mask > 0)
    canvas.multiply(1 - 0.05 * mask * (0.5 + 0.5 * creases))


def _paint_mouth(canvas: Canvas, figure: Figure, mask: Array) -> None:
    """The cavity: red at the lips, near black in the depth."""
    depth = figure.eyes[2] - canvas.atlas.position[:, 2]
    canvas.lay(_MOUTH, mask)
    canvas.lay(_MOUTH_DEEP, mask * smooth_step(depth, -0.02, 0.03))
