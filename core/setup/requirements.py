"""The pinned list of the engine's packages, and which build of some of them this machine wants."""

import hashlib
import importlib.metadata
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Build = Literal["processor", "graphics card"]

PINNED: Final = Path(__file__).resolve().parents[1] / "engine" / "requirements.txt"
PYTHON_TAG: Final = f"{sys.version_info.major}{sys.version_info.minor}"
"""311: compiled packages are made for one minor version of Python."""

_MODULES: Final = {"opencv-python-headless": "cv2", "onnxruntime-gpu": "onnxruntime"}
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Requirement:
    """name: of the package. line: as pip takes it. module: what is imported. otherwise: the line when `line` is nowhere."""

    name: str
    line: str
    module: str
    otherwise: str = ""


def read_requirements(path: Path = PINNED) -> list[Requirement]:
    """The requirements of a file, without comments."""
    lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [_requirement(line) for line in lines if line]


def for_build(requirements: Sequence[Requirement], build: Build) -> list[Requirement]:
    """The same packages, torch and onnxruntime as `build` wants them, those first: what no index has is refused at once.

    A version "2.13.0+cpu" or "2.13.0+cu130" is a build of 2.13.0, and pip counts it as newer. An index that keeps no builds
    apart has only the plain version, which `otherwise` asks for.
    """
    first, rest = [], []
    for one in requirements:
        if one.name == "torch" and "==" in one.line:
            wanted = f"{one.line},!={_version(one.line)}+cpu" if build == "graphics card" else f"{one.line}+cpu"
            first.append(Requirement(one.name, wanted, one.module, one.line))
        elif one.name == "onnxruntime" and build == "graphics card":
            wanted = one.line.replace(one.name, "onnxruntime-gpu", 1)
            first.append(Requirement("onnxruntime-gpu", wanted, one.module, one.line))
        else:
            rest.append(one)
    return first + rest


def plain(requirement: Requirement) -> Requirement:
    """The build that every index has."""
    return _requirement(requirement.otherwise)


def build_for_machine() -> Build:
    """Which build this machine can use: NVIDIA's driver brings nvidia-smi along. Apple's default build has its own."""
    if sys.platform == "darwin" or shutil.which("nvidia-smi") is None:
        return "processor"
    return "graphics card"


def installed_version(name: str) -> str:
    """Of the package in this Python, the graphics card's build of it counting; "there" when nobody says."""
    for known in (name, f"{name}-gpu"):
        try:
            return importlib.metadata.version(known)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "there"


def digest(requirements: Sequence[Requirement], tag: str = PYTHON_TAG) -> str:
    """8 hex digits for a list and a Python; short, since Windows counts the characters of a path."""
    text = "\n".join([tag, *sorted(one.line for one in requirements)])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _requirement(line: str) -> Requirement:
    found = _NAME.match(line)
    name = found.group().lower() if found else line
    return Requirement(name, line, _MODULES.get(name, name.replace("-", "_")))


def _version(line: str) -> str:
    return line.partition("==")[2].split(",")[0].strip()
