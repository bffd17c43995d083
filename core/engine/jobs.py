"""The engine's jobs as Blender's side asks for them: fit a clip, make the movie that stands behind the camera."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ThespisError
from ..take.take import TAKE_FILE, Take, read_take
from .python import run_engine

Tick = Callable[[float], None]

SAME_RATE = 1e-5
"""Two rates this near, relatively, stay within a frame of each other for an hour; Blender keeps rates in 32 bits."""


@dataclass(frozen=True)
class FitRequest:
    """What may be asked of a fit; the defaults leave it to the engine.

    people: how many, None for all. start, end: first and last frame (0-based, end None: the clip's last).
    focal_mm: focal length for a 36 mm wide sensor, None when unknown. body: "open" or the path of an SMPLX_*.npz.
    """

    people: int | None = 1
    start: int = 0
    end: int | None = None
    focal_mm: float | None = None
    gender: str = "neutral"
    body: str = "open"
    device: str = "auto"
    fast: bool = False
    overlay: bool = False

    def arguments(self) -> list[str]:
        """As the command line takes them."""
        listed = ["--people", "all" if self.people is None else str(self.people), "--start", str(self.start)]
        if self.end is not None:
            listed += ["--end", str(self.end)]
        if self.focal_mm is not None:
            listed += ["--focal", f"{self.focal_mm:.6f}mm"]
        listed += ["--gender", self.gender, "--body", self.body, "--device", self.device]
        return listed + ["--fast"] * self.fast + ["--overlay"] * self.overlay


def take_folder(clip: Path, parent: Path | None = None) -> Path:
    """A folder that does not exist yet for a take of `clip`: `<clip>_take` beside it or in `parent`, numbered from 2 on."""
    place = parent or clip.parent
    name = f"{clip.stem}_take"
    folder, number = place / name, 1
    while folder.exists():
        number += 1
        folder = place / f"{name}_{number}"
    return folder


def fit(python: Path, clip: Path, out: Path, request: FitRequest, tick: Tick | None = None) -> tuple[Take, list[Path]]:
    """Fit `clip` into the new folder `out`; returns the take and the motions, one a person. Raises ThespisError."""
    if not clip.exists():
        raise ThespisError(f"{clip}: there is no such clip. Choose another one.")
    if not out.parent.is_dir():
        raise ThespisError(f"{out.parent}: there is no such folder. Choose another one for the take.")
    run_engine(python, ["fit", str(clip), "--out", str(out), *request.arguments()], out.parent, tick)
    take = read_take(out / TAKE_FILE)
    return take, [out / str(person["file"]) for person in take.people]


def backdrop(take: Take, folder: Path, rate: float, python: Path | None, tick: Tick | None = None) -> Path:
    """A movie of the take's clip as Blender can show it at `rate` frames a second: upright, of exactly that rate.

    folder: the take's, where a movie is made when the clip itself will not do; that takes the engine's Python. Raises
    ThespisError saying why there is none.
    """
    if not take.clip.exists():
        raise ThespisError(f"{take.clip}: the clip is gone, so the camera has nothing behind it. Put it back and import again.")
    if take.plain and abs(float(take.fps) / rate - 1) < SAME_RATE:
        return take.clip
    if python is None:
        ways = "Name a Python in Thespis' preferences" + (", or match the scene to the clip." if take.plain else ".")
        raise ThespisError(
            f"{take.clip.name} can stand behind the camera at {rate:g} frames a second only as a converted copy, and there is "
            f"no engine to make it. {ways}"
        )
    lines = run_engine(python, ["proxy", str(folder / TAKE_FILE), "--fps", f"{rate:.9g}"], folder, tick)
    if not lines:
        raise ThespisError(f"{take.clip}: no movie for the camera came out. Import without the clip.")
    return Path(lines[-1])
