"""One set-up at a time in a folder, also of several Blenders. The system lets go of the lock when its holder dies."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ThespisError
from ..files import writing_to


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the lock of `home`. Raises ThespisError when somebody else does."""
    path = home / "lock"
    with writing_to(home):
        home.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    with file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise ThespisError("Another Blender is setting up the engine. Wait until it is done.") from error
        yield


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
