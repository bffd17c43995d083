"""What a Python is and has, found by asking it: never by importing its packages here."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from ..errors import ThespisError
from .child import run
from .requirements import Requirement, read_requirements

OLDEST: Final = (3, 11)
_LOOK: Final = Path(__file__).with_name("look.py")


@dataclass(frozen=True)
class PythonState:
    """version: (3, 11, 7). base: the Python that it is an environment of, or itself. versions: module -> version, of what was
    imported. missing: module -> cause. device: what torch computes on, "" when torch was not imported. pip: as look.py says."""

    version: tuple[int, ...]
    base: Path
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    device: str = ""
    pip: tuple[str, ...] = ()

    def complaint(self) -> str:
        """What is wrong with it, for the engine; empty when all is there."""
        if self.version[:2] < OLDEST:
            return f"Python {'.'.join(map(str, self.version))} is too old: {'.'.join(map(str, OLDEST))} or newer is needed"
        if self.missing:
            return f"lacks {', '.join(self.missing)}"
        return ""


def ask(
    python: Path,
    requirements: Sequence[Requirement] | None = None,
    how: Literal["find", "import"] = "find",
    cancel: threading.Event | None = None,
) -> PythonState:
    """What `python` is, and which of the packages it has (None: those of the pinned list).

    Raises ThespisError when it cannot be started or is no Python, CancelledError when `cancel` is set.
    """
    if "python" not in python.name.lower():
        # Another program would do who knows what with these arguments.
        raise ThespisError(f"{python}: is no Python by its name. Choose a Python, or the folder of its environment.")
    modules = [one.module for one in (read_requirements() if requirements is None else requirements)]
    lines: list[str] = []
    code = run([python, _LOOK, how, *modules], lines.append, cancel or threading.Event())
    try:
        found = json.loads(lines[-1])
        return PythonState(
            version=tuple(found["version"]),
            base=Path(found["base"]),
            versions=found["versions"],
            missing=found["missing"],
            device=found["device"],
            pip=tuple(found["pip"]),
        )
    except (IndexError, ValueError, KeyError, TypeError) as error:
        said = lines[-1].strip() if lines else f"exit code {code}"
        raise ThespisError(f"{python}: does not answer as a Python does ({said}). Choose another one.") from error
