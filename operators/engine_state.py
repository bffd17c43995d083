"""What is known of the engine without asking anybody: panels read this. Jobs that run beside Blender are watched here."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy

from ..core.errors import CancelledError, ThespisError
from ..core.setup import place
from ..core.setup.doctor import Finding, Question, examine_from_blender, missing_files
from ..core.setup.job import SetUpJob, Standing
from ..core.setup.make import SetUpRequest, check_base, is_up_to_date
from ..core.setup.own_body import describe_own_body
from ..core.setup.python import ask
from ..core.setup.venv import put_python
from . import settings

_FRESH: Final = 2.0
"""Seconds that a look at the disk holds."""
_BETWEEN_POLLS: Final = 0.25


@dataclass(frozen=True)
class Known:
    """python: the engine's, None when there is none. missing: what is, in a few words each. outdated: whether the engine was
    made for an earlier Thespis. has_previous: whether there is one to go back to. removable: how many folders could go."""

    python: Path | None
    missing: tuple[str, ...]
    outdated: bool
    has_previous: bool
    removable: int


@dataclass
class _Memory:
    """Of this Blender. seen: when the disk was looked at. job: the set-up that runs. standing: of the
    last one. doctor: at work. findings: what he found the last time. look: at what was just chosen."""

    known: Known | None = None
    seen: float = 0.0
    job: SetUpJob | None = None
    standing: Standing | None = None
    doctor: "DoctorJob | None" = None
    findings: tuple[Finding, ...] = ()
    look: threading.Thread | None = None


_memory = _Memory()
notes: Final[dict[str, tuple[bool, str]]] = {}
"""Preference -> whether what was last chosen will do, and what it is or what is wrong with it."""


class DoctorJob:
    """The doctor at work, in a thread of its own."""

    def __init__(
        self, python: Path | None, home: Path | None, question: Question, done: Callable[[], None] | None = None
    ) -> None:
        self.findings: tuple[Finding, ...] | None = None
        self.done = done
        self._cancel = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(python, home, question), name="thespis doctor", daemon=True)
        self._thread.start()

    def wait(self) -> tuple[Finding, ...]:
        """The list, when it is there."""
        self._thread.join()
        return self.findings or ()

    def stop(self) -> None:
        """End what it started."""
        self._cancel.set()
        self._thread.join(5)

    def _run(self, python: Path | None, home: Path | None, question: Question) -> None:
        try:
            self.findings = tuple(examine_from_blender(python, home, question, self._cancel))
        except CancelledError:
            self.findings = ()
        except Exception as error:
            self.findings = (Finding("doctor", f"failed: {error}", "Install Thespis again."),)


def home() -> Path | None:
    """The folder of all environments; None when Thespis does not run as an extension."""
    folder = settings.user_folder()
    return folder / place.HOME_NAME if folder else None


def known(context: bpy.types.Context) -> Known:
    """What is known; the disk is looked at every few seconds at most, or after `forget`."""
    now = time.monotonic()
    if _memory.known is None or now - _memory.seen >= _FRESH:
        _memory.known, _memory.seen = _look(context), now
    return _memory.known


def forget() -> None:
    """Look at the disk again next time."""
    _memory.known = None


def standing() -> Standing | None:
    """How the set-up stands that runs, or how the last one ended."""
    return _memory.job.poll() if _memory.job else _memory.standing


def job() -> SetUpJob | None:
    """The set-up that runs."""
    return _memory.job


def findings() -> tuple[Finding, ...]:
    """What the doctor found when he was last asked."""
    return _memory.findings


def doctor_is_at_work() -> bool:
    """Whether the list is being made."""
    return _memory.doctor is not None


def start_set_up(request: SetUpRequest) -> SetUpJob:
    """Start one and watch it."""
    _memory.job, _memory.standing = SetUpJob(request), None
    _watch()
    return _memory.job


def start_doctor(context: bpy.types.Context, done: Callable[[], None] | None = None) -> DoctorJob:
    """Start the doctor and watch him. done: called in Blender's own thread when the list is there."""
    _memory.doctor = DoctorJob(settings.engine_or_none(context), home(), question(context), done)
    _watch()
    return _memory.doctor


def question(context: bpy.types.Context) -> Question:
    """What the doctor is to look at, as the preferences have it."""
    body, weights = settings.chosen(context, "body_file"), settings.chosen(context, "weights_file")
    return Question(Path(body) if body else None, Path(weights) if weights else None, settings.user_folder() or Path.home())


def check_chosen(name: str, value: str) -> None:
    """Look at what was just chosen in the preferences, beside Blender; `notes` tells the result."""
    notes.pop(name, None)
    forget()
    if value:
        _memory.look = threading.Thread(target=_check, args=(name, value), daemon=True)
        _memory.look.start()
        _watch()


def settle() -> None:
    """Take in what has ended since the last time."""
    if _memory.job and _memory.job.poll().state != "running":
        _memory.standing, _memory.job = _memory.job.poll(), None
        forget()
    doctor = _memory.doctor
    if doctor and doctor.findings is not None:
        _memory.findings, _memory.doctor = doctor.findings, None
        if doctor.done:
            doctor.done()
    if _memory.look and not _memory.look.is_alive():
        _memory.look = None


def stop_all() -> None:
    """End what runs, as when the extension is disabled or Blender ends."""
    global _memory
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    for running in (_memory.job, _memory.doctor):
        if running:
            running.stop()
    _memory = _Memory()
    notes.clear()


def _look(context: bpy.types.Context) -> Known:
    folder = home()
    _mend(folder)
    python = settings.engine_or_none(context)
    missing = ["engine"] * (python is None) + missing_files(question(context))
    made = place.in_use(folder) if folder else None
    outdated = made is not None and made.python == python and not is_up_to_date(made)
    count = len(place.removable(folder)) if folder else 0
    return Known(python, tuple(missing), outdated, folder is not None and place.before(folder) is not None, count)


def _mend(folder: Path | None) -> None:
    """Give the engine its Python back after Blender, and its Python with it, has moved: a few files, no download."""
    made = place.in_use(folder) if folder and _memory.job is None else None
    if made is None or made.python is not None:
        return
    try:
        check_base(base_python())
        put_python(base_python().resolve(), made.folder, sys.version_info[:3])
    except ThespisError:
        # Then there is no engine, and the panel says so.
        return


def _check(name: str, value: str) -> None:
    try:
        if name == "body_file":
            notes[name] = (True, describe_own_body(Path(value)))
        else:
            state = ask(settings.python_at(value))
            version = ".".join(map(str, state.version))
            notes[name] = (not state.complaint(), state.complaint() or f"Python {version} with all that the engine needs")
    except ThespisError as error:
        notes[name] = (False, str(error))


def _watch() -> None:
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_BETWEEN_POLLS, persistent=True)


def _tick() -> float | None:
    settle()
    _redraw()
    return _BETWEEN_POLLS if _memory.job or _memory.doctor or _memory.look else None


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "PREFERENCES"):
                area.tag_redraw()


def base_python() -> Path:
    """Blender's own Python, of which environments are made."""
    return Path(sys.executable)
