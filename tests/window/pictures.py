"""Pictures of the panels, as they are in the window: cropped to what Thespis draws."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from .blender import Blender
from .screen import Screen

LARGEST: Final = 300_000
"""Bytes."""
_MARGIN: Final = 8
"""Pixels."""


def keep(blender: Blender, path: Path) -> None:
    """Write the sidebar, down to its last panel, into `path`."""
    left, top, right, bottom = blender.ask("sight.box_of_sidebar")
    blender.move(left - 200, bottom - 20)  # no button is lit by the mouse
    picture = blender.still()[top:bottom, left:right]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[: _last_line(picture) + _MARGIN, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert path.stat().st_size < LARGEST, f"{path}: {path.stat().st_size} bytes"


def keep_around(blender: Blender, box: tuple[int, int, int, int], path: Path) -> None:
    """Write what is around `box`, which goes on to its right as far as the window does."""
    left, top, _, bottom = box
    picture = blender.still()[max(0, top - _MARGIN) : bottom + _MARGIN, max(0, left - _MARGIN) :]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


def whole(screen: Screen, path: Path) -> Path:
    """Write all that is to be seen."""
    cv2.imwrite(str(path), screen.picture()[..., ::-1])
    return path


def _last_line(picture: np.ndarray) -> int:
    """The last row of pixels in which a panel has its colour: that of the row's left edge in the first panel."""
    panel = picture[_MARGIN, 2 * _MARGIN].astype(int)
    rows = np.abs(picture[:, 2 * _MARGIN].astype(int) - panel).max(1) < 3
    return int(np.nonzero(rows)[0].max())
