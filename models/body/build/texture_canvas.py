"""The picture being painted: layers of colour laid over texels, and the room between the islands filled."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .texture_atlas import Atlas

Array = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]
"""sRGB bytes."""


class Canvas:
    """(N, 3) sRGB colours in [0, 255], one for each texel of the atlas."""

    def __init__(self, atlas: Atlas, colour: Colour) -> None:
        self.atlas = atlas
        self.colours: Array = np.tile(np.asarray(colour, np.float64), (len(atlas.texel), 1))

    def lay(self, colour: Colour | Array, cover: Array) -> None:
        """Paint `colour` (one, or (N, 3)) over what is there, with (N,) cover in [0, 1]."""
        self.colours += (np.asarray(colour, np.float64) - self.colours) * np.clip(cover, 0, 1)[:, None]

    def multiply(self, factor: Array | NDArray[Any]) -> None:
        """Darken or lighten each texel by its (N,) or (N, 3) factor."""
        self.colours *= factor if factor.ndim == 2 else factor[:, None]

    def picture(self) -> NDArray[np.uint8]:
        """(S, S, 3) RGB; texels that no face covers take the colour of the nearest island, so that no seam shows."""
        size = self.atlas.size
        flat = np.zeros((size * size, 3), np.float32)
        flat[self.atlas.texel] = np.clip(self.colours, 0, 255)
        known = np.zeros(size * size, np.uint8)
        known[self.atlas.texel] = 1
        _, nearest = cv2.distanceTransformWithLabels(
            1 - known.reshape(size, size), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        owner = np.zeros(int(nearest.max()) + 1, np.int64)
        owner[nearest.reshape(-1)[self.atlas.texel]] = self.atlas.texel
        filled = flat[owner[nearest.reshape(-1)]]
        return np.round(filled).astype(np.uint8).reshape(size, size, 3)
