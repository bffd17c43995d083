"""The body's problem: its state, and the sum of its terms over the clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .kinematics import FRAME_UNKNOWNS, pose_points, step
from .normal import NormalEquations, SharedRows
from .points import BodyPoints
from .terms.term import Stretch, Term

SHARED_BESIDES = 5
"""Shared unknowns beside betas: the focal length's logarithm, the lean, the tilt of the world (2), the floor's height."""
OVERLAP = 2
"""Frames that a stretch looks at beyond its own: terms reach over three neighbouring frames."""


@dataclass(frozen=True)
class BodyState:
    """The unknowns. rotations: (T, 22, 3, 3) local; pelvis: (T, 3) metres in the camera's frame; betas: (B,);
    log_focal: () logarithm of the focal length in pixels; lean: () radians about the camera's x axis by which the networks' 3D
    is tilted throughout the clip; tilt: (2,) of gravity's up against the camera's (terms.term.up_of); floor: () height of the
    floor along up, metres, seen from the camera."""

    rotations: Tensor
    pelvis: Tensor
    betas: Tensor
    log_focal: Tensor
    lean: Tensor
    tilt: Tensor
    floor: Tensor

    def frames(self, chosen: Tensor | slice) -> "BodyState":
        """The same state of some of the frames."""
        return replace(self, rotations=self.rotations[chosen], pelvis=self.pelvis[chosen])


class BodyProblem:
    """The terms over T frames; implements solver.Problem. Frames are posed in stretches of `chunk`, so that the memory that
    Jacobians take does not grow with the clip."""

    def __init__(self, points: BodyPoints, terms: Sequence[Term], chunk: int) -> None:
        self.points, self.terms, self.chunk = points, tuple(terms), chunk

    def cost(self, state: BodyState) -> float:
        """The robust cost at `state`."""
        return sum(self.costs(state).values())

    def costs(self, state: BodyState) -> dict[str, float]:
        """The robust cost of each term."""
        return {name: float(cost) for name, cost in self._evaluate(state, None).items()}

    def differentiable_cost(self, state: BodyState) -> Tensor:
        """The robust cost at `state` as () tensor that torch can take derivatives of, for solvers other than this project's."""
        return torch.stack(list(self._evaluate(state, None).values())).sum()

    def linearise(self, state: BodyState) -> tuple[float, NormalEquations]:
        """The cost and the normal equations at `state`; shared unknowns: betas, log_focal, lean, tilt, floor."""
        equations = NormalEquations(len(state.pelvis), FRAME_UNKNOWNS, len(state.betas) + SHARED_BESIDES, state.pelvis.device)
        costs = self._evaluate(state, equations)
        return float(torch.stack(list(costs.values())).sum()), equations

    def move(self, state: BodyState, frames: Tensor, shared: Tensor) -> BodyState:
        """The state after changes (T, 69) of the frames and (B + 5,) of the shared unknowns."""
        rotations, pelvis = step(state.rotations, state.pelvis, frames)
        pelvis[:, 2].clamp_(min=0.2)
        betas, besides = shared[:-SHARED_BESIDES], shared[-SHARED_BESIDES:]
        angles = besides[:4].clamp(-0.2, 0.2)
        return BodyState(
            rotations,
            pelvis,
            state.betas + betas,
            state.log_focal + angles[0],
            state.lean + angles[1],
            state.tilt + angles[2:],
            state.floor + besides[4],
        )

    def _evaluate(self, state: BodyState, equations: NormalEquations | None) -> dict[str, Tensor]:
        total, linearise = len(state.pelvis), equations is not None
        costs: dict[str, Tensor] = {}
        for start in range(0, total, self.chunk):
            seen = slice(start, min(start + self.chunk + OVERLAP, total))
            posed = pose_points(self.points, state.rotations[seen], state.pelvis[seen], state.betas, linearise)
            count = min(self.chunk, total - start)
            stretch = Stretch(start, count, posed, state.betas, state.log_focal, state.lean, state.tilt, state.floor, linearise)
            for term in self.terms:
                rows = term.rows(stretch)
                if isinstance(rows, SharedRows) and start > 0:
                    continue
                costs[term.name] = costs[term.name] + rows.cost if term.name in costs else rows.cost
                if equations is not None:
                    equations.add(rows, start)
        return dict(costs)
