"""A quick look at a clip, as Blender's side asks for it: what it is, its first frame, who is in it."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..clip_path import clip_exists
from ..errors import ThespisError
from .client import EngineClient, Job


@dataclass(frozen=True)
class FoundPerson:
    """Somebody who was found. x, y: where they are seen in `frame` (pixels of the upright picture, 0-based index into the clip);
    picture: a small .png of them in the session's folder."""

    x: float
    y: float
    frame: int
    picture: Path


@dataclass(frozen=True)
class ClipLook:
    """What a clip is. size: (width, height) upright. fps: the rate at which it is fitted. frames: how many. focal_35mm:
    millimetres for film 36 mm wide, if the file says so. first: a small .png of the first frame. people: the most prominent
    first."""

    size: tuple[int, int]
    fps: Fraction
    frames: int
    is_sequence: bool
    variable_rate: bool
    has_sound: bool
    focal_35mm: float | None
    first: Path
    people: list[FoundPerson]


def submit_look(client: EngineClient, clip: Path, start: int = 0, end: int | None = None, rate: float | None = None) -> Job:
    """Ask for a look at `clip` between two frames (end None: its last); `look_of` reads it. rate: of a sequence of pictures.

    Raises ThespisError.
    """
    if not clip_exists(clip):
        raise ThespisError(f"{clip}: there is no such clip. Choose another one, or relink it.")
    return client.submit("look", {"clip": str(clip.absolute()), "start": start, "end": end, "rate": rate})


def look_of(job: Job) -> ClipLook:
    """What a job of `submit_look` saw. Raises ThespisError with the job's own line."""
    found: dict[str, Any] = job.outcome().values
    first, *pictures = job.files
    people = [
        FoundPerson(float(one["x"]), float(one["y"]), int(one["frame"]), picture)
        for one, picture in zip(found["people"], pictures, strict=True)
    ]
    return ClipLook(
        size=(int(found["size"][0]), int(found["size"][1])),
        fps=Fraction(*found["fps"]),
        frames=int(found["frames"]),
        is_sequence=bool(found["is_sequence"]),
        variable_rate=bool(found["variable_rate"]),
        has_sound=bool(found["has_sound"]),
        focal_35mm=found["focal_35mm"],
        first=first,
        people=people,
    )
