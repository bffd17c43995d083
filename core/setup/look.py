"""Run by any Python, alone: prints as one line of JSON what it is and which modules it has. Standard library only.

    python look.py find|import MODULE ...

find only looks whether they are there; import loads them, and then also says which device torch would use.
"""

import importlib
import importlib.util
import json
import os
import sys
import sysconfig
from pathlib import Path


def main() -> None:
    """Look, and print."""
    # A script's own folder comes first on the path; its files must not stand in for the modules asked about.
    if not getattr(sys.flags, "safe_path", False):
        sys.path.pop(0)
    how, modules = sys.argv[1], sys.argv[2:]
    found: dict[str, object] = {"version": list(sys.version_info[:3]), "base": getattr(sys, "_base_executable", sys.executable)}
    versions, missing = {}, {}
    for name in modules:
        try:
            if how == "import":
                versions[name] = str(getattr(importlib.import_module(name), "__version__", "there"))
            elif importlib.util.find_spec(name) is None:
                missing[name] = "not installed"
        except Exception as error:
            missing[name] = (str(error).splitlines() or [type(error).__name__])[0]
    found.update(versions=versions, missing=missing, device=device() if "torch" in versions else "", pip=pip())
    print(json.dumps(found))


def device() -> str:
    """What torch would compute on."""
    import importlib

    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return f"CUDA, {torch.cuda.get_device_name()}"
    return "MPS" if torch.backends.mps.is_available() else "processor"


def pip() -> list[str]:
    """The wheels of pip that come with this Python, and "installed" when it has pip itself."""
    folders = [sysconfig.get_config_var("WHEEL_PKG_DIR")]
    spec = importlib.util.find_spec("ensurepip")
    if spec and spec.origin:
        folders.append(os.path.join(os.path.dirname(spec.origin), "_bundled"))  # noqa: PTH118, PTH120
    wheels = [str(path) for folder in folders if folder for path in sorted(Path(folder).glob("pip-*.whl"))]
    return wheels + ["installed"] * (importlib.util.find_spec("pip") is not None)


if __name__ == "__main__":
    main()
