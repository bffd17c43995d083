"""The arms as bones with flesh: balls along upper arm, forearm, palm and fingers, posed over all frames at once. Metres."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ...models.body.load import rest_shape
from ...models.emotion.choreography.figure import Figure, figure_of, open_body
from ..skeleton import JOINT_INDEX

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SIDES: Final = ("left", "right")
CHAIN: Final = np.array([[JOINT_INDEX[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist")] for side in SIDES])
"""(2, 3) the joints that move an arm."""
_FINGERS: Final = ("index", "middle", "ring", "pinky", "thumb")
_TRUNK: Final = tuple(
    JOINT_INDEX[name]
    for name in ("spine1", "spine2", "spine3", "neck", "head", "left_collar", "right_collar", "left_hip", "right_hip")
)
"""The joints above arms and solids, parents first."""
_UPPER: Final = (0.5, 0.75)
_FORE: Final = (0.0, 0.17, 0.34, 0.5, 0.67, 0.84, 1.0)
_PALM: Final = (0.4, 0.7)
"""Where balls lie, as shares of upper arm, forearm, and the way from the wrist to a knuckle."""
_THICK: Final = 30
"""Percentile of the distances of the skin next to a ball of the hand that is its radius: palms are no rows of balls."""
_TIP: Final = 0.007
"""Metres from the skin of a fingertip to the middle of its ball."""


@dataclass(frozen=True, eq=False)
class Arms:
    """Both arms of a body at rest; left first.

    shoulder, elbow, wrist: (2, 3) each joint from the one before it. upper, fore: (2, n, 3) balls from shoulder and elbow.
    knuckles: (2, 5, 4, 3) the joints of each finger and its tip, each from the one before (the first from the wrist).
    radius: (2, P) of all balls, in the order upper, fore, hand. bone: (P,) which carries a ball: 0 upper arm, 1 forearm, 2 hand.
    """

    figure: Figure
    shoulder: Array
    elbow: Array
    wrist: Array
    upper: Array
    fore: Array
    knuckles: Array
    radius: Array
    bone: Index


@lru_cache(maxsize=8)
def arms_of(betas: tuple[float, ...]) -> Arms:
    """The arms of the open body with these betas."""
    body, figure = open_body(), figure_of(betas)
    vertices = np.asarray(rest_shape(body, np.array(betas))[0], np.float64)
    joints, chief = figure.joints, np.asarray(body.weights).argmax(1)
    a, b, c = joints[CHAIN].swapaxes(0, 1)
    knuckles = np.zeros((2, len(_FINGERS), 4, 3))
    for side, name in enumerate(SIDES):
        for number, finger in enumerate(_FINGERS):
            chain = joints[[JOINT_INDEX[f"{name}_{finger}{k}"] for k in (1, 2, 3)]]
            way = vertices[body.vertex_ids[f"{name[0]}{finger}"]] - chain[2]
            tip = chain[2] + way * (1 - _TIP / np.linalg.norm(way))
            knuckles[side, number] = np.diff(np.stack([c[side], *chain, tip]), axis=0)
    upper = (b - a)[:, None] * np.array(_UPPER)[:, None]
    fore = (c - b)[:, None] * np.array(_FORE)[:, None]
    hand = _hand_balls(knuckles, np.broadcast_to(np.eye(3), (2, len(_FINGERS), 3, 3, 3)))
    radius = []
    for side, name in enumerate(SIDES):
        parts = [JOINT_INDEX[f"{name}_{joint}"] for joint in ("shoulder", "elbow", "wrist")]
        fingers = [number for joint, number in JOINT_INDEX.items() if joint[:-1] in {f"{name}_{finger}" for finger in _FINGERS}]
        skin = cKDTree(vertices[np.isin(chief, parts + fingers)])
        balls = np.concatenate([a[side] + upper[side], b[side] + fore[side], c[side] + hand[side]])
        away, nearest = cKDTree(balls).query(skin.data)
        thick = skin.query(balls)[0]
        for ball in range(len(_UPPER) + len(_FORE), len(balls)):
            thick[ball] = max(thick[ball], np.percentile(away[nearest == ball], _THICK))
        radius.append(thick)
    bone = np.repeat([0, 1, 2], [len(_UPPER), len(_FORE), hand.shape[1]])
    return Arms(
        figure,
        a - joints[[JOINT_INDEX["left_collar"], JOINT_INDEX["right_collar"]]],
        b - a,
        c - b,
        upper,
        fore,
        knuckles,
        np.stack(radius),
        bone,
    )


def _hand_balls(knuckles: Array, turned: Array) -> Array:
    """(..., n, 3) balls of hands from the wrist, in the hand's axes: palm, thumb's root and web, joints and tips of the
    fingers; turned: (..., 5, 3, 3, 3) rotations of the finger joints in the hand's axes."""
    first = np.broadcast_to(knuckles[..., 0, :], (*turned.shape[:-4], *knuckles.shape[-3:-2], 3))
    places = [first]
    for k in range(3):
        places.append(places[-1] + (turned[..., k, :, :] @ knuckles[..., k + 1, :, None])[..., 0])
    web = 0.5 * (places[1][..., 4:, :] + np.stack([first[..., 0, :], first[..., 4, :]], axis=-2))
    found: Array = np.concatenate([*(share * first[..., :4, :] for share in _PALM), web, *places], axis=-2)
    return found


@dataclass(frozen=True)
class Trunk:
    """What holds the arms, over T frames. world: (T, 22, 3, 3), places: (T, 22, 3); of pelvis, spine, head, collars and hips."""

    world: Array
    places: Array

    def frames(self, chosen: Index) -> "Trunk":
        """The same in some of the frames."""
        return Trunk(self.world[chosen], self.places[chosen])


def pose_trunk(arms: Arms, poses: NDArray[Any], trans: NDArray[Any]) -> Trunk:
    """Of poses (T, 55, 3) and translations (T, 3)."""
    frames, joints = len(poses), [0, *_TRUNK]
    local = np.tile(np.eye(3), (frames, 22, 1, 1))
    local[:, joints] = matrices(poses[:, joints])
    world, places = np.empty_like(local), np.empty((frames, 22, 3))
    world[:, 0], places[:, 0] = local[:, 0], arms.figure.joints[0] + trans
    for joint in _TRUNK:
        arms.figure.pose_joint(joint, local, world, places)
    return Trunk(world, places)


def hand_balls(arms: Arms, poses: NDArray[Any]) -> Array:
    """(T, 2, n, 3) balls of both hands from the wrist, in the hands' axes, for the fingers in poses (T, 55, 3)."""
    numbers = [[[JOINT_INDEX[f"{side}_{finger}{k}"] for k in (1, 2, 3)] for finger in _FINGERS] for side in SIDES]
    turned = matrices(poses[:, numbers])
    for k in (1, 2):
        turned[..., k, :, :] = turned[..., k - 1, :, :] @ turned[..., k, :, :]
    return _hand_balls(arms.knuckles, turned)


@dataclass(frozen=True)
class PosedArms:
    """pivots: (T, 2, 3, 3) shoulders, elbows and wrists; parents: (T, 2, 3, 3, 3) world rotations that the three joints turn in;
    balls: (T, 2, P, 3)."""

    pivots: Array
    parents: Array
    balls: Array


def pose_arms(arms: Arms, trunk: Trunk, local: Array, hands: Array) -> PosedArms:
    """Arms whose joints turn by local (T, 2, 3, 3, 3); hands: see hand_balls."""
    collars = [JOINT_INDEX["left_collar"], JOINT_INDEX["right_collar"]]
    collar = trunk.world[:, collars]
    shoulder = trunk.places[:, collars] + _applied(collar, arms.shoulder)
    upper = collar @ local[:, :, 0]
    elbow = shoulder + _applied(upper, arms.elbow)
    fore = upper @ local[:, :, 1]
    wrist = elbow + _applied(fore, arms.wrist)
    hand = fore @ local[:, :, 2]
    balls = [
        place[:, :, None] + own @ turned.swapaxes(-1, -2)
        for place, turned, own in ((shoulder, upper, arms.upper), (elbow, fore, arms.fore), (wrist, hand, hands))
    ]
    return PosedArms(
        np.stack([shoulder, elbow, wrist], axis=2), np.stack([collar, upper, fore], axis=2), np.concatenate(balls, axis=2)
    )


def _applied(rotations: Array, vectors: Array) -> Array:
    applied: Array = (rotations @ vectors[..., None])[..., 0]
    return applied


def matrices(vectors: NDArray[Any]) -> Array:
    """(..., 3, 3) rotation matrices of axis-angles (..., 3)."""
    flat = np.asarray(vectors, np.float64).reshape(-1, 3)
    return np.asarray(Rotation.from_rotvec(flat).as_matrix().reshape(*vectors.shape, 3))
