"""One engine process as Blender's side holds it: started, written to, read by a thread, ended. Standard library only."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

from ..errors import ThespisError
from ..setup.child import clean_environment
from ..setup.requirements import PINNED
from .log import LOGGER, last_lines, new_log
from .protocol import FromEngine, Stop, ToEngine, decoded, encoded
from .python import EXTENSION

_SIGKILL = int(getattr(signal, "SIGKILL", 9))
_TO_KILL = 5.0
"""Seconds that the system has for it."""


class EngineProcess:
    """An engine that was just started. Raises ThespisError when it cannot be.

    folder: the session's, where it runs: never the extension's own, which Windows could not remove then.
    """

    def __init__(self, python: Path, folder: Path, log_folder: Path) -> None:
        self._python = python
        self.log = new_log(log_folder)
        self._log_start = self.log.stat().st_size
        module = ["--module", "core.engine.server", str(folder), str(self.log), str(os.getpid())]
        try:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [str(python), str(EXTENSION / "bootstrap.py"), *module],
                    cwd=folder,
                    # What libraries put among the temporary files goes with the session's folder.
                    env=clean_environment(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            raise ThespisError(
                f"{python}: the engine could not be started ({error.strerror}). Choose another Python in Thespis' preferences."
            ) from error
        self._heard: SimpleQueue[FromEngine] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def id(self) -> int:
        """The system's id of it."""
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        """Whether it has ended and all that it said was heard."""
        return self._process.poll() is not None and not self._reader.is_alive() and self._heard.empty()

    def send(self, message: ToEngine) -> None:
        """Say `message`; to one that is dead it is lost."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(encoded(message))
            self._process.stdin.flush()

    def heard(self) -> list[FromEngine]:
        """What it said since the last call."""
        messages = []
        with contextlib.suppress(Empty):
            while True:
                messages.append(self._heard.get_nowait())
        return messages

    def stop(self, seconds: float) -> None:
        """Ask it to end, and kill it when it has not after `seconds`."""
        self.send(Stop())
        until = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        self.kill()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TO_KILL)
        self._reader.join(_TO_KILL)
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def why_dead(self) -> str:
        """One line that says why it ended, which it was not asked to."""
        code = self._process.returncode
        lines = [line for line in last_lines(self.log, self._log_start) if f" {LOGGER}: " not in line]
        last = lines[-1] if lines else ""
        if last.startswith(("ModuleNotFoundError", "ImportError")):
            return f"{self._python}: this Python lacks a package of the engine ({last}). Install into it what {PINNED} names."
        if code == -_SIGKILL:
            cause = f"was ended by the system (signal {-code}), perhaps for lack of memory"
        elif code is not None and code < 0:
            cause = f"crashed (signal {-code})"
        else:
            cause = f"ended unexpectedly ({last or f'exit code {code}'})"
        return f"The engine {cause}. It starts again with the next job. Its log: {self.log}"

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                message = decoded(line)
                if message is not None and not isinstance(message, ToEngine):
                    self._heard.put(message)
