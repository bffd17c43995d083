"""What Blender's side and the engine say to each other: one JSON object a line, UTF-8, over the engine's standard streams.

Blender's side writes

    {"kind": "request", "id": 3, "job": "act", "arguments": {...}}    do this; an id is never used twice in a session
    {"kind": "cancel", "id": 3}                                       no longer wanted
    {"kind": "stop"}                                                  end; the end of the stream means the same

and the engine answers

    {"kind": "ready", "protocol": 1, "process": 4711}                 once, first of all
    {"kind": "progress", "id": 3, "stage": "landmarks", "done": 12, "total": 300, "share": 0.05, "seconds_left": 40.5}
    {"kind": "result", "id": 3, "files": ["3.npz"], "values": {...}}
    {"kind": "error", "id": 3, "reason": "user", "message": "..."}

Each request is answered by any number of progress lines, then by one result or one error. total is 0 and seconds_left null where
they are not known; share, 0 to 1, is of the whole job. reason: "user" (what the animator can mend), "cancelled", or "defect".
Files are named as they lie in the session's folder (session.py), or by their whole path where they lie elsewhere; arrays travel
in them as .npz. A line that is none of these is noise and passed over. Whoever changes a line's meaning raises PROTOCOL.
Standard library only.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Final, Literal

PROTOCOL: Final = 1

Reason = Literal["user", "cancelled", "defect"]


@dataclass(frozen=True)
class Request:
    """Do `job` with `arguments`, which JSON can hold."""

    kind: ClassVar[str] = "request"
    id: int
    job: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Cancel:
    """The request `id` is no longer wanted."""

    kind: ClassVar[str] = "cancel"
    id: int


@dataclass(frozen=True)
class Stop:
    """The engine is to end."""

    kind: ClassVar[str] = "stop"


@dataclass(frozen=True)
class Ready:
    """The engine listens."""

    kind: ClassVar[str] = "ready"
    protocol: int
    process: int


@dataclass(frozen=True)
class Report:
    """Where request `id` is: `done` of `total` steps (0: not known) of `stage`, `share` (0 to 1) of the whole."""

    kind: ClassVar[str] = "progress"
    id: int
    stage: str
    done: float
    total: float
    share: float
    seconds_left: float | None


@dataclass(frozen=True)
class Result:
    """Request `id` is done."""

    kind: ClassVar[str] = "result"
    id: int
    files: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Request `id` came to nothing; message: one line for the animator."""

    kind: ClassVar[str] = "error"
    id: int
    reason: Reason
    message: str


ToEngine = Request | Cancel | Stop
FromEngine = Ready | Report | Result | Failure

_KINDS: Final[dict[str, type[Any]]] = {kind.kind: kind for kind in (Request, Cancel, Stop, Ready, Report, Result, Failure)}


def encoded(message: ToEngine | FromEngine) -> bytes:
    """One line, with its end."""
    return (json.dumps({"kind": message.kind, **asdict(message)}) + "\n").encode()


def decoded(line: bytes) -> ToEngine | FromEngine | None:
    """The message of a line, or None for noise. Fields that are not known are passed over."""
    try:
        told = json.loads(line)
        kind = _KINDS[told["kind"]]
        message = kind(**{part.name: told[part.name] for part in fields(kind) if part.name in told})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return message if _has_its_types(message) else None


def _has_its_types(message: Any) -> bool:
    """A broken line must not break who reads it."""
    expected = {"id": int, "job": str, "stage": str, "message": str, "arguments": dict, "files": list, "values": dict}
    numbers = ("done", "total", "share")
    given = vars(message)
    return all(isinstance(given[name], kind) for name, kind in expected.items() if name in given) and all(
        isinstance(given[name], (int, float)) for name in numbers if name in given
    )
