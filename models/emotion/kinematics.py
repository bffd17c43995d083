"""Differentiable forward kinematics of the 22 body joints and the four sole points, over any number of frames at once."""

import torch
from torch import Tensor

from ...core.skeleton import BODY_JOINT_COUNT, PARENTS
from .rest import SOLE_JOINTS, RestBody


class BodyKinematics(torch.nn.Module):
    """Poses the body joints of one body at rest. Metres; the frame of reference is that of the pelvis's own rotation.

    rest: the body. The tensors move with the module to its device.
    """

    def __init__(self, rest: RestBody) -> None:
        super().__init__()
        joints = torch.as_tensor(rest.joints[:BODY_JOINT_COUNT], dtype=torch.float32)
        above = torch.tensor([max(parent, 0) for parent in PARENTS[:BODY_JOINT_COUNT]])
        self.register_buffer("offsets", joints - joints[above], persistent=False)
        soles = torch.as_tensor(rest.soles, dtype=torch.float32) - joints[list(SOLE_JOINTS)]
        self.register_buffer("soles", soles, persistent=False)

    def forward(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        """Rotations (N, 22, 3, 3) in the body's frame and joints (N, 22, 3) from the pelvis, of local rotations (N, 22, 3, 3)."""
        offsets = self.get_buffer("offsets")
        local = rotations.unbind(1)  # at once: backwards, each single joint taken out would cost a whole array of zeros
        turned, placed = [local[0]], [torch.zeros_like(local[0][..., 0])]
        for joint, parent in enumerate(PARENTS[1:BODY_JOINT_COUNT], start=1):
            placed.append(placed[parent] + turned[parent] @ offsets[joint])
            turned.append(turned[parent] @ local[joint])
        return torch.stack(turned, 1), torch.stack(placed, 1)

    @torch.no_grad()
    def derivative(self, turned: Tensor, placed: Tensor, joints: list[int]) -> Tensor:
        """(N, J, 3, 3 * 22) how those joints' places change with a small turn of each joint in its own frame (axis-angle), of
        what `forward` gave."""
        carries = torch.zeros(len(joints), BODY_JOINT_COUNT, 1, device=placed.device)
        for row, joint in enumerate(joints):
            while joint:
                joint = PARENTS[joint]
                carries[row, joint] = 1
        arms = (placed[:, joints, None] - placed[:, None]) * carries
        axes = turned.transpose(-1, -2)[:, None].expand(-1, len(joints), -1, -1, -1)
        moved = torch.linalg.cross(axes, arms[..., None, :].expand_as(axes), dim=-1)
        return moved.flatten(2, 3).transpose(-1, -2)

    def sole_points(self, turned: Tensor, placed: Tensor) -> Tensor:
        """(N, 4, 3) left heel, left toes, right heel, right toes, of what `forward` gave."""
        carriers = list(SOLE_JOINTS)
        return placed[:, carriers] + (turned[:, carriers] @ self.get_buffer("soles")[..., None])[..., 0]
