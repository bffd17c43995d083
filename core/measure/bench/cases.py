"""What the bench looks at: the staged cases, rendered once, and their motions as known ones of the body itself."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ....models.body.load import Body
from ...motion import Motion
from ..stage.case import StageCase
from ..stage.cases import PLANS, stage_cases, staged
from .solver import Known

HIDDEN: Final = ("hidden", "half_out", "turn")
"""Cases in which much of the person is hidden, beyond the picture's edge, or turned away: there confidence is to say so."""
KNOWN: Final = ("walk_side", "strike_front", "gestures_front")


def rendered_cases(names: Sequence[str] | None, frames: int | None, say: Callable[[str], None]) -> list[StageCase]:
    """The staged cases, or those that are named, rendered where they were not before. frames: only so many of each, and of the
    first case alone when none is named. Raises ThespisError for a name that there is none of."""
    if names is None and frames is not None:
        names = [PLANS[0].name]

    def told(name: str, frame: int, count: int) -> None:
        if frame == count:
            say(f"{name}: {count} frames rendered")

    return list(stage_cases(names, frames, progress=told))


def known_motions(body: Body, frames: int | None) -> list[Known]:
    """Three of the staged motions, performed by `body` itself, before the cameras that filmed them."""
    found = []
    for plan in PLANS:
        if plan.name in KNOWN:
            performance, setting = staged(plan, frames)
            poses = np.asarray(performance.poses, np.float64).reshape(len(performance.poses), -1, 3)
            trans, expression = (np.asarray(part, np.float64) for part in (performance.trans, performance.expression))
            motion = Motion(poses, trans, np.zeros(body.beta_count), expression, performance.fps)
            found.append(Known(plan.motion, motion, setting.camera))
    return found
