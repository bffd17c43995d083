"""Where a landmark of the networks lies on a posed body: as shares of its joints and vertices. numpy only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..fit.landmarks import BODY_LANDMARKS
from ..fit.observations import BODY_SEEN
from ..fit.points import seen_point, seen_rows
from ..skeleton import JOINT_COUNT, JOINT_INDEX

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class MeshPoint:
    """rows: indices into the 55 joints followed by the vertices; shares: of each, as many, with the sum 1; at most three."""

    rows: tuple[int, ...]
    shares: tuple[float, ...]

    def of(self, joints: Array, vertices: Array) -> Array:
        """(T, 3) of posed joints (T, 55, 3) and vertices (T, V, 3)."""
        parts = [
            share * (joints[:, row] if row < JOINT_COUNT else vertices[:, row - JOINT_COUNT])
            for row, share in zip(self.rows, self.shares, strict=True)
        ]
        return np.sum(parts, axis=0)


class MeshPoints:
    """The points of one body."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self._seen = seen_rows(body)
        self._dense = {} if body.mediapipe_indices is None else {int(v): row for row, v in enumerate(body.mediapipe_indices)}

    def body_landmark(self, number: int) -> MeshPoint:
        """BlazePose's landmark, where the body network sees it."""
        name = seen_point(BODY_SEEN[number][0]) if number in BODY_SEEN else ""
        return self.named(name if name in self._seen else BODY_LANDMARKS[number])

    def named(self, name: str) -> MeshPoint:
        """A joint, a vertex by the smplx package's name, landmark_17 to landmark_67, or a point where it is seen
        (fit.points.seen_rows)."""
        if name.startswith("landmark_"):
            return self.landmark(int(name[9:]))
        if name in self._seen:
            first, second, share = self._seen[name]
            return MeshPoint((first, second), (1 - share, share))
        if name in self.body.vertex_ids:
            return MeshPoint((JOINT_COUNT + self.body.vertex_ids[name],), (1.0,))
        return MeshPoint((JOINT_INDEX[name],), (1.0,))

    def landmark(self, number: int) -> MeshPoint:
        """Landmark 17 to 67 of the 68-point scheme."""
        row = number - 17
        return self._on_face(int(self.body.landmark_faces[row]), self.body.landmark_barycentric[row])

    def face(self, number: int, vertex: int) -> MeshPoint:
        """Landmark `number`, MediaPipe's `vertex`: where the body's own table has that vertex, or else the 68-point scheme."""
        faces, shares = self.body.mediapipe_faces_idx, self.body.mediapipe_bary_coords
        if vertex not in self._dense or faces is None or shares is None:
            return self.landmark(number)
        return self._on_face(int(faces[self._dense[vertex]]), shares[self._dense[vertex]])

    def _on_face(self, face: int, shares: Array) -> MeshPoint:
        rows = tuple(JOINT_COUNT + int(corner) for corner in self.body.faces[face])
        return MeshPoint(rows, tuple(float(share) for share in shares))
