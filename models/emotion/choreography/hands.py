"""The fingers: shapes of key poses, each finger a little for itself, never a stiff board."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...body.fingers import finger_pose
from .actor import Actor
from .figure import open_body
from .noise import wander
from .pose import HandGoal
from .timeline import Key
from .turns import from_vectors

Array = NDArray[np.floating[Any]]

FIRST: Final = {"left": 25, "right": 40}
"""First of the fifteen joints of a hand."""
_SOFTER: Final = {"open": 0.16, "flat": 0.12, "spread": 0.14, "point": 0.06, "victory": 0.05, "claw": 0.05}
"""Share of the relaxed hand in shapes that people never make quite straight."""


@lru_cache(maxsize=64)
def _shape(name: str, side: str) -> NDArray[np.float64]:
    return finger_pose(open_body(), name, side)


def solve_fingers(
    side: str, keys: list[Key], weights: Array, actor: Actor, seconds: Array, local: Array, random: np.random.Generator
) -> None:
    """Write the fifteen finger joints of one hand into `local` (T, 55, 3, 3). weights: (T, K)."""
    ease = (1 - actor.grip) * _shape("relaxed", side) + actor.grip * _shape("loose", side)
    shapes = np.empty((len(keys), 15, 3))
    for k, key in enumerate(keys):
        goal = key.pose.hands.get(side, HandGoal())
        if goal.shape == "relaxed":
            shapes[k] = ease
            continue
        shape = _shape(goal.shape, side)
        soft = _SOFTER.get(goal.shape, 0.0) / actor.fingers
        amount = float(np.clip((0.45 + 0.6 * key.reach) * actor.fingers, 0.35, 1.0)) * (1 - soft)
        shapes[k] = ease + amount * (shape - ease)
    pose = np.tensordot(weights, shapes, axes=(1, 0))
    # Each finger has a habit of its own, and moves a little all the time.
    curl = 1 + 0.09 * random.normal(size=(1, 5, 1, 1)) + wander(seconds, 5, 0.05, random)[:, :, None, None]
    pose = (pose.reshape(-1, 5, 3, 3) * curl).reshape(-1, 15, 3)
    local[:, FIRST[side] : FIRST[side] + 15] = from_vectors(pose)
