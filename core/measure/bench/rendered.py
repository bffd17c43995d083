"""Rendered cases: fitted through the whole pipeline or from their tracks, and scored against every vertex."""

import hashlib
import tempfile
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

import numpy as np

from ...errors import ThespisError
from ...fit.fit import fit_track
from ...fit.lens import lens_of
from ...fit.settings import Settings
from ...footage import open_clip
from ...motion import read_motion
from ...observe.files import load_tracks, save_tracks
from ...observe.tracks import Track
from ...progress import Progress
from ...take.fit_clip import fit_clip, observe_clip
from ...take.options import FitOptions, FocalLength
from ...take.take import TAKE_FILE, read_take
from ..scorecard import Judge, Scored
from ..stage.case import TRUTH, StageCase, Truth, case_in
from ..table import rows
from .report import Section

ROOT = Path(__file__).resolve().parents[3]
TRACKS = ROOT / ".cache" / "tracks"
TRACK = "track.npz"
_OBSERVER = ("core/observe", "core/footage", "models/landmarks", "models/hand", "models/weights")
"""What a track depends on beside its clip."""


def case_folders(folder: Path) -> list[StageCase]:
    """The cases in the folders of `folder`, or `folder` itself when it is one. Raises ThespisError when there is none."""
    found = [folder] if (folder / TRUTH).is_file() else sorted(path.parent for path in folder.glob(f"*/{TRUTH}"))
    if not found:
        raise ThespisError(f"{folder}: holds no {TRUTH}, nor does a folder in it. Choose a folder of rendered cases.")
    return [case_in(path) for path in found]


def track_of(case: StageCase) -> Track:
    """What the observer sees of the main person in a case: from the file beside its clip, the cache, or the clip."""
    beside = case.clip.with_name(TRACK)
    if beside.is_file():
        return load_tracks(beside)[0]
    kept = TRACKS / f"{_digest(case.clip)}-{_observer_digest()}.npz"
    if kept.is_file():
        return load_tracks(kept)[0]
    clip = open_clip(case.clip)
    tracks = observe_clip(clip, FitOptions(), clip.frame_count - 1, Progress())
    kept.parent.mkdir(parents=True, exist_ok=True)
    save_tracks(tracks[:1], kept)
    return tracks[0]


def through_the_pipeline(case: StageCase, judge: Judge, focal_known: bool = True, end: int | None = None) -> Scored:
    """The clip as a user would fit it, files and all; `end` is the last frame to fit."""
    truth = case.truth()
    focal = FocalLength(truth.camera.focal[0], "px") if focal_known else None
    with tempfile.TemporaryDirectory() as folder:
        take = Path(folder) / "take"
        fit_clip(case.clip, take, FitOptions(focal=focal, end=end))
        motion, camera = read_motion(take / "person_0.npz"), read_take(take / TAKE_FILE).camera
    return judge.score(motion, camera, _until(truth, end))


def from_its_track(
    case: StageCase,
    judge: Judge,
    focal_known: bool = True,
    settings: Settings | None = None,
    evidence: Callable[[Track], Track] = lambda track: track,
) -> Scored:
    """The fit alone, from the landmarks that the observer saw before, less what `evidence` takes from them."""
    truth = case.truth()
    camera = truth.camera
    lens = lens_of(camera.size, camera.focal[0] if focal_known else None)
    result = fit_track(evidence(track_of(case)), judge.body, lens, float(truth.fps), device="cpu", settings=settings)
    return judge.score(result.motion, result.camera, truth)


def rendered_section(title: str, scored: dict[str, Scored], words: str = "", hidden: Collection[str] = ()) -> Section:
    """The table of all figures over the cases; `hidden` names those in which much of the person is hidden."""
    columns, table = rows(scored, hidden)
    return Section(title, columns, table, words)


def _until(truth: Truth, end: int | None) -> Truth:
    if end is None or end >= len(truth) - 1:
        return truth
    return truth.frames(np.arange(end + 1))


@cache
def _observer_digest() -> str:
    found = [
        path
        for place in _OBSERVER
        for path in sorted((ROOT / place).rglob("*"))
        if path.suffix in (".py", ".onnx", ".safetensors")
    ]
    return _digest(*found)


def _digest(*parts: Path) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes())
    return total.hexdigest()[:16]
