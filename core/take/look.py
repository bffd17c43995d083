"""The job "look": a quick look at a clip before a fit. What it is, its first frame, and who is in it, to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from ..footage import Clip, open_clip, read_moments
from ..observe.choose import PersonAt, box_of
from ..observe.observer import Observer
from ..observe.tracks import Track
from ..progress import Progress

MOMENTS: Final = 8
"""Frames in which people are looked for, spread over the range."""
MOST_PEOPLE: Final = 10
FIRST_SIDE, PERSON_SIDE = 512, 128
"""Pixels of the longer side of the first frame's picture, and of a person's."""
_AROUND: Final = 0.08
"""How much of the box round a person is shown beyond it."""

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class SeenPerson:
    """Somebody in the clip. at: where they are seen best; picture: (P, P, 3) uint8 RGB of them; times: in how many of the frames
    that were looked at."""

    at: PersonAt
    picture: Image
    times: int


@dataclass(frozen=True)
class Look:
    """clip: what it is. first: its first picture in the range, small. people: the most prominent first. looked_at: frames."""

    clip: Clip
    first: Image
    people: list[SeenPerson]
    looked_at: int


def look_at_clip(
    path: Path,
    start: int = 0,
    end: int | None = None,
    rate: Fraction | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Look:
    """Look at some frames of the clip at `path` between start and end (inclusive, 0-based; None: the clip's last).

    rate: frames a second of a sequence of pictures. Raises ThespisError, one line, for what cannot be read.
    """
    progress = progress or Progress()
    with progress.stage("open"):
        clip = open_clip(path, rate)
        last = clip.frame_count - 1 if end is None else min(end, clip.frame_count - 1)
        moments = sorted({round(moment) for moment in np.linspace(min(start, last), last, MOMENTS)})
    seen: list[tuple[int, Image]] = []

    def pictures() -> Iterator[Image]:
        for picture in read_moments(clip, moments):
            progress.update(len(seen))
            if picture.image is not None:
                seen.append((picture.index, picture.image))
                yield picture.image

    with progress.stage("people", len(moments)):
        tracks = Observer(device=device, model="full", max_people=MOST_PEOPLE).glance(pictures())
    if not seen:
        raise ThespisError(f"{path}: not one frame of it can be decoded. Choose another file, or make it again as mp4 (H.264).")
    people = [_person(track, seen) for track in tracks[:MOST_PEOPLE]]
    return Look(clip, _shrunk(seen[0][1], FIRST_SIDE), people, len(seen))


def write_look(look: Look, own: Path) -> tuple[list[Path], dict[str, Any]]:
    """Write the pictures as <own>_first.png and <own>_<k>.png, and what was found as JSON can hold it."""
    named = {"first": look.first, **{str(k): person.picture for k, person in enumerate(look.people)}}
    files = []
    for name, image in named.items():
        files.append(own.with_name(f"{own.name}_{name}.png"))
        if not cv2.imwrite(str(files[-1]), cv2.cvtColor(image, cv2.COLOR_RGB2BGR)):
            raise ThespisError(f"{files[-1]}: cannot be written. Free some disk space and look again.")
    clip = look.clip
    values = {
        "size": list(clip.size),
        "fps": [clip.fps.numerator, clip.fps.denominator],
        "frames": clip.frame_count,
        "is_sequence": bool(clip.files),
        "variable_rate": clip.variable_rate,
        "has_sound": clip.has_sound,
        "focal_35mm": clip.focal_35mm,
        "looked_at": look.looked_at,
        "people": [
            {"x": person.at.x, "y": person.at.y, "frame": person.at.frame, "times": person.times} for person in look.people
        ],
    }
    return files, values


def _person(track: Track, seen: list[tuple[int, Image]]) -> SeenPerson:
    shown = (track.body_visibility * track.body_presence).mean(axis=1)
    best = int(np.nanargmax(np.where(track.body_score > 0, track.box[:, 2] * shown, np.nan)))
    low, high = box_of(track.body[best], track.body_visibility[best])
    frame, image = seen[best]
    x, y = np.clip((low + high) / 2, 0, np.array(image.shape[1::-1]) - 1)
    picture = _square(image, (low + high) / 2, float((high - low).max()) * (1 + 2 * _AROUND))
    return SeenPerson(PersonAt(round(float(x), 1), round(float(y), 1), frame), picture, int((track.body_score > 0).sum()))


def _square(image: Image, middle: NDArray[np.floating[Any]], side: float) -> Image:
    """A square of the picture, as near to `middle` as the picture allows, PERSON_SIDE pixels wide; black where there is none."""
    whole = np.array(image.shape[1::-1], float)
    low = np.where(whole > side, np.clip(middle - side / 2, 0, whole - side), (whole - side) / 2)
    scale = PERSON_SIDE / side
    matrix = np.array([[scale, 0, -low[0] * scale], [0, scale, -low[1] * scale]])
    if scale < 0.5:  # a strong reduction skips pixels, so they are averaged first
        less = max(2.0 * scale, 1e-3)
        image = np.asarray(cv2.resize(image, None, fx=less, fy=less, interpolation=cv2.INTER_AREA), np.uint8)
        matrix[:, :2] /= less
    return np.asarray(cv2.warpAffine(image, matrix, (PERSON_SIDE, PERSON_SIDE), flags=cv2.INTER_LINEAR), np.uint8)


def _shrunk(image: Image, longest: int) -> Image:
    scale = min(1.0, longest / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
