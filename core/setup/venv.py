"""The frame of an environment: a Python of its own that finds its own packages, nothing installed yet.

Why an environment rather than a folder of packages beside Blender's Python: the engine, `thespis doctor` and whoever looks
after the machine start it by one path, and neither Blender's own packages nor the user's are seen in it. Why packages come in
by a pip from outside it: `ensurepip` may be missing, and an environment without pip cannot be changed by mistake.
"""

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ThespisError
from ..files import writing_to
from .child import run
from .place import python_in
from .python import PythonState


def make_venv(base: Path, state: PythonState, folder: Path, line: Callable[[str], None], cancel: threading.Event) -> Path:
    """Make the environment `folder` on the Python `base`, which `state` describes; returns its Python.

    Raises ThespisError when there is none afterwards.
    """
    run([base, "-m", "venv", "--without-pip", folder], line, cancel)
    python = python_in(folder)
    if python is None:
        # Pythons that come inside another program may lack the venv module, or on Windows its launcher.
        line("the venv module made no Python: making the environment by hand")
        python = put_python(state.base, folder, state.version)
    return python


def put_python(base: Path, folder: Path, version: tuple[int, ...]) -> Path:
    """Make, or mend, the environment `folder` by hand: link (Windows: copy) Python and name its home (PEP 405).

    Packages that are there stay. Of use after Blender, and its Python with it, has moved. Raises ThespisError.
    """
    with writing_to(folder):
        programs = folder / ("Scripts" if os.name == "nt" else "bin")
        programs.mkdir(parents=True, exist_ok=True)
        if os.name == "nt":
            _copy_windows_python(base.parent, programs)
        else:
            (folder / "lib" / f"python{version[0]}.{version[1]}" / "site-packages").mkdir(parents=True, exist_ok=True)
            for name in ("python", "python3", f"python{version[0]}.{version[1]}"):
                (programs / name).unlink(missing_ok=True)
                (programs / name).symlink_to(base)
        lines = {
            "home": base.parent,
            "include-system-site-packages": "false",
            "version": ".".join(map(str, version)),
            "executable": base,
        }
        text = "".join(f"{key} = {value}\n" for key, value in lines.items())
        (folder / "pyvenv.cfg").write_text(text, encoding="utf-8")
    python = python_in(folder)
    if python is None:
        raise ThespisError(f"{base}: cannot be made an environment of. Choose a Python of your own in the preferences.")
    return python


@contextmanager
def short_path(folder: Path) -> Iterator[Path]:
    """Another, short name of `folder` while the block runs, where the system needs that; else `folder`.

    Windows takes 260 characters unless it was told otherwise; torch has files 170 deep, and Blender's folders bring 140.
    They are written by this name, a junction, and never read by a long one.
    """
    if sys.platform != "win32":
        yield folder
        return
    import _winapi

    with tempfile.TemporaryDirectory(prefix="th", ignore_cleanup_errors=True) as beside:
        link = Path(beside) / "e"
        try:
            _winapi.CreateJunction(str(folder), str(link))
        except OSError:
            yield folder
            return
        try:
            yield link
        finally:
            # The junction only; what it leads to stays.
            link.rmdir()


def _copy_windows_python(source: Path, programs: Path) -> None:
    """Python and the libraries that Windows looks for beside it; a launcher that is there finds its home by itself."""
    if (programs / "python.exe").is_file():
        return
    for pattern in ("python*.exe", "python*.dll", "vcruntime*.dll"):
        for file in source.glob(pattern):
            shutil.copy2(file, programs / file.name)
