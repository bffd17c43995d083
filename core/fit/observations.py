"""What a track says about the body's points, in the units and axes of the solver."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..observe.tracks import Track
from .depth_order import Visibility, visibility
from .fingertips import seen_fingers
from .landmarks import FACE_LANDMARKS, HAND_LANDMARKS
from .lens import Lens
from .parts import SMALLEST_FACE, SMALLEST_HAND, face_score, hand_score, inside_share, near_wrist
from .points import POINT_INDEX, SKULL_LANDMARKS, seen_point
from .rotations import exponential
from .settings import Settings

Array = NDArray[np.floating[Any]]

BODY_SEEN: dict[int, tuple[str, float]] = {
    0: ("nose", 1.0),
    2: ("left_eye", 1.0),
    5: ("right_eye", 1.0),
    7: ("left_ear", 1.3),
    8: ("right_ear", 1.3),
    11: ("left_shoulder", 1.0),
    12: ("right_shoulder", 1.0),
    13: ("left_elbow", 1.0),
    14: ("right_elbow", 1.0),
    15: ("left_wrist", 1.0),
    16: ("right_wrist", 1.0),
    17: ("left_pinky1", 1.5),
    18: ("right_pinky1", 1.5),
    19: ("left_index1", 1.5),
    20: ("right_index1", 1.5),
    23: ("left_hip", 1.7),
    24: ("right_hip", 1.7),
    25: ("left_knee", 1.0),
    26: ("right_knee", 1.0),
    27: ("left_ankle", 1.0),
    28: ("right_ankle", 1.0),
    29: ("left_heel", 1.2),
    30: ("right_heel", 1.2),
    31: ("left_big_toe", 1.2),
    32: ("right_big_toe", 1.2),
}
"""BlazePose landmark: (point, spread). Its hips sit low, its ears and finger knuckles scatter more."""
_BONES = (
    *((23, 24), (11, 12), (11, 23), (12, 24), (11, 24), (12, 23)),
    *((23, 25), (25, 27), (24, 26), (26, 28), (11, 13), (13, 15), (12, 14), (14, 16)),
    *((15, 19), (16, 20), (15, 17), (16, 18), (7, 8), (7, 0), (8, 0)),
)
_LEG_BONES = ((23, 25), (25, 27), (24, 26), (26, 28))
_DOWN = np.array([0.0, 1.0, 0.0])
_FOOT_BONES = ((27, 31), (28, 32), (29, 31), (30, 32))
_PALM = {landmark: "{}_" + HAND_LANDMARKS[landmark] for landmark in (1, 5, 9, 13, 17)} | {0: "seen_{}_wrist"}
_PALM_BONES = ((0, 5), (0, 9), (0, 17), (5, 17))
_FACE_BONES = ((36, 45), (27, 33), (36, 33), (45, 33), (36, 30), (45, 30))
STANDS = 0.3
"""How sure, of 1, it is that legs stand straight down which the picture does not show."""
MIN_PERSON_SCORE = 0.3
HIPS_FORWARD, KNEES_FORWARD = 0.065, 0.036
"""Metres that the body network's 3D has hips and knees before the line from shoulders to ankles, beyond where the joints are;
measured on 14 rendered clips (and 0.06, 0.05 on the filmed man whose joints are known)."""
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Observations:
    """T frames of evidence (float64 tensors).

    pixel: (T, M, 2) undistorted pixels from the principal point, as a camera with square pixels and no lens would see them.
    pixel_weight: (T, M) 1 / sigma in 1 / pixels, times the root of the confidence; 0 where nothing was seen.
    pixel_point: (M,) index of the body's point.
    direction: (T, N, 3) unit vectors in the camera's axes; direction_weight: (T, N) 1 / sigma in 1 / rad, as above.
    direction_from, direction_to: (N,) indices of the body's points.
    pixel_source: (M,), direction_source: (N,) which network it came from: 0 body, 1 hands, 2 face.
    present: (T,) whether the person was seen at all. visibility: what was hidden.
    fingers: (T, 2, 3, 3) where the fingers end (fingertips.seen_fingers).
    """

    pixel: Tensor
    pixel_weight: Tensor
    pixel_point: Tensor
    direction: Tensor
    direction_weight: Tensor
    direction_from: Tensor
    direction_to: Tensor
    pixel_source: Tensor
    direction_source: Tensor
    present: Tensor
    visibility: Visibility
    fingers: Tensor

    @property
    def leaning(self) -> Tensor:
        """(N,) of the directions those that lean throughout a clip: the body network's."""
        return self.direction_source == 0

    def upright(self, lean: Tensor, frames: slice = slice(None)) -> Tensor:
        """(T, N, 3) the directions, with the lean () taken out: radians about the camera's x axis."""
        none = torch.zeros_like(lean)
        seen = self.direction[frames]
        return torch.where(self.leaning[:, None], seen @ exponential(torch.stack([lean, none, none])).T, seen)

    def direction_of(self, start: str, end: str) -> Tensor:
        """(T, 3) observed direction from one named point to the other, from the first network that gives it."""
        return self.direction[:, self.direction_columns(start, end)[0]]

    def direction_columns(self, start: str, end: str) -> list[int]:
        """Columns of the bone from one named point to the other: the body's network, then the hands' or the face's."""
        pair = (POINT_INDEX[start], POINT_INDEX[end])
        pairs = zip(self.direction_from.tolist(), self.direction_to.tolist(), strict=True)
        return [column for column, other in enumerate(pairs) if other == pair]

    def frames(self, chosen: Tensor | slice) -> "Observations":
        """The same evidence of some of the frames."""
        return replace(
            self,
            pixel=self.pixel[chosen],
            pixel_weight=self.pixel_weight[chosen],
            direction=self.direction[chosen],
            direction_weight=self.direction_weight[chosen],
            present=self.present[chosen],
            visibility=self.visibility.frames(chosen),
            fingers=self.fingers[chosen],
        )


def undistort(pixels: Array, lens: Lens) -> Array:
    """(..., 2) pixels of the clip to undistorted pixels from the principal point, as of a camera of focal lens.focal[0]."""
    matrix = lens.matrix
    flat = np.asarray(pixels, np.float64).reshape(-1, 1, 2)
    seen = np.isfinite(flat).all((1, 2))
    rays = np.full((len(flat), 2), np.nan)
    if seen.any():
        rays[seen] = cv2.undistortPoints(flat[seen], matrix, np.asarray(lens.distortion, np.float64)).reshape(-1, 2)
    return (rays * lens.focal[0]).reshape(pixels.shape)


def ray_rotations(centre: Array, focal: float) -> Array:
    """(T, 3, 3) smallest rotations from the camera's forward axis to the rays through `centre` (T, 2), undistorted pixels from
    the principal point: they turn 3D landmarks that a network gave for a crop about `centre` to the camera's axes."""
    ray = np.concatenate([centre, np.full((len(centre), 1), focal)], -1)
    ray = np.nan_to_num(ray / np.linalg.norm(ray, axis=1, keepdims=True), nan=0.0)
    ray[~ray.any(1)] = (0.0, 0.0, 1.0)
    forward = np.array([0.0, 0.0, 1.0])
    axis = np.cross(forward, ray)
    k = np.zeros((len(ray), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 0] = -axis[:, 2], axis[:, 1], axis[:, 2]
    k[:, 1, 2], k[:, 2, 0], k[:, 2, 1] = -axis[:, 0], -axis[:, 1], axis[:, 0]
    rotation: Array = np.eye(3) + k + k @ k / (1 + ray @ forward)[:, None, None]
    return rotation


class _Gathered:
    """Collects the columns of Observations."""

    def __init__(self) -> None:
        self.source = 0
        self.pixels: list[tuple[Array, Array, int, int]] = []
        self.directions: list[tuple[Array, Array, int, int, int]] = []

    def pixel(self, place: Array, weight: Array, point: str) -> None:
        weight = np.where(np.isfinite(place).all(-1), weight, 0.0)
        self.pixels.append((np.nan_to_num(place), np.nan_to_num(weight), POINT_INDEX[point], self.source))

    def direction(self, vector: Array, weight: Array, start: str, end: str) -> None:
        length = np.linalg.norm(vector, axis=-1, keepdims=True)
        good = np.isfinite(length[:, 0]) & (length[:, 0] > 1e-6)
        unit = np.where(good[:, None], vector / np.where(good[:, None], length, 1), np.array([0.0, 0.0, 1.0]))
        self.directions.append((unit, np.where(good, weight, 0.0), POINT_INDEX[start], POINT_INDEX[end], self.source))


def present_frames(track: Track) -> NDArray[np.bool_]:
    """(T,) whether the person is seen in the frame well enough to be fitted."""
    present: NDArray[np.bool_] = (track.body_score >= MIN_PERSON_SCORE) & (np.isfinite(track.body[..., 0]).sum(1) >= 6)
    return present


def unbowed(world: Array, share: float = 1.0) -> Array:
    """(T, 33, 3) BlazePose's 3D without its bow: it has hips and knees too far forward for the joints that they stand for, so
    that everybody bends the knees and leans back a little. share: how much of the bow is taken out (-1: put in)."""
    across = world[:, 23] - world[:, 24] + world[:, 11] - world[:, 12]
    forward = np.cross(across, world[:, 11] + world[:, 12] - world[:, 23] - world[:, 24])
    out: Array = world.copy()
    for hip, knee, ankle in ((23, 25, 27), (24, 26, 28)):
        shin = world[:, ankle] - world[:, knee]
        before_shin = forward - shin * ((forward * shin).sum(1) / (shin * shin).sum(1))[:, None]
        for landmark, towards, away in ((hip, forward, HIPS_FORWARD), (knee, before_shin, KNEES_FORWARD)):
            out[:, landmark] -= share * away * towards / np.linalg.norm(towards, axis=1, keepdims=True)
    return out


def gather(track: Track, lens: Lens, settings: Settings, device: torch.device) -> Observations:
    """The evidence of `track` as seen through `lens`."""
    gathered = _Gathered()
    present = present_frames(track)
    side = np.where(track.box[:, 2] > 0, track.box[:, 2], np.nan)
    body = undistort(track.body, lens)
    inside = inside_share(track, lens.size)
    # Where a landmark is hidden the network's guess is worth a little; beyond the picture it keeps close to the edge.
    guess = np.where(inside < 1, 0.0, 0.02)
    trust = np.clip(track.body_visibility * track.body_presence, guess, 1) * present[:, None] * inside
    for landmark, (point, spread) in BODY_SEEN.items():
        weight = np.sqrt(trust[:, landmark]) / (settings.body_2d * spread * side)
        gathered.pixel(body[:, landmark], weight, seen_point(point))

    to_camera = ray_rotations(undistort(track.box[:, :2], lens), lens.focal[0])
    world = unbowed(np.einsum("tij,tpj->tpi", to_camera, track.body_world))
    for bones, sigma in ((_BONES, settings.direction), (_FOOT_BONES, settings.foot_direction)):
        for start, end in bones:
            vector, within = world[:, end] - world[:, start], np.minimum(inside[:, start], inside[:, end])
            if (start, end) in _LEG_BONES:
                # Beyond the picture the network makes legs up, folded as often as not. Somebody stands there, for all we know.
                length = np.linalg.norm(vector, axis=-1)
                vector = within[:, None] * vector + ((1 - within) * length)[:, None] * _DOWN
            # The shorter a bone is in the network's eyes, the less its direction says.
            reach = np.clip(np.nan_to_num(np.linalg.norm(vector, axis=-1)) / 0.10, 0.2, 1)
            sure = np.sqrt(np.clip(trust[:, start] * trust[:, end], 0, 1)).clip(0.1 * present)
            if (start, end) in _LEG_BONES:
                sure = np.maximum(sure, STANDS * (1 - within) * present)
            gathered.direction(vector, np.sqrt(sure * reach) / sigma, BODY_SEEN[start][0], BODY_SEEN[end][0])

    gathered.source = 1
    for hand, name in enumerate(_SIDES):
        _gather_hand(gathered, track, hand, name, lens, settings, present)
    gathered.source = 2
    _gather_face(gathered, track, lens, settings, present)

    def stack(parts: list[Array]) -> Tensor:
        return torch.as_tensor(np.stack(parts, 1), dtype=torch.float64, device=device)

    def index(parts: list[int]) -> Tensor:
        return torch.tensor(parts, device=device)

    return Observations(
        pixel=stack([p[0] for p in gathered.pixels]),
        pixel_weight=stack([p[1] for p in gathered.pixels]),
        pixel_point=index([p[2] for p in gathered.pixels]),
        direction=stack([d[0] for d in gathered.directions]),
        direction_weight=stack([d[1] for d in gathered.directions]),
        direction_from=index([d[2] for d in gathered.directions]),
        direction_to=index([d[3] for d in gathered.directions]),
        pixel_source=index([p[3] for p in gathered.pixels]),
        direction_source=index([d[4] for d in gathered.directions]),
        present=torch.as_tensor(present, device=device),
        visibility=visibility(track, body, undistort(track.hands, lens), lens.size, present, device),
        fingers=torch.as_tensor(seen_fingers(track), device=device),
    )


def _gather_hand(
    gathered: _Gathered, track: Track, hand: int, name: str, lens: Lens, settings: Settings, present: NDArray[np.bool_]
) -> None:
    """The palm: wrist and knuckles, which ride on the wrist joint whatever the fingers do."""
    score = hand_score(track, hand) * present
    place = undistort(track.hands[:, hand], lens)
    size = np.linalg.norm(place[:, 9] - place[:, 0], axis=-1)
    across = np.linalg.norm(place[:, 5] - place[:, 17], axis=-1)
    size = np.fmax(np.maximum(size, 1.3 * across), SMALLEST_HAND * track.box[:, 2])
    for landmark, point in _PALM.items():
        gathered.pixel(place[:, landmark], np.sqrt(score) / (settings.hand_2d * size), point.format(name))
    to_camera = ray_rotations(place.mean(1), lens.focal[0])
    world = np.einsum("tij,tpj->tpi", to_camera, track.hands_world[:, hand])
    sure = (
        near_wrist(track, hand) * present / (settings.hand_direction * np.nan_to_num(track.hands_spread[:, hand, 0], nan=np.inf))
    )
    for start, end in _PALM_BONES:
        vector = world[:, end] - world[:, start]
        gathered.direction(vector, sure, _PALM[start].format(name), _PALM[end].format(name))


def _gather_face(gathered: _Gathered, track: Track, lens: Lens, settings: Settings, present: NDArray[np.bool_]) -> None:
    """The parts of the face that stay with the skull."""
    score = face_score(track) * present
    place = undistort(track.face, lens)
    spread = np.fmax.reduce(place, axis=1) - np.fmin.reduce(place, axis=1)
    size = np.fmax(np.linalg.norm(spread, axis=-1), SMALLEST_FACE * track.box[:, 2])
    for landmark in SKULL_LANDMARKS:
        vertex = FACE_LANDMARKS[landmark]
        gathered.pixel(place[:, vertex], np.sqrt(score) / (settings.face_2d * size), f"face_{landmark}")
    nose = FACE_LANDMARKS[30]
    to_camera = ray_rotations(place[:, nose], lens.focal[0])
    solid = np.concatenate([place, track.face_depth[..., None]], -1)
    solid = np.einsum("tij,tpj->tpi", to_camera, solid - solid[:, nose, None])
    for start, end in _FACE_BONES:
        vector = solid[:, FACE_LANDMARKS[end]] - solid[:, FACE_LANDMARKS[start]]
        gathered.direction(vector, np.sqrt(score) / settings.face_direction, f"face_{start}", f"face_{end}")
