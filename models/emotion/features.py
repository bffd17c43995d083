"""A Motion as the numbers that the network sees, frame by frame, and back.

What a take has in common with every other is taken out first: where it begins on the floor and which way it faces there, and
the size of the body. What is left of a frame, in this order (sizes in LAYOUT):

rotations  22 x 6, the body joints' local rotations in 6D (Zhou et al. 2019); the pelvis's is relative to the first heading
place      3, the pelvis: metres to the side and ahead of where the take began, and height over the floor, as of a body with the
           open body's hip height
hands      2 x HAND_COMPONENTS coefficients of the open body's hand space, left and right
face       jaw (3), eyes (6), axis-angle, and the open body's expression (E)
contacts   4, left heel, left toes, right heel, right toes, 0 to 1
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from ...core.motion import Motion
from ...core.skeleton import BODY_JOINT_COUNT, EYES, JAW, JOINT_COUNT, LEFT_HAND, RIGHT_HAND
from . import rotation6d
from .kinematics import BodyKinematics
from .rest import RestBody, canonical, rest_body_of

Array = NDArray[np.float64]

FRAME_RATE: Final = 20.0
"""Frames a second of what the network sees, as in the paper."""
HAND_COMPONENTS: Final = 12

_STILL: Final = 0.2
"""Metres a second: a sole point that is slower and low is planted."""
_LOW: Final = 0.05
"""Metres over the floor."""


@dataclass(frozen=True)
class Layout:
    """Where each group of features lies in a frame; size: how many there are in all."""

    rotations: slice
    place: slice
    hands: slice
    face: slice
    contacts: slice
    size: int

    @property
    def groups(self) -> dict[str, slice]:
        """The groups by name, in order."""
        return {name: getattr(self, name) for name in ("rotations", "place", "hands", "face", "contacts")}


def _layout(expression_count: int) -> Layout:
    sizes = (6 * BODY_JOINT_COUNT, 3, 2 * HAND_COMPONENTS, 9 + expression_count, 4)
    ends = np.cumsum(sizes).tolist()
    slices = [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    return Layout(slices[0], slices[1], slices[2], slices[3], slices[4], ends[-1])


@lru_cache(maxsize=1)
def layout() -> Layout:
    """The layout for the open body's expression."""
    return _layout(canonical().body.expression_count)


@dataclass(frozen=True)
class Placement:
    """Where a take begins: x, z of the pelvis on the floor (metres), and the heading (radians about Y; 0 faces +Z)."""

    x: float = 0.0
    z: float = 0.0
    heading: float = 0.0


@dataclass(frozen=True)
class Features:
    """values: (T, D) at `fps`. placement: where the take began. has_hands, has_face: whether the source knew of them; where it
    did not, the values are those of a relaxed hand and a still face, and nothing may be learnt from them."""

    values: Array
    placement: Placement
    fps: float
    has_hands: bool = True
    has_face: bool = True


def from_motion(motion: Motion, rest: RestBody | None = None) -> Features:
    """The features of `motion` at its own frame rate. rest: the body it was made on, when its file does not say it."""
    rest = rest or rest_body_of(motion)
    mean = canonical()
    parts = layout()
    length = len(motion)
    matrices = _matrices(motion.poses[:, :BODY_JOINT_COUNT])
    pelvis = motion.trans + rest.joints[0]
    placement = Placement(float(pelvis[0, 0]), float(pelvis[0, 2]), heading_of(matrices[0, 0]))
    back = _about_y(-placement.heading)
    matrices[:, 0] = back @ matrices[:, 0]
    place = (pelvis - (placement.x, 0, placement.z)) @ back.T * (mean.hip_height / rest.hip_height)
    open_face = motion.body_model == mean.body.model_id
    values = np.zeros((length, parts.size))
    values[:, parts.rotations] = rotation6d.from_matrices(matrices).reshape(length, -1)
    values[:, parts.place] = place
    values[:, parts.hands] = np.concatenate([_hand_coefficients(motion.poses, side) for side in (0, 1)], axis=1)
    values[:, parts.face.start : parts.face.start + 9] = motion.poses[:, [JAW, *EYES]].reshape(length, 9)
    if open_face:
        known = min(motion.expression.shape[1], mean.body.expression_count)
        values[:, parts.face.start + 9 : parts.face.start + 9 + known] = motion.expression[:, :known]
    values[:, parts.contacts] = (
        contacts_of(values, motion.fps) if motion.contacts is None else np.asarray(motion.contacts, np.float64)
    )
    has_hands = bool(np.abs(motion.poses[:, [*LEFT_HAND, *RIGHT_HAND]]).max() > 1e-6)
    return Features(values, placement, motion.fps, has_hands, open_face)


def to_motion(values: Array, fps: float, placement: Placement | None = None, rest: RestBody | None = None) -> Motion:
    """The Motion of features (T, D) at `fps`; rest: the body to make it for (the open body's mean)."""
    placement = placement or Placement()
    mean = canonical()
    rest = rest or mean
    parts = layout()
    length = len(values)
    matrices = rotation6d.to_matrices(values[:, parts.rotations].reshape(length, BODY_JOINT_COUNT, 6))
    ahead = _about_y(placement.heading)
    matrices[:, 0] = ahead @ matrices[:, 0]
    poses = np.zeros((length, JOINT_COUNT, 3))
    poses[:, :BODY_JOINT_COUNT] = _vectors(matrices)
    hands = values[:, parts.hands].reshape(length, 2, HAND_COMPONENTS)
    for side, joints in enumerate((LEFT_HAND, RIGHT_HAND)):
        components, relaxed = _hand_space(side)
        poses[:, joints] = (hands[:, side] @ components + relaxed).reshape(length, -1, 3)
    face = values[:, parts.face]
    poses[:, [JAW, *EYES]] = face[:, :9].reshape(length, 3, 3)
    place = values[:, parts.place] * (rest.hip_height / mean.hip_height) @ ahead.T + (placement.x, 0, placement.z)
    return Motion(
        poses=poses,
        trans=place - rest.joints[0],
        betas=np.zeros(mean.body.beta_count),
        expression=face[:, 9:].copy(),
        fps=fps,
        body_model=mean.body.model_id,
        contacts=np.clip(values[:, parts.contacts], 0, 1),
    )


def resampled(features: Features, fps: float) -> Features:
    """The same take at another rate, by cubic splines through every feature (6D rotations may be interpolated one by one)."""
    if features.fps == fps:
        return features
    last = (len(features.values) - 1) / features.fps
    times = np.arange(int(last * fps + 1e-6) + 1) / fps
    return replace(features, values=at_times(features.values, features.fps, times), fps=fps)


def at_times(values: Array, fps: float, times: Array) -> Array:
    """(n, D) features at `times` (n,) in seconds from the first of (T, D) at `fps`; the ends hold. Contacts go straight over."""
    own = np.arange(len(values)) / fps
    times = np.clip(times, 0, own[-1])
    if len(values) < 4:
        return np.stack([np.interp(times, own, column) for column in values.T], axis=1)
    found: Array = CubicSpline(own, values, axis=0)(times)
    contacts = layout().contacts
    found[:, contacts] = np.stack([np.interp(times, own, column) for column in values[:, contacts].T], axis=1)
    return found


def heading_of(pelvis: Array) -> float:
    """The heading (radians about Y) of a pelvis's rotation (3, 3): where its front points, seen from above; of one who lies,
    where the top of his head points."""
    front = pelvis[:, 2] if np.hypot(pelvis[0, 2], pelvis[2, 2]) > 0.3 else pelvis[:, 1]
    return float(np.arctan2(front[0], front[2]))


def sole_points(values: Array) -> Array:
    """(T, 4, 3) left heel, left toes, right heel, right toes, of features (T, D): metres, open body, in the take's frame."""
    parts = layout()
    rotations = rotation6d.to_matrices(values[:, parts.rotations].reshape(len(values), BODY_JOINT_COUNT, 6))
    kinematics = _kinematics()
    points = kinematics.sole_points(*kinematics(torch.as_tensor(rotations, dtype=torch.float32)))
    return points.numpy().astype(np.float64) + values[:, None, parts.place]


def contacts_of(values: Array, fps: float) -> Array:
    """(T, 4) of 0 and 1: which sole points of features (T, D) are slow and near the floor."""
    points = sole_points(values)
    if len(points) < 2:
        return (points[..., 1] < _LOW).astype(np.float64)
    speed = np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1)
    return ((speed < _STILL) & (points[..., 1] < _LOW)).astype(np.float64)


@lru_cache(maxsize=1)
def _kinematics() -> BodyKinematics:
    return BodyKinematics(canonical())


@lru_cache(maxsize=2)
def _hand_space(side: int) -> tuple[Array, Array]:
    """(HAND_COMPONENTS, 45) directions and the relaxed hand (45,) of the left (0) or right hand."""
    body = canonical().body
    components, relaxed = ((body.hands_componentsl, body.hands_meanl), (body.hands_componentsr, body.hands_meanr))[side]
    return components[:HAND_COMPONENTS].astype(np.float64), relaxed.astype(np.float64)


def _hand_coefficients(poses: NDArray[Any], side: int) -> Array:
    components, relaxed = _hand_space(side)
    joints = (LEFT_HAND, RIGHT_HAND)[side]
    fingers = poses[:, joints].reshape(len(poses), -1)
    if np.abs(fingers).max() <= 1e-6:  # a source without fingers: relaxed, not flat
        return np.zeros((len(poses), HAND_COMPONENTS))
    return (fingers - relaxed) @ components.T


def _matrices(vectors: NDArray[Any]) -> Array:
    return Rotation.from_rotvec(np.asarray(vectors, np.float64).reshape(-1, 3)).as_matrix().reshape(*vectors.shape, 3)


def _vectors(matrices: Array) -> Array:
    return Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_rotvec().reshape(matrices.shape[:-1])


def _about_y(angle: float) -> Array:
    return Rotation.from_rotvec([0, angle, 0]).as_matrix()
