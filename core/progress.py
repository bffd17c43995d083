"""How a long job tells where it is, how it is timed, and how it is stopped."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Follows a job through its stages and keeps the seconds of each; this one shows nothing.

    A window, a terminal or the engine's protocol shows it by overriding `begin`, `update` and `end`. Any of them may raise
    CancelledError, which ends the job with nothing half-written.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[None]:
        """One stage of the job; total: how many steps it has, 0 when that is not known."""
        started = time.perf_counter()
        self.begin(name, total)
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.end(name)

    def begin(self, name: str, total: int) -> None:
        """A stage begins."""

    def update(self, done: float) -> None:
        """`done` of the present stage's total steps are done."""

    def end(self, name: str) -> None:
        """The stage is done."""
