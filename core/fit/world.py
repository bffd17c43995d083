"""The world: which way is up in the camera's frame, and where the floor lies."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .points import POINT_INDEX

Array = NDArray[np.float64]

LEVEL_ROLL, LEVEL_PITCH = 0.06, 0.30
"""Standard deviations (rad) of a camera's roll and pitch when nothing else is known: held level, tilted at will."""
STANDING_ROLL, STANDING_PITCH = 0.10, 0.10
"""Standard deviations (rad) of a standing person's long axis about gravity, over a clip; depth is seen less well."""
STANDING_LENGTH = 0.86
"""Share of its full length that the body, from feet to neck, has at least when someone stands."""
STANDING_HEIGHT = 0.90
"""Height of the pelvis over the soles, in lengths of thigh and shin; some 1.15 with straight legs."""
STEP_HEIGHT = 0.03
"""Standard deviation (m) of the floor's evenness and of a fitted foot's height."""
CONTACT = 0.5


@dataclass(frozen=True)
class World:
    """up: (3,) unit vector against gravity in the camera's frame; floor: height of the floor along it (m);
    evidence: whether a standing person or planted feet said so, or only the belief that cameras are held level."""

    up: Tensor
    floor: float
    evidence: bool


def level_axes(up: Array) -> Array:
    """(3, 3) the world's axes x, y, z as columns, in the camera's frame: y is `up` (3,), z points back towards the camera along
    the floor, so that who faces the camera faces +z."""
    forward = np.array([0.0, 0.0, 1.0])
    z = -(forward - (forward @ up) * up)
    z /= np.linalg.norm(z)
    axes: Array = np.stack([np.cross(up, z), up, z], axis=1)
    return axes


def standing_share(points: Tensor, up: Tensor) -> Tensor:
    """(T,) in [0, 1] whether the pelvis is as high over the lowest sole as legs that carry it hold it."""
    place = {name: points[:, POINT_INDEX[name]] for name in ("pelvis", "left_hip", "left_knee", "left_ankle")}
    leg = (place["left_hip"] - place["left_knee"]).norm(dim=-1) + (place["left_knee"] - place["left_ankle"]).norm(dim=-1)
    height = place["pelvis"] @ up - (points[:, -4:] @ up).amin(1)
    return torch.sigmoid((height / leg - STANDING_HEIGHT) / 0.03)


def find_world(points: Tensor, contacts: Tensor) -> World:
    """From posed points (T, N, 3) in the camera's frame and contacts (T, 4) of the four last points (the soles).

    Least squares for the two angles of `up` about the camera's level up (0, -1, 0), reweighted so that a stair or a stool that
    someone stands on does not tilt the floor: a level camera, the long axis of a standing body, and planted feet at one height.
    """
    soles = points[:, -4:].cpu().numpy()
    planted = contacts.cpu().numpy() > CONTACT
    matrix, right, weight = [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [1 / LEVEL_ROLL, 1 / LEVEL_PITCH]
    axis = _standing_axis(points.cpu().numpy())
    if axis is not None:
        matrix += [[1.0, 0.0], [0.0, 1.0]]
        right += [float(axis[0] / -axis[1]), float(axis[2] / -axis[1])]
        weight += [1 / STANDING_ROLL, 1 / STANDING_PITCH]
    feet = _planted_places(soles, planted)
    if len(feet) >= 3:
        about = feet - feet.mean(0)
        matrix += [[float(row[0]), float(row[2])] for row in about]
        right += [float(row[1]) for row in about]
        # Feet are many and err together: they count as three places at most.
        weight += [min(1.0, (3 / len(feet)) ** 0.5) / STEP_HEIGHT] * len(feet)
    robust = np.ones(len(weight))
    a, b, w = np.array(matrix), np.array(right), np.array(weight)
    tilt = np.zeros(2)
    for _ in range(10):
        scaled = w * robust
        tilt = np.linalg.lstsq(a * scaled[:, None], b * scaled, rcond=None)[0]
        robust = 1 / np.sqrt(1 + ((a @ tilt - b) * w) ** 2)
    up = np.array([tilt[0], -1.0, tilt[1]])
    up /= np.linalg.norm(up)
    return World(torch.as_tensor(up, device=points.device), _floor(soles @ up, planted), axis is not None or len(feet) >= 3)


def place_world(points: Tensor, contacts: Tensor, up: Tensor) -> World:
    """The world of an up (3,) that is known; arguments else as of `find_world`."""
    soles, planted = points[:, -4:].cpu().numpy(), contacts.cpu().numpy() > CONTACT
    evidence = _standing_axis(points.cpu().numpy()) is not None or len(_planted_places(soles, planted)) >= 3
    return World(up, _floor(soles @ up.cpu().numpy(), planted), evidence)


def _floor(heights: Array, planted: NDArray[np.bool_]) -> float:
    return float(np.percentile(heights[planted], 20)) if planted.any() else float(np.percentile(heights.min(1), 5))


def _standing_axis(points: Array) -> Array | None:
    """(3,) mean unit vector from feet to neck over the frames in which the legs are long, or None when nobody stands."""
    place = {name: points[:, POINT_INDEX[name]] for name in ("neck", "pelvis", "left_hip", "right_hip")}
    legs = []
    for side in ("left", "right"):
        hip, knee, ankle = (points[:, POINT_INDEX[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
        full = np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1)
        legs.append(np.linalg.norm(hip - ankle, axis=1) / full)
    feet = (points[:, POINT_INDEX["left_ankle"]] + points[:, POINT_INDEX["right_ankle"]]) / 2
    axis = place["neck"] - feet
    length = np.linalg.norm(axis, axis=1)
    full = np.linalg.norm(place["neck"] - place["pelvis"], axis=1)
    leg = np.linalg.norm(place["pelvis"] - feet, axis=1)
    upright = (np.minimum(*legs) > STANDING_LENGTH) & (length > STANDING_LENGTH * (full + leg)) & (axis[:, 1] < -0.5 * length)
    if upright.sum() < max(1, 0.1 * len(points)):
        return None
    mean: Array = np.median(axis[upright] / length[upright, None], axis=0)
    return mean / np.linalg.norm(mean)


def _planted_places(soles: Array, planted: NDArray[np.bool_]) -> Array:
    """(P, 3) mean place of each contact: of each sole point, from touch to lift."""
    places = []
    for column in range(planted.shape[1]):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], planted[:, column].astype(int), [0]])))
        places += [soles[start:end, column].mean(0) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return np.array(places).reshape(-1, 3)
