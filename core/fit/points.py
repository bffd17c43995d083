"""The points of the body that landmarks are compared with: the 22 body joints and points that ride on one of them.

The solver never poses a mesh. A point that is no joint (heel, nose, knuckle ...) is carried rigidly by one joint; its place in
that joint's frame is linear in betas. What posing does to the skin around such a point is below the landmarks' own error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...models.body.load import Body
from ..skeleton import BODY_JOINT_COUNT, JOINT_INDEX, PARENTS

Array = NDArray[np.floating[Any]]

_VERTEX_POINTS = {  # point: (vertex name of the smplx package, joint that carries it)
    "nose": ("nose", "head"),
    "left_eye": ("leye", "head"),
    "right_eye": ("reye", "head"),
    "left_ear": ("lear", "head"),
    "right_ear": ("rear", "head"),
    "left_heel": ("LHeel", "left_ankle"),
    "right_heel": ("RHeel", "right_ankle"),
    "left_big_toe": ("LBigToe", "left_foot"),
    "right_big_toe": ("RBigToe", "right_foot"),
}
_KNUCKLES = {
    f"{side}_{finger}1": f"{side}_wrist" for side in ("left", "right") for finger in ("index", "middle", "pinky", "ring", "thumb")
}
SKULL_LANDMARKS = (27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45)
"""Landmarks of the 68-point scheme that hardly move with expression: bridge and base of the nose, corners of the eyes."""

_SOLES = {  # point under the sole: (vertex that gives x and z, joint that carries it)
    "left_heel_sole": ("LHeel", "left_ankle"),
    "left_toes_sole": ("LBigToe", "left_foot"),
    "right_heel_sole": ("RHeel", "right_ankle"),
    "right_toes_sole": ("RBigToe", "right_foot"),
}


_KNEES = {f"seen_{side}_knee": (f"{side}_knee", f"{side}_ankle") for side in ("left", "right")}
THIGH_SHARE = 0.499
"""Thigh over thigh and shin (Winter 2009, table 4.1): where knees are seen. A body's knee joint is where its mesh bends well,
which may be centimetres off; taken for the seen knee it makes shins too long, and the fit then leans them in depth."""
_WRISTS = {f"seen_{side}_wrist": (f"{side}_wrist", f"{side}_middle1") for side in ("left", "right")}
WRIST_SHARE = 0.08
"""Of the way from the wrist's joint to the middle knuckle: where the hand network sees the wrist (median over rendered hands)."""


def _names() -> tuple[str, ...]:
    joints = tuple(JOINT_INDEX)[:BODY_JOINT_COUNT]
    return (
        joints
        + tuple(_VERTEX_POINTS)
        + tuple(_KNUCKLES)
        + tuple(f"face_{i}" for i in SKULL_LANDMARKS)
        + tuple(_KNEES)
        + tuple(_WRISTS)
        + tuple(_SOLES)
    )


POINT_NAMES = _names()
POINT_INDEX = {name: i for i, name in enumerate(POINT_NAMES)}
SOLE_POINTS = tuple(POINT_INDEX[name] for name in _SOLES)
"""Left heel, left toes, right heel, right toes, as in core.skeleton.CONTACT_NAMES."""


@dataclass(frozen=True)
class BodyPoints:
    """The N points of one body as tensors (float64).

    offset: (N, 3) and offset_shape: (N, 3, B): place relative to the carrying joint (a joint: to its parent; the pelvis: 0),
        at betas 0 and its derivative by betas, metres, in rest axes.
    carrier: for each point the joint that carries it (a joint: its parent, the pelvis -1).
    pelvis, pelvis_shape: (3,), (3, B) rest place of the pelvis, which SMPL-X's trans leaves out.
    moves: (N, 22) whether the point moves when the joint turns.
    """

    offset: Tensor
    offset_shape: Tensor
    carrier: tuple[int, ...]
    pelvis: Tensor
    pelvis_shape: Tensor
    moves: Tensor

    @property
    def betas(self) -> int:
        """Number of shape coefficients."""
        return int(self.offset_shape.shape[-1])


def body_points(body: Body, device: torch.device) -> BodyPoints:
    """The points of `body`, ready for `kinematics.pose_points`."""
    regressor = np.asarray(body.J_regressor, np.float64)
    template, shapedirs = np.asarray(body.v_template, np.float64), np.asarray(body.shapedirs, np.float64)
    joints = regressor @ template
    joints_shape = np.einsum("jv,vdb->jdb", regressor, shapedirs)

    places: list[Array] = [joints[j] for j in range(BODY_JOINT_COUNT)]
    places_shape: list[Array] = [joints_shape[j] for j in range(BODY_JOINT_COUNT)]
    carriers = list(PARENTS[:BODY_JOINT_COUNT])

    def add(place: Array, place_shape: Array, joint: str) -> None:
        places.append(place)
        places_shape.append(place_shape)
        carriers.append(JOINT_INDEX[joint])

    for vertex, joint in _VERTEX_POINTS.values():
        index = body.vertex_ids[vertex]
        add(template[index], shapedirs[index], joint)
    for knuckle, joint in _KNUCKLES.items():
        add(joints[JOINT_INDEX[knuckle]], joints_shape[JOINT_INDEX[knuckle]], joint)
    for landmark in SKULL_LANDMARKS:
        corners = body.faces[body.landmark_faces[landmark - 17]]
        share = np.asarray(body.landmark_barycentric[landmark - 17], np.float64)
        add(share @ template[corners], np.einsum("c,cdb->db", share, shapedirs[corners]), "head")
    down = seen_knee_share(body)
    for knee, ankle in _KNEES.values():
        upper, lower = JOINT_INDEX[knee], JOINT_INDEX[ankle]
        add(
            (1 - down) * joints[upper] + down * joints[lower],
            (1 - down) * joints_shape[upper] + down * joints_shape[lower],
            knee,
        )
    for wrist, knuckle in _WRISTS.values():
        near, far = JOINT_INDEX[wrist], JOINT_INDEX[knuckle]
        add(
            (1 - WRIST_SHARE) * joints[near] + WRIST_SHARE * joints[far],
            (1 - WRIST_SHARE) * joints_shape[near] + WRIST_SHARE * joints_shape[far],
            wrist,
        )
    for vertex, joint in _SOLES.values():
        index = body.vertex_ids[vertex]
        sole = lowest_vertex(body, joint)
        add(
            np.array([template[index][0], template[sole][1], template[index][2]]),
            np.stack([shapedirs[index][0], shapedirs[sole][1], shapedirs[index][2]]),
            joint,
        )

    offset, offset_shape = np.zeros((len(places), 3)), np.zeros((len(places), 3, shapedirs.shape[-1]))
    moves = np.zeros((len(places), BODY_JOINT_COUNT), bool)
    for point, carrier in enumerate(carriers):
        if carrier >= 0:
            offset[point] = places[point] - joints[carrier]
            offset_shape[point] = places_shape[point] - joints_shape[carrier]
        ancestor = carrier
        while ancestor >= 0:
            moves[point, ancestor] = True
            ancestor = PARENTS[ancestor]

    def tensor(values: Array) -> Tensor:
        return torch.as_tensor(np.asarray(values, np.float64), device=device)

    return BodyPoints(
        offset=tensor(offset),
        offset_shape=tensor(offset_shape),
        carrier=tuple(carriers),
        pelvis=tensor(joints[0]),
        pelvis_shape=tensor(joints_shape[0]),
        moves=torch.as_tensor(moves, device=device),
    )


def lowest_vertex(body: Body, joint: str) -> int:
    """Index of the lowest vertex among those that `joint` (an ankle or foot) and its child chiefly carry, at betas 0."""
    carried = body.weights.argmax(1) == JOINT_INDEX[joint]
    heights = np.where(carried, body.v_template[:, 1], np.inf)
    return int(heights.argmin())


def seen_knee_share(body: Body) -> float:
    """How far down the shin the knee is seen, as a share of the shin: makes the thigh THIGH_SHARE of the leg at betas 0."""
    joints = np.asarray(body.J_regressor, np.float64) @ np.asarray(body.v_template, np.float64)
    hip, knee, ankle = (joints[JOINT_INDEX[f"left_{name}"]] for name in ("hip", "knee", "ankle"))
    thigh, shin = np.linalg.norm(hip - knee), np.linalg.norm(knee - ankle)
    return float((THIGH_SHARE * (thigh + shin) - thigh) / shin)
