"""A body in a scene over time: its mesh and joints in the world, and the camera that sees it. What fit and truth have alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..camera import Camera
from ..motion import Motion
from .stage.case import Truth
from .synthetic import pose_motion

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Posed:
    """vertices: (T, V, 3) float32 and joints: (T, 55, 3), metres, in a world with Y up and the floor at y = 0."""

    vertices: NDArray[np.float32]
    joints: Array
    camera: Camera

    def __len__(self) -> int:
        return len(self.joints)

    def seen_joints(self) -> Array:
        """(T, 55, 3) joints in the camera's frame."""
        return self.camera.to_camera(np.asarray(self.joints, np.float64))

    def seen_vertices(self, chosen: NDArray[np.int64]) -> Array:
        """(T, n, 3) the `chosen` vertices in the camera's frame."""
        return self.camera.to_camera(self.vertices[:, chosen].astype(np.float64))

    def frames(self, chosen: NDArray[np.int64]) -> "Posed":
        """The same of some of the frames."""
        return Posed(self.vertices[chosen], self.joints[chosen], self.camera)


def posed(body: Body, motion: Motion, camera: Camera) -> Posed:
    """The mesh of `motion`, seen by `camera`."""
    vertices, joints = pose_motion(body, motion)
    return Posed(vertices.astype(np.float32), joints, camera)


def posed_truth(truth: Truth) -> Posed:
    """The rendered performer, seen by the camera that filmed."""
    return Posed(np.asarray(truth.vertices, np.float32), np.asarray(truth.joints, np.float64), truth.camera)
