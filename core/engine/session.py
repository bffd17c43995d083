"""The session's folder: where arrays travel between Blender's side and the engine, and how nothing of it is left behind.

It lies in the system's folder for temporary files and belongs to one Blender, which keeps a lock on it for as long as it lives:
the system takes the lock back even when Blender is killed, and the next one to start finds the folder free and removes it.
Standard library only.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Final

from ..files import remove_unfinished

PREFIX: Final = "thespis-engine-"
_LOCK: Final = "owner.lock"
UNFINISHED: Final = "unfinished"
"""Notes of what the engine is making outside the folder (core.files.note_unfinished_in)."""


class SessionFolder:
    """A new folder, kept until `remove`; makes away with those whose owner is dead.

    path: the folder; a job may leave files in it, named by its id.
    """

    def __init__(self, parent: Path | None = None) -> None:
        place = parent or Path(tempfile.gettempdir())
        sweep(place)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        self._lock: IO[bytes] | None = (self.path / _LOCK).open("wb")
        _locked(self._lock)

    def remove(self) -> None:
        """Remove the folder, and what an engine that was killed left unfinished elsewhere."""
        if self._lock is not None:
            self._lock.close()  # Windows removes no file that is open
            self._lock = None
        remove_session(self.path)


def remove_session(path: Path) -> None:
    """Remove the session's folder at `path`, and what is noted in it as unfinished."""
    remove_unfinished(path / UNFINISHED)
    shutil.rmtree(path, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove the session folders in `place` whose owner is dead; another user's are left alone."""
    for path in place.glob(f"{PREFIX}*"):
        try:
            mine = not path.is_symlink() and (os.name == "nt" or path.stat().st_uid == os.getuid())
            if not mine:
                continue
            # A folder without a lock is only just being made, or being removed.
            with (path / _LOCK).open("r+b") as lock:
                if not _locked(lock):
                    continue
        except OSError:
            continue
        remove_session(path)


def _locked(file: IO[bytes]) -> bool:
    """Lock `file` for as long as it is open; False when somebody else has it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
