"""`./dev bench fit`: the fit against rendered truth, every figure beside its bar."""

import argparse
import sys
import time
from pathlib import Path

from ....models.body.load import load_body
from ...errors import ThespisError
from ...fit.fit import FitResult, fit_track
from ...fit.lens import lens_of
from ...footage import open_clip
from ...observe.files import load_tracks
from ...observe.tracks import Track
from ...progress import Progress
from ...take.fit_clip import observe_clip
from ...take.options import FitOptions
from ...terminal import print_table
from ..rendered import CLIP_FILE, TRACK_FILE, case_folders, read_truth_of
from ..scorecard import Judge, Scored
from ..table import rows


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its tables; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dev bench fit", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="folder of rendered cases: clip.mp4, truth.npz, track.npz")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="only these cases")
    parser.add_argument("--focal-unknown", action="store_true", help="let the fit find the focal length")
    options = parser.parse_args(arguments)
    try:
        folders = [f for f in case_folders(options.folder) if not options.cases or f.name in options.cases]
        if not folders:
            raise ThespisError(f"{options.folder}: holds none of {', '.join(options.cases)}. Give names of its folders.")
        judge = Judge(load_body("open"))
        cases: dict[str, Scored] = {}
        for folder in folders:
            started = time.perf_counter()
            cases[folder.name] = score_folder(folder, judge, not options.focal_unknown)
            print(f"{folder.name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
        columns, table = rows(cases)
        print_table(f"{options.folder}: {len(cases)} rendered cases", columns, table)
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0


def score_folder(folder: Path, judge: Judge, focal_known: bool = True) -> Scored:
    """Fit the clip of one case (from its track.npz when it is there) and score it."""
    truth = read_truth_of(folder)
    camera = truth.body.camera
    track = _track(folder)
    lens = lens_of(camera.size, camera.focal[0] if focal_known else None)
    result: FitResult = fit_track(track, judge.body, lens, truth.fps, device="cpu")
    return judge.score(result.motion, result.camera, truth)


def _track(folder: Path) -> Track:
    if (folder / TRACK_FILE).is_file():
        return load_tracks(folder / TRACK_FILE)[0]
    clip = open_clip(folder / CLIP_FILE)
    return observe_clip(clip, FitOptions(), clip.frame_count - 1, Progress())[0]
