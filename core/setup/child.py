"""Child processes of a set-up: their lines as they come, stopped with all their own children."""

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ..errors import CancelledError, ThespisError

_BETWEEN_TICKS: Final = 0.1
_GRACE: Final = 2.0
"""Seconds that a child has to end by itself."""
_DANGEROUS: Final = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV")
"""Blender's own Python paths, and settings of the user's pip that would put packages elsewhere."""


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of this process as another Python can bear it; text is UTF-8 on Windows too, and what lies
    in the present folder is not taken for a package (Python 3.11)."""
    kept = {key: value for key, value in os.environ.items() if key not in _DANGEROUS}
    return {**kept, "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1", **(more or {})}


def start(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start a child in a group of its own, its two outputs as one. Raises ThespisError when it cannot be started."""
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            env=clean_environment(environment),
            # Not Blender's present folder, which on Windows could not be removed meanwhile.
            cwd=tempfile.gettempdir(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise ThespisError(f"{command[0]}: this Python cannot be started ({error.strerror}). Choose another one.") from error


def run(
    command: Sequence[str | Path],
    line: Callable[[str], None],
    cancel: threading.Event,
    environment: Mapping[str, str] | None = None,
    tick: Callable[[], None] | None = None,
) -> int:
    """Run to the end; returns the exit code. line: called with each line; tick: some times a second.

    Raises CancelledError soon after `cancel` is set; then nothing of the child runs any more.
    """
    process = start(command, environment)
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        open_end = True
        while open_end:
            if cancel.is_set():
                raise CancelledError("Cancelled.")
            try:
                text = lines.get(timeout=_BETWEEN_TICKS)
            except queue.Empty:
                text = ""
            open_end = text is not None
            if text:
                line(text)
            if tick:
                tick()
        return process.wait()
    finally:
        stop(process)
        reader.join(_GRACE)


def stop(process: "subprocess.Popen[str]") -> None:
    """End a child and all that it started."""
    if process.poll() is None:
        _end_group(process, hard=False)
        end = time.monotonic() + _GRACE
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if process.poll() is None:
            _end_group(process, hard=True)
            process.wait()


def _end_group(process: "subprocess.Popen[str]", hard: bool) -> None:
    if sys.platform == "win32":
        # There is no group to signal: taskkill ends a process with its children.
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, creationflags=subprocess.CREATE_NO_WINDOW, check=False)
        return
    try:
        os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)
    except ProcessLookupError:
        return


def _read(process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str | None]") -> None:
    assert process.stdout is not None
    with process.stdout:
        for text in process.stdout:
            lines.put(text.rstrip("\n"))
    lines.put(None)
