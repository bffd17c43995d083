"""How long a job still takes, from how long its stages took and how far the present one is. Standard library only."""

import time
from collections.abc import Callable, Mapping
from typing import Final

_LEAST: Final = 0.02
"""Share of a job that must be done before its speed says anything; before that a first frame's loading would mislead."""
_STEADIER: Final = 0.3
"""How much of a new estimate enters the one that is shown."""


class Estimate:
    """The share of a job that is done and the seconds that are left.

    expected: seconds, or any measure, of each of the job's stages in their order; those that a job skips count as done when a
    later one begins. A stage that is not expected is taken to be as long as what is expected of the stages before it.
    """

    def __init__(self, expected: Mapping[str, float], clock: Callable[[], float] = time.monotonic) -> None:
        self._expected = dict(expected)
        self._clock = clock
        self._started = clock()
        self._stage = ""
        self._end: float | None = None
        self.share = 0.0

    def begin(self, stage: str) -> None:
        """`stage` begins."""
        if stage not in self._expected:
            self._expected[stage] = max(sum(self._expected.values()), 1.0)
        self._stage = stage
        self.update(0.0)

    def update(self, part: float) -> None:
        """`part` (0 to 1) of the present stage is done. The share never falls."""
        names = list(self._expected)
        before = sum(self._expected[name] for name in names[: names.index(self._stage)])
        done = before + self._expected[self._stage] * min(max(part, 0.0), 1.0)
        self.share = max(self.share, done / sum(self._expected.values()))
        if self.share < _LEAST:
            return
        end = self._clock() + (self._clock() - self._started) * (1 - self.share) / self.share
        self._end = end if self._end is None else self._end + _STEADIER * (end - self._end)

    @property
    def seconds_left(self) -> float | None:
        """None while that cannot be told."""
        return None if self._end is None else max(0.0, self._end - self._clock())
