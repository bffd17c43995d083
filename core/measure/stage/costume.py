"""What the performer wears and what skin they have: the open body's painted texture in other colours."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ....models.body.load import Body
from ...render.surface import Surface, body_surface
from ...render.texture import Texture

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Costume:
    """shirt, trousers: sRGB in [0, 1] of the cloth where it is neither lit nor shaded. skin: factor on the skin's own sRGB."""

    shirt: Colour
    trousers: Colour
    skin: Colour = (1.0, 1.0, 1.0)


_SHIRT_GREY, _TROUSERS_GREY = 0.49, 0.26
"""Brightness of the painted cloth; its folds and seams are kept as brighter and darker than this."""


def costumed(body: Body, costume: Costume) -> Surface:
    """The open body's surface in this costume."""
    surface = body_surface(body)
    assert surface.texture is not None
    return replace(surface, texture=Texture.of(_painted(surface.texture.levels[0], costume)))


def _painted(picture: NDArray[np.uint8], costume: Costume) -> NDArray[np.uint8]:
    colour = picture.astype(np.float32) / 255
    red, blue, grey = colour[..., 0], colour[..., 2], colour.mean(axis=2)
    cool = blue > red - 0.01
    shirt = _soft(cool & (grey > 0.33) & (grey < 0.75) & (blue > red + 0.06))
    trousers = _soft(cool & (grey < 0.36))
    skin = _soft((red > blue + 0.07) & (grey > 0.42))
    out = colour * (1 + skin[..., None] * (np.asarray(costume.skin, np.float32) - 1))
    for mask, wanted, usual in ((shirt, costume.shirt, _SHIRT_GREY), (trousers, costume.trousers, _TROUSERS_GREY)):
        dyed = np.asarray(wanted, np.float32) * (grey / usual)[..., None]
        out += mask[..., None] * (dyed - out)
    return np.asarray(np.round(255 * np.clip(out, 0, 1)), np.uint8)


def _soft(mask: NDArray[Any]) -> NDArray[np.float32]:
    """The mask (H, W) without specks, its edge a few texels wide."""
    whole = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 1.2), np.float32)
