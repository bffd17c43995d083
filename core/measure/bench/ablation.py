"""What each term and each kind of evidence brings: rendered cases fitted again without it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...fit.settings import Settings
from ...observe.tracks import Track
from ..plot import Bar, bar_plot
from ..scorecard import Judge
from ..stage.case import StageCase
from ..table import FIGURES, number
from .rendered import from_its_track
from .report import Plot, Section

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class LeftOut:
    """title; terms: names of terms that are left out; evidence: what becomes of the track."""

    title: str
    terms: tuple[str, ...] = ()
    evidence: Callable[[Track], Track] = lambda track: track


def _without_hands(track: Track) -> Track:
    return replace(track, hands_score=np.zeros_like(track.hands_score))


def _without_face(track: Track) -> Track:
    return replace(track, face_score=np.zeros_like(track.face_score))


LEFT_OUT: Final[tuple[LeftOut, ...]] = (
    LeftOut("nothing"),
    LeftOut("landmarks in the picture", ("reprojection",)),
    LeftOut("the networks' directions", ("direction",)),
    LeftOut("pose prior", ("prior",)),
    LeftOut("joint limits", ("limits",)),
    LeftOut("smoothness", ("acceleration", "turning")),
    LeftOut("contacts and floor", ("contact", "floor")),
    LeftOut("balance", ("balance",)),
    LeftOut("shape prior", ("shape",)),
    LeftOut("hand networks", (), _without_hands),
    LeftOut("face network", (), _without_face),
)

_SHOWN: Final = (
    "PA-V2V, mm",
    "MPJPE, mm",
    "error of up, degrees",
    "hands aligned by hand, mm",
    "face aligned by face, mm",
    "wrist peaks keep of their speed, %",
    "contact recall",
    "contact precision",
    "sliding, mm/s",
    "standing still, mm/frame²",
    "through the body by 2 cm, % of frames",
)


def ablation_section(
    cases: Sequence[StageCase],
    judge: Judge,
    progress: Callable[[str], None] = print,
    left_out: Sequence[LeftOut] = LEFT_OUT,
) -> Section:
    """The table: a row for what is left out, and how the figures are then, over all cases together."""
    figures = [next(figure for figure in FIGURES if figure.title == title) for title in _SHOWN]
    found: dict[str, list[float]] = {}
    for part in left_out:
        progress(f"without {part.title}")
        settings = replace(Settings(), without=frozenset(part.terms))
        scored = [from_its_track(case, judge, settings=settings, evidence=part.evidence).fit for case in cases]
        found[part.title] = [figure.value(scored) for figure in figures]
    rows = [[title, *(number(value) for value in values)] for title, values in found.items()]
    words = f"The fit again on the landmarks of {len(cases)} rendered cases, all that is left out named in the first column."
    whole = found[left_out[0].title]
    bars = [Bar(title, round(values[0] - whole[0], 1)) for title, values in list(found.items())[1:]]
    plot = Plot(
        "bench-ablation",
        "How much further off all vertices are, in millimetres, without each term",
        bar_plot("PA-V2V, mm more when this is left out", bars),
    )
    return Section("What each term brings", ["left out", *_SHOWN], rows, words, [plot])
