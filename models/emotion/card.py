"""The card beside trained weights: what they were learnt from, how, and what came out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...core.files import written_beside
from .dataset.takes import TakeSet
from .emotions import EMOTIONS
from .features import FRAME_RATE


def write_card(path: Path, takes: TakeSet, about_data: str, options: Mapping[str, Any], figures: Mapping[str, float]) -> None:
    """Write the card as Markdown. about_data: where the takes come from, and under which licence."""
    emotions, lengths = takes.emotions, takes.lengths
    lines = ["# Emotion CVAE", "", about_data, "", "| emotion | takes | scenarios | actors | minutes |", "|---|---|---|---|---|"]
    for index, name in enumerate(EMOTIONS):
        own = np.flatnonzero(emotions == index)
        if len(own):
            scenarios, actors = ({getattr(takes.labels[i], key) for i in own} for key in ("scenario", "actor"))
            minutes = lengths[own].sum() / FRAME_RATE / 60
            lines.append(f"| {name} | {len(own)} | {len(scenarios)} | {len(actors)} | {minutes:.1f} |")
    lines += ["", "| option | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in options.items())]
    lines += ["", "| figure at the end | value |", "|---|---|", *(f"| {name} | {value:.5g} |" for name, value in figures.items())]
    lines += ["", "Losses: means over the last steps. Rotations: squared 6D; place, joints, vertices: squared metres; velocity,"]
    lines += ["slide: squared metres a second; acceleration: squared metres a second and second; posture: squared standard"]
    lines += ["deviations; spectra: logarithms; divergence: nats."]
    with written_beside(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
