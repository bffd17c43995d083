"""Beliefs about poses: a mixture of Gaussians learnt from motion capture, and joint limits."""

import torch
from torch import Tensor

from ....models.prior.pose_prior import PosePrior
from ..kinematics import FRAME_UNKNOWNS
from ..normal import JACOBIAN, JointRows, Rows
from .term import Stretch, cauchy


class LikelyPose:
    """Mahalanobis distance to the likeliest component of the mixture (SMPLify, Bogo et al. 2016), under a Cauchy loss so that
    a pose that the motion capture never saw is not bent towards one that it did.

    strength: (T,) weight of each frame's share.
    """

    name = "prior"

    def __init__(self, prior: PosePrior, strength: Tensor, scale: float) -> None:
        self.strength, self.scale = strength, scale
        device = strength.device
        self.means = torch.as_tensor(prior.means, device=device)
        self.whitening = torch.as_tensor(prior.whitening, device=device)
        self.log_weights = torch.as_tensor(prior.log_weights, device=device)

    def rows(self, stretch: Stretch) -> Rows:
        """63 rows a frame."""
        pose = stretch.body_pose.reshape(stretch.count, -1)
        whitened = torch.einsum("kij,tkj->tki", self.whitening, pose[:, None] - self.means)
        squared = (whitened * whitened).sum(-1)
        choice = (0.5 * squared - self.log_weights).argmin(1)
        frame = torch.arange(stretch.count, device=pose.device)
        strength = self.strength[stretch.own]
        residual = whitened[frame, choice] * strength[:, None]
        # The component's own weight enters the loss together with the distance, so that changing components never jumps.
        offset = -2 * self.log_weights[choice] * strength**2
        cost, doubt = cauchy((residual * residual).sum(-1) + offset, self.scale)
        weight = doubt[:, None].expand_as(residual)
        if not stretch.linearise:
            return Rows(residual, weight, cost)
        by_pose = (self.whitening[choice] * strength[:, None, None]).to(JACOBIAN)
        by_frame = by_pose.new_zeros(stretch.count, by_pose.shape[1], FRAME_UNKNOWNS)
        blocks = by_pose.reshape(stretch.count, -1, 21, 1, 3) @ stretch.pose_by_turn[:, None].to(JACOBIAN)
        by_frame[:, :, 6:] = blocks.reshape(stretch.count, by_pose.shape[1], -1)
        return Rows(residual, weight, cost, by_frame)


class JointLimits:
    """Radians beyond the limits, over sigma; nothing inside them."""

    name = "limits"

    def __init__(self, prior: PosePrior, sigma: float, device: torch.device) -> None:
        self.lower = torch.as_tensor(prior.lower, device=device).reshape(-1, 3)
        self.upper = torch.as_tensor(prior.upper, device=device).reshape(-1, 3)
        self.sigma = sigma

    def rows(self, stretch: Stretch) -> JointRows:
        """Three numbers for each of the 21 joints; the pelvis has no limit."""
        pose = stretch.body_pose
        beyond = torch.relu(pose - self.upper) - torch.relu(self.lower - pose)
        residual = beyond / self.sigma
        weight = torch.ones_like(residual)
        if not stretch.linearise:
            return JointRows(1, residual, weight, (residual * residual).sum())
        active = (beyond != 0).to(pose.dtype)[..., None] / self.sigma
        return JointRows(1, residual, weight, (residual * residual).sum(), (active * stretch.pose_by_turn,))
