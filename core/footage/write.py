"""Movies: a writer that takes pictures one by one, and the clip's upright constant-rate proxy for Blender."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from numpy.typing import NDArray

from ..files import written_beside
from .clip import Clip
from .read import read_pictures


class MovieWriter:
    """Writes H.264 (yuv420p, playable anywhere) into `path`; a context manager that moves the movie into place at its end.

    An odd width or height loses its last column or row, as the format needs even sizes.
    """

    def __init__(self, path: Path, fps: Fraction, size: tuple[int, int], keyframe_interval: int = 48, quality: int = 20) -> None:
        self._beside = written_beside(path)
        self._fps, self._size, self._interval, self._quality = fps, size, keyframe_interval, quality

    def __enter__(self) -> "MovieWriter":
        self._container = av.open(str(self._beside.__enter__()), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=self._fps)
        self._stream.width, self._stream.height = self._size[0] // 2 * 2, self._size[1] // 2 * 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"crf": str(self._quality), "preset": "veryfast", "g": str(self._interval)}
        return self

    def write(self, image: NDArray[np.uint8]) -> None:
        """Append one (H, W, 3) RGB picture of the size given."""
        cut = np.ascontiguousarray(image[: self._stream.height, : self._stream.width])
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(cut, format="rgb24")))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except BaseException as failure:
            self._beside.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._beside.__exit__(kind, error, trace)


def write_proxy(
    clip: Clip, path: Path, fps: Fraction, progress: Callable[[int], None] | None = None, longest_side: int = 1920
) -> Path:
    """An upright movie of the clip at `fps`: what Blender shows behind the camera, since it advances movies by frame index.

    progress is told the number of frames written. Returns `path`.
    """
    scale = min(1.0, longest_side / max(clip.size))
    size = (round(clip.size[0] * scale), round(clip.size[1] * scale))
    total = max(1, round(clip.duration * fps))
    written = 0
    shown: NDArray[np.uint8] | None = None
    with MovieWriter(path, fps, size, keyframe_interval=12) as movie:
        for picture in read_pictures(clip):
            shown = picture.image if picture.image is not None else shown
            if shown is None:
                continue
            small = _resized(shown, size)
            # Every proxy frame whose time lies in this picture's span shows it.
            while written < total and written / fps < (picture.index + 1) / clip.fps:
                movie.write(small)
                written += 1
                if progress:
                    progress(written)
    return path


def _resized(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2

    if (image.shape[1], image.shape[0]) == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
