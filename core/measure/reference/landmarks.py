"""A track's landmarks, and the joints and vertices of a posed mesh that show them: one measure for every method."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....models.body.load import Body
from ...fit.landmarks import FACE_LANDMARKS, HAND_LANDMARKS, HAND_TIPS
from ...fit.lens import Lens
from ...fit.observations import BODY_SEEN, present_frames, undistort
from ...fit.parts import face_score, hand_score
from ...observe.tracks import Track
from ...skeleton import JOINT_COUNT
from ..mesh_points import MeshPoint, MeshPoints

Array = NDArray[np.floating[Any]]

BODY, HANDS, FACE = 0, 1, 2
SEEN = 0.5
"""Root of a landmark's trust (over its spread) from which on it counts in the reprojection error."""
NEAREST = 0.1
"""Depth (m) below which a point is treated as being there."""


@dataclass(frozen=True)
class MeshLandmarks:
    """N landmarks of T frames and the points of the mesh that they show.

    index, share: (N, 3) each point is the sum of three rows, by their shares, of the joints (55) followed by the vertices.
    part: (N,) BODY, HANDS or FACE. pixel: (T, N, 2) undistorted pixels from the principal point.
    weight: (T, N) root of the network's trust, over the landmark's usual spread (1 or more); 0 where nothing was seen.
    present: (T,) whether the person was seen at all.
    """

    index: Tensor
    share: Tensor
    part: Tensor
    pixel: Tensor
    weight: Tensor
    present: NDArray[np.bool_]

    def points(self, joints: Tensor, vertices: Tensor) -> Tensor:
        """(T, N, 3) from the posed joints (T, 55 or more, 3) and all vertices (T, V, 3)."""
        rows = torch.cat([joints[:, :JOINT_COUNT], vertices], 1)
        return (rows[:, self.index] * self.share.to(rows.dtype)[..., None]).sum(2)

    def frames(self, chosen: Tensor) -> "MeshLandmarks":
        """The same landmarks in some of the frames."""
        return MeshLandmarks(
            self.index, self.share, self.part, self.pixel[chosen], self.weight[chosen], self.present[chosen.numpy()]
        )

    def errors(self, joints: Tensor, vertices: Tensor, focal: float) -> tuple[float, float, float]:
        """Mean distance in pixels between landmarks that are well seen and their points, of body, hands and face; NaN for a
        part that is not seen. joints and vertices in the camera's frame, metres."""
        away = (project(self.points(joints, vertices), focal) - self.pixel).norm(dim=-1)
        found = []
        for part in (BODY, HANDS, FACE):
            counted = (self.weight > SEEN) & (self.part == part)
            found.append(float(away[counted].mean()) if bool(counted.any()) else float("nan"))
        return found[0], found[1], found[2]


def project(points: Tensor, focal: float) -> Tensor:
    """(..., 3) points in the camera's frame to (..., 2) undistorted pixels from the principal point."""
    return focal * points[..., :2] / points[..., 2:].clamp(min=NEAREST)


def mesh_landmarks(track: Track, lens: Lens, body: Body) -> MeshLandmarks:
    """The landmarks of `track` that the fit uses too: the body's 25, 21 of each hand, 51 of the face."""
    index: list[list[int]] = []
    share: list[list[float]] = []
    part: list[int] = []
    pixel: list[Array] = []
    weight: list[Array] = []
    on = MeshPoints(body)

    def add(point: MeshPoint, of: int, places: Array, trust: Array) -> None:
        seen = np.isfinite(places).all(-1) & (trust > 0)
        missing = 3 - len(point.rows)
        index.append([*point.rows, *[0] * missing])
        share.append([*point.shares, *[0.0] * missing])
        part.append(of)
        pixel.append(np.where(seen[:, None], places, 0.0))
        weight.append(np.where(seen, np.sqrt(np.where(seen, trust, 0.0)), 0.0))

    present = present_frames(track)
    places = undistort(track.body, lens)
    trust = np.clip(track.body_visibility * track.body_presence, 0.02, 1) * present[:, None]
    for landmark, (_, spread) in BODY_SEEN.items():
        add(on.body_landmark(landmark), BODY, places[:, landmark], trust[:, landmark] / spread**2)
    for hand, side in enumerate(("left", "right")):
        score = hand_score(track, hand) * present
        places = undistort(track.hands[:, hand], lens)
        names = {k: f"{side}_{joint}" for k, joint in HAND_LANDMARKS.items()} | {0: f"seen_{side}_wrist"}
        names |= {k: f"{side[0]}{finger}" for k, finger in HAND_TIPS.items()}
        for landmark, name in names.items():
            add(on.named(name), HANDS, places[:, landmark], score)
    score, places = face_score(track) * present, undistort(track.face, lens)
    for number, vertex in FACE_LANDMARKS.items():
        add(on.face(number, vertex), FACE, places[:, vertex], score)
    return MeshLandmarks(
        index=torch.tensor(index),
        share=torch.tensor(share, dtype=torch.float64),
        part=torch.tensor(part),
        pixel=torch.as_tensor(np.stack(pixel, 1), dtype=torch.float64),
        weight=torch.as_tensor(np.stack(weight, 1), dtype=torch.float64),
        present=present,
    )
