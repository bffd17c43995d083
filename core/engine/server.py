"""The engine: a process that waits for requests on its standard input and does them (protocol.py), until the input ends.

    python bootstrap.py --module core.engine.server SESSION LOG BLENDER

SESSION: the session's folder. LOG: the file that standard error goes to. BLENDER: the process that the engine serves; the engine
ends with it. The requests are read while jobs run, so that a cancel is heard; jobs that take long queue in one lane, quick ones
in another, so that a slider answers during a fit.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Final

from ..errors import CancelledError, ThespisError
from ..files import note_unfinished_in
from ..progress import Progress
from ..setup.requirements import PINNED
from . import log
from .alive import watched
from .estimate import Estimate
from .protocol import PROTOCOL, Cancel, Failure, FromEngine, Ready, Report, Request, Result, decoded, encoded
from .session import UNFINISHED, remove_session
from .tasks import TASKS, stages_of

_BETWEEN_REPORTS: Final = 0.1
"""Seconds."""
_BETWEEN_LOOKS: Final = 0.5
"""Seconds between two looks at whether Blender lives."""
_TO_TIDY_UP: Final = 0.8
"""Seconds that jobs have to stop in when Blender is gone."""

_log = logging.getLogger(log.LOGGER)


class JobProgress(Progress):
    """Sends where the job is; raises CancelledError in it once it is no longer wanted."""

    def __init__(self, id: int, estimate: Estimate, send: Callable[[FromEngine], None]) -> None:
        super().__init__()
        self.cancelled = threading.Event()
        self._id, self._estimate, self._send = id, estimate, send
        self._stage, self._total, self._sent = "", 0.0, 0.0

    def begin(self, name: str, total: int) -> None:
        """Report the stage at once."""
        self._stage, self._total = name, float(total)
        self._estimate.begin(name)
        self._sent = 0.0
        self.update(0.0)

    def update(self, done: float) -> None:
        """Report a few times a second."""
        self.look()
        if self._total:
            self._estimate.update(done / self._total)
        if time.monotonic() - self._sent >= _BETWEEN_REPORTS:
            self._sent = time.monotonic()
            estimate = self._estimate
            self._send(Report(self._id, self._stage, done, self._total, estimate.share, estimate.seconds_left))

    def end(self, name: str) -> None:
        """A good moment to stop, too."""
        self.look()

    def look(self) -> None:
        """Raise CancelledError if the job is no longer wanted."""
        if self.cancelled.is_set():
            raise CancelledError("Cancelled. Nothing was written.")


class Engine:
    """Does the requests that `listen` reads; folder: the session's."""

    def __init__(self, folder: Path, answers: IO[bytes]) -> None:
        self._folder, self._answers = folder, answers
        self._writing = threading.Lock()
        self._jobs: dict[int, JobProgress] = {}
        self._lanes: dict[bool, SimpleQueue[Request]] = {True: SimpleQueue(), False: SimpleQueue()}
        for lane in self._lanes.values():
            threading.Thread(target=self._work, args=(lane,), daemon=True).start()

    def listen(self, requests: IO[bytes]) -> bool:
        """Take requests until the stream says stop (True) or ends (False)."""
        self._send(Ready(PROTOCOL, os.getpid()))
        for line in requests:
            message = decoded(line)
            if isinstance(message, Request):
                self._take(message)
            elif isinstance(message, Cancel):
                self._cancel(message.id)
            elif message is not None:
                return True
        return False

    def stop(self) -> None:
        """Stop all jobs, giving them a moment."""
        for progress in list(self._jobs.values()):
            progress.cancelled.set()
        until = time.monotonic() + _TO_TIDY_UP
        while self._jobs and time.monotonic() < until:
            time.sleep(0.02)

    def _take(self, request: Request) -> None:
        if request.job not in TASKS:
            self._send(Failure(request.id, "defect", f"The engine knows no job '{request.job}'. Install the extension again."))
            return
        estimate = Estimate(stages_of(request.job, request.arguments))
        self._jobs[request.id] = JobProgress(request.id, estimate, self._send)
        self._lanes[TASKS[request.job].quick].put(request)

    def _cancel(self, id: int) -> None:
        progress = self._jobs.get(id)
        if progress is not None:
            progress.cancelled.set()

    def _work(self, lane: "SimpleQueue[Request]") -> None:
        while True:
            request = lane.get()
            answer = self._answer(request, self._jobs[request.id])
            del self._jobs[request.id]
            self._send(answer)

    def _answer(self, request: Request, progress: JobProgress) -> Result | Failure:
        def failure(reason: Any, message: str) -> Failure:
            return Failure(request.id, reason, message)

        started = time.monotonic()
        try:
            progress.look()
            done = TASKS[request.job].run(request.arguments, self._folder / str(request.id), progress)
        except CancelledError as error:
            return failure("cancelled", str(error))
        except ThespisError as error:
            return failure("user", str(error))
        except ImportError as error:
            _log.exception("job %d, %s", request.id, request.job)
            return failure(
                "user",
                f"{sys.executable}: this Python lacks a package of the engine ({error}). Install into it what {PINNED} names.",
            )
        except MemoryError:
            _log.exception("job %d, %s", request.id, request.job)
            return failure("user", "There is not enough memory. Close other programs, or try a shorter range.")
        except Exception as error:
            _log.exception("job %d, %s", request.id, request.job)
            return failure("defect", f"The engine failed: {type(error).__name__}: {' '.join(str(error).split())}.")
        _log.info("job %d, %s: %.2f s", request.id, request.job, time.monotonic() - started)
        return Result(request.id, [self._named(path) for path in done.files], done.values)

    def _named(self, path: Path) -> str:
        return path.name if path.parent == self._folder else str(path)

    def _send(self, message: FromEngine) -> None:
        try:
            with self._writing:
                self._answers.write(encoded(message))
                self._answers.flush()
        except OSError:  # nobody reads any more; the end of the input will say so
            _log.debug("not sent: %s", message)


def main(folder: Path, log_path: Path, blender: int) -> None:
    """Serve on the standard streams until Blender ends or says stop; does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in Blender's terminal is meant for Blender
    requests, answers = _streams()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
    _log.info("started by process %d on %s", blender, sys.executable)
    note_unfinished_in(folder / UNFINISHED)
    engine = Engine(folder, answers)
    ended = threading.Lock()

    def end(asked: bool) -> None:
        with ended:
            engine.stop()
            _log.info("ended, as it was asked to" if asked else "ended: Blender is gone")
            if not asked:  # then there is nobody else to do it
                remove_session(folder)
            os._exit(0)  # whatever a library's thread still does: nothing of it is wanted

    def watch() -> None:
        lives = watched(blender)
        while lives():
            time.sleep(_BETWEEN_LOOKS)
            log.keep_small(log_path)
        end(asked=False)

    threading.Thread(target=watch, daemon=True).start()
    end(engine.listen(requests))


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """The real standard input and output, for the protocol alone: what libraries print goes to standard error, and so to the
    log, and what they and their processes read is empty."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
