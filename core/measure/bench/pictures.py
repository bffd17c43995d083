"""The plots of the bench's page."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..plot import Bar, Line, bar_plot, line_plot
from ..scorecard import Scored
from ..table import FIGURES, WRONG, counted, number
from ..tempo import FAST
from .report import Plot

Array = NDArray[np.floating[Any]]

_BINS: Final = 10
_FEWEST: Final = 20
"""Joints in a bin of confidence, under which nothing is said about it."""


def bars_plot(scored: Mapping[str, Scored], hidden: Collection[str] = ()) -> Plot:
    """Each figure with a bar as a share of it: what stays left of 1 keeps it."""
    bars = []
    for figure in FIGURES:
        value = figure.value([case.fit for case in counted(figure, scored, hidden)])
        if figure.bar is None or not np.isfinite(value):
            continue
        share = value / figure.bar if figure.most else figure.bar / max(value, 1e-9)
        relation = "of at most" if figure.most else "of at least"
        label = figure.title.strip().replace("²", "2")
        if label.startswith("better"):
            label = f"{figure.samples} {label}"
        bars.append(Bar(label, min(share, 3.0), 1.0, f"{number(value)} {relation} {figure.bar:g}".replace("–", "-")))
    words = "Each figure as a share of its bar; what stays left of the red stroke keeps it"
    return Plot("bench-bars", words, bar_plot("Figures as shares of their bars (left of the red stroke: kept)", bars))


def confidence_plot(scored: Mapping[str, Scored]) -> Plot | None:
    """How many joints are right at each confidence."""
    told = [case.fit["confidence"] for case in scored.values() if "confidence" in case.fit]
    if not told:
        return None
    confidence, error = np.concatenate(told).T
    edges = np.linspace(0, 1, _BINS + 1)
    place = np.clip(np.digitize(confidence, edges) - 1, 0, _BINS - 1)
    count = np.bincount(place, minlength=_BINS)
    right = np.bincount(place, error <= WRONG, minlength=_BINS) / np.maximum(count, 1)
    middle = (edges[:-1] + edges[1:]) / 2
    lines = {
        "joints within 10 cm": Line(middle, np.where(count >= _FEWEST, right, np.nan)),
        "confidence": Line(edges, edges),
    }
    picture = line_plot("Are confident joints right?", lines, "confidence", "share of joints", y_range=(0, 1))
    return Plot("bench-confidence", "Share of joints within ten centimetres over their confidence", picture)


def speed_plot(scored: Mapping[str, Scored], hidden: Collection[str] = ()) -> Plot | None:
    """The fastest wrist of all cases but the hidden ones, true and fitted."""
    shown = [name for name in scored if name not in hidden]
    fastest = max(shown, key=lambda name: float(scored[name].wrist_speed[..., 1].max(initial=0)), default=None)
    if fastest is None:
        return None
    case = scored[fastest]
    if case.wrist_speed[..., 1].max(initial=0) < FAST:
        return None
    wrist = int(case.wrist_speed[..., 1].max(0).argmax())
    seconds = np.arange(len(case.wrist_speed)) / case.fps
    lines = {name: Line(seconds, case.wrist_speed[:, wrist, k]) for k, name in ((1, "truth"), (0, "the fit"))}
    title = f"Speed of the {('left', 'right')[wrist]} wrist in {fastest}"
    return Plot("bench-wrist", f"{title}, true and fitted", line_plot(title, lines, "seconds", "m/s"))


def stages_plot(seconds: Mapping[str, float], frames: int) -> Plot:
    """Milliseconds a frame of each stage."""
    bars = [Bar(name, value / frames * 1e3, text=f"{number(value / frames * 1e3)} ms") for name, value in seconds.items()]
    return Plot("bench-stages", "Milliseconds a frame of each stage", bar_plot("Milliseconds a frame", bars, label_width=140))


def plots_of(scored: Mapping[str, Scored], hidden: Collection[str] = ()) -> list[Plot]:
    """All that can be drawn of these cases; `hidden` names those in which much of the person is hidden."""
    drawn: Sequence[Plot | None] = (bars_plot(scored, hidden), confidence_plot(scored), speed_plot(scored, hidden))
    return [plot for plot in drawn if plot is not None]
