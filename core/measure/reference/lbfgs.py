"""Batched L-BFGS over joints only: the project's own cost over a whole clip, by another solver from the same start.

It shows what the least-squares steps bring: same cost, same start, no vertices; only the solver differs.
"""

import time
from dataclasses import dataclass

import torch
from torch import Tensor

from ...fit.problem import BodyProblem, BodyState
from ...fit.rotations import exponential, logarithm

ENOUGH = 1.01
"""Reached: a cost at most so many times the wanted one."""
STEP = 20
"""Iterations between two looks at the clock."""
HISTORY = 20


@dataclass(frozen=True)
class Descent:
    """state: where it ended; cost: there; seconds: spent; evaluations: of cost and gradient; reached: seconds until the cost was
    within a hundredth of the wanted one, or None."""

    state: BodyState
    cost: float
    seconds: float
    evaluations: int
    reached: float | None


def descend(problem: BodyProblem, start: BodyState, wanted: float, longest: float, focal_known: bool) -> Descent:
    """Lower `problem`'s cost from `start` until it is within a hundredth of `wanted`, or no more falls, or `longest` seconds.

    Unknowns: axis-angle of 22 joints and the pelvis's place for each frame, and all that the clip shares; the focal length only
    where it is not known.
    """
    unknowns = {name: value.clone() for name, value in vars(start).items()} | {"rotations": logarithm(start.rotations)}
    free = [value.requires_grad_() for name, value in unknowns.items() if not (focal_known and name == "log_focal")]
    optimiser = torch.optim.LBFGS(
        free, lr=1.0, max_iter=STEP, tolerance_change=0.0, tolerance_grad=0.0, history_size=HISTORY, line_search_fn="strong_wolfe"
    )
    evaluations = 0

    def state() -> BodyState:
        return BodyState(**unknowns | {"rotations": exponential(unknowns["rotations"])})

    def closure() -> Tensor:
        nonlocal evaluations
        evaluations += 1
        optimiser.zero_grad()
        cost = problem.differentiable_cost(state())
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    seconds, cost, reached = 0.0, float("inf"), None
    while seconds < longest:
        started = time.process_time()
        optimiser.step(closure)  # type: ignore[no-untyped-call]
        seconds += time.process_time() - started
        with torch.no_grad():
            now = problem.cost(state())
        if now <= ENOUGH * wanted:
            cost, reached = now, seconds
            break
        if not now < cost:
            break
        cost = now
    ended = BodyState(**{name: value.detach() for name, value in vars(state()).items()})
    return Descent(ended, cost, seconds, evaluations, reached)
