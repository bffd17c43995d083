"""Forward kinematics of the body's points with analytic Jacobians, all frames of a stretch at once.

Unknowns of one frame (D = 69): the pelvis's place (3), then for each of the 22 joints a small turn (3) about the axes of the
frame of reference itself (not the parent's): the joint's global rotation G becomes exp(turn) G. So a point p that joint j
carries moves by turn x (p - p_j), whatever lies between them, which keeps the Jacobian free of matrix products.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..skeleton import BODY_JOINT_COUNT, PARENTS
from .normal import JACOBIAN
from .points import BodyPoints
from .rotations import exponential, skew

FRAME_UNKNOWNS = 3 + 3 * BODY_JOINT_COUNT
MAX_TURN = 0.8
"""Longest turn (rad) of one joint in one step; beyond it the linear model says nothing."""


@dataclass(frozen=True)
class PosedPoints:
    """T frames of posed points.

    rotations: (T, J, 3, 3) local; globals: (T, J, 3, 3) of the joints; parents: (T, J, 3, 3) of the joints' parents (the
        pelvis's is the identity); points: (T, N, 3) metres. For the body J = 22 and D = 69.
    by_frame: (T, N, 3, D) and by_betas: (T, N, 3, B): derivatives of points, or None when only values were asked for.
    """

    rotations: Tensor
    globals: Tensor
    parents: Tensor
    points: Tensor
    by_frame: Tensor | None = None
    by_betas: Tensor | None = None


def parent_of(global_rotations: Tensor) -> Tensor:
    """(T, 22, 3, 3) the parents' share of (T, 22, 3, 3) global rotations; the identity for the pelvis."""
    parents = global_rotations[:, [max(PARENTS[j], 0) for j in range(BODY_JOINT_COUNT)]].clone()
    parents[:, 0] = torch.eye(3, dtype=parents.dtype, device=parents.device)
    return parents


def global_rotations(rotations: Tensor) -> Tensor:
    """(T, 22, 3, 3) local to global rotations."""
    out: list[Tensor] = [rotations[:, 0]]
    for joint in range(1, BODY_JOINT_COUNT):
        out.append(out[PARENTS[joint]] @ rotations[:, joint])
    return torch.stack(out, 1)


def pose_points(points: BodyPoints, rotations: Tensor, pelvis: Tensor, betas: Tensor, linearise: bool) -> PosedPoints:
    """Pose `points` by local rotations (T, 22, 3, 3), pelvis places (T, 3) and betas (B,)."""
    turned = global_rotations(rotations)
    offset = points.offset + points.offset_shape @ betas
    carriers = torch.tensor([max(c, 0) for c in points.carrier], device=pelvis.device)
    arms = (turned[:, carriers] @ offset[..., None])[..., 0]
    joints: list[Tensor] = [pelvis]
    for joint in range(1, BODY_JOINT_COUNT):
        joints.append(joints[PARENTS[joint]] + arms[:, joint])
    joint_places = torch.stack(joints, 1)
    rest = slice(BODY_JOINT_COUNT, len(points.carrier))
    places = torch.cat([joint_places, joint_places[:, carriers[rest]] + arms[:, rest]], 1)
    if not linearise:
        return PosedPoints(rotations, turned, parent_of(turned), places)

    frames, count = places.shape[:2]
    by_turn = torch.zeros(frames, count, BODY_JOINT_COUNT, 3, 3, dtype=JACOBIAN, device=places.device)
    point, joint_index = torch.nonzero(points.moves, as_tuple=True)
    by_turn[:, point, joint_index] = -skew((places[:, point] - places[:, joint_index]).to(JACOBIAN))
    eye = torch.eye(3, dtype=JACOBIAN, device=places.device).expand(frames, count, 3, 3)
    by_frame = torch.cat([eye, by_turn.permute(0, 1, 3, 2, 4).reshape(frames, count, 3, 3 * BODY_JOINT_COUNT)], -1)

    by_arm = turned[:, carriers].to(JACOBIAN) @ points.offset_shape.to(JACOBIAN)
    by_betas: list[Tensor] = [torch.zeros_like(by_arm[:, 0])]
    for joint in range(1, BODY_JOINT_COUNT):
        by_betas.append(by_betas[PARENTS[joint]] + by_arm[:, joint])
    joint_by_betas = torch.stack(by_betas, 1)
    all_by_betas = torch.cat([joint_by_betas, joint_by_betas[:, carriers[rest]] + by_arm[:, rest]], 1)
    return PosedPoints(rotations, turned, parent_of(turned), places, by_frame, all_by_betas)


def step(rotations: Tensor, pelvis: Tensor, change: Tensor) -> tuple[Tensor, Tensor]:
    """Apply a change (T, 69) of the unknowns to local rotations (T, 22, 3, 3) and pelvis places (T, 3)."""
    turns = change[:, 3:].reshape(-1, BODY_JOINT_COUNT, 3)
    turns = turns * (MAX_TURN / turns.norm(dim=-1, keepdim=True).clamp(min=MAX_TURN))
    parents = parent_of(global_rotations(rotations))
    local = (parents.transpose(-1, -2) @ turns[..., None])[..., 0]
    return exponential(local) @ rotations, pelvis + change[:, :3]
