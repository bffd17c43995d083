"""Where the solver runs, and on how many threads."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import ThespisError


def choose_device(name: str = "auto") -> torch.device:
    """auto: CUDA when there is one, else the CPU; Apple's GPU has no 64-bit floats, which the solver needs.

    Raises ThespisError when a device that is not there was asked for.
    """
    if name in ("auto", "mps"):
        return torch.device("cuda" if name == "auto" and torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ThespisError("No CUDA device can be used for the fit. Choose auto or cpu.")
    if name not in ("cpu", "cuda"):
        raise ThespisError(f"No device is called {name}. Choose auto, cpu or cuda.")
    return torch.device(name)


@contextmanager
def one_thread() -> Iterator[None]:
    """torch on one thread: the blocks are small, and threads that wait for each other beside a busy process cost ten times
    what they bring. It also makes results repeatable."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
