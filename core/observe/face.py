"""The 478 points and 52 blendshapes of one person's face in one frame, found where the body says the head is."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.landmarks.decode import FACE_DETECTOR, decode_face
from ...models.landmarks.names import BLENDSHAPE_POINTS, BODY_LANDMARK
from ...models.landmarks.run import Networks
from .body import BodyReading
from .detect import find_hits, merge_hits, network_input
from .regions import Frame, Region, bounding_region

Array = NDArray[np.floating[Any]]

CROP = 256
FOUND = 0.5
"""Score from which a face counts as seen."""
_HOPELESS = 0.01
"""Score of a first look below which a second, better centred one is not worth its time."""
_HIT = 0.5
"""Score of the face detector from which a face may be read."""
_RIGHT_EYE, _LEFT_EYE, _NOSE, _FOREHEAD, _CHIN = 33, 263, 1, 10, 152
"""Outer corners of the eyes, tip of the nose, top of the forehead, chin, among the 478."""
_FARTHEST_NOSE = 0.35
"""Distance from the body's nose, as a part of the face's extent."""
_MOST_TILTED = math.radians(50)
"""Angle between the face's line of eyes and the body's."""
_HEAD_POINTS: Final = slice(0, 11)


@dataclass(frozen=True)
class FaceReading:
    """One face: score in [0, 1], (478, 2) picture pixels, (478,) depth in pixels (away positive), (52,) coefficients."""

    score: float
    points: Array
    depth: Array
    blendshapes: Array

    def region(self) -> Region:
        """Where to look for the same face in the next frame."""
        return _region_round(self.points)

    def extent(self) -> float:
        """The longer side, in pixels, of the upright box round the points."""
        return float(np.ptp(self.points, axis=0).max())


def _region_round(points: Array) -> Region:
    eyes = points[_LEFT_EYE] - points[_RIGHT_EYE]
    return bounding_region(points, math.atan2(eyes[1], eyes[0]), 1.5)


class FaceReader:
    """Reads faces with face_detector (BlazeFace), face_landmarks_detector and face_blendshapes."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def read(self, frame: Frame, body: BodyReading, before: FaceReading | None = None) -> FaceReading | None:
        """The face, or None where it is turned away, hidden or not certain. before: what the previous frame gave."""
        if turned_away(body):
            return None
        if before is not None:
            followed = self._look(frame, before.region())
            if agrees(followed, body):
                return self._with_blendshapes(followed)
        region = self._detected(frame, body)
        if region is None:
            return None
        found = self.look(frame, region)
        return found if found is not None and agrees(found, body) else None

    def look(self, frame: Frame, region: Region) -> FaceReading | None:
        """The face in a region that was not centred on it by a face of the frame before; None where there is none at all."""
        first = self._look(frame, region)
        if first.score < _HOPELESS:
            return None
        second = self._look(frame, first.region())
        return self._with_blendshapes(second) if second.score >= FOUND else None

    def _detected(self, frame: Frame, body: BodyReading) -> Region | None:
        """The face detector's best hit near the body's nose."""
        head = head_region(body)
        scores, points = find_hits(self._networks, FACE_DETECTOR, frame, head, _HIT)
        nose = body.points[BODY_LANDMARK["nose"]]
        nearest: tuple[float, Region] | None = None
        # Boxes turned with the region would need corners of their own; the overlap is taken on upright boxes of the same size.
        centres = points[:, :2].mean(axis=1)
        half = np.hypot(*(points[:, 1] - points[:, 0]).T)[:, None] / math.sqrt(8)
        for _, found in merge_hits(scores, points, np.concatenate([centres - half, centres + half], axis=1)):
            corners, eyes = found[:2], found[3] - found[2]
            side = float(np.hypot(*(corners[1] - corners[0]))) / math.sqrt(2)
            gap = float(np.hypot(*(found[4] - nose))) / max(side, 1e-6)
            if gap < 0.6 and (nearest is None or gap < nearest[0]):
                centre = corners.mean(axis=0)
                rotation = math.atan2(eyes[1], eyes[0])
                nearest = gap, Region(float(centre[0]), float(centre[1]), 1.5 * side, rotation)
        return None if nearest is None else nearest[1]

    def _look(self, frame: Frame, region: Region) -> FaceReading:
        output = decode_face(self._networks.run("face_landmarks_detector", network_input(region.crop(frame, CROP))))
        points = region.to_picture(output.points, CROP)
        return FaceReading(output.score, points, output.depth * (region.side / CROP), np.zeros(0))

    def _with_blendshapes(self, face: FaceReading) -> FaceReading:
        # Turned upright: the network was trained on heads held straight, and a tilted head has the same expression.
        upright = face.points @ face.region().axes()
        value = upright[list(BLENDSHAPE_POINTS)][None].astype(np.float32)
        blendshapes = self._networks.run("face_blendshapes", value)["blendshapes"].astype(np.float64)
        return FaceReading(face.score, face.points, face.depth, np.clip(blendshapes, 0, 1))


def head_region(body: BodyReading) -> Region:
    """The square round the head that the body's 11 head points name, turned with the eyes."""
    head = body.points[_HEAD_POINTS]
    low, high = head.min(axis=0), head.max(axis=0)
    eyes = head[BODY_LANDMARK["left_eye"]] - head[BODY_LANDMARK["right_eye"]]
    middle = (low + high) / 2
    return Region(float(middle[0]), float(middle[1]), 3 * float((high - low).max()), math.atan2(eyes[1], eyes[0]))


def turned_away(body: BodyReading) -> bool:
    """Whether the back of the head is seen: then the body's eyes lie the wrong way round above its mouth."""
    left_eye, right_eye = (body.points[BODY_LANDMARK[name]] for name in ("left_eye", "right_eye"))
    mouth = (body.points[BODY_LANDMARK["mouth_left"]] + body.points[BODY_LANDMARK["mouth_right"]]) / 2
    eyes, down = left_eye - right_eye, mouth - (left_eye + right_eye) / 2
    return bool(eyes[0] * down[1] - eyes[1] * down[0] < 0)


def agrees(face: FaceReading, body: BodyReading) -> bool:
    """Whether a face is seen, its nose is at the body's nose, its eyes lie along the body's, its chin towards the chest."""
    extent = face.extent()
    if face.score < FOUND:
        return False
    nose = body.points[BODY_LANDMARK["nose"]]
    if np.hypot(*(face.points[_NOSE] - nose)) > _FARTHEST_NOSE * extent:
        return False
    shoulders = (body.points[BODY_LANDMARK["left_shoulder"]] + body.points[BODY_LANDMARK["right_shoulder"]]) / 2
    chin, forehead = (np.hypot(*(face.points[k] - shoulders)) for k in (_CHIN, _FOREHEAD))
    if chin > forehead + 0.2 * extent:
        return False
    eyes = face.points[_LEFT_EYE] - face.points[_RIGHT_EYE]
    body_eyes = body.points[BODY_LANDMARK["left_eye_outer"]] - body.points[BODY_LANDMARK["right_eye_outer"]]
    if np.hypot(*body_eyes) < 0.2 * extent:  # in profile the line of the eyes says little
        return True
    turn = math.atan2(eyes[0] * body_eyes[1] - eyes[1] * body_eyes[0], float(eyes @ body_eyes))
    return abs(turn) < _MOST_TILTED
