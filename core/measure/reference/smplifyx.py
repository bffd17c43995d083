"""SMPLify-X's method (Pavlakos et al. 2019, section 3), as published: one picture at a time, all vertices, L-BFGS in stages.

Written from the paper and the schedule of weights that its authors made public. First the camera's place and the body's turn
from shoulders and hips, then five stages over everything, in which the beliefs weaken and hands and face come in. What stands
in for parts that cannot be had: the project's own pose prior for VPoser, and its own body. Left out: the penetration term,
whose code needs a GPU; without it a picture costs less. Unlike there, the body's place stays free in the stages: held, it
projects worse.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....models.prior.pose_prior import PosePrior
from ...skeleton import JOINT_INDEX
from .landmarks import FACE, HANDS, MeshLandmarks, project

BETAS, EXPRESSIONS, HAND_COMPONENTS = 10, 10, 12
RHO = 100.0
"""Pixels; where Geman and McClure's loss gives way."""
PICTURE_HEIGHT = 1000.0
"""Height in pixels of the picture that the weight of the landmarks is meant for."""
DEPTH_WEIGHT = 100.0
"""Of the distance of the first stage's depth from the start's."""
BENDING = 3.17
"""Weight of knees and elbows that bend the wrong way, in weights (not squared) of the pose prior."""
FURTHEST_BENT = 10.0
"""Radians; a line search that tries more gets no infinite loss."""
ITERATIONS, STEPS, TOLERANCE = 30, 30, 1e-9
"""Iterations of L-BFGS in one step, and steps of a stage, at most; relative change of the loss, and largest gradient, that end
a stage."""
TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclass(frozen=True)
class Stage:
    """Weights, squared before use. pose: of the pose prior and of the hands' coefficients; shape: of betas and expression;
    jaw: (3,) of the jaw's axis-angle; hands, face: of their landmarks, those of the body having 1."""

    pose: float
    shape: float
    jaw: tuple[float, float, float]
    hands: float
    face: float


STAGES = (
    Stage(404, 100, (4040, 40400, 40400), 0, 0),
    Stage(404, 50, (4040, 40400, 40400), 0, 0),
    Stage(57.4, 10, (574, 5740, 5740), 0, 0),
    Stage(4.78, 5, (47.8, 478, 478), 0.1, 0),
    Stage(4.78, 5, (47.8, 478, 478), 2, 2),
)


@dataclass
class Parameters:
    """One picture's unknowns, float32. transl: (1, 3) so that the pelvis at rest plus transl is its place in the camera's
    frame; global_orient: (1, 3), body_pose: (1, 63), jaw_pose: (1, 3) axis-angle; betas: (1, 10); expression: (1, 10);
    left_hand_pose, right_hand_pose: (1, 12) coefficients."""

    transl: Tensor
    global_orient: Tensor
    body_pose: Tensor
    betas: Tensor
    expression: Tensor
    jaw_pose: Tensor
    left_hand_pose: Tensor
    right_hand_pose: Tensor

    def copied(self) -> "Parameters":
        """The same values, apart from this one's further changes."""
        return Parameters(**{name: value.detach().clone() for name, value in vars(self).items()})


def parameters_at(transl: Tensor, global_orient: Tensor, body_pose: Tensor, betas: Tensor) -> Parameters:
    """A start: place (3,), turn (3,), pose (63,) and betas (10 or more,) given, all else at its mean."""

    def row(value: Tensor) -> Tensor:
        return value.detach().to(torch.float32).reshape(1, -1).clone()

    def zeros(count: int) -> Tensor:
        return torch.zeros(1, count)

    hands = (zeros(HAND_COMPONENTS), zeros(HAND_COMPONENTS))
    body = (row(transl), row(global_orient), row(body_pose), row(betas[:BETAS]))
    return Parameters(*body, zeros(EXPRESSIONS), zeros(3), *hands)


@dataclass(frozen=True)
class Fitted:
    """One picture's outcome. seconds: of the optimisation alone; evaluations: of loss and gradient; history: seconds spent and
    parameters after each step of L-BFGS."""

    parameters: Parameters
    seconds: float
    evaluations: int
    history: list[tuple[float, Parameters]]


class SmplifyX:
    """Fits single pictures with one module of the smplx package.

    module: smplx_package.smplx_module; prior: of body poses; shape: mean and deviation (10,) of betas;
    focal: pixels; height: of the picture in pixels. steps: of L-BFGS in a stage, at most.
    """

    def __init__(
        self, module: Any, prior: PosePrior, shape: tuple[Tensor, Tensor], focal: float, height: float, steps: int = STEPS
    ) -> None:
        self.module, self.focal, self.steps = module, focal, steps
        self.data_weight = PICTURE_HEIGHT / height
        self.shape_mean, self.shape_deviation = (value[:BETAS].to(torch.float32) for value in shape)
        self.means, self.whitening, self.log_weights = (
            torch.as_tensor(value, dtype=torch.float32) for value in (prior.means, prior.whitening, prior.log_weights)
        )

    def fit(self, landmarks: MeshLandmarks, start: Parameters) -> Fitted:
        """Fit the picture whose landmarks (of one frame) are given, from `start`."""
        self._seconds, self._evaluations, self._history = 0.0, 0, list[tuple[float, Parameters]]()
        found = start.copied()
        torso = torch.tensor([[JOINT_INDEX[name]] for name in TORSO])
        only_torso = (landmarks.index[:, :1] == torso[:, 0]).any(1) & (landmarks.share[:, 0] == 1) & (landmarks.part == 0)
        depth = found.transl[:, 2].clone()

        def place() -> Tensor:
            away = found.transl[:, 2] - depth
            return self._data(found, landmarks, only_torso.to(torch.float32)) + DEPTH_WEIGHT**2 * (away**2).sum()

        self._minimise(place, found, ("transl", "global_orient"))
        free = tuple(vars(found))
        for stage in STAGES:
            scale = torch.ones(len(landmarks.part))
            scale[landmarks.part == HANDS], scale[landmarks.part == FACE] = stage.hands**2, stage.face**2

            def loss(stage: Stage = stage, scale: Tensor = scale) -> Tensor:
                return self._data(found, landmarks, scale) + self._belief(found, stage)

            self._minimise(loss, found, free)
        return Fitted(found.copied(), self._seconds, self._evaluations, self._history)

    def posed(self, found: Parameters) -> tuple[Tensor, Tensor]:
        """Joints (1, 55 and more, 3) and vertices (1, V, 3) in the camera's frame."""
        output = self.module(return_verts=True, **vars(found))
        return output.joints, output.vertices

    def pose(self, found: Parameters) -> Tensor:
        """(55, 3) axis-angle of all joints, from coefficients of the hands where they are those."""
        return self.module(return_full_pose=True, **vars(found)).full_pose.detach().reshape(-1, 3)

    def _data(self, found: Parameters, landmarks: MeshLandmarks, scale: Tensor) -> Tensor:
        """Geman and McClure's loss of the landmarks' distances in pixels, each by its own weight and `scale` (N,)."""
        places = landmarks.points(*self.posed(found))
        squared = ((project(places, self.focal) - landmarks.pixel.to(torch.float32)) ** 2).sum(-1)
        robust = RHO**2 * squared / (squared + RHO**2)
        return self.data_weight**2 * (landmarks.weight.to(torch.float32) ** 2 * scale * robust).sum()

    def _belief(self, found: Parameters, stage: Stage) -> Tensor:
        whitened = torch.einsum("kij,kj->ki", self.whitening, found.body_pose - self.means)
        likely = ((whitened**2).sum(-1) - 2 * self.log_weights).min()
        bent = torch.stack([sign * found.body_pose[0, 3 * (JOINT_INDEX[name] - 1) + axis] for name, axis, sign in _HINGES])
        hands = (found.left_hand_pose**2).sum() + (found.right_hand_pose**2).sum()
        shape = (((found.betas[0] - self.shape_mean) / self.shape_deviation) ** 2).sum() + (found.expression**2).sum()
        return (
            stage.pose**2 * (likely + hands)
            + stage.pose * BENDING * (bent.clamp(max=FURTHEST_BENT).exp() ** 2).sum()
            + stage.shape**2 * shape
            + ((found.jaw_pose * torch.tensor(stage.jaw)) ** 2).sum()
        )

    def _minimise(self, loss: Callable[[], Tensor], found: Parameters, free: tuple[str, ...]) -> None:
        """L-BFGS with a line search of strong Wolfe conditions, in steps, until the loss stays as it is."""
        unknowns = [getattr(found, name).requires_grad_() for name in free]
        optimiser = torch.optim.LBFGS(
            unknowns, lr=1.0, max_iter=ITERATIONS, tolerance_change=TOLERANCE, line_search_fn="strong_wolfe"
        )

        def closure() -> Tensor:
            self._evaluations += 1
            optimiser.zero_grad()
            value = loss()
            value.backward()  # type: ignore[no-untyped-call]
            return value

        before = None
        for _ in range(self.steps):
            started, kept = time.process_time(), found.copied()
            value = float(optimiser.step(closure))  # type: ignore[no-untyped-call]  # the loss before the step
            steepest = max(float(u.grad.abs().max()) for u in unknowns if u.grad is not None)
            self._seconds += time.process_time() - started
            if not all(bool(u.isfinite().all()) for u in unknowns):  # single precision was not enough: the stage ends here
                with torch.no_grad():
                    for name in free:
                        getattr(found, name).copy_(getattr(kept, name))
                break
            self._history.append((self._seconds, found.copied()))
            still = before is not None and before - value <= TOLERANCE * max(abs(before), abs(value), 1.0)
            if still or steepest < TOLERANCE:
                break
            before = value
        for unknown in unknowns:
            unknown.requires_grad_(False)


_HINGES = (("left_elbow", 1, 1.0), ("right_elbow", 1, -1.0), ("left_knee", 0, -1.0), ("right_knee", 0, -1.0))
"""Joint, axis and sign of the angle that grows when it bends the wrong way (SMPLify, Bogo et al. 2016, eq. 3)."""
