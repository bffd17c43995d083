"""The engine's Python: where it is. Standard library only.

Blender's own Python has none of the packages that fitting needs, so fitting runs in an environment of its own.
"""

from pathlib import Path

from ..errors import ThespisError
from ..setup.place import HOME_NAME, in_use, python_in

EXTENSION: Path = Path(__file__).resolve().parents[2]
"""The extension's folder, where bootstrap.py is."""


def engine_python(chosen: str, user_folder: Path | None, extension: Path = EXTENSION) -> Path:
    """The Python that the engine runs on.

    chosen: what the preferences name, a Python or the folder of its environment, or empty. user_folder: where the extension
    may keep files, or None. Without a choice it is the environment in use that was set up there, else the .venv in the
    extension's own folder, as a checkout has it. Raises ThespisError when what is chosen is not there, or nothing is.
    """
    if chosen:
        path = Path(chosen)
        # Never resolved: the Python of an environment is a link, and is of use by its own name only.
        found = path if path.is_file() else python_in(path)
        if found is None:
            raise ThespisError(f"{chosen}: there is no Python there. Choose another one in the add-on's preferences.")
        return found
    made = in_use(user_folder / HOME_NAME) if user_folder else None
    found = (made.python if made else None) or python_in(extension / ".venv")
    if found is None:
        raise ThespisError(
            "There is no engine yet. Click Set Up Engine in the sidebar (N) under Thespis, or name a Python of your own that "
            "has its packages in Thespis' preferences."
        )
    return found
