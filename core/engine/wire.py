"""Requests as the protocol carries them: what JSON can hold, and back. numpy and standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..act.cues import Cues
from ..act.request import ActRequest
from ..motion import Motion


@dataclass(frozen=True)
class FitRequest:
    """What may be asked of a fit; the defaults leave it to the engine.

    people: how many, None for all. persons: who, if not the most prominent: (x, y, frame) where each is seen, in pixels of the
    upright picture and a 0-based frame. start, end: first and last frame (0-based, end None: the clip's last).
    focal_mm: focal length for a 36 mm wide sensor, None when unknown. body: "open" or the path of an SMPLX_*.npz.
    rate: frames a second of a sequence of pictures, None for the usual.
    """

    people: int | None = 1
    persons: tuple[tuple[float, float, int], ...] = ()
    start: int = 0
    end: int | None = None
    focal_mm: float | None = None
    gender: str = "neutral"
    body: str = "open"
    device: str = "auto"
    fast: bool = False
    overlay: bool = False
    rate: float | None = None


def fit_arguments(request: FitRequest) -> dict[str, Any]:
    """`request` as JSON has it."""
    return asdict(request)


def fit_request(arguments: Mapping[str, Any]) -> FitRequest:
    """The request of `fit_arguments`; what is not of a request is passed over."""
    known = {part.name: arguments[part.name] for part in fields(FitRequest) if part.name in arguments}
    persons = tuple((float(x), float(y), int(frame)) for x, y, frame in known.get("persons", ()))
    return FitRequest(**{**known, "persons": persons})


_ACT_PLAIN = tuple(part.name for part in fields(ActRequest) if part.name not in ("cues", "start"))


def act_arguments(request: ActRequest) -> dict[str, Any]:
    """`request` as JSON has it; the start, which is a file there, is left out."""
    plain = {name: getattr(request, name) for name in _ACT_PLAIN}
    cues = request.cues
    return {**plain, "emotions": cues.emotions, "intensities": cues.intensities, "mixes": cues.mixes}


def act_request(arguments: Mapping[str, Any], start: Motion | None) -> ActRequest:
    """The request of `act_arguments` that starts in `start`. Raises ThespisError for what cannot be asked."""
    cues = Cues(
        tuple((float(second), str(name)) for second, name in arguments["emotions"]),
        tuple((float(second), float(value)) for second, value in arguments["intensities"]),
        tuple((float(second), str(name), float(share)) for second, name, share in arguments.get("mixes", ())),
    )
    return ActRequest(cues, start=start, **{name: arguments[name] for name in _ACT_PLAIN if name in arguments})
