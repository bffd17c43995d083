"""Decoding: upright pictures of a clip, one after another, never more than a few at a time in memory."""

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from ..errors import ThespisError
from .clip import Clip

_AHEAD = 3
"""Pictures decoded ahead while the networks look at the present one."""


@dataclass(frozen=True)
class Picture:
    """One frame of the constant-rate clip: its 0-based index, and (H, W, 3) uint8 RGB, or None where the file has none."""

    index: int
    image: NDArray[np.uint8] | None


def read_pictures(clip: Clip, start: int = 0, end: int | None = None) -> Iterator[Picture]:
    """Frames start to end (inclusive; default: the last) of the constant-rate clip, upright, in order.

    Stops early where the file is cut off; the caller sees it by the count. Decoding runs ahead in a thread of its own.
    Raises ThespisError when not one frame can be decoded.
    """
    last = clip.frame_count - 1 if end is None else min(end, clip.frame_count - 1)
    ahead: queue.Queue[Picture | BaseException | None] = queue.Queue(maxsize=_AHEAD)
    stopped = threading.Event()

    def put(item: Picture | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ahead.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def decode() -> None:
        try:
            for picture in _decode(clip, start, last):
                if not put(picture):
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=decode, name="decode", daemon=True)
    thread.start()
    try:
        while (item := ahead.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


def read_moments(clip: Clip, indices: Sequence[int]) -> Iterator[Picture]:
    """Single frames of the constant-rate clip, by rising index, upright, without decoding all that lies between them.

    Where the file has no such frame, the next one that it has; what is cut off or broken is left out.
    """
    if clip.files:
        for index in indices:
            for _, frame in _stored_frames(clip, int(clip.source[index]), 1):
                yield Picture(index, upright(frame, clip))
        return
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        base = stream.time_base or Fraction(1, 1000)
        begin: Fraction | None = None
        for index in indices:
            if begin is None:  # the clip's own first frame says when it begins
                begin = next((frame.pts * base for frame in container.decode(stream) if frame.pts is not None), Fraction(0))
            # Half a frame early: of the frames from there on the first one is meant.
            wanted = begin + (index - Fraction(1, 2)) / clip.fps
            try:
                container.seek(max(0, int(wanted / base)), stream=stream)
                frame = next(one for one in container.decode(stream) if one.pts is not None and one.pts * base >= wanted)
            except (FFmpegError, StopIteration):
                continue
            yield Picture(index, upright(frame, clip))


def _decode(clip: Clip, start: int, last: int) -> Iterator[Picture]:
    index = start
    for stored, frame in _stored_frames(clip):
        while index <= last and clip.source[index] < 0:
            yield Picture(index, None)
            index += 1
        if index > last:
            return
        if stored < clip.source[index]:
            continue
        yield Picture(index, upright(frame, clip))
        index += 1
    if index == start:
        raise ThespisError(f"{clip.path}: no frame could be decoded from frame {start} on. Choose another file or range.")


def _stored_frames(clip: Clip, first: int = 0, count: int | None = None) -> Iterator[tuple[int, Any]]:
    """The stored frames with their indices; of a sequence of pictures from `first` on, `count` of them."""
    if clip.files:
        stop = None if count is None else first + count
        for number, file in enumerate(clip.files[first:stop], start=first):
            try:
                with av.open(str(file)) as container:
                    yield number, next(container.decode(container.streams.video[0]))
            except (FFmpegError, StopIteration) as error:
                raise ThespisError(f"{file}: not a picture that can be read. Remove or replace it.") from error
        return
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        try:
            yield from enumerate(container.decode(stream))
        except FFmpegError:
            return  # cut off in the middle: what was decoded is right, and the caller counts


def upright(frame: Any, clip: Clip) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of the clip's size from a stored frame: display rotation and pixel shape taken out."""
    image: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
    turns = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
    if clip.rotation in turns:
        image = cv2.rotate(image, turns[clip.rotation])  # type: ignore[assignment]
    if (image.shape[1], image.shape[0]) != clip.size:
        image = cv2.resize(image, clip.size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return image
