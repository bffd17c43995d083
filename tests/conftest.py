"""Loads the project as the package `thespis`, as the command line and the engine do."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("thespis_bootstrap", Path(__file__).parent.parent / "bootstrap.py")
assert _spec is not None and _spec.loader is not None
_bootstrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_bootstrap)
_bootstrap.load_package()
