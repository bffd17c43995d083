"""The engine's Python: where it is. Standard library only.

Blender's own Python has none of the packages that fitting needs, so fitting runs in an environment of its own.
"""

from pathlib import Path

from ..errors import ThespisError

EXTENSION: Path = Path(__file__).resolve().parents[2]
"""The extension's folder, where bootstrap.py is."""

REQUIREMENTS: Path = Path(__file__).with_name("requirements.txt")
"""What the engine's Python needs."""

ENVIRONMENT_NAME = "environment"
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
