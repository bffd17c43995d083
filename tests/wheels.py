"""Tiny wheels, written by hand, so that packages can be installed without a network."""

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thespis.core.setup.make import SetUpRequest

FAKE_TORCH = """
class cuda:
    is_available = staticmethod(lambda: False)
class backends:
    class mps:
        is_available = staticmethod(lambda: False)
"""


def make_wheel(folder: Path, name: str, version: str, code: str = "", requires: tuple[str, ...] = (), module: str = "") -> Path:
    """A wheel of one module for any Python."""
    folder.mkdir(parents=True, exist_ok=True)
    module = module or name.replace("-", "_")
    stem = f"{name.replace('-', '_')}-{version}"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = {
        f"{module}/__init__.py": f"__version__ = {version!r}\n{code}",
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(text.encode())}\n")
    files[f"{stem}.dist-info/RECORD"] = "".join(record) + f"{stem}.dist-info/RECORD,,\n"
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def request_for(home: Path, wheels: Path, list_: str, base: Path, **options: object) -> "SetUpRequest":
    """A set-up of the packages of `list_` from `wheels`; it needs next to no disk."""
    from thespis.core.setup.make import SetUpRequest

    requirements = home.parent / f"{home.name}.txt"
    requirements.parent.mkdir(parents=True, exist_ok=True)
    requirements.write_text(list_)
    sizes = {"processor": 1e6, "graphics card": 1e6}
    options = {"build": "processor", "on_disk": sizes, **options}
    return SetUpRequest(home, base, wheels=wheels, requirements=requirements, **options)
