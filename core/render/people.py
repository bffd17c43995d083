"""A motion as the camera sees it, frame by frame: posed in small portions, so that a long clip fits in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ..camera import Camera
from ..motion import Motion
from ..skeleton import JOINT_COUNT

Array = NDArray[np.floating[Any]]

_PORTION = 16
"""Frames posed together: 16 meshes of 14,000 vertices are 3 MB."""


@dataclass(frozen=True)
class PersonFrame:
    """One person in one frame.

    frame: 0-based index into the clip. vertices: (V, 3) and joints: (55, 3) in the camera's frame, metres.
    confidence: (55,) in [0, 1].
    """

    frame: int
    vertices: Array
    joints: Array
    confidence: Array


def person_frames(motion: Motion, body: Body, camera: Camera) -> Iterator[PersonFrame]:
    """Pose the motion's frames in order; `camera` stands where the motion's world says (its rotation and translation)."""
    skin = BodySkin(body, torch.float32, "cpu")
    betas = torch.as_tensor(motion.betas[: body.beta_count], dtype=torch.float32)
    confidence = np.ones((len(motion), JOINT_COUNT)) if motion.confidence is None else motion.confidence
    for start in range(0, len(motion), _PORTION):
        part = slice(start, start + _PORTION)
        with torch.no_grad():
            vertices, joints = skin(
                torch.as_tensor(motion.poses[part], dtype=torch.float32),
                torch.as_tensor(motion.trans[part], dtype=torch.float32),
                betas,
                _expression(motion.expression[part], body),
            )
        world_vertices, world_joints = vertices.numpy().astype(np.float64), joints.numpy().astype(np.float64)
        for k in range(len(world_vertices)):
            yield PersonFrame(
                frame=int(motion.frames[start + k]),
                vertices=camera.to_camera(world_vertices[k]),
                joints=camera.to_camera(world_joints[k]),
                confidence=confidence[start + k],
            )


def _expression(coefficients: Array, body: Body) -> torch.Tensor | None:
    count = min(coefficients.shape[1], body.expression_count)
    return torch.as_tensor(coefficients[:, :count], dtype=torch.float32) if count else None


def scaled_camera(camera: Camera, size: tuple[int, int]) -> Camera:
    """The same camera on a larger or smaller (width, height) picture of the same scene."""
    x, y = size[0] / camera.size[0], size[1] / camera.size[1]
    # The middle of the first pixel is (0, 0): scaling is about the picture's corner, at (-0.5, -0.5).
    return replace(
        camera,
        size=size,
        focal=(camera.focal[0] * x, camera.focal[1] * y),
        centre=((camera.centre[0] + 0.5) * x - 0.5, (camera.centre[1] + 0.5) * y - 0.5),
    )
