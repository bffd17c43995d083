"""The engine's log: one file for each Blender that has an engine, the last few kept. Standard library only."""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

LOGGER: Final = "thespis.engine"
"""Whose lines are the engine's own; what else is in the log, libraries and Python have printed."""
KEPT: Final = 5
"""Logs."""
LARGEST: Final = 2_000_000
"""Bytes of one; then it begins anew, and what was in it is kept once under another name."""

_TAIL: Final = 4000


def log_folder(user_folder: Path | None) -> Path:
    """Where logs are kept: in the extension's own folder for files, or among the temporary ones where it has none."""
    return (user_folder or Path(tempfile.gettempdir()) / "thespis-logs") / "log"


def new_log(folder: Path) -> Path:
    """The log of the process that asks, in `folder`, there and within its size; older ones than the last few are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"engine-{os.getpid()}.log"
    path.touch()
    keep_small(path)
    logs = sorted(folder.glob("engine-*.log"), key=lambda log: log.stat().st_mtime, reverse=True)
    for old in logs[KEPT:]:
        for file in (old, _before(old)):
            with contextlib.suppress(OSError):  # another Blender's, on Windows
                file.unlink(missing_ok=True)
    return path


def keep_small(path: Path) -> None:
    """Empty a log that has grown too large, keeping a copy; who has it open to append goes on with it."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LARGEST:
            _before(path).write_bytes(path.read_bytes())
            os.truncate(path, 0)


def last_lines(path: Path, start: int) -> list[str]:
    """The lines of the log from byte `start` on, the last of them only when they are many."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0 if size < start else start, size - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def _before(path: Path) -> Path:
    return path.with_suffix(".log.1")
