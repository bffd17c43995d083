"""Differentiable linear blend skinning of an SMPL-X-format body, in torch (Loper et al. 2015, SMPL, eq. 2 to 10).

What depends on the body alone is multiplied out once: joints at rest are affine in betas and expression, so that forward
kinematics never touches a vertex, and a few landmark vertices are posed without posing the others.
"""

from typing import Any

import numpy as np
import roma
import torch
from numpy.typing import NDArray
from torch import Tensor

from .load import Body


class BodySkin:
    """Poses one body over T frames. Metres and radians; the frame of reference is that of the body, plus `trans`.

    body: the body to pose. dtype, device: of all tensors that go in and come out.
    """

    def __init__(self, body: Body, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu") -> None:
        self.body = body
        self.dtype = dtype
        self.device = torch.device(device)
        self.v_template, self.shapedirs, self.exprdirs = map(self._tensor, (body.v_template, body.shapedirs, body.exprdirs))
        self.posedirs = None if body.posedirs is None else self._tensor(body.posedirs)
        self.weights = self._tensor(body.weights)
        self.rest_joints, self.joint_shapedirs, self.joint_exprdirs = (self._tensor(term) for term in body.joint_terms)
        self._levels, order = _levels(body.parents)
        self._back_to_joint_order = torch.as_tensor(np.argsort(order), device=self.device)

    def __call__(
        self,
        poses: Tensor,
        trans: Tensor,
        betas: Tensor,
        expression: Tensor | None = None,
        vertex_ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Posed vertices (T, n, 3) and joints (T, 55, 3).

        poses: (T, 55, 3) axis-angle or (T, 55, 3, 3) rotation matrices, local to the parent. trans: (T, 3).
        betas: (B',) with B' up to B; expression: (T, E') with E' up to E, or None for a neutral face.
        vertex_ids: (n,) vertices wanted, or None for all.
        """
        rotations = self.rotations(poses)
        world, joints, offsets = self._kinematics(rotations, betas, expression)
        vertices = self._rest_vertices(betas, expression, vertex_ids)
        if self.posedirs is not None:
            vertices = vertices + self._pose_correctives(rotations, vertex_ids)
        weights = self.weights if vertex_ids is None else self.weights[vertex_ids]
        transforms = torch.cat([world, offsets[..., None]], dim=-1)  # (T, 55, 3, 4): x' = R x + (p - R j)
        blended = torch.einsum("nj,tjab->tnab", weights, transforms)
        posed = (blended[..., :3] @ vertices[..., None])[..., 0] + blended[..., 3]
        return posed + trans[:, None], joints + trans[:, None]

    def joints(self, poses: Tensor, trans: Tensor, betas: Tensor, expression: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Posed joints (T, 55, 3) and their rotations in the body's frame (T, 55, 3, 3), without any vertex."""
        world, joints, _ = self._kinematics(self.rotations(poses), betas, expression)
        return joints + trans[:, None], world

    def rotations(self, poses: Tensor) -> Tensor:
        """(T, 55, 3) axis-angle to (T, 55, 3, 3) matrices; matrices pass through."""
        return poses if poses.shape[-2:] == (3, 3) else roma.rotvec_to_rotmat(poses)

    def joints_at_rest(self, betas: Tensor, expression: Tensor | None = None) -> Tensor:
        """(1 or T, 55, 3) joints of the rest pose."""
        joints = (self.rest_joints + self.joint_shapedirs[..., : len(betas)] @ betas)[None]
        if expression is not None:
            columns = self.joint_exprdirs[..., : expression.shape[1]]
            joints = joints + torch.einsum("jkc,tc->tjk", columns, expression)
        return joints

    def _kinematics(self, rotations: Tensor, betas: Tensor, expression: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """World rotations R (T, 55, 3, 3), joints p (T, 55, 3), and p - R j where j is the joint at rest."""
        rest = self.joints_at_rest(betas, expression).expand(len(rotations), -1, -1)
        root = self._levels[0][0]
        world, joints = [rotations[:, root]], [rest[:, root]]
        for members, parents, places in self._levels[1:]:
            above = world[-1][:, places]
            offset = (rest[:, members] - rest[:, parents])[..., None]
            joints.append(joints[-1][:, places] + (above @ offset)[..., 0])
            world.append(above @ rotations[:, members])
        turned = torch.cat(world, dim=1)[:, self._back_to_joint_order]
        moved = torch.cat(joints, dim=1)[:, self._back_to_joint_order]
        return turned, moved, moved - (turned @ rest[..., None])[..., 0]

    def _rest_vertices(self, betas: Tensor, expression: Tensor | None, vertex_ids: Tensor | None) -> Tensor:
        ids = slice(None) if vertex_ids is None else vertex_ids
        vertices = (self.v_template[ids] + self.shapedirs[ids][..., : len(betas)] @ betas)[None]
        if expression is not None:
            columns = self.exprdirs[ids][..., : expression.shape[1]]
            vertices = vertices + torch.einsum("nkc,tc->tnk", columns, expression)
        return vertices

    def _pose_correctives(self, rotations: Tensor, vertex_ids: Tensor | None) -> Tensor:
        assert self.posedirs is not None
        directions = self.posedirs if vertex_ids is None else self.posedirs[vertex_ids]
        feature = (rotations[:, 1:] - torch.eye(3, dtype=self.dtype, device=self.device)).flatten(1)
        return torch.einsum("nkc,tc->tnk", directions, feature)

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        return torch.as_tensor(array, dtype=self.dtype, device=self.device)


def _levels(parents: NDArray[np.int64]) -> tuple[list[tuple[list[int], list[int], list[int]]], list[int]]:
    """The joints by depth in the tree: (joints, their parents, the parents' places in the level above), and their order."""
    depth = [0] * len(parents)
    for joint, parent in enumerate(parents):
        depth[joint] = 0 if parent < 0 else depth[parent] + 1
    levels: list[tuple[list[int], list[int], list[int]]] = []
    for level in range(max(depth) + 1):
        members = [joint for joint, d in enumerate(depth) if d == level]
        above = [int(parents[joint]) for joint in members]
        places = [levels[-1][0].index(parent) for parent in above] if levels else []
        levels.append((members, above, places))
    return levels, [joint for members, _, _ in levels for joint in members]
