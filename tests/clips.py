"""Small movies made on the spot."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from thespis.core.footage.write import MovieWriter


def make_clip(path: Path, frames: int = 6, size: tuple[int, int] = (320, 240), fps: Fraction = Fraction(30)) -> Path:
    """A movie of an empty room: a grey gradient, nobody in it."""
    room = np.repeat(np.linspace(60, 200, size[0]).astype(np.uint8)[None, :, None], size[1], 0).repeat(3, 2)
    with MovieWriter(path, fps, size) as movie:
        for _ in range(frames):
            movie.write(room)
    return path
