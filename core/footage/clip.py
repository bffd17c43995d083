"""What a movie file, a picture or a folder of pictures is, before anything is decoded in full."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from ..clip_path import PICTURE_SUFFIXES, clip_exists, is_pattern, pictures_of
from ..errors import ThespisError
from .timeline import constant_rate

PICTURE_SEQUENCE_RATE = Fraction(24)
"""Frames a second of a folder of pictures, when the user gives none."""
_CHOOSE_ANOTHER = "Choose another file, or make it again with any video program (mp4 with H.264 is safe)."


@dataclass(frozen=True)
class Clip:
    """One clip, seen upright and at a constant rate.

    path: the file, or of a picture sequence the folder or the pattern (core.clip_path).
    files: the pictures of a sequence in order; empty for a movie.
    size: (width, height) of the upright picture in square pixels.
    rotation: degrees, one of 0, 90, 180, 270: how far the stored picture is turned anticlockwise to stand upright.
    fps: frames a second of the constant-rate clip.
    source: (frames,) index of the stored frame that each frame of the constant-rate clip shows; -1 where the file has none
        (a variable-rate file leaves holes: they are filled by interpolation, never by a repeated picture).
    variable_rate: whether the file's own frames were not evenly spaced.
    focal_35mm: focal length in millimetres for a 36 mm wide film, when the file's metadata tells; else None.
    has_sound: whether the file holds sound.
    declared_frames: how many frames the file's header promises (0 when it does not say).
    square_pixels: whether the stored pixels are square.
    """

    path: Path
    files: tuple[Path, ...]
    size: tuple[int, int]
    rotation: int
    fps: Fraction
    source: NDArray[np.int64]
    variable_rate: bool
    focal_35mm: float | None
    has_sound: bool
    declared_frames: int
    square_pixels: bool = True

    @property
    def frame_count(self) -> int:
        """Frames of the constant-rate clip."""
        return len(self.source)

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.frame_count / self.fps)


def open_clip(path: Path, fps: Fraction | None = None) -> Clip:
    """Look at the clip at `path` without decoding more than its first frame.

    fps: frames a second of a sequence of pictures (default 24); a movie's own rate is always kept.
    Raises ThespisError, one line with the file, the cause and the next step, for anything that is not a readable clip.
    """
    try:
        exists, is_folder = clip_exists(path), path.is_dir()
    except OSError as error:
        raise ThespisError(f"{path}: cannot be looked at ({error.strerror}). Check the path and its permissions.") from error
    if not exists:
        raise ThespisError(f"{path}: there is no such file. Check the path.")
    if is_folder or is_pattern(path):
        return _open_sequence(path, fps or PICTURE_SEQUENCE_RATE)
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise ThespisError(f"{path}: the file is empty. Copy it again from the camera.")
    except OSError as error:
        raise ThespisError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    try:
        return _open_file(path)
    except FFmpegError as error:
        reason = "not a video or picture that can be read; it is damaged, cut off, or something else"
        raise ThespisError(f"{path}: {reason}. {_CHOOSE_ANOTHER}") from error


def _open_file(path: Path) -> Clip:
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ThespisError(f"{path}: holds sound but no picture. Choose a video.")
        stream = container.streams.video[0]
        seconds = sorted(
            float(packet.pts * packet.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None and not packet.is_discard
        )
        average, base = stream.average_rate, stream.base_rate
        declared = stream.frames
        sample_aspect = stream.sample_aspect_ratio or Fraction(1)
        metadata = {**container.metadata, **stream.metadata}
        has_sound = bool(container.streams.audio)
    if not seconds:
        raise ThespisError(f"{path}: holds no frames; it was probably cut off while copying. {_CHOOSE_ANOTHER}")
    first = first_picture(path)
    width, height = first.width, first.height
    if sample_aspect > 0:
        width = round(width * sample_aspect)
    rotation = round(first.rotation) % 360
    if rotation % 90:
        rotation = 0
    timeline = constant_rate(np.asarray(seconds) - seconds[0], average, base)
    return Clip(
        path=path,
        files=(),
        size=(height, width) if rotation % 180 else (width, height),
        rotation=rotation,
        fps=timeline.fps,
        source=timeline.source,
        variable_rate=timeline.variable,
        focal_35mm=_focal_35mm({**metadata, **first.metadata}),
        has_sound=has_sound,
        declared_frames=declared,
        square_pixels=sample_aspect in (0, 1),
    )


def _open_sequence(place: Path, fps: Fraction) -> Clip:
    try:
        if is_pattern(place):
            files = pictures_of(place)
        else:
            files = sorted((f for f in place.iterdir() if f.suffix.lower() in PICTURE_SUFFIXES), key=_natural_order)
    except OSError as error:
        raise ThespisError(f"{place}: cannot be read ({error.strerror}). Check its permissions.") from error
    if not files:
        raise ThespisError(f"{place}: the folder holds no pictures. Choose a movie, or a folder of jpg or png files.")
    try:
        first = first_picture(files[0])
    except FFmpegError as error:
        raise ThespisError(f"{files[0]}: not a picture that can be read ({error.strerror}). Remove or replace it.") from error
    rotation = round(first.rotation) % 360
    return Clip(
        path=place,
        files=tuple(files),
        size=(first.height, first.width) if rotation % 180 else (first.width, first.height),
        rotation=rotation,
        fps=fps,
        source=np.arange(len(files), dtype=np.int64),
        variable_rate=False,
        focal_35mm=_focal_35mm(dict(first.metadata)),
        has_sound=False,
        declared_frames=len(files),
    )


def first_picture(path: Path) -> Any:
    """The first frame of a movie or picture as PyAV gives it; raises FFmpegError when it is broken."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        # Without this half a JPEG decodes to a picture whose lower half is grey.
        stream.codec_context.options = {"err_detect": "explode"}
        for frame in container.decode(stream):
            return frame
    raise ThespisError(f"{path}: no frame could be decoded. {_CHOOSE_ANOTHER}")


def _natural_order(path: Path) -> list[tuple[int, str]]:
    """frame2 before frame10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path.name.lower()) if part]


def _focal_35mm(metadata: dict[str, str]) -> float | None:
    """Focal length for 36 mm wide film as phones write it (QuickTime) and cameras (EXIF)."""
    for key, value in metadata.items():
        name = key.lower().replace("_", "").replace(".", "").replace(" ", "")
        if name.endswith(("focallength35mmequivalent", "focallengthin35mmfilm")):
            numbers = re.findall(r"\d+(?:\.\d+)?", value)
            if numbers and float(numbers[0]) > 0:
                return float(numbers[0])
    return None
