"""Variation: how far the noise walk moves the mesh, and what is left of the emotion, over its noise scale."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ....models.emotion.dataset.takes import TakeSet
from ....models.emotion.features import layout
from ....models.emotion.losses import Losses, LossWeights
from ....models.emotion.recogniser.judge import probabilities
from ....models.emotion.rest import canonical
from ..bench.report import Plot, Section
from ..plot import Line, line_plot
from ..table import number
from .generate import Way
from .rows import share
from .study import Study, asked_like

Array = NDArray[np.floating[Any]]

SCALES: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)


def section(study: Study) -> Section:
    """V2V of varied takes against the takes themselves, and recognition, for each noise scale."""
    wanted = asked_like(study.new_actors, study.counts.walks, seed=12)
    losses = Losses(canonical(), torch.ones(layout().size), LossWeights(vertices=1.0))
    plain: TakeSet | None = None
    moved, told = [], []
    for scale in SCALES:
        takes = study.generated(wanted, replace(Way(), walk=scale), f"variation {scale:g}")
        plain = plain or takes
        moved.append(float(np.mean([apart(losses, one, other) for one, other in zip(takes.values, plain.values, strict=True)])))
        told.append(float((probabilities(study.independent, takes).argmax(1) == takes.emotions).mean()))
    rows = [[f"{scale:g}", number(far * 1e3), share(right)] for scale, far, right in zip(SCALES, moved, told, strict=True)]
    picture = line_plot(
        "How far the noise walk moves the mesh", {"V2V": Line(np.array(SCALES), np.array(moved) * 1e3)}, "noise scale", "mm"
    )
    words = (
        f"{len(wanted)} takes and the same with Pose_t = Pose_(t-1) + scale x difference, the difference drawn for frame and "
        "pose: mean distance of the vertices, pelvis on pelvis, and the kinematic judge's recognition."
    )
    return Section(
        "Variation",
        ["noise scale", "V2V, mm", "recognised"],
        rows,
        words,
        [Plot("bench-emotion-noise", "V2V over noise scale", picture)],
    )


def apart(losses: Losses, one: Array, other: Array) -> float:
    """Metres between the meshes of features (T, D), on average, pelvis on pelvis."""
    six = [torch.as_tensor(part[:, layout().rotations].reshape(len(part), 22, 6), dtype=torch.float32) for part in (one, other)]
    with torch.no_grad():
        return float(losses.apart(six[0], six[1])[1].mean())
