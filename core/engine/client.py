"""Blender's side of the engine: jobs are handed in, and a timer looks where they are. numpy and standard library only.

`submit` starts the engine when there is none and returns a Job at once; `poll`, called from a timer, brings the jobs up to date
and never waits; `wait` is for where there is no timer; `stop` ends the engine and leaves nothing behind.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import CancelledError, ThespisError
from ..files import remove_unfinished
from .process import EngineProcess
from .protocol import PROTOCOL, Cancel, FromEngine, Ready, Report, Request, Result
from .session import UNFINISHED, SessionFolder

State = Literal["waiting", "running", "done", "failed", "cancelled"]

Tick = Callable[[float], None]
"""Called with the seconds since the start; what it raises cancels the job."""

CANCEL_PATIENCE: Final = 0.6
"""Seconds in which the engine must have stopped a cancelled job; then it is killed."""
_TO_STOP: Final = 1.5
"""Seconds that the engine has to end of itself."""
_BETWEEN_TICKS: Final = 0.01
_LONGEST_PAUSE: Final = 0.1

_RESTARTED: Final = "The engine had ended unexpectedly and was started again."
_OTHER_PROTOCOL: Final = "The engine is of another version of Thespis. Start Blender again."


@dataclass(eq=False)
class Job:
    """One job and where it is; written by EngineClient.poll only.

    stage, done, total, share, seconds_left: as in protocol.Report. files, values: what it made, once it is done.
    message: one line for the animator once it has failed, else empty. note: what else the animator should know.
    own: files that were made for it alone.
    """

    id: int
    name: str
    arguments: dict[str, Any]
    state: State = "waiting"
    stage: str = ""
    done: float = 0.0
    total: float = 0.0
    share: float = 0.0
    seconds_left: float | None = None
    files: list[Path] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    note: str = ""
    own: list[Path] = field(default_factory=list)
    cancelled_at: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed", "cancelled")

    def outcome(self) -> "Job":
        """The job, once it is done. Raises ThespisError with its message when it failed, CancelledError when it was cancelled."""
        if self.state == "cancelled":
            raise CancelledError(self.message)
        if self.state != "done":
            raise ThespisError(self.message)
        return self


class EngineClient:
    """The jobs of one Blender and the engine that does them, which is started with the first.

    python: what the engine runs on. log_folder: where its log is kept. temporary: where the session's folder is made, None for
    the system's place.
    """

    def __init__(self, python: Path, log_folder: Path, temporary: Path | None = None) -> None:
        self.python = python
        self.log_folder = log_folder
        self._temporary = temporary
        self._session: SessionFolder | None = None
        self._process: EngineProcess | None = None
        self._jobs: dict[int, Job] = {}
        self._last_id = 0
        self._said_restart = True

    @property
    def folder(self) -> Path:
        """The session's folder, made when it is first asked for."""
        if self._session is None:
            self._session = SessionFolder(self._temporary)
        return self._session.path

    @property
    def process_id(self) -> int | None:
        """The system's id of the engine, None when there is none."""
        return self._process.id if self._process is not None else None

    @property
    def log(self) -> Path | None:
        """The engine's log, None before its first start."""
        return self._process.log if self._process is not None else None

    @property
    def jobs(self) -> list[Job]:
        """The jobs that are not over, in the order in which they were handed in."""
        return list(self._jobs.values())

    def start(self) -> None:
        """Start the engine unless it runs. Raises ThespisError when its Python cannot be started."""
        if self._process is not None and self._process.is_dead:
            self._bury(self._process)
        if self._process is None:
            self._process = EngineProcess(self.python, self.folder, self.log_folder)

    def new_file(self, suffix: str) -> Path:
        """A path in the session's folder that nobody uses, for arguments of the next job."""
        self._last_id += 1
        return self.folder / f"{self._last_id}{suffix}"

    def submit(self, name: str, arguments: dict[str, Any], own: list[Path] | None = None) -> Job:
        """Hand in a job; returns at once. own: files that go when it is over. Raises ThespisError when there is no engine."""
        self._last_id += 1
        job = Job(self._last_id, name, arguments, own=own or [])
        try:
            self.start()
        except ThespisError:
            _remove(job.own)
            raise
        if not self._said_restart:
            job.note, self._said_restart = _RESTARTED, True
        self._jobs[job.id] = job
        self._hand_in(job)
        return job

    def cancel(self, job: Job) -> None:
        """`job` is no longer wanted; within a second it is over."""
        if not job.is_over and job.cancelled_at is None:
            job.cancelled_at = time.monotonic()
            if self._process is not None:
                self._process.send(Cancel(job.id))

    def poll(self) -> bool:
        """Bring the jobs up to date; returns at once. True when something has changed."""
        process = self._process
        if process is None:
            return False
        dead = process.is_dead
        heard = process.heard()
        for message in heard:
            self._take(message)
        if dead:
            self._bury(process)
        elif any(self._is_late(job) for job in self.jobs):
            self._start_over()
        else:
            return bool(heard)
        return True

    def wait(self, job: Job, tick: Tick | None = None) -> Job:
        """Wait until `job` is over; returns its outcome, raising as that does. What tick raises cancels the job."""
        started, pause = time.monotonic(), _BETWEEN_TICKS
        try:
            while not job.is_over:
                self.poll()
                if tick:
                    tick(time.monotonic() - started)
                time.sleep(0 if job.is_over else pause)
                pause = min(1.2 * pause, _LONGEST_PAUSE)
        except BaseException:
            self.cancel(job)
            while not job.is_over:
                self.poll()
                time.sleep(_BETWEEN_TICKS)
            raise
        return job.outcome()

    def stop(self, seconds: float = _TO_STOP) -> None:
        """End the engine and leave nothing behind; jobs that are not over are cancelled. The next job starts it again."""
        if self._process is not None:
            self._process.stop(seconds)
            self._process = None
        for job in self.jobs:
            self._over(job, "cancelled", "The engine was stopped.")
        if self._session is not None:
            self._session.remove()
            self._session = None

    def _hand_in(self, job: Job) -> None:
        assert self._process is not None
        self._process.send(Request(job.id, job.name, job.arguments))

    def _take(self, message: FromEngine) -> None:
        if isinstance(message, Ready):
            if message.protocol != PROTOCOL:
                self._fail_all(_OTHER_PROTOCOL)
            return
        job = self._jobs.get(message.id)
        if job is None:
            return
        if isinstance(message, Report):
            job.state, job.stage, job.done, job.total = "running", message.stage, message.done, message.total
            job.share, job.seconds_left = message.share, message.seconds_left
        elif isinstance(message, Result):
            job.files = [self.folder / name for name in message.files]
            job.values = message.values
            if job.cancelled_at is not None and all(path.parent == self.folder for path in job.files):
                _remove(job.files)
                self._over(job, "cancelled", "Cancelled.")
            else:  # what lies outside the session's folder is made, cancelled too late or not
                self._over(job, "done", "")
        elif message.reason == "cancelled":
            self._over(job, "cancelled", message.message)
        else:
            log = f" Its log: {self.log}" if message.reason == "defect" else ""
            self._over(job, "failed", message.message + log)

    def _is_late(self, job: Job) -> bool:
        return job.cancelled_at is not None and time.monotonic() - job.cancelled_at > CANCEL_PATIENCE

    def _start_over(self) -> None:
        """Kill the engine, which does not answer; what is wanted still begins anew."""
        assert self._process is not None
        self._process.kill()
        self._process = None
        self._tidy_up()
        for job in self.jobs:
            if job.cancelled_at is not None:
                self._over(job, "cancelled", "Cancelled. Nothing was written.")
        if self._jobs:
            try:
                self.start()
            except ThespisError as error:
                self._fail_all(str(error))
            for job in self.jobs:
                self._hand_in(job)

    def _bury(self, process: EngineProcess) -> None:
        """The engine has ended without being asked to."""
        why = process.why_dead()
        process.kill()
        self._process = None
        self._said_restart = False
        self._tidy_up()
        for job in self.jobs:
            if job.cancelled_at is not None:
                self._over(job, "cancelled", "Cancelled.")
        self._fail_all(why)

    def _tidy_up(self) -> None:
        remove_unfinished(self.folder / UNFINISHED)
        for path in self.folder.glob(".*.npz"):
            path.unlink(missing_ok=True)

    def _fail_all(self, why: str) -> None:
        for job in self.jobs:
            self._over(job, "failed", why)

    def _over(self, job: Job, state: State, message: str) -> None:
        job.state, job.message, job.seconds_left = state, message, None
        _remove(job.own)
        del self._jobs[job.id]


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
