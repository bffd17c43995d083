"""The engine's jobs by their names; each loads what it needs when it is first asked for, and keeps what costs to load."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..motion import read_motion, write_motion
from ..progress import Progress
from ..setup.requirements import installed_version
from .levels import INTENSITIES, Levels, write_levels
from .protocol import PROTOCOL
from .wire import act_request, fit_request

if TYPE_CHECKING:
    from ...models.emotion.recogniser.judge import Judge
    from ...models.emotion.weights import EmotionModel
    from ..act.request import ActRequest

Arguments = Mapping[str, Any]

STARTING: Final = "starting"
"""The stage in which a job's libraries and networks are loaded."""


@dataclass
class Done:
    """What a job made."""

    files: list[Path] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One kind of job.

    run: called with the arguments, a path without ending for files of its own, and the progress; may raise ThespisError.
    quick: it does not wait behind those that take long. stages: what they take beside one another, in their order.
    """

    run: Callable[[Arguments, Path, Progress], Done]
    quick: bool
    stages: dict[str, float]


def hello(_arguments: Arguments, _own: Path, progress: Progress) -> Done:
    """Versions, and the device that a fit runs on."""
    with progress.stage(STARTING):
        from ..fit.device import choose_device

        device = str(choose_device())
    names = ("torch", "onnxruntime", "numpy")
    versions = {name: installed_version(name) for name in names}
    return Done(values={"protocol": PROTOCOL, "python": sys.version.split()[0], "device": device, "versions": versions})


def fit(arguments: Arguments, _own: Path, progress: Progress) -> Done:
    """Fit `clip` into the new folder `out`, as thespis fit does; the rest of the arguments is a FitRequest."""
    with progress.stage(STARTING):
        from ..observe.choose import PersonAt
        from ..take.fit_clip import fit_clip
        from ..take.options import FitOptions, FocalLength, parse_rate

    asked = fit_request(arguments)
    options = FitOptions(
        people=asked.people,
        persons=tuple(PersonAt(float(x), float(y), int(frame)) for x, y, frame in asked.persons),
        start=asked.start,
        end=asked.end,
        focal=None if asked.focal_mm is None else FocalLength(asked.focal_mm, "mm"),
        gender=asked.gender,  # type: ignore[arg-type]
        body=asked.body,
        device=asked.device,
        rate=None if asked.rate is None else parse_rate(f"{asked.rate:.9g}"),
        fast=asked.fast,
        overlay=asked.overlay,
    )
    out = Path(arguments["out"])
    fit_clip(Path(arguments["clip"]), out, options, progress)
    return Done(sorted(out.iterdir()))


def look(arguments: Arguments, own: Path, progress: Progress) -> Done:
    """What `clip` is and who is in it, between `start` and `end`; pictures of them are files."""
    with progress.stage(STARTING):
        from ..take.look import look_at_clip, write_look
        from ..take.options import parse_rate

    rate = arguments.get("rate")
    end = arguments.get("end")
    seen = look_at_clip(
        Path(arguments["clip"]),
        int(arguments.get("start", 0)),
        None if end is None else int(end),
        None if rate is None else parse_rate(f"{rate:.9g}"),
        str(arguments.get("device", "auto")),
        progress,
    )
    return Done(*write_look(seen, own))


def mend(arguments: Arguments, own: Path, progress: Progress) -> Done:
    """A stretch of the take in `folder` fitted anew; the rest of the arguments is a Mend."""
    with progress.stage(STARTING):
        from ..take.mend import mend_take
        from ..take.mending import mend_of

    made = mend_take(Path(arguments["folder"]), mend_of(arguments), progress)
    path = own.with_suffix(".npz")
    write_motion(made.motion, path, compressed=False)
    return Done([path], {"before": made.before, "after": made.after, "pelvis": made.pelvis.tolist()})


def proxy(arguments: Arguments, _own: Path, progress: Progress) -> Done:
    """A movie of the clip of the take.json `take` that Blender can show at `fps` frames a second."""
    with progress.stage(STARTING):
        from ..take.options import parse_rate
        from ..take.proxy import backdrop_movie
        from ..take.take import read_take

    path = Path(arguments["take"])
    return Done([backdrop_movie(read_take(path), path.parent, parse_rate(f"{arguments['fps']:.9g}"), progress)])


def act(arguments: Arguments, own: Path, progress: Progress) -> Done:
    """One take: `weights`, `start` (the path of a motion, or null), and an ActRequest."""
    with progress.stage(STARTING):
        from ..act.act import act as acted

        model, judge, request = _to_act(arguments)
    with progress.stage("acting"):
        path = own.with_suffix(".npz")
        write_motion(acted(model, request, judge), path, compressed=False)
    return Done([path])


def act_levels(arguments: Arguments, own: Path, progress: Progress) -> Done:
    """The take of `act` at each of `levels` (INTENSITIES), as core.engine.levels has them; its first emotion only."""
    with progress.stage(STARTING):
        from dataclasses import replace

        from ..act.act import act as acted
        from ..act.cues import steady

        model, judge, request = _to_act(arguments)
    intensities = tuple(float(value) for value in arguments.get("levels") or INTENSITIES)
    takes = []
    with progress.stage("acting", len(intensities)):
        for done, intensity in enumerate(intensities):
            progress.update(done)
            cues = replace(request.cues, intensities=steady(request.cues.emotions[0][1], intensity).intensities)
            takes.append(acted(model, replace(request, cues=cues), judge))
        path = own.with_suffix(".npz")
        write_levels(Levels.of(intensities, takes), path)
    return Done([path])


def _to_act(arguments: Arguments) -> "tuple[EmotionModel, Judge | None, ActRequest]":
    from ...models.emotion.recogniser.weights import JUDGE, load_judge
    from ...models.emotion.weights import PATH, load_model

    start = arguments.get("start")
    request = act_request(arguments, read_motion(Path(start)) if start else None)
    weights = Path(arguments["weights"]) if arguments.get("weights") else PATH
    beside = weights.with_name(JUDGE)
    judge = _kept(load_judge, beside) if request.best_of > 1 and beside.exists() else None
    return _kept(load_model, weights), judge, request


_loaded: dict[Callable[[Path], Any], tuple[Path, int, Any]] = {}


def _kept(load: Callable[[Path], Any], path: Path) -> Any:
    """What `load` made of the file; it is loaded again when the file, or the choice of it, has changed."""
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    if _loaded.get(load, (None, 0))[:2] != (path, changed):
        _loaded[load] = path, changed, load(path)
    return _loaded[load][2]


_ACTING: Final = {STARTING: 1.0, "acting": 1.0}

TASKS: Final[dict[str, Task]] = {
    "hello": Task(hello, True, {STARTING: 1.0}),
    "fit": Task(fit, False, {STARTING: 2.0, "open": 0.2, "landmarks": 20.0, "fit": 3.0, "write": 0.2}),
    "look": Task(look, True, {STARTING: 1.0, "open": 0.2, "people": 3.0}),
    "mend": Task(mend, False, {STARTING: 1.0, "open": 0.2, "fit": 3.0}),
    "proxy": Task(proxy, False, {STARTING: 1.0, "proxy": 3.0}),
    "act": Task(act, True, _ACTING),
    "act_levels": Task(act_levels, True, _ACTING),
}

_OVERLAY: Final = {"overlay": 6.0, "strip": 0.2}


def stages_of(job: str, arguments: Arguments) -> dict[str, float]:
    """How long the stages of a job take beside one another, in their order."""
    if job == "mend" and arguments.get("again"):
        return {**TASKS[job].stages, "landmarks": 20.0}
    return {**TASKS[job].stages, **(_OVERLAY if arguments.get("overlay") else {})}
