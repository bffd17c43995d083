"""`./dev bench [CLIP]`: speed by stage and memory, and accuracy where truth is given, each beside a reference of the same run."""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from ....models.body.load import load_body
from ....models.body.skin import BodySkin
from ...errors import ThespisError
from ...footage import Clip, open_clip
from ...motion import Motion, read_motion
from ...observe.tracks import Track
from ...progress import Progress
from ...take.fit_clip import fit_clip, observe_clip
from ...take.options import FitOptions, parse_distortion, parse_focal
from ...take.take import TAKE_FILE, Take, read_take
from ..table import number
from ..truth import LIMB_JOINTS, LIMB_LANDMARKS, Truth, read_truth, score
from .minute import MINUTE, write_to_and_fro
from .report import Section, print_section, row_of

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / ".cache" / "walk.mp4"
SAMPLE_END = 150
"""The last frame in which the sample's person is seen well."""
WARM_FRAMES = 8

FRAME_BAR, FIT_BAR, MEMORY_BAR = 150.0, 20.0, 4.0
"""Milliseconds a frame in all, of them for the fit; gigabytes."""
_EXTRAS: Final = ("overlay", "obj")


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its tables; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?", default=SAMPLE, help="the sample clip")
    add_clip_options(parser)
    options = parser.parse_args(arguments)
    try:
        asked = clip_asked(options, options.clip)
        timed = timed_fit(asked)
        print_section(speed_section(timed))
        if asked.truth:
            print_section(accuracy_section(timed, observed(asked)))
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0


@dataclass(frozen=True)
class Asked:
    """A clip to measure on, how to fit it, and what is known of it."""

    clip: Clip
    options: FitOptions
    truth: Truth | None
    truth_name: str


@dataclass(frozen=True)
class TimedFit:
    """A fit of the clip by the product's own door. seconds: by stage; processor: seconds of all threads; memory: bytes held at
    most until then."""

    asked: Asked
    motion: Motion
    take: Take
    seconds: dict[str, float]
    processor: float
    memory: float


def add_clip_options(parser: argparse._ActionsContainer) -> None:
    """The options that say how a clip is fitted and what its truth is."""
    parser.add_argument("--end", type=int, help=f"last frame to fit (the sample: {SAMPLE_END}, where the person leaves)")
    parser.add_argument("--focal", help="as of thespis fit")
    parser.add_argument("--distortion", help="as of thespis fit")
    parser.add_argument("--truth", type=Path, help="npz with the joints that several cameras saw")
    parser.add_argument("--camera", default="", help="prefix of R and t in the truth")
    parser.add_argument("--fast", action="store_true", help="the lighter body network")


def clip_asked(options: argparse.Namespace, path: Path) -> Asked:
    """The clip at `path` with the parsed options. Raises ThespisError when it, or its truth, cannot be read."""
    if path == SAMPLE and not path.exists():
        raise ThespisError(f"{path}: there is no such file. Run ./dev demo once, or name a clip of your own.")
    end = SAMPLE_END if options.end is None and path == SAMPLE else options.end
    settings = FitOptions(
        end=end, focal=parse_focal(options.focal), distortion=parse_distortion(options.distortion), fast=options.fast
    )
    truth = read_truth(options.truth, options.camera) if options.truth else None
    return Asked(open_clip(path), settings, truth, options.truth.name if options.truth else "")


def timed_fit(asked: Asked) -> TimedFit:
    """Fit the clip twice, the first few frames to warm up and then all of it, and keep the time of the second."""
    progress = Progress()
    with tempfile.TemporaryDirectory() as folder:
        warm, take = Path(folder) / "warm", Path(folder) / "take"
        last = min(WARM_FRAMES, asked.clip.frame_count) - 1
        fit_clip(asked.clip.path, warm, FitOptions(end=last, fast=asked.options.fast))
        started = time.process_time()
        fit_clip(asked.clip.path, take, asked.options, progress)
        processor = time.process_time() - started
        motion = read_motion(take / "person_0.npz")
        return TimedFit(asked, motion, read_take(take / TAKE_FILE), dict(progress.seconds), processor, _peak_memory())


def timed_minute(asked: Asked) -> TimedFit:
    """The same of one minute of the clip, to and fro."""
    last = asked.clip.frame_count - 1 if asked.options.end is None else asked.options.end
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{asked.clip.path.stem}, to and fro for a minute.mp4"
        write_to_and_fro(asked.clip, last, MINUTE, path)
        return timed_fit(replace(asked, clip=open_clip(path), options=replace(asked.options, end=None), truth=None))


def observed(asked: Asked) -> Track:
    """What the networks see of the main person in the clip."""
    last = asked.clip.frame_count - 1 if asked.options.end is None else asked.options.end
    return observe_clip(asked.clip, asked.options, last, Progress())[0]


def speed_section(timed: TimedFit, title: str = "Speed") -> Section:
    """Milliseconds a frame by stage, and the most memory."""
    clip, frames = timed.asked.clip, len(timed.motion)
    rows = []
    for name, seconds in timed.seconds.items():
        each = seconds / frames * 1e3
        rows.append(row_of(f"{name}, ms a frame", each, FIT_BAR if name == "fit" else None, number(each)))
    total = sum(seconds for name, seconds in timed.seconds.items() if name not in _EXTRAS) / frames * 1e3
    rows.append(row_of("end to end, ms a frame", total, FRAME_BAR, number(total)))
    each = timed.processor / frames * 1e3
    rows.append(row_of("processor time of all threads, ms a frame", each, None, number(each)))
    memory = timed.memory / 1e9
    rows.append(row_of("most memory, GB", memory, MEMORY_BAR, number(memory)))
    evaluation = _whole_mesh_evaluation()
    fit = timed.seconds["fit"] / frames
    words = (
        f"{clip.path.name}: {frames} frames of {clip.size[0]} x {clip.size[1]}, {torch.get_num_threads()} threads for the "
        f"networks, one for the fit. In the same process one forward and backward pass of all vertices of one frame takes "
        f"{evaluation * 1e3:.1f} ms; the whole fit of a frame costs {fit / evaluation:.1f} of them."
    )
    return Section(title, ["", "bar", "figure", "holds"], rows, words)


def accuracy_section(timed: TimedFit, track: Track) -> Section:
    """The fit, and the body network's own 3D, against joints that somebody measured."""
    truth, motion = timed.asked.truth, timed.motion
    assert truth is not None and motion.joints_camera is not None
    seen = track.body_score > 0
    found = {
        "the fit": score(motion.joints_camera[:, LIMB_JOINTS], motion.frames, truth),
        "the network's own 3D": score(track.body_world[seen][:, LIMB_LANDMARKS], track.frames[seen], truth),
    }
    columns = list(found["the fit"])
    rows = [[name, *(f"{figures.get(column, np.nan):.1f}" for column in columns)] for name, figures in found.items()]
    focal = "given" if timed.take.camera.focal_known else "unknown"
    words = f"{timed.asked.truth_name}, focal length {focal}; millimetres over the limbs' joints."
    return Section("Real truth", ["", *columns], rows, words)


def _whole_mesh_evaluation(repeats: int = 20) -> float:
    """Seconds of one evaluation of a picture as SMPLify-X does it: all vertices of one frame, forward and backward."""
    body = load_body("open")
    skin = BodySkin(body, torch.float32, "cpu")
    poses = torch.zeros(1, 55, 3).normal_(0, 0.1).requires_grad_()
    betas = torch.zeros(body.beta_count, requires_grad=True)
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        vertices, _joints = skin(poses, torch.zeros(1, 3), betas, None)
        torch.autograd.grad(vertices.square().sum(), (poses, betas))
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def _peak_memory() -> float:
    """Bytes; of this process since it started."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
