"""The doctor as the engine has it: what is installed, what is missing, and the next step for each."""

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from .setup.doctor import Finding, Question, examine_files
from .setup.requirements import installed_version, read_requirements


def examine(question: Question | None = None) -> list[Finding]:
    """Look at everything that a fit, an act and an export need; never raises."""
    findings: list[Finding] = []
    for look in (_python, _packages, _devices, _blender):
        try:
            findings.extend(look())
        except Exception as error:
            findings.append(Finding(look.__name__.strip("_"), f"failed: {error}", "Set up the engine again."))
    return findings + examine_files(question or Question())


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    fix = "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer."
    yield Finding("Python", f"{version}, {platform.system()} {platform.machine()}", fix)


def _packages() -> Iterator[Finding]:
    for one in read_requirements():
        try:
            importlib.import_module(one.module)
            yield Finding(one.name, installed_version(one.name))
        except (ImportError, OSError) as error:
            own = f"{Path(sys.executable).name} -m pip install {one.name}"
            fix = f"Set up the engine again; in a Python of your own: {own}"
            yield Finding(one.name, f"broken: {error}".splitlines()[0], fix)


def _devices() -> Iterator[Finding]:
    import torch

    from ..models.landmarks.run import choose_providers

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        yield Finding("graphics card", f"{torch.cuda.get_device_name()} (CUDA), {free / 1e9:.0f} of {total / 1e9:.0f} GB free")
    elif torch.backends.mps.is_available():
        usable = torch.mps.recommended_max_memory() / 1e9
        why = "the solver needs 64-bit numbers and runs on the processor"
        yield Finding("graphics card", f"Apple (MPS), {usable:.0f} GB usable; landmarks only: {why}")
    else:
        yield Finding("graphics card", "none used; the processor does the work")
    names = [name.removesuffix("ExecutionProvider") for name in choose_providers("auto")]
    yield Finding("landmarks run on", ", ".join(names))


def _blender() -> Iterator[Finding]:
    try:
        version = importlib.metadata.version("bpy")
        yield Finding("bpy (for export)", version, needed=False)
    except importlib.metadata.PackageNotFoundError:
        fix = "pip install bpy==5.0.1 (Python 3.11), or import the .npz in Blender itself."
        yield Finding("bpy (for export)", "not installed", fix, needed=False)
