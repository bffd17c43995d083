"""Whether another process lives. Standard library only."""

import os
from collections.abc import Callable
from typing import Final

_SYNCHRONIZE: Final = 0x00100000
_STILL_RUNNING: Final = 0x102


def watched(process: int) -> Callable[[], bool]:
    """A function that says whether the process of this id, alive now, still lives."""
    if os.name == "nt":
        return _watched_on_windows(process)
    if os.getppid() == process:  # a dead parent is replaced, also one whose id the system keeps or uses again
        return lambda: os.getppid() == process
    return lambda: _answers(process)


def _answers(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _watched_on_windows(process: int) -> Callable[[], bool]:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    # Kept open: as long as it is, the id is not used again.
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, process)
    return lambda: bool(handle) and bool(kernel.WaitForSingleObject(handle, 0) == _STILL_RUNNING)
