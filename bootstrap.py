"""Loads the folder of this file as the package `thespis`, whatever the folder is called, adding no path.

Run as a script it is the command line: `python bootstrap.py fit clip.mp4 --out take`, or, for the project's own scripts,
`python bootstrap.py --module models.body.build ARGUMENTS`.
"""

import importlib.util
import runpy
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent


def load_package(name: str = "thespis") -> ModuleType:
    """Import the root folder as the package `name` and return it; a second call returns the same module."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    # Python puts a script's folder first on the path; `operators` or `core` there would hide other packages.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
    load_package()
    if sys.argv[1:2] == ["--module"]:
        module = f"thespis.{sys.argv[2]}"
        sys.argv[1:3] = []
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        sys.exit()
    from thespis.core.commandline import main

    sys.exit(main())
