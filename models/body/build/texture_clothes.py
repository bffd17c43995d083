"""Clothes: a fitted T-shirt and trousers, painted with smooth borders, seams and stitches."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .texture_canvas import Canvas, Colour
from .texture_figure import Figure
from .texture_noise import layered_noise, smooth_step

Array = NDArray[np.floating[Any]]

SHIRT: Colour = (92, 132, 138)
TROUSERS: Colour = (62, 67, 78)

_HEM = 0.018
_SLEEVE_END = 0.56
_CUFF_END = 0.89


@dataclass(frozen=True)
class Shirt:
    """(N,) metres inside the shirt's collar, sleeves and hem; negative outside."""

    collar: Array
    sleeve: Array
    hem: Array

    @property
    def inside(self) -> Array:
        """(N,) metres inside the shirt."""
        return np.minimum(np.minimum(self.collar, self.sleeve), self.hem)


def shirt_inside(position: Array, figure: Figure) -> Shirt:
    """Where (N, 3) rest positions lie on the shirt."""
    neck = figure.joint("neck")
    # The neck hole is cut by an ellipsoid about the neck, deeper in front.
    radii = np.array([0.088, 0.105, 0.115])
    middle = neck + np.array([0, 0.022, 0])
    collar = (np.linalg.norm((position - middle) / radii, axis=1) - 1) * 0.095
    # The head too lies outside the ellipsoid: whatever is above the neck, or under the chin in front, is bare.
    top = middle[1] + 0.05 - 0.4 * np.maximum(position[:, 2] - neck[2], 0)
    collar = np.where(position[:, 1] > top, -1.0, collar)
    sleeve = np.full(len(position), np.inf)
    for side, sign in (("left", 1), ("right", -1)):
        t, length = figure.along(position, f"{side}_shoulder", f"{side}_elbow")
        sleeve = np.where(position[:, 0] * sign > 0, (_SLEEVE_END - t) * length, sleeve)
    return Shirt(collar, sleeve, position[:, 1] - _hem_height(position, figure))


def trousers_inside(position: Array, figure: Figure) -> Array:
    """(N,) metres inside the trousers; negative outside."""
    waist = figure.joint("spine1")[1] - position[:, 1]
    cuff = np.full(len(position), np.inf)
    for side, sign in (("left", 1), ("right", -1)):
        t, length = figure.along(position, f"{side}_knee", f"{side}_ankle")
        cuff = np.where(position[:, 0] * sign > 0, (_CUFF_END - t) * length, cuff)
    return np.minimum(waist, cuff)


def paint_clothes(canvas: Canvas, figure: Figure) -> None:
    """Trousers first, the shirt over them, each with the shade it throws on what lies beneath."""
    position = canvas.atlas.position
    trousers, shirt = trousers_inside(position, figure), shirt_inside(position, figure)
    _shade_below(canvas, trousers, 0.007)
    _dress(canvas, TROUSERS, trousers, seed=91)
    _trouser_details(canvas, figure, trousers)
    _shade_below(canvas, shirt.inside, 0.008)
    _dress(canvas, SHIRT, shirt.inside, seed=95)
    worn = _sharp(canvas, shirt.inside)
    canvas.lay(_darker(SHIRT, 0.86), worn * (1 - _sharp(canvas, shirt.collar - _HEM)))
    for border in (shirt.collar, shirt.sleeve, shirt.hem):
        _stitch(canvas, worn, border, _HEM)
    _shirt_seams(canvas, figure, worn)


def _hem_height(position: Array, figure: Figure) -> Array:
    """(N,) height of the shirt's lower border: a little lower in front and behind than at the sides."""
    hip = figure.joint("left_hip")
    side = np.clip(np.abs(position[:, 0]) / (abs(hip[0]) * 1.6), 0, 1)
    return np.asarray(hip[1] + 0.012 + 0.016 * side**2)


def _sharp(canvas: Canvas, inside: Array) -> Array:
    """(N,) from 0 outside to 1 inside over about one texel: neither jagged nor soft, however the picture is stretched."""
    edge = np.maximum(0.75 * canvas.atlas.grain, 0.0005)
    return smooth_step(inside / edge, -1, 1)


def _line(canvas: Canvas, away: Array, half_width: float) -> Array:
    """(N,) a soft line where (N,) `away` is 0, its strength kept where a texel is wider than the line."""
    width = np.maximum(half_width, 0.8 * canvas.atlas.grain)
    return np.asarray(half_width / width * np.exp(-((away / width) ** 2)))


def _dress(canvas: Canvas, colour: Colour, inside: Array, seed: int) -> None:
    """Cloth: its colour, soft folds and a faint weave."""
    position = canvas.atlas.position
    worn = _sharp(canvas, inside)
    canvas.lay(colour, worn)
    folds = layered_noise(position * (1.0, 0.55, 1.0), 0.10, 3, seed, worn > 0)
    weave = layered_noise(position, 0.0045, 1, seed + 1, worn > 0)
    canvas.multiply(1 + worn * (0.055 * folds + 0.014 * weave))


def _shade_below(canvas: Canvas, inside: Array, reach: float) -> None:
    """The soft shadow just outside a garment's border."""
    canvas.multiply(1 - 0.30 * (1 - smooth_step(-inside, 0.0, reach)) * (inside < canvas.atlas.grain))


def _stitch(canvas: Canvas, worn: Array, border: Array, at: float) -> None:
    """A hem: a lighter edge, a fold line at its depth."""
    canvas.multiply(1 - 0.20 * worn * _line(canvas, border - at, 0.0011))
    canvas.multiply(1 + 0.10 * worn * _line(canvas, border - 0.0022, 0.0016))


def _shirt_seams(canvas: Canvas, figure: Figure, worn: Array) -> None:
    """Where sleeve meets shoulder, and down each side."""
    position, normal = canvas.atlas.position, canvas.atlas.normal
    for side, sign in (("left", 1), ("right", -1)):
        shoulder = figure.joint(f"{side}_shoulder")
        mine = position[:, 0] * sign > 0
        lean = sign * (position[:, 0] - shoulder[0]) - 0.30 * (position[:, 1] - shoulder[1])
        armhole = mine * smooth_step(position[:, 1], shoulder[1] - 0.075, shoulder[1] - 0.03)
        canvas.multiply(1 - 0.17 * worn * armhole * _line(canvas, lean, 0.0012))
        flank = mine & (position[:, 1] < shoulder[1] - 0.10) & (normal[:, 0] * sign > 0.5)
        across = position[:, 2] - figure.joint("spine2")[2]
        canvas.multiply(1 - 0.12 * worn * flank * _line(canvas, across, 0.0012))


def _trouser_details(canvas: Canvas, figure: Figure, inside: Array) -> None:
    position = canvas.atlas.position
    worn = _sharp(canvas, inside)
    for side, sign in (("left", 1), ("right", -1)):
        mine = position[:, 0] * sign > 0
        t, length = figure.along(position, f"{side}_knee", f"{side}_ankle")
        _stitch(canvas, worn * mine, (_CUFF_END - t) * length, 0.022)
        hip, knee, ankle = (figure.joint(f"{side}_{name}") for name in ("hip", "knee", "ankle"))
        z = np.interp(-position[:, 1], [-hip[1], -knee[1], -ankle[1]], [hip[2], knee[2], ankle[2]])
        x = np.interp(-position[:, 1], [-hip[1], -knee[1], -ankle[1]], [hip[0], knee[0], ankle[0]])
        outer = mine & (sign * (position[:, 0] - x) > 0.02)
        canvas.multiply(1 - 0.20 * worn * outer * _line(canvas, position[:, 2] - z, 0.0013))


def _darker(colour: Colour, factor: float) -> Array:
    return np.asarray(colour, np.float64) * factor
