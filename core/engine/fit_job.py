"""Fit as Blender's side asks for it: a clip goes to the engine, a take comes back; and the movie behind the camera."""

from pathlib import Path
from typing import Final

from ..clip_path import clip_exists, clip_name
from ..errors import ThespisError
from ..take.take import TAKE_FILE, Take, read_take
from .client import EngineClient, Job
from .wire import FitRequest, fit_arguments

SAME_RATE: Final = 1e-5
"""Two rates this near, relatively, stay within a frame of each other for an hour; Blender keeps rates in 32 bits."""


def take_folder(clip: Path, parent: Path | None = None) -> Path:
    """A folder that does not exist yet for a take of `clip`: `<clip>_take` beside it or in `parent`, numbered from 2 on."""
    place = parent or clip.parent
    name = f"{clip_name(clip)}_take"
    folder, number = place / name, 1
    while folder.exists():
        number += 1
        folder = place / f"{name}_{number}"
    return folder


def submit_fit(client: EngineClient, clip: Path, out: Path, request: FitRequest) -> Job:
    """Ask for a fit of `clip` into the new folder `out`; `fit_of` reads it. Raises ThespisError."""
    if not clip_exists(clip):
        raise ThespisError(f"{clip}: there is no such clip. Choose another one.")
    if not out.parent.is_dir():
        raise ThespisError(f"{out.parent}: there is no such folder. Choose another one for the take.")
    return client.submit("fit", {**fit_arguments(request), "clip": str(clip.absolute()), "out": str(out.absolute())})


def fit_of(job: Job) -> tuple[Take, list[Path]]:
    """The take that a job of `submit_fit` made, and its motions, one a person. Raises ThespisError with the job's own line."""
    folder = Path(job.outcome().arguments["out"])
    take = read_take(folder / TAKE_FILE)
    return take, [folder / str(person["file"]) for person in take.people]


def shows_itself(take: Take, rate: float) -> bool:
    """Whether the take's clip can stand behind a camera at `rate` frames a second as it is."""
    return take.plain and abs(float(take.fps) / rate - 1) < SAME_RATE


def submit_backdrop(client: EngineClient | None, take: Take, folder: Path, rate: float) -> Job | None:
    """Ask for a movie of the take's clip as Blender can show it at `rate` frames a second: upright, of exactly that rate.

    folder: the take's, where the movie is made. None when the clip itself will do. Raises ThespisError saying why there is none.
    """
    if not clip_exists(take.clip):
        raise ThespisError(f"{take.clip}: the clip is gone, so the camera has nothing behind it. Put it back and import again.")
    if shows_itself(take, rate):
        return None
    if client is None:
        ways = "Name a Python in Thespis' preferences" + (", or match the scene to the clip." if take.plain else ".")
        raise ThespisError(
            f"{take.clip.name} can stand behind the camera at {rate:g} frames a second only as a converted copy, and there is "
            f"no engine to make it. {ways}"
        )
    return client.submit("proxy", {"take": str((folder / TAKE_FILE).absolute()), "fps": rate})


def backdrop_of(job: Job | None, take: Take) -> Path:
    """The movie that `submit_backdrop` asked for. Raises ThespisError with the job's own line."""
    return take.clip if job is None else job.outcome().files[0]
