"""`./dev bench`: speed by stage and memory, and accuracy where truth is given, each beside a reference of the same run."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ....models.body.load import load_body
from ....models.body.skin import BodySkin
from ...errors import ThespisError
from ...footage import open_clip
from ...motion import read_motion
from ...progress import Progress
from ...take.fit_clip import fit_clip, observe_clip
from ...take.options import FitOptions, parse_distortion, parse_focal
from ...terminal import print_table
from ..truth import LIMB_JOINTS, LIMB_LANDMARKS, Array, read_truth, score

ROOT = Path(__file__).resolve().parents[3]
WARM_FRAMES = 8


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its tables; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?", default=ROOT / ".cache" / "walk.mp4", help="the sample clip")
    parser.add_argument("--end", type=int, help="last frame to fit (the sample: 150, where the person leaves)")
    parser.add_argument("--focal", help="as of thespis fit")
    parser.add_argument("--distortion", help="as of thespis fit")
    parser.add_argument("--truth", type=Path, help="npz with the joints that several cameras saw")
    parser.add_argument("--camera", default="", help="prefix of R and t in the truth")
    parser.add_argument("--fast", action="store_true", help="the lighter body network")
    options = parser.parse_args(arguments)
    end = 150 if options.end is None and options.clip.name == "walk.mp4" else options.end
    settings = FitOptions(
        end=end, focal=parse_focal(options.focal), distortion=parse_distortion(options.distortion), fast=options.fast
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            fit_clip(options.clip, Path(folder) / "warm", FitOptions(end=WARM_FRAMES - 1, fast=options.fast))
            progress = Progress()
            fit_clip(options.clip, Path(folder) / "take", settings, progress)
            motion = read_motion(Path(folder) / "take" / "person_0.npz")
        _print_speed(options.clip, progress, len(motion))
        if options.truth:
            truth = read_truth(options.truth, options.camera)
            assert motion.joints_camera is not None
            rows = {
                "the fit": score(motion.joints_camera[:, LIMB_JOINTS], motion.frames, truth),
                "the network's own 3D": score(*_network_alone(options.clip, settings), truth),
            }
            columns = list(next(iter(rows.values())))
            table = [[name, *(f"{found.get(column, np.nan):.1f}" for column in columns)] for name, found in rows.items()]
            print_table(f"accuracy on {options.truth.name} (millimetres)", ["", *columns], table)
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0


def _print_speed(clip: Path, progress: Progress, frames: int) -> None:
    found = open_clip(clip)
    rows = [[name, f"{seconds:.2f}", f"{seconds / frames * 1e3:.1f}"] for name, seconds in progress.seconds.items()]
    total = sum(progress.seconds.values())
    rows.append(["total", f"{total:.2f}", f"{total / frames * 1e3:.1f}"])
    title = f"{clip.name}: {frames} frames of {found.size[0]} x {found.size[1]}, {torch.get_num_threads()} threads"
    print_table(title, ["stage", "seconds", "ms a frame"], rows)
    print(f"most memory held: {_peak_memory() / 1e9:.2f} GB")
    evaluation = _whole_mesh_evaluation()
    fit = progress.seconds["fit"] / frames
    print(
        f"reference, the same process: one forward and backward of all vertices of one frame takes {evaluation * 1e3:.1f} ms; "
        f"the whole fit of a frame costs {fit / evaluation:.1f} of them (SMPLify-X needs hundreds a picture)"
    )


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


def _network_alone(clip_path: Path, settings: FitOptions) -> tuple[Array, NDArray[np.int64]]:
    """Limb joints as the body network sees them in 3D by itself: what the fit has to better."""
    clip = open_clip(clip_path)
    last = clip.frame_count - 1 if settings.end is None else settings.end
    track = observe_clip(clip, settings, last, Progress())[0]
    seen = track.body_score > 0
    return track.body_world[seen][:, LIMB_LANDMARKS], track.frames[seen]


def _peak_memory() -> float:
    """Bytes; of this process since it started."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
