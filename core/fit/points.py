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


_SEEN: dict[str, tuple[str, float, str, str]] = {
    f"seen_{name.format(side)}": (start.format(side), away, end.format(side, other), carrier.format(side))
    for side, other in (("left", "right"), ("right", "left"))
    for name, start, away, end, carrier in (
        ("{}_hip", "{}_hip", 0.037, "{}_hip skin", "pelvis"),
        ("{}_knee", "{}_knee", 0.018, "{}_ankle", "{}_knee"),
        ("{}_ankle", "{}_ankle", 0.022, "{}_knee", "{}_knee"),
        ("{}_heel", "{}_heel", 0.015, "{}_ankle", "{}_ankle"),
        ("{}_big_toe", "{}_big_toe", 0.023, "{}_heel", "{}_foot"),
        ("{}_ear", "{}_ear", 0.029, "{1}_eye", "head"),
    )
}
"""Point: it lies so many metres from a joint or vertex towards another (or the skin in front of a joint); a joint carries it.

Where BlazePose sees hips, knees, ankles, heels, toes and ears: measured on 14 rendered clips of known bodies, in agreement with
the one filmed man whose joints are known. Hips are seen towards the groin's front, knees under where the mesh bends, ankles above
the joint. Taken for the joints themselves they make legs that are seen too short, and the fit then bends knees that are straight.
"""
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
        + tuple(_SEEN)
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
    template, shapedirs = np.asarray(body.v_template, np.float64), np.asarray(body.shapedirs, np.float64)
    joints, joints_shape, _ = body.joint_terms

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
    rest, rest_shape = np.concatenate([joints, template]), np.concatenate([joints_shape, shapedirs])
    for name, (first, second, part) in seen_rows(body).items():
        add(
            (1 - part) * rest[first] + part * rest[second],
            (1 - part) * rest_shape[first] + part * rest_shape[second],
            _SEEN[name][3] if name in _SEEN else _WRISTS[name][0],
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


def seen_point(point: str) -> str:
    """The name of the point at which the picture shows `point`: itself, where nothing else is known."""
    return f"seen_{point}" if f"seen_{point}" in POINT_INDEX else point


def seen_rows(body: Body) -> dict[str, tuple[int, int, float]]:
    """Point where a landmark is seen: two rows of the body's joints followed by its vertices, and the second's share; the first
    has the rest."""
    template = np.asarray(body.v_template, np.float64)
    rows = np.concatenate([np.asarray(body.J_regressor, np.float64) @ template, template])
    count = len(rows) - len(template)

    def row(name: str) -> int:
        if name.endswith(" skin"):
            return count + _skin_before(template, rows[JOINT_INDEX[name.removesuffix(" skin")]])
        return count + body.vertex_ids[_VERTEX_POINTS[name][0]] if name in _VERTEX_POINTS else JOINT_INDEX[name]

    found = {}
    for name, (start, away, end, _) in _SEEN.items():
        first, second = row(start), row(end)
        found[name] = (first, second, away / float(np.linalg.norm(rows[second] - rows[first])))
    return found | {name: (JOINT_INDEX[wrist], JOINT_INDEX[knuckle], WRIST_SHARE) for name, (wrist, knuckle) in _WRISTS.items()}


def _skin_before(vertices: Array, place: Array) -> int:
    """Index of the vertex straight in front (+Z) of a place inside the body."""
    beside = np.linalg.norm(vertices[:, :2] - place[:2], axis=1)
    return int(np.where(vertices[:, 2] > place[2], beside - 0.2 * vertices[:, 2], np.inf).argmin())
