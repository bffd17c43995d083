"""The measures of one performer: joints at rest, lengths of limbs, soles, landmarks, solids."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....core.skeleton import PARENTS
from ...body.load import Body, load_body, rest_shape
from .landmarks import find_landmarks
from .solid import Solid, find_solids
from .turns import apply

Array = NDArray[np.floating[Any]]

SIDES: Final = ("left", "right")
HIP, KNEE, ANKLE, BALL = ({"left": a, "right": a + 1} for a in (1, 4, 7, 10))
COLLAR, SHOULDER, ELBOW, WRIST = ({"left": a, "right": a + 1} for a in (13, 16, 18, 20))
OUTWARD: Final = {"left": np.array([1.0, 1.0, 1.0]), "right": np.array([-1.0, 1.0, 1.0])}
"""Factors that bring a left hand's x, y, z to this side."""


@dataclass(frozen=True)
class Figure:
    """joints: (55, 3) at rest, metres. upper, fore, thigh, shin: lengths. arm: shoulder to palm, straight.

    hip_height: of the pelvis over the soles with straight legs. ankle_height, ball: the left ankle over the sole, and the
    ball of the foot from the ankle (3,), with the sole flat and the foot pointing forward. toe_out: radians that the left
    foot points outward at rest. heel: (3,) like ball. arm_radii: of upper arm and forearm. landmarks: see find_landmarks.
    solids: see find_solids.
    """

    joints: Array
    upper: float
    fore: float
    arm: float
    thigh: float
    shin: float
    hip_height: float
    ankle_height: float
    ball: Array
    heel: Array
    toe_out: float
    arm_radii: tuple[float, float]
    landmarks: dict[str, tuple[int, Array]]
    solids: tuple[Solid, ...]

    def pose(self, local: Array, trans: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """World rotations (T, J, 3, 3) and places (T, J, 3) of the first J joints from local rotations (T, J, 3, 3)."""
        world, places = np.empty_like(local), np.empty((*local.shape[:2], 3))
        world[:, 0], places[:, 0] = local[:, 0], self.joints[0] + trans
        for joint in range(1, local.shape[1]):
            self.pose_joint(joint, local, world, places)
        return world, places

    def pose_joint(self, joint: int, local: Array, world: Array, places: Array) -> None:
        """Fill in one joint of `world` and `places` from its parent's and its own local rotation."""
        parent = PARENTS[joint]
        places[:, joint] = places[:, parent] + apply(world[:, parent], self.joints[joint] - self.joints[parent])
        world[:, joint] = world[:, parent] @ local[:, joint]


@lru_cache(maxsize=1)
def open_body() -> Body:
    """The open body, read once."""
    return load_body("open")


@lru_cache(maxsize=64)
def figure_of(betas: tuple[float, ...]) -> Figure:
    """The measures of the open body with these betas."""
    body = open_body()
    vertices, found = rest_shape(body, np.array(betas, np.float64))
    joints = np.asarray(found, np.float64)
    heel, toe = (np.asarray(vertices[body.vertex_ids[name]], np.float64) for name in ("LHeel", "LBigToe"))
    toe = 0.5 * (toe + vertices[body.vertex_ids["LSmallToe"]])
    toe_out = float(np.arctan2(toe[0] - heel[0], toe[2] - heel[2]))
    sole = float(vertices[np.isin(np.asarray(body.weights).argmax(1), (7, 8, 10, 11)), 1].min())
    back = np.array([[np.cos(toe_out), 0, -np.sin(toe_out)], [0, 1, 0], [np.sin(toe_out), 0, np.cos(toe_out)]])
    ankle = joints[7]

    def length(one: int, two: int) -> float:
        return float(np.linalg.norm(joints[one] - joints[two]))

    chief = np.asarray(body.weights).argmax(1)

    def radius(start: int, end: int) -> float:
        skin = vertices[chief == start] - joints[start]
        along = (joints[end] - joints[start]) / length(start, end)
        return float(np.percentile(np.linalg.norm(skin - np.outer(skin @ along, along), axis=1), 70))

    return Figure(
        joints=joints,
        arm_radii=(radius(16, 18), radius(18, 20)),
        upper=length(16, 18),
        fore=length(18, 20),
        arm=length(16, 18) + length(18, 20) + 0.075,
        thigh=length(1, 4),
        shin=length(4, 7),
        hip_height=float(joints[0, 1]) - sole,
        ankle_height=float(ankle[1]) - sole,
        ball=back @ (joints[10] - ankle),
        heel=back @ (heel - ankle),
        toe_out=toe_out,
        landmarks=find_landmarks(body, np.asarray(vertices, np.float64), joints),
        solids=find_solids(body, vertices, joints),
    )


def shaped_body(betas: tuple[float, ...]) -> Body:
    """The open body with these betas as its own mean shape (betas all zero)."""
    body = open_body()
    return replace(body, v_template=rest_shape(body, np.array(betas, np.float64))[0])
