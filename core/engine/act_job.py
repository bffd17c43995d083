"""Act as Blender's side asks for it: a request goes to the engine, a Motion or levels of it come back."""

from pathlib import Path

from ..act.request import ActRequest
from ..errors import ThespisError
from ..motion import Motion, read_motion, write_motion
from .client import EngineClient, Job
from .levels import INTENSITIES, Levels, read_levels
from .wire import act_arguments


def submit_act(client: EngineClient, request: ActRequest, weights: Path | None = None) -> Job:
    """Ask for the take of `request`; `take_of` reads it. weights: of an own training; None: those that come along.

    Raises ThespisError when there are no such weights, or no engine.
    """
    return _submit(client, "act", request, weights, {})


def submit_levels(
    client: EngineClient, request: ActRequest, weights: Path | None = None, intensities: tuple[float, ...] = INTENSITIES
) -> Job:
    """Ask for the take of `request` at several intensities (rising); `levels_of` reads them. Raises as submit_act."""
    return _submit(client, "act_levels", request, weights, {"levels": intensities})


def take_of(job: Job) -> Motion:
    """The take that a job of `submit_act` made, once; its file goes. Raises ThespisError with the job's own line."""
    (path,) = job.outcome().files
    try:
        return read_motion(path)
    finally:
        path.unlink(missing_ok=True)


def levels_of(job: Job) -> Levels:
    """What a job of `submit_levels` made, once; its file goes. Raises ThespisError with the job's own line."""
    (path,) = job.outcome().files
    try:
        return read_levels(path)
    finally:
        path.unlink(missing_ok=True)


def _submit(client: EngineClient, name: str, request: ActRequest, weights: Path | None, more: dict[str, object]) -> Job:
    if weights is not None and not weights.is_file():
        raise ThespisError(f"{weights}: there are no such weights. Choose another file in Thespis' preferences.")
    own = []
    if request.start is not None:
        own.append(client.new_file(".start.npz"))
        write_motion(request.start, own[0], compressed=False)
    arguments = {
        **act_arguments(request),
        **more,
        "start": str(own[0]) if own else None,
        "weights": str(weights.absolute()) if weights is not None else None,
    }
    return client.submit(name, arguments, own)
