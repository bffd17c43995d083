"""A set-up that runs beside Blender: asked now and then how it stands, stopped when the animator wants it."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ..errors import CancelledError, ThespisError
from . import place
from .make import SetUpRequest, Step, make_environment

State = Literal["running", "done", "cancelled", "failed"]

_STOPPED_WITHIN: Final = 10.0
"""Seconds."""


@dataclass(frozen=True)
class Standing:
    """How a set-up stands. message: the error's one line, or what was made. notes: what the user should know besides."""

    state: State
    step: Step
    message: str = ""
    notes: tuple[str, ...] = ()


class SetUpJob:
    """One set-up, in a thread of its own that touches nothing of Blender."""

    def __init__(self, request: SetUpRequest) -> None:
        self.request = request
        self._standing = Standing("running", Step("Starting", 0.0))
        self._cancel = threading.Event()
        self._thread = threading.Thread(target=self._run, name="thespis set-up", daemon=True)
        self._thread.start()

    @property
    def log(self) -> Path:
        """The log's file."""
        return self.request.home / place.LOG

    def poll(self) -> Standing:
        """How it stands now."""
        return self._standing

    def cancel(self) -> None:
        """Ask it to stop: pip is ended, what was half made is removed, the environment of before stays in use."""
        self._cancel.set()

    def wait(self, seconds: float | None = None) -> Standing:
        """Wait until it is done, at most so many seconds."""
        self._thread.join(seconds)
        return self._standing

    def stop(self) -> None:
        """Cancel and wait, as when Blender ends."""
        self.cancel()
        self.wait(_STOPPED_WITHIN)

    def _run(self) -> None:
        try:
            made, notes = make_environment(self.request, self._report, self._cancel)
        except CancelledError:
            self._standing = Standing("cancelled", self._standing.step, "Cancelled; the engine of before is as it was.")
        except ThespisError as error:
            self._standing = Standing("failed", self._standing.step, str(error))
        except Exception as error:
            # A thread's exception would be seen by nobody.
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            message = f"The set-up failed ({type(error).__name__}: {said}). Set up the engine again. (Log: {self.log})"
            self._standing = Standing("failed", self._standing.step, message)
        else:
            self._standing = Standing("done", Step("Ready", 1.0), f"The engine is ready ({made.build}).", tuple(notes))

    def _report(self, step: Step) -> None:
        self._standing = Standing("running", step)
