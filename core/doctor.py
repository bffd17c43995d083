"""The doctor: what is installed, what is missing, and the next step for each."""

import importlib
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import ThespisError

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "core" / "engine" / "requirements.txt"
_IMPORT_NAMES = {"opencv-python-headless": "cv2"}
_LEAST_FREE = 2e9


@dataclass(frozen=True)
class Finding:
    """One line of the doctor. fix is empty when all is well; needed: whether a fit fails without it."""

    what: str
    state: str
    fix: str = ""
    needed: bool = True


def examine() -> list[Finding]:
    """Look at everything that a fit and an export need; never raises."""
    findings: list[Finding] = []
    for look in (_python, _packages, _devices, _networks, _body, _blender, _disk):
        try:
            findings.extend(look())
        except Exception as error:
            findings.append(Finding(look.__name__.strip("_"), f"failed: {error}", "Install Thespis again."))
    return findings


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    fix = "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer."
    yield Finding("Python", f"{version}, {platform.system()} {platform.machine()}", fix)


def _packages() -> Iterator[Finding]:
    for line in REQUIREMENTS.read_text().splitlines():
        name = line.split("#")[0].split("=")[0].split(">")[0].split("<")[0].strip()
        if not name:
            continue
        try:
            importlib.import_module(_IMPORT_NAMES.get(name, name))
            yield Finding(name, importlib.metadata.version(name))
        except (ImportError, OSError) as error:
            yield Finding(name, f"broken: {error}".splitlines()[0], f"{Path(sys.executable).name} -m pip install {name}")


def _devices() -> Iterator[Finding]:
    import torch

    from ..models.landmarks.run import choose_providers

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        yield Finding("graphics card", f"{torch.cuda.get_device_name()}, {free / 1e9:.0f} of {total / 1e9:.0f} GB free")
    elif torch.backends.mps.is_available():
        yield Finding("graphics card", "Apple (landmarks only; the solver needs 64-bit numbers and runs on the processor)")
    else:
        yield Finding("graphics card", "none used; the processor does the work")
    names = [name.removesuffix("ExecutionProvider") for name in choose_providers("auto")]
    yield Finding("landmarks run on", ", ".join(names))


def _networks() -> Iterator[Finding]:
    from ..models.landmarks.run import NETWORKS, network_path

    missing = [name for name in NETWORKS if not network_path(name).exists()]
    fix = "Install Thespis again." if missing else ""
    yield Finding("landmark networks", f"missing: {', '.join(missing)}" if missing else f"{len(NETWORKS)} there", fix)


def _body() -> Iterator[Finding]:
    from ..models.body.load import load_body

    try:
        body = load_body("open")
    except ThespisError as error:
        yield Finding("open body", str(error), "Install Thespis again.")
        return
    yield Finding("open body", f"{len(body.v_template)} vertices, {len(body.J_regressor)} joints")


def _blender() -> Iterator[Finding]:
    try:
        version = importlib.metadata.version("bpy")
        yield Finding("bpy (for export)", version, needed=False)
    except importlib.metadata.PackageNotFoundError:
        fix = "pip install bpy==5.0.1 (Python 3.11), or import the .npz in Blender itself."
        yield Finding("bpy (for export)", "not installed", fix, needed=False)


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free
    fix = "" if free > _LEAST_FREE else "Free some space: a long clip needs 1 to 2 GB."
    yield Finding("disk here", f"{free / 1e9:.0f} GB free", fix)
