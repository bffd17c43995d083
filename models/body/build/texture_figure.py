"""Where things are on the body in its rest pose: the measures that the painter's masks are drawn by."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.skeleton import JOINT_INDEX
from ..load import Body

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Figure:
    """joints: (55, 3) rest joints; vertices: (V, 3) rest vertices; metres, Y up, facing +Z."""

    joints: Array
    vertices: Array

    @staticmethod
    def of(body: Body) -> "Figure":
        """Measured on the body's mean shape."""
        vertices = body.v_template.astype(np.float64)
        return Figure(np.asarray(body.J_regressor, np.float64) @ vertices, vertices)

    def joint(self, name: str) -> Array:
        """(3,) rest position of the joint."""
        return np.asarray(self.joints[JOINT_INDEX[name]])

    @property
    def eyes(self) -> Array:
        """(3,) the point midway between the eyes."""
        return 0.5 * (self.joint("left_eye_smplhf") + self.joint("right_eye_smplhf"))

    @property
    def eye_distance(self) -> float:
        """Metres between the eyes' middles: the unit of everything on the head."""
        return float(np.linalg.norm(self.joint("left_eye_smplhf") - self.joint("right_eye_smplhf")))

    def along(self, points: Array, start: str, end: str) -> tuple[Array, float]:
        """(N,) how far along the bone from one joint (0) to another (1) each point lies, and the bone's length."""
        bone = self.joint(end) - self.joint(start)
        length = float(np.linalg.norm(bone))
        return (points - self.joint(start)) @ bone / length**2, length

    def face_plane(self, points: Array) -> Array:
        """(N, 2) frontal coordinates in eye distances: x to the person's left, y up, (0, 0) between the eyes."""
        return np.asarray((points[:, :2] - self.eyes[:2]) / self.eye_distance)
