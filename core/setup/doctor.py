"""The doctor as Blender's side has it: what the files say here, and what the engine says of itself. See core/doctor.py."""

import ctypes
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ...models.landmarks.files import NETWORKS, network_path
from ..errors import CancelledError, ThespisError
from . import place
from .child import run
from .make import is_up_to_date
from .python import ask

ROOT: Final = Path(__file__).resolve().parents[2]
EMOTION_MODEL: Final = ROOT / "models" / "weights" / "emotion_cvae.safetensors"
RECOGNISER: Final = "emotion_lstm.safetensors"
_AGAIN: Final = "Install Thespis again."
_LEAST_FREE: Final = 2e9


@dataclass(frozen=True)
class Finding:
    """One line of the doctor. fix is empty when all is well; needed: whether a fit or an act fails without it."""

    what: str
    state: str
    fix: str = ""
    needed: bool = True


@dataclass(frozen=True)
class Question:
    """What the doctor is to look at. body_file: the user's own SMPL-X file. weights_file: of the user's own training.

    folder: where the disk is looked at.
    """

    body_file: Path | None = None
    weights_file: Path | None = None
    folder: Path = Path()


def examine_from_blender(
    python: Path | None, home: Path | None, question: Question, cancel: threading.Event | None = None
) -> list[Finding]:
    """The whole list. python: the engine's, None when there is none. home: of the environments, None without one.

    What needs the engine's packages is asked of the engine, in a process of its own; never raises but for a cancel.
    """
    findings = list(_environment(python, home))
    if python is not None:
        try:
            return findings + _ask_engine(python, question, cancel or threading.Event())
        except CancelledError:
            raise
        except ThespisError as error:
            findings.append(Finding("engine", str(error), "Set up the engine again."))
    return findings + examine_files(question)


def examine_files(question: Question) -> list[Finding]:
    """Networks, bodies, the emotion model and the disk; never raises."""
    findings: list[Finding] = []
    for look in (_networks, _open_body, _own_body, _emotion, _machine, _disk):
        try:
            findings.extend(look(question))
        except Exception as error:
            findings.append(Finding(look.__name__.strip("_").replace("_", " "), f"failed: {error}", _AGAIN))
    return findings


def missing_files(question: Question) -> list[str]:
    """What is not there, in two or three words each; cheap enough for a panel."""
    missing = ["landmark networks"] * any(not network_path(name).is_file() for name in NETWORKS)
    missing += ["emotion model"] * (not (question.weights_file or EMOTION_MODEL).is_file())
    if question.body_file is not None and not question.body_file.is_file():
        missing.append("your SMPL-X file")
    return missing


def to_json(findings: list[Finding]) -> str:
    """One line that `examine_from_blender` reads."""
    return json.dumps([asdict(finding) for finding in findings])


def _ask_engine(python: Path, question: Question, cancel: threading.Event) -> list[Finding]:
    command: list[str | Path] = [python, ROOT / "bootstrap.py", "doctor", "--json", "--folder", question.folder.absolute()]
    if question.body_file:
        command += ["--body", question.body_file.absolute()]
    if question.weights_file:
        command += ["--weights", question.weights_file.absolute()]
    lines: list[str] = []
    code = run(command, lines.append, cancel)
    try:
        return [Finding(**values) for values in json.loads(lines[-1])]
    except (IndexError, ValueError, TypeError) as error:
        state = ask(python, cancel=cancel)
        said = state.complaint() or (lines[-1].strip() if lines else f"exit code {code}")
        raise ThespisError(f"{python}: {said}") from error


def _environment(python: Path | None, home: Path | None) -> Iterator[Finding]:
    made = place.in_use(home) if home else None
    if python is None:
        yield Finding("engine", "not set up", "Click Set Up Engine.")
    elif made and python == made.python:
        old = not is_up_to_date(made)
        state = f"set up for the {made.build}" + (", of an earlier Thespis" if old else "")
        yield Finding("engine", state, "Click Set Up Engine to bring it up to date." if old else "", needed=False)
    else:
        yield Finding("engine", f"a Python of your own: {python}")


def _networks(_question: Question) -> Iterator[Finding]:
    missing = [name for name in NETWORKS if not network_path(name).is_file()]
    state = f"missing: {', '.join(missing)}" if missing else f"{len(NETWORKS)} there"
    yield Finding("landmark networks", state, _AGAIN if missing else "")


def _open_body(_question: Question) -> Iterator[Finding]:
    # Here: where numpy is missing, all but the bodies can still be looked at.
    from ...models.body.load import OPEN_BODY
    from .own_body import describe_own_body

    try:
        yield Finding("open body", describe_own_body(OPEN_BODY))
    except ThespisError as error:
        yield Finding("open body", str(error), _AGAIN)


def _own_body(question: Question) -> Iterator[Finding]:
    if question.body_file is None:
        return
    from .own_body import describe_own_body

    try:
        yield Finding("your SMPL-X file", f"{question.body_file.name}: {describe_own_body(question.body_file)}")
    except ThespisError as error:
        cause, _, advice = str(error).partition(". ")
        yield Finding("your SMPL-X file", cause, advice or "Choose another file.", needed=False)


def _emotion(question: Question) -> Iterator[Finding]:
    model = question.weights_file or EMOTION_MODEL
    advice = "Choose the weights that thespis train made." if question.weights_file else _AGAIN
    for what, path, needed in (("emotion model", model, True), ("recogniser", model.with_name(RECOGNISER), False)):
        state = _safetensors(path)
        yield Finding(what, state or f"{path.stat().st_size / 1e6:.1f} MB", advice if state else "", needed)


def _safetensors(path: Path) -> str:
    """What is wrong with a safetensors file, as far as its head tells: 8 bytes of its length, then JSON."""
    if not path.is_file():
        return f"missing: {path.name}"
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        whole = path.stat().st_size
        if length > whole:
            return f"damaged: {path.name}"
        try:
            tensors = json.loads(file.read(length))
            end = max(tensor["data_offsets"][1] for name, tensor in tensors.items() if name != "__metadata__")
        except (ValueError, KeyError, TypeError):
            return f"damaged: {path.name}"
    return "" if whole == 8 + length + end else f"damaged: {path.name}"


def _machine(_question: Question) -> Iterator[Finding]:
    memory = memory_bytes()
    yield Finding("processor", f"{os.cpu_count()} cores" + (f", {memory / 1e9:.0f} GB memory" if memory else ""))


def memory_bytes() -> float:
    """The machine's memory; 0 when the system does not tell."""
    if sys.platform == "win32":
        # MEMORYSTATUSEX: two 32-bit numbers, then seven of 64 bits, of which the first is the whole memory.
        status = (ctypes.c_ulonglong * 8)()
        ctypes.memmove(status, (ctypes.c_ulong * 1)(ctypes.sizeof(status)), 4)
        return float(status[1]) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0.0
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError):
        return 0.0


def _disk(question: Question) -> Iterator[Finding]:
    folder = next((path for path in (question.folder.absolute(), *question.folder.absolute().parents) if path.is_dir()), Path())
    free = shutil.disk_usage(folder).free
    fix = "" if free > _LEAST_FREE else "Free some space: a long clip needs 1 to 2 GB."
    yield Finding("disk", f"{free / 1e9:.0f} GB free at {folder}", fix)
