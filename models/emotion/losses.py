"""What the CVAE is trained for: rotations, joints, velocities, feet that stand, hands, face, latent; vertices if wanted."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...core.skeleton import BODY_JOINT_COUNT, JOINT_COUNT, JOINT_INDEX, JOINT_NAMES
from ..body.skin import BodySkin
from .features import FRAME_RATE, layout
from .kinematics import BodyKinematics
from .parts import parted
from .rest import RestBody
from .rotation6d import to_matrices_torch
from .spectrum import spectral_distance

VERTICES = 200
"""How many vertices stand for the mesh, spread evenly over the skin."""

_STANDING: Final = {"ankle", "foot"}
"""What stands does not move at all, and is planted in every take: its spectrum would drown the others'."""
_LEG: Final = {"hip", "knee"} | _STANDING
"""What turns as planted feet ask."""
_TURNED = 5.0
"""How much of a rotation in 6D is as much as a metre of a joint's way (spectrum.py)."""


def _without(parts: set[str]) -> list[int]:
    """The body joints that are none of these parts, of either side."""
    return [JOINT_INDEX[name] for name in JOINT_NAMES[:BODY_JOINT_COUNT] if name.split("_")[-1] not in parts]


_MOVING: Final = _without(_STANDING)
_TURNING: Final = _without(_LEG)


@dataclass(frozen=True)
class LossWeights:
    """The weight of each loss; each is a mean over what it is about. joints: squared metres from the pelvis; place: squared
    metres of the pelvis; vertices: squared metres; velocity: (m/s)^2; acceleration: (m/s^2)^2; slide: (m/s)^2 of planted sole
    points; posture: of rotations and place, each by its own standard deviation; joint_spectrum, turn_spectrum: of the joints'
    ways and of the rotations (spectrum.py); divergence: of a latent, in nats."""

    rotations: float = 10.0
    joints: float = 10.0
    place: float = 0.5
    velocity: float = 2.0
    acceleration: float = 1e-3
    contacts: float = 0.02
    slide: float = 0.2
    hands: float = 0.12
    face: float = 0.24
    vertices: float = 0.0
    posture: float = 0.0
    joint_spectrum: float = 0.0
    turn_spectrum: float = 0.0
    divergence: float = 3e-4

    def sharper(self) -> "LossWeights":
        """For the end of a training: with spectra, with less of the errors that ask for the mean of all moments, and with what
        hardly moves counting as much as what moves far: a lean to the side, a stance."""
        more = {"posture": 0.2, "joint_spectrum": 0.07, "turn_spectrum": 0.05}
        return replace(self, velocity=self.velocity / 4, acceleration=0.0, divergence=self.divergence / 3, **more)


@dataclass(frozen=True)
class Target:
    """values: (B, T, D) features. there: (B, T) which frames count. has_hands, has_face: (B,) where the source knew of them."""

    values: Tensor
    there: Tensor
    has_hands: Tensor
    has_face: Tensor


class Losses(nn.Module):
    """rest: the body whose joints and vertices are compared. std: (D,) of the features, by which those whose units say little are
    scaled."""

    def __init__(self, rest: RestBody, std: Tensor, weights: LossWeights) -> None:
        super().__init__()
        self.weights = weights
        self.kinematics = BodyKinematics(rest)
        self.std = nn.Buffer(std.float(), persistent=False)
        self._skin: BodySkin | None = None
        self._rest = rest

    def forward(self, values: Tensor, target: Target) -> dict[str, Tensor]:
        """Each loss by name, unweighted, of decoded features (B, T, D)."""
        made, true = parted(values), parted(target.values)
        there = target.there
        share = there / there.sum()
        rotations, true_rotations = made["rotations"], true["rotations"]
        place, true_place = made["place"], true["place"]
        losses = {
            "rotations": ((rotations - true_rotations).square().mean(-1) * share).sum(),
            "place": ((place - true_place).square().mean(-1) * share).sum(),
        }
        with torch.no_grad():
            true_joints, _, true_matrices = self._posed(true_rotations, true_place)
        joints, soles, matrices = self._posed(rotations, place)
        # From the pelvis: where the whole body stands would drown how it stands, and has a loss of its own.
        from_pelvis = (joints - place[..., None, :]) - (true_joints - true_place[..., None, :])
        losses["joints"] = (from_pelvis.square().sum(-1).mean(-1) * share).sum()
        body = slice(layout().rotations.start, layout().place.stop)
        off = ((values - target.values) / self.std)[..., body]
        losses["posture"] = (off.square().mean(-1) * share).sum()
        both = there[:, 1:] & there[:, :-1]
        pairs = both / both.sum().clamp(min=1)
        step = ((joints - true_joints).diff(dim=1) * FRAME_RATE).square().sum(-1).mean(-1)
        losses["velocity"] = (step * pairs).sum()
        bend = ((joints - true_joints).diff(n=2, dim=1) * FRAME_RATE**2).square().sum(-1).mean(-1)
        three = both[:, 1:] & both[:, :-1]
        losses["acceleration"] = (bend * three).sum() / three.sum().clamp(min=1)
        true_contacts = true["contacts"]
        contacts = made["contacts"].clamp(1e-5, 1 - 1e-5)
        entropy = nn.functional.binary_cross_entropy(contacts, true_contacts.clamp(0, 1), reduction="none")
        losses["contacts"] = (entropy.mean(-1) * share).sum()
        planted = (true_contacts[:, 1:] > 0.5) & (true_contacts[:, :-1] > 0.5) & both[..., None]
        slide = (soles.diff(dim=1) * FRAME_RATE).square().sum(-1) * planted
        losses["slide"] = slide.sum() / planted.sum().clamp(min=1)
        for name, known in (("hands", target.has_hands), ("face", target.has_face)):
            error = ((made[name] - true[name]) / self.std[getattr(layout(), name)]).square().mean(-1)
            told = share * known[:, None]
            losses[name] = (error * told).sum()
        for name, ours, theirs, metre in (
            ("joint_spectrum", joints[..., _MOVING, :], true_joints[..., _MOVING, :], 1.0),
            ("turn_spectrum", _six(rotations), _six(true_rotations), _TURNED),
        ):
            wanted = getattr(self.weights, name) > 0
            losses[name] = spectral_distance(ours, theirs, there, metre) if wanted else rotations.new_zeros(())
        if self.weights.vertices:
            with torch.no_grad():
                true_vertices = self._vertices(true_matrices)
            apart = (self._vertices(matrices) - true_vertices).square().sum(-1).mean(-1)
            losses["vertices"] = (apart * share).sum()
        return losses

    def total(self, losses: dict[str, Tensor], divergence_share: float = 1.0) -> Tensor:
        """The weighted sum; divergence_share: how far the divergence's weight has been let in (warm-up)."""
        weight = {name: getattr(self.weights, name) for name in losses}
        if "divergence" in weight:
            weight["divergence"] *= divergence_share
        return torch.stack([weight[name] * loss for name, loss in losses.items()]).sum()

    def apart(self, six: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """(N,) metres between joints, and vertices, of rotations (N, 22, 6) and of others, on average, pelvis on pelvis."""
        matrices = [to_matrices_torch(part)[None] for part in (six, others)]
        joints = [self.kinematics(part[0])[1] for part in matrices]
        vertices = [self._vertices(part)[0] for part in matrices]
        return (joints[0] - joints[1]).norm(dim=-1).mean(-1), (vertices[0] - vertices[1]).norm(dim=-1).mean(-1)

    def _posed(self, rotations: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Joints (B, T, 22, 3), soles (B, T, 4, 3) and local rotations (B, T, 22, 3, 3)."""
        shape = rotations.shape[:2]
        matrices = to_matrices_torch(rotations.reshape(-1, BODY_JOINT_COUNT, 6))
        turned, placed = self.kinematics(matrices)
        soles = self.kinematics.sole_points(turned, placed)
        joints, soles = (points.reshape(*shape, -1, 3) + place[..., None, :] for points in (placed, soles))
        return joints, soles, matrices.reshape(*shape, -1, 3, 3)

    def _vertices(self, matrices: Tensor) -> Tensor:
        """(B, T, VERTICES, 3) of the pelvis-aligned mesh; hands and face are at rest."""
        if self._skin is None:
            self._skin = BodySkin(self._rest.body, device=matrices.device)
            self._chosen = torch.as_tensor(spread_vertices(self._rest, VERTICES), device=matrices.device)
        flat = matrices.flatten(0, 1)
        others = torch.eye(3, device=flat.device).expand(len(flat), JOINT_COUNT - BODY_JOINT_COUNT, 3, 3)
        nothing = flat.new_zeros(len(flat), 3)
        betas = flat.new_zeros(self._rest.body.beta_count)
        vertices, joints = self._skin(torch.cat([flat, others], 1), nothing, betas, vertex_ids=self._chosen)
        return (vertices - joints[:, :1]).reshape(*matrices.shape[:2], -1, 3)


def _six(rotations: Tensor) -> Tensor:
    """(B, T, J, 6) of rotations (B, T, 132): the joints that turn of themselves."""
    return rotations.reshape(*rotations.shape[:-1], BODY_JOINT_COUNT, 6)[..., _TURNING, :]


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of N(mean, exp(log_variance)) (B, L) from N(0, 1), summed over L, mean over B; nats."""
    return 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance).sum(-1).mean()


def spread_vertices(rest: RestBody, count: int) -> NDArray[np.int64]:
    """(count,) vertices of the skin, each the farthest from those before it (Gonzalez 1985), the first being vertex 0."""
    points = np.asarray(rest.body.v_template, np.float64)
    chosen = [0]
    apart: NDArray[Any] = np.linalg.norm(points - points[0], axis=1)
    while len(chosen) < count:
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.array(chosen)
