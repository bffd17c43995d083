"""Where the engine's environments lie: one folder each, one in use, the one before kept.

In the folder engine/ of the extension's user folder: 3f2a91bc/ is an environment, named by its packages and its Python, and
engine.json in it was written last; use.json says which one is in use, and which was before; setup.log, cache/ and tmp/ belong
to the set-up.
"""

import json
import os
import shutil
import stat
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import ThespisError
from ..files import written_beside
from .requirements import PYTHON_TAG

HOME_NAME: Final = "engine"
MARKER: Final = "engine.json"
LOG: Final = "setup.log"
CACHE: Final = "cache"
SCRATCH: Final = "tmp"
_USE: Final = "use.json"
_PYTHONS: Final = ("bin/python3", "bin/python", "Scripts/python.exe", "python.exe")
"""Where an environment keeps its Python, on Linux and macOS, and on Windows."""


@dataclass(frozen=True)
class Environment:
    """A finished environment. pinned: digest of the pinned list it was made from. tag: its Python, as PYTHON_TAG has it.
    build: of torch and onnxruntime. versions: package -> version, as its own test found them. finished: seconds since 1970."""

    folder: Path
    pinned: str
    tag: str
    build: str
    versions: dict[str, str]
    finished: float

    @property
    def python(self) -> Path | None:
        """Its Python; None when that is gone, as when Blender was moved."""
        return python_in(self.folder)


def python_in(folder: Path) -> Path | None:
    """The Python of the environment `folder`, by its own name: it is a link, of use by that name only."""
    return next((folder / name for name in _PYTHONS if (folder / name).is_file()), None)


def mark_finished(environment: Environment) -> None:
    """Write the marker: from now on the environment counts."""
    values = {key: value for key, value in asdict(environment).items() if key != "folder"}
    _write_json(environment.folder / MARKER, values)


def read_environment(folder: Path) -> Environment | None:
    """The environment in `folder`; None when it is not finished."""
    values = _read_json(folder / MARKER)
    try:
        versions = {str(name): str(version) for name, version in values["versions"].items()}
        finished = float(values["finished"])
        return Environment(folder, str(values["pinned"]), str(values["tag"]), str(values["build"]), versions, finished)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def finished(home: Path) -> list[Environment]:
    """All finished environments, the newest first."""
    found = [environment for folder in _folders(home) if (environment := read_environment(folder))]
    return sorted(found, key=lambda environment: environment.finished, reverse=True)


def unfinished(home: Path) -> list[Path]:
    """Folders of environments that were begun and never finished."""
    return [folder for folder in _folders(home) if read_environment(folder) is None]


def in_use(home: Path, tag: str = PYTHON_TAG) -> Environment | None:
    """The environment to run the engine on: the one that was last put to use, else the newest made for this Python."""
    usable = [environment for environment in finished(home) if environment.tag == tag]
    named = _read_json(home / _USE).get("present")
    return next((environment for environment in usable if environment.folder.name == named), next(iter(usable), None))


def before(home: Path, tag: str = PYTHON_TAG) -> Environment | None:
    """The environment that was in use before, if it is still there."""
    named, present = _read_json(home / _USE).get("previous"), in_use(home, tag)
    if not isinstance(named, str) or present is None or present.folder.name == named:
        return None
    environment = read_environment(home / named)
    return environment if environment and environment.tag == tag else None


def use(home: Path, environment: Environment) -> None:
    """Put `environment` to use; the one in use becomes the one before."""
    present = in_use(home, environment.tag)
    previous = _read_json(home / _USE).get("previous")
    if present and present.folder != environment.folder:
        previous = present.folder.name
    _write_json(home / _USE, {"present": environment.folder.name, "previous": previous})


def go_back(home: Path) -> Environment:
    """Put the environment before to use again, and return it. Raises ThespisError when there is none."""
    previous = before(home)
    if previous is None:
        raise ThespisError("There is no earlier engine to go back to. Set up the engine again.")
    use(home, previous)
    return previous


def removable(home: Path) -> list[Path]:
    """All that could go: every environment but the one in use, and what set-ups left for the next."""
    present = in_use(home)
    left = [home / name for name in (CACHE, SCRATCH) if (home / name).exists()]
    return [folder for folder in _folders(home) if present is None or folder != present.folder] + left


def size_of(folders: Sequence[Path]) -> int:
    """Bytes below `folders`."""
    total = 0
    for folder in folders:
        for base, _, names in os.walk(_long(folder)):
            for name in names:
                try:
                    total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118 - ten thousand files, twice as fast
                except OSError:
                    continue
    return total


def remove(folder: Path) -> bool:
    """Remove a folder with all in it; whether it is gone. Windows keeps what a process has open: that stays for later."""

    def make_writable(act: Callable[[str], object], path: str, _error: object) -> None:
        try:
            Path(path).chmod(stat.S_IWUSR | stat.S_IRUSR)
            act(path)
        except OSError:
            return

    # The marker first: what is half removed is no environment.
    (folder / MARKER).unlink(missing_ok=True)
    shutil.rmtree(_long(folder), onerror=make_writable)
    return not folder.exists()


def _long(folder: Path) -> Path:
    """The same folder; on Windows so named that files deep in it may have more than 260 characters."""
    return Path("\\\\?\\" + str(folder.absolute())) if os.name == "nt" else folder


def _folders(home: Path) -> list[Path]:
    """Folders of environments, finished or not."""
    if not home.is_dir():
        return []
    return sorted(path for path in home.iterdir() if path.is_dir() and path.name not in (CACHE, SCRATCH))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _write_json(path: Path, values: dict[str, Any]) -> None:
    with written_beside(path) as beside:
        beside.write_text(json.dumps(values, indent=1), encoding="utf-8")
