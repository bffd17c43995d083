"""Takes as an animator gets them, feet and limits included, as features that judges see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ....models.emotion.dataset.takes import Label, TakeSet
from ....models.emotion.features import FRAME_RATE, from_motion
from ....models.emotion.recogniser.judge import Judge
from ....models.emotion.weights import EmotionModel
from ...act.act import act
from ...act.cues import steady
from ...act.modes import Mode
from ...act.request import ActRequest


@dataclass(frozen=True)
class Asked:
    """One take to be made. seed: of all that chance decides."""

    emotion: str
    intensity: float
    seed: int


@dataclass(frozen=True)
class Way:
    """How takes are drawn. filtered: the best of several, chosen by a judge. mode: as act has it. walk: scale of the walk."""

    filtered: bool = False
    mode: Mode = "sample"
    walk: float = 0.0


WAYS: Final = {
    "generated": Way(),
    "crossed": Way(mode="crossed"),
    "one Gaussian": Way(mode="normal"),
    "as the paper": Way(mode="paper"),
    "filtered": Way(filtered=True),
}


def request_of(asked: Asked, way: Way, best_of: int = 1, fps: float = FRAME_RATE) -> ActRequest:
    """What act is asked for."""
    return ActRequest(
        steady(asked.emotion, asked.intensity),
        seed=asked.seed,
        mode=way.mode,
        walk=way.walk,
        best_of=best_of if way.filtered else 1,
        fps=fps,
    )


def generated(
    model: EmotionModel,
    wanted: Sequence[Asked],
    way: Way,
    chooser: Judge | None = None,
    best_of: int = 1,
    scenario: str = "generated",
) -> TakeSet:
    """The takes that are asked for, in order. chooser: who chooses where the way filters. scenario: that of their labels."""
    values = []
    for asked in wanted:
        motion = act(model, request_of(asked, way, best_of), chooser)
        values.append(from_motion(motion).values.astype(np.float32))
    labels = tuple(Label(asked.emotion, asked.intensity, "generated", scenario) for asked in wanted)
    known = np.ones(len(wanted), bool)
    return TakeSet(tuple(values), labels, known, known)
