"""Make an engine's environment: frame, packages, test, and only then the marker that lets it be used."""

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ..errors import CancelledError, ThespisError
from ..files import writing_to
from . import place
from .child import run
from .failures import missing_requirement, one_line
from .lock import only_one
from .pip_output import PipProgress
from .place import Environment
from .python import PythonState, ask
from .requirements import PINNED, Build, Requirement, build_for_machine, digest, for_build, plain, read_requirements
from .venv import make_venv, put_python, short_path

DOWNLOAD: Final[dict[Build, float]] = {"processor": 0.35e9, "graphics card": 3.5e9}
ON_DISK: Final[dict[Build, float]] = {"processor": 1.4e9, "graphics card": 8e9}
"""Bytes, about. Where the index keeps no builds apart, Linux gets the graphics card's either way."""

_LOOKING, _FETCHED, _INSTALLED = 0.04, 0.70, 0.94
"""Share of the whole at the end of each stage."""
_BETWEEN_LOOKS: Final = 0.5


@dataclass(frozen=True)
class SetUpRequest:
    """What is wanted. home: the folder of all environments. base: the Python to make it of, Blender's own.

    index: address of a package index; empty: as pip is configured. wheels: a folder of wheels, then no index is asked.
    build: None: what the machine can use. requirements: the pinned list.
    on_disk: bytes that each build takes.
    """

    home: Path
    base: Path
    index: str = ""
    wheels: Path | None = None
    build: Build | None = None
    requirements: Path = PINNED
    on_disk: Mapping[Build, float] = field(default_factory=lambda: ON_DISK)


@dataclass(frozen=True)
class Step:
    """Where the set-up is. stage: in a word or two. factor: 0 to 1. detail: the package, the megabytes."""

    stage: str
    factor: float
    detail: str = ""


Report = Callable[[Step], None]


@dataclass
class _Making:
    """What the steps of one set-up share."""

    request: SetUpRequest
    report: Report
    cancel: threading.Event
    log: Callable[[str], None]
    state: PythonState = field(default_factory=lambda: PythonState((), Path()))
    notes: list[str] = field(default_factory=list)


def make_environment(request: SetUpRequest, report: Report, cancel: threading.Event) -> tuple[Environment, list[str]]:
    """Make the environment and put it to use; returns it, and what the user should know.

    What is in use stays in use until the new one has passed its test, and is kept after. What an earlier set-up left half made
    is removed; what it downloaded is used again. Raises ThespisError, naming the log, and CancelledError.
    """
    wheels = request.wheels.absolute() if request.wheels else None
    request = replace(request, home=request.home.absolute(), wheels=wheels)
    with only_one(request.home), ExitStack() as stack:
        with writing_to(request.home):
            file = stack.enter_context((request.home / place.LOG).open("w", encoding="utf-8"))

        def log(line: str) -> None:
            file.write(line + "\n")
            file.flush()

        making = _Making(request, report, cancel, log)
        try:
            return _make(making), making.notes
        except CancelledError:
            log("cancelled")
            raise
        except ThespisError as error:
            log(str(error))
            raise ThespisError(f"{error} (Log: {request.home / place.LOG})") from error
        finally:
            for folder in place.unfinished(request.home):
                place.remove(folder)
            place.remove(request.home / place.SCRATCH)


def _make(making: _Making) -> Environment:
    request = making.request
    making.report(Step("Looking at Python", 0.0))
    check_base(request.base)
    making.state = ask(request.base, [], cancel=making.cancel)
    making.log(f"{request.base}: Python {'.'.join(map(str, making.state.version))}, {time.strftime('%Y-%m-%d %H:%M')}")
    if complaint := making.state.complaint():
        raise ThespisError(f"{request.base}: {complaint}. Choose a Python of your own in the preferences.")
    for folder in place.unfinished(request.home):
        making.log(f"removed, half made: {folder}")
        if not place.remove(folder):
            raise ThespisError(f"{folder}: cannot be removed. Close other programs that use it, then try again.")
    build = request.build or build_for_machine()
    try:
        return _one_build(making, build)
    except _FailedTest as failed:
        if build == "processor":
            raise
        making.notes.append(f"The graphics card's build does not run here ({failed.cause}): the processor's is used.")
        making.log(making.notes[-1])
        return _one_build(making, "processor")


class _FailedTest(ThespisError):
    """An environment whose packages cannot be loaded."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"The new engine does not pass its test: {cause}. Set up the engine again.")


def _one_build(making: _Making, build: Build) -> Environment:
    request = making.request
    pinned = read_requirements(request.requirements)
    tag = f"{making.state.version[0]}{making.state.version[1]}"
    wanted = for_build(pinned, build)
    folder = request.home / digest(wanted, tag)
    kept = place.read_environment(folder)
    if kept and kept.python is None:
        put_python(making.state.base, folder, making.state.version)
    if kept and kept.python and not _test(making, kept.python, wanted).missing:
        place.use(request.home, kept)
        making.notes.append("The engine was there already, and passed its test.")
        return kept
    # What is there and broken may be in use, its files open: the new one goes beside it.
    number = 1
    while folder.exists():
        number += 1
        folder = request.home / f"{digest(wanted, tag)}-{number}"
    _check_disk(request, build)
    with writing_to(request.home):
        (request.home / place.SCRATCH).mkdir(parents=True, exist_ok=True)
    making.report(Step("Making the environment", 0.01))
    python = make_venv(request.base, making.state, folder, making.log, making.cancel)
    with short_path(folder) as short:
        wanted = _install(making, short / python.relative_to(folder), wanted, DOWNLOAD[build])
    state = _test(making, python, wanted)
    if state.missing:
        name, cause = next(iter(state.missing.items()))
        raise _FailedTest(f"{name}: {cause}".rstrip("."))
    for name, version in state.versions.items():
        making.log(f"{name} {version}")
    making.log(f"computes on: {state.device}")
    made = Environment(folder, digest(pinned, tag), tag, build, state.versions, time.time())
    with writing_to(folder):
        place.mark_finished(made)
        place.use(request.home, made)
    place.remove(request.home / place.CACHE)
    return made


def check_base(base: Path) -> None:
    """Raises ThespisError when `base` is no Python, as in a Blender that was built to run inside another program."""
    if "python" not in base.name.lower() or not base.is_file():
        raise ThespisError(f"{base}: Blender has no Python of its own here. Choose a Python of your own in the preferences.")


def is_up_to_date(environment: Environment, requirements: Path = PINNED) -> bool:
    """Whether it was made from the present pinned list."""
    return environment.pinned == digest(read_requirements(requirements), environment.tag)


def _check_disk(request: SetUpRequest, build: Build) -> None:
    free, needed = shutil.disk_usage(request.home).free, request.on_disk[build]
    if free < needed:
        raise ThespisError(
            f"The disk of {request.home} has {free / 1e9:.1f} GB left, the engine needs about {needed / 1e9:.1f} GB. "
            "Free some space, then set up the engine again."
        )


def _test(making: _Making, python: Path, wanted: Sequence[Requirement]) -> PythonState:
    making.report(Step("Testing", _INSTALLED))
    return ask(python, wanted, "import", making.cancel)


def _install(making: _Making, python: Path, wanted: list[Requirement], expected: float) -> list[Requirement]:
    """Run pip, again with the plain build of what has no special one where it looks; returns what was installed."""
    request = making.request
    while True:
        lines: list[str] = []
        watch = _Watch(making, python, expected)

        def line(text: str, lines: list[str] = lines, watch: _Watch = watch) -> None:
            lines.append(text)
            making.log(text)
            watch.pip.read(text)

        command, environment = _pip(making, python)
        code = run([*command, *(one.line for one in wanted)], line, making.cancel, environment, watch.tick)
        if code == 0:
            return wanted
        nowhere = missing_requirement(lines)
        special = next((one for one in wanted if one.otherwise and nowhere and _same(one.line, nowhere)), None)
        if special is None:
            version = ".".join(map(str, making.state.version[:2]))
            raise ThespisError(one_line(lines, code, str(request.home), version, request.wheels is not None))
        if special.name == "onnxruntime-gpu" or "!=" in special.line:
            making.notes.append(f"There is no graphics card's build of {special.module} here: the usual one is used.")
        wanted = [plain(one) if one is special else one for one in wanted]


def _pip(making: _Making, python: Path) -> tuple[list[str | Path], dict[str, str]]:
    """pip's command line up to the packages, and its environment. It comes from outside, see `venv.py`."""
    request = making.request
    own = sorted(request.wheels.glob("pip-*.whl")) if request.wheels else []
    wheels = [str(path) for path in own] + [name for name in making.state.pip if name != "installed"]
    if wheels:
        command: list[str | Path] = [python, "-m", "pip"]
    elif "installed" in making.state.pip:
        command = [request.base, "-m", "pip", "--python", python]
    else:
        raise ThespisError(
            f"{request.base}: this Python has no pip (on Debian and Ubuntu: install python3-venv). Or put a wheel of pip into "
            "a folder of wheels and choose that folder in the preferences."
        )
    command += ["install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off"]
    # Python compiles what is imported, when it is: of torch's ten thousand files few ever are.
    command += ["--only-binary", ":all:", "--no-compile"]
    if request.wheels:
        command += ["--no-index", "--find-links", request.wheels]
    elif request.index:
        command += ["--index-url", request.index]
    scratch = str(request.home / place.SCRATCH)
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch) | {"PIP_CACHE_DIR": str(request.home / place.CACHE)}
    return command, places | ({"PYTHONPATH": wheels[0]} if wheels else {})


def _same(line: str, named: str) -> bool:
    """Whether pip's own spelling `named` means the requirement `line`: it puts the parts of a version into another order."""
    return set(_parts(line)) == set(_parts(named))


def _parts(line: str) -> list[str]:
    name = line.replace(" ", "")
    cut = min((name.index(sign) for sign in ("==", "!=", ">", "<") if sign in name), default=len(name))
    return [name[:cut].lower(), *(part for part in name[cut:].split(",") if part)]


class _Watch:
    """Turns what pip says, and what lies in its folders, into steps."""

    def __init__(self, making: _Making, python: Path, expected: float) -> None:
        self.pip = PipProgress()
        self._making = making
        self._expected = expected
        self._scratch = making.request.home / place.SCRATCH
        self._folder = python.parent.parent
        self._next = 0.0

    def tick(self) -> None:
        """Report, twice a second at most."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _BETWEEN_LOOKS
        self._making.report(self._step())

    def _step(self) -> Step:
        pip = self.pip
        if pip.stage == "Installing":
            places = ("Lib/site-packages", "lib/python*/site-packages")
            there = len({path.name for place_ in places for path in self._folder.glob(f"{place_}/*.dist-info")})
            share = min(there / max(len(pip.to_install), 1), 1.0)
            detail = f"{there} of {len(pip.to_install)} packages"
            return Step("Installing", _FETCHED + (_INSTALLED - _FETCHED) * share, detail)
        if pip.stage == "Downloading":
            # Files grow here while they are fetched; pip names their size only once for each.
            here = max(place.size_of([self._scratch]), pip.bytes_before)
            expected = max(self._expected, pip.bytes_named, here)
            detail = f"{pip.current}, {here / 1e6:.0f} of about {expected / 1e6:.0f} MB"
            return Step("Downloading", _LOOKING + (_FETCHED - _LOOKING) * here / expected, detail)
        detail = f"{pip.current} ({len(pip.collected)})" if pip.current else ""
        return Step("Looking up packages", 0.02, detail)
