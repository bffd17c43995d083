"""Runs the landmark networks with onnxruntime, on the best device there is."""

import threading
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ...core.errors import ThespisError
from .files import FOLDER, network_path

_ACCELERATORS: Final = {
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
_CPU: Final = "CPUExecutionProvider"


def choose_providers(device: str, available: list[str] | None = None) -> list[str]:
    """onnxruntime's execution providers for `device`, the best first, the CPU always last.

    device: "auto" (what is there: CUDA, CoreML, DirectML, CPU), "cpu", "cuda", "coreml" or "directml".
    available: the providers of this onnxruntime; asked of it when None.
    Raises ThespisError when the named device is unknown or this onnxruntime cannot use it.
    """
    if available is None:
        available = onnxruntime.get_available_providers()
    if device == "cpu":
        return [_CPU]
    if device == "auto":
        return [*(name for name in _ACCELERATORS.values() if name in available), _CPU]
    if device not in _ACCELERATORS:
        raise ThespisError(f"{device}: no such device. Choose one of auto, cpu, {', '.join(_ACCELERATORS)}.")
    if _ACCELERATORS[device] not in available:
        raise ThespisError(f"{device}: the installed onnxruntime cannot use it. Choose device auto or cpu.")
    return [_ACCELERATORS[device], _CPU]


class Networks:
    """The networks of one folder, each loaded when it is first run. Safe to use from several threads."""

    def __init__(self, device: str = "auto", threads: int = 2, folder: Path = FOLDER) -> None:
        """device: as choose_providers has it. threads: how many a network's own arithmetic may use."""
        self._providers = choose_providers(device)
        self._threads = threads
        self._folder = folder
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._lock = threading.Lock()

    def run(self, name: str, value: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The outputs of network `name`, by their names, for its one input.

        Raises ThespisError when the network's file is missing or broken.
        """
        session = self._session(name)
        outputs = session.run(None, {session.get_inputs()[0].name: value})
        return {output.name: array for output, array in zip(session.get_outputs(), outputs, strict=True)}

    def _session(self, name: str) -> onnxruntime.InferenceSession:
        with self._lock:
            if name not in self._sessions:
                self._sessions[name] = self._load(name)
            return self._sessions[name]

    def _load(self, name: str) -> onnxruntime.InferenceSession:
        path = network_path(name, self._folder)
        if not path.is_file():
            raise ThespisError(f"{path}: the landmark network is missing. Install the extension again.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        # Idle threads that spin would steal the cores from the networks that run between.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=self._providers)
        except Exception as error:  # onnxruntime raises classes of its own, made at run time
            reason = f"the landmark network cannot be loaded ({_first_line(error)})"
            raise ThespisError(f"{path}: {reason}. Install the extension again.") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]
