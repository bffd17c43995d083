"""The body's named points: vertices with fixed numbers, and the face's landmarks.

Face landmarks stand in face_points.csv as places in MakeHuman's texture layout, which depend on neither shape nor numbering.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ..vertex_ids import VERTEX_IDS
from .makehuman import Array, Index
from .parts import GROUPS, Figure

FACE_POINTS: Final = Path(__file__).with_name("face_points.csv")

_LEFT: Final = {
    "lear": 12131,
    "lthumb": 9348,
    "lindex": 8595,
    "lmiddle": 8787,
    "lring": 8982,
    "lpinky": 9171,
    "LBigToe": 11606,
    "LSmallToe": 13280,
    "LHeel": 12912,
}
"""MakeHuman's numbers: tragus of the ear, ends of fingers and toes, back of the heel 2 cm above the ground."""
_NOSE: Final = 294
_IRIS: Final = {468: "right_eye", 473: "left_eye"}
"""MediaPipe's middles of the irises: the fronts of the eyeballs."""

_CONTOUR: Final = tuple(range(17))
_INNER: Final = tuple(range(17, 68))
_MOST_TURNED: Final = 39
"""Degrees; SMPL-X's contour table has a row a degree, to both sides."""
_HEAD_AXIS: Final = 0.06
"""z of the head's upright axis in the rest pose, metres: the contour moves round it."""


@dataclass(frozen=True)
class FacePoints:
    """Faces and barycentric weights: the 17 contour points from the front, the 51 inner ones, and MediaPipe's with indices."""

    contour_faces: Index
    contour_weights: Array
    inner_faces: Index
    inner_weights: Array
    mediapipe: Index
    mediapipe_faces: Index
    mediapipe_weights: Array


def picked_vertices(figure: Figure, mean: Array) -> dict[str, int]:
    """Name -> vertex for the 21 names of VERTEX_IDS, in the figure's own numbering. mean: (V, 3) mean rest shape."""
    number = {int(base): new for new, base in enumerate(figure.base) if base >= 0}
    picked = {"nose": number[_NOSE]}
    for name, base in _LEFT.items():
        vertex = number[base]
        picked[name] = vertex
        picked[name.replace("L", "R") if name[0] == "L" else "r" + name[1:]] = int(figure.mirror[vertex])
    for name, part in (("leye", "helper-l-eye"), ("reye", "helper-r-eye")):
        ball = np.flatnonzero(figure.part == part)
        picked[name] = int(ball[mean[ball, 2].argmax()])
    return picked


def permutation(picked: dict[str, int], count: int) -> Index:
    """order[new] = old such that the picked vertices get SMPL-X's numbers; all others stay where they can."""
    order, place = np.arange(count), np.arange(count)
    for name, vertex in picked.items():
        here, there = place[vertex], VERTEX_IDS[name]
        other = order[there]
        order[there], order[here] = vertex, other
        place[vertex], place[other] = there, here
    return order


def face_points(mean: Array, faces: Index, group: Index, uv: Array, faces_uv: Index) -> FacePoints:
    """Find the points of face_points.csv on the mesh of mean shape (V, 3), faces (F, 3) with groups (F,) and a layout."""
    lines = [line for line in FACE_POINTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    skin = np.flatnonzero(group == GROUPS.index("body"))
    corners = uv[faces_uv[skin]]
    found = {
        (row["scheme"], int(row["index"])): _at(np.array([float(row["u"]), float(row["v"])]), corners, skin)
        for row in csv.DictReader(lines)
    }
    for index, name in _IRIS.items():
        ball = np.flatnonzero(group == GROUPS.index(name))
        face, corner = np.unravel_index(mean[faces[ball], 2].argmax(), (len(ball), 3))
        found["mediapipe", index] = int(ball[face]), np.eye(3)[corner]
    contour, inner = ([found["68", k] for k in numbers] for numbers in (_CONTOUR, _INNER))
    mediapipe = sorted(index for scheme, index in found if scheme == "mediapipe")
    return FacePoints(
        *_columns(contour), *_columns(inner), np.array(mediapipe), *_columns([found["mediapipe", k] for k in mediapipe])
    )


def _columns(points: list[tuple[int, Array]]) -> tuple[Index, Array]:
    return np.array([face for face, _ in points], np.int64), np.array([weights for _, weights in points])


def _at(place: Array, corners: Array, faces: Index) -> tuple[int, Array]:
    """The face whose texture triangle (one of (n, 3, 2)) holds the place, and the barycentric weights there."""
    weights = _barycentric(place, corners)
    best = int(weights.min(axis=1).argmax())
    inside = np.clip(weights[best], 0, None)
    assert weights[best].min() > -0.01, "a landmark outside the face's island"
    return int(faces[best]), inside / inside.sum()


def _barycentric(place: Array, corners: Array) -> Array:
    one, two, point = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], place - corners[:, 0]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    area = np.where(area == 0, 1e-30, area)
    second = (point[:, 0] * two[:, 1] - point[:, 1] * two[:, 0]) / area
    third = (one[:, 0] * point[:, 1] - one[:, 1] * point[:, 0]) / area
    return np.stack([1 - second - third, second, third], axis=1)


def contour_table(mean: Array, faces: Index, group: Index, points: FacePoints) -> tuple[Index, Array]:
    """(79, 17) faces and (79, 17, 3) weights: the contour as the head turns (see Body.contour_faces).

    On the side that turns away, each point slides at its height round the head to where the face's outline is seen;
    on the other side it stays on the jaw.
    """
    front = (mean[faces[points.contour_faces]] * points.contour_weights[..., None]).sum(axis=1)
    middle = mean[faces].mean(axis=1)
    near = (group == GROUPS.index("body")) & (np.abs(middle[:, 0]) < 0.1) & (middle[:, 1] > front[:, 1].min() - 0.02)
    head = np.flatnonzero(near & (middle[:, 1] < front[:, 1].max() + 0.03))
    table_faces = np.tile(points.contour_faces, (79, 1))
    table_weights = np.tile(points.contour_weights, (79, 1, 1))
    for k in range(17):
        if abs(k - 8) < 2:  # the chin's own points: seen from all sides
            continue
        path = _path_round(front[k], mean[faces[head]], head)
        if not path:
            continue
        places = np.array([place for place, _, _ in path])
        for degrees in range(1, _MOST_TURNED + 1):
            # Row k: the head has turned to its right, so that its right cheek (points 0 to 7) goes out of sight.
            row = degrees if k < 8 else _MOST_TURNED + degrees
            angle = np.radians(degrees) * (-1 if k < 8 else 1)
            seen = np.cos(angle) * places[:, 0] + np.sin(angle) * places[:, 2]
            best = int(seen.argmin() if k < 8 else seen.argmax())
            table_faces[row, k], table_weights[row, k] = path[best][1], path[best][2]
    return table_faces, table_weights


def _path_round(start: Array, triangles: Array, faces: Index) -> list[tuple[Array, int, Array]]:
    """Points of the skin (place, face, weights) at the height of `start`, from there forwards to 10 degrees off the middle."""
    azimuth = np.arctan2(start[0], start[2] - _HEAD_AXIS)
    path = []
    for angle in np.linspace(azimuth, np.sign(azimuth) * np.radians(10), 36):
        hit = _outermost(np.array([0, start[1], _HEAD_AXIS]), np.array([np.sin(angle), 0, np.cos(angle)]), triangles)
        if hit is not None:
            place, index, weights = hit
            path.append((place, int(faces[index]), weights))
    return path


def _outermost(origin: Array, direction: Array, triangles: Array) -> tuple[Array, int, Array] | None:
    """Where a ray leaves the mesh for good (Moeller and Trumbore 1997): place, triangle, barycentric weights."""
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    across = np.cross(direction, two)
    area = (one * across).sum(axis=1)
    area = np.where(np.abs(area) < 1e-14, 1e-14, area)
    offset = origin - triangles[:, 0]
    u = (offset * across).sum(axis=1) / area
    turned = np.cross(offset, one)
    v = turned @ direction / area
    distance = np.where((u >= 0) & (v >= 0) & (u + v <= 1), (two * turned).sum(axis=1) / area, -1.0)
    best = int(distance.argmax())
    if distance[best] <= 0:
        return None
    return origin + distance[best] * direction, best, np.array([1 - u[best] - v[best], u[best], v[best]])
