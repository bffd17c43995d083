"""The engine's Python: where it is, and the command line run in it. Standard library only.

Blender's own Python has none of the packages that fitting needs, so fitting runs in an environment of its own.
"""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import ThespisError

EXTENSION: Path = Path(__file__).resolve().parents[2]
"""The extension's folder, where bootstrap.py is."""

ENVIRONMENT_NAME = "environment"
USER_ERROR = 2
_PREFIX = "thespis: "
_BETWEEN_TICKS = 0.2
"""Seconds."""
_PYTHONS = ("bin/python3", "bin/python", "Scripts/python.exe", "python.exe")
"""Where an environment keeps its Python, on Linux and macOS, and on Windows."""


def engine_python(chosen: str, user_folder: Path | None, extension: Path = EXTENSION) -> Path:
    """The Python that the engine runs on.

    chosen: what the preferences name, a Python or the folder of its environment, or empty. user_folder: where the extension
    may keep files, or None. Without a choice it is user_folder/environment, else the .venv in the extension's own folder,
    as a checkout has it. Raises ThespisError when what is chosen is not there, or nothing is.
    """
    if chosen:
        path = Path(chosen)
        # Never resolved: the Python of an environment is a link, and is of use by its own name only.
        found = path if path.is_file() else _python_in(path)
        if found is None:
            raise ThespisError(f"{chosen}: there is no Python there. Choose another one in the add-on's preferences.")
        return found
    for folder in (user_folder / ENVIRONMENT_NAME if user_folder else None, extension / ".venv"):
        found = _python_in(folder) if folder else None
        if found:
            return found
    raise ThespisError(
        "Fitting has no Python yet. Name one that has the engine's packages in Thespis' preferences "
        "(Edit > Preferences > Add-ons)."
    )


def _python_in(folder: Path) -> Path | None:
    return next((folder / name for name in _PYTHONS if (folder / name).is_file()), None)


def run_engine(python: Path, arguments: Sequence[str], folder: Path, tick: Callable[[float], None] | None = None) -> list[str]:
    """Run `thespis ARGUMENTS` on `python` and wait for its end; returns the lines of its standard output.

    folder: where it runs. tick: called a few times a second with the seconds since the start; what it raises ends the
    engine. Raises ThespisError with the engine's own line, or one that says what to do when it could not say one itself.
    """
    command = [str(python), str(EXTENSION / "bootstrap.py"), *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        missing = folder if not folder.is_dir() else python
        raise ThespisError(f"{missing}: the engine could not be started ({error.strerror}). Choose another one.") from error
    output, errors = _wait(process, tick)
    if process.returncode == 0:
        return output.splitlines()
    raise ThespisError(_complaint(process.returncode, errors, python))


def _wait(process: "subprocess.Popen[str]", tick: Callable[[float], None] | None) -> tuple[str, str]:
    started = time.monotonic()
    try:
        while True:
            try:
                return process.communicate(timeout=_BETWEEN_TICKS)
            except subprocess.TimeoutExpired:
                if tick:
                    tick(time.monotonic() - started)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _environment() -> dict[str, str]:
    """Without Blender's own Python paths, which would be another version's; text is UTF-8 on Windows too."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    return {**kept, "PYTHONUTF8": "1"}


def _complaint(code: int, errors: str, python: Path) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    own = [line for line in lines if line.startswith(_PREFIX)]
    if code == USER_ERROR and own:
        return own[-1].removeprefix(_PREFIX)
    last = lines[-1] if lines else f"exit code {code}"
    if last.startswith(("ModuleNotFoundError", "ImportError")):
        return (
            f"{python}: this Python lacks a package of the engine ({last}). "
            f"Install into it what {EXTENSION / 'core' / 'engine' / 'requirements.txt'} names."
        )
    if code < 0 and not own:
        return f"The engine was ended by the system (signal {-code}), perhaps for lack of memory. Try a shorter range."
    return f"The engine failed: {last}. Run `thespis doctor` with {python} to see what is missing."
