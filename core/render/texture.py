"""Texture pictures as the rasteriser reads them: smaller and smaller copies, and filtered look-up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError

Array = NDArray[np.floating[Any]]

_ROW = 4096
"""cv2.remap takes no picture wider than 32,767, so look-ups are folded into rows of this length."""

_TO_LINEAR = np.where(np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
_STEPS = 4096
_grid = np.arange(_STEPS + 1) / _STEPS
_TO_BYTES = np.round(
    255 * np.where(_grid <= 0.0031308, _grid * 12.92, 1.055 * np.maximum(_grid, 1e-9) ** (1 / 2.4) - 0.055)
).astype(np.uint8)


def to_linear(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """SRGB bytes to linear light in [0, 1] (IEC 61966-2-1)."""
    return np.take(_TO_LINEAR, colours)


def to_bytes(light: Array) -> NDArray[np.uint8]:
    """Linear light to sRGB bytes; what is brighter than 1 is cut off."""
    steps = np.clip(light * _STEPS + 0.5, 0, _STEPS).astype(np.int32)
    return np.asarray(_TO_BYTES[steps], np.uint8)


@dataclass(frozen=True)
class Texture:
    """levels: (S, S, 3) uint8 sRGB, then half as large, and so on."""

    levels: tuple[NDArray[np.uint8], ...]

    @property
    def size(self) -> int:
        """Width of the full picture in texels."""
        return int(self.levels[0].shape[1])

    @staticmethod
    def of(image: NDArray[np.uint8], smallest: int = 64) -> "Texture":
        """The (S, S, 3) RGB picture and its halvings (averaged in linear light) down to `smallest` texels."""
        levels = [image]
        light = to_linear(image)
        while levels[-1].shape[1] // 2 >= smallest:
            light = cv2.resize(light, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            levels.append(to_bytes(light))
        return Texture(tuple(levels))

    def look_up(self, uv: Array, level: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """(N, 3) linear light at (N, 2) texture coordinates (v up, [0, 1]), each from its own (N,) level, bilinear."""
        out = np.empty((len(uv), 3), np.float32)
        for k, picture in enumerate(self.levels):
            chosen = np.flatnonzero(level == k)
            if len(chosen):
                out[chosen] = _bilinear(picture, uv[chosen])
        return out


def read_texture(path: Path) -> Texture:
    """The texture in the picture file at `path`; raises ThespisError when it cannot be read."""
    try:
        encoded = np.fromfile(path, np.uint8)
    except OSError as error:
        raise ThespisError(f"{path}: the texture cannot be read ({error.strerror}). Install Thespis again.") from error
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(encoded) else None
    if image is None:
        raise ThespisError(f"{path}: not a picture. Install Thespis again.")
    return Texture.of(np.ascontiguousarray(image[..., ::-1], np.uint8))


def _bilinear(picture: NDArray[np.uint8], uv: Array) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    count = len(uv)
    rows = -(-count // _ROW)
    places = np.zeros((rows * _ROW, 2), np.float32)
    places[:count, 0] = uv[:, 0] * width - 0.5
    places[:count, 1] = (1 - uv[:, 1]) * height - 0.5
    places = places.reshape(rows, _ROW, 2)
    found = cv2.remap(picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return to_linear(np.asarray(found, np.uint8).reshape(-1, 3)[:count])
