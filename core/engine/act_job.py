"""Act as Blender's side asks for it: the request goes to the engine as a command line and comes back as a Motion."""

import tempfile
from pathlib import Path

from ..act.request import ActRequest
from ..errors import ThespisError
from ..motion import Motion, read_motion, write_motion
from .jobs import Tick
from .python import run_engine


def arguments_of(request: ActRequest) -> list[str]:
    """What `thespis act` takes to make this request's take; the start, which is a file there, is left out."""
    emotions = ",".join(f"{second:.6g}:{name}" for second, name in request.cues.emotions)
    intensities = ",".join(f"{second:.6g}:{value:.6g}" for second, value in request.cues.intensities)
    listed = [emotions, "--intensity", intensities, "--seed", str(request.seed), "--mode", request.mode]
    listed += ["--fps", f"{request.fps:.9g}", "--best-of", str(request.best_of), "--variation", f"{request.walk:.6g}"]
    if request.seconds is not None:
        listed += ["--seconds", f"{request.seconds:.6g}"]
    if request.other_seed is not None:
        listed += ["--other-seed", str(request.other_seed), "--blend", f"{request.blend:.6g}"]
    return listed + ["--return"] * request.returns + ["--loop"] * request.loops


def act(python: Path, request: ActRequest, weights: Path | None = None, tick: Tick | None = None) -> Motion:
    """The take of `request`, made by the engine on `python`. weights: of an own training; None: those that come along.

    Raises ThespisError with the engine's own line, such as that the weights are missing. No file is left behind.
    """
    if weights is not None and not weights.is_file():
        raise ThespisError(f"{weights}: there are no such weights. Choose another file in Thespis' preferences.")
    listed = arguments_of(request)
    with tempfile.TemporaryDirectory(prefix="thespis-") as name:
        folder = Path(name)
        if weights is not None:
            listed += ["--weights", str(weights)]
        if request.start is not None:
            write_motion(request.start, folder / "start.npz")
            listed += ["--from" if request.joins else "--at", str(folder / "start.npz")]
        run_engine(python, ["act", *listed, "--out", str(folder / "take.npz")], folder, tick)
        return read_motion(folder / "take.npz")
