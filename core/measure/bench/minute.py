"""A clip made long: to and fro, so that nothing jumps. Shows whether time and memory grow with the clip."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...footage import Clip, read_pictures
from ...footage.write import MovieWriter

Picture = NDArray[np.uint8]

MINUTE: Final = 60.0
"""Seconds."""
_HELD: Final = 12
"""Pictures in memory when a stretch is shown backwards."""


def write_to_and_fro(clip: Clip, last: int, seconds: float, path: Path) -> None:
    """Write the clip from its beginning to frame `last`, then backwards, and so on, until `seconds` are full."""
    wanted = round(seconds * clip.fps)
    with MovieWriter(path, clip.fps, clip.size) as movie:
        for _, picture in zip(range(wanted), _to_and_fro(clip, last), strict=False):
            movie.write(picture)


def _to_and_fro(clip: Clip, last: int) -> Iterator[Picture]:
    """Without end; the first and the last picture are not shown twice running."""
    yield from _pictures(clip, 0, last)
    while True:
        for end in range(last - 1, -1, -_HELD):
            yield from reversed(list(_pictures(clip, max(0, end - _HELD + 1), end)))
        yield from _pictures(clip, 1, last)


def _pictures(clip: Clip, start: int, end: int) -> Iterator[Picture]:
    return (picture.image for picture in read_pictures(clip, start, end) if picture.image is not None)
