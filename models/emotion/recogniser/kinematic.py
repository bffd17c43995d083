"""A recogniser of another kind: measures of posture and movement that the literature names, and a small network on them.

Measures after Wallbott 1998, Dael et al. 2012 and Kleinsmith and Bianchi-Berthouze 2013: lean, head, shoulders, reach and
openness of the arms, where the hands are, stance, how fast and how jerkily each part moves, how alike left and right do.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ....core.skeleton import JOINT_INDEX
from ..dataset.takes import TakeSet
from ..emotions import EMOTIONS
from ..features import FRAME_RATE
from .judge import Judge, train_judge

Array = NDArray[np.float32]

_MOVING: Final = (
    "left_wrist",
    "right_wrist",
    "left_elbow",
    "right_elbow",
    "head",
    "spine3",
    "pelvis",
    "left_ankle",
    "right_ankle",
)
_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOVED: Final = 1e-4
"""Metres, or of a cosine, from one frame to the next, from which on a posture changes: of what stands still, only rounding turns
to and fro."""


class KinematicJudge(Judge):
    """hidden: numbers between the measures and the decision."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__(MEASURES)
        self.hidden = nn.Linear(MEASURES, hidden)
        self.before, self.after = nn.Dropout(0.2), nn.Dropout(0.4)
        self.out = nn.Linear(hidden, len(EMOTIONS))

    def read(self, joints: Array) -> Tensor:
        """(M, MEASURES)."""
        return torch.as_tensor(measures(joints))

    def features(self, seen: Tensor) -> Tensor:
        """(M, hidden)."""
        return torch.tanh(self.hidden(self.before(seen.clamp(-4, 4))))

    def decide(self, features: Tensor) -> Tensor:
        """One linear layer."""
        return self.out(self.after(features))


def train_kinematic(takes: TakeSet, seed: int = 0, epochs: int = 30) -> KinematicJudge:
    """The kinematic judge of `takes`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        judge = KinematicJudge()
    train_judge(judge, takes, epochs, 2e-3, seed, noise=0.1)
    return judge


def measures(joints: Array) -> Array:
    """(M, MEASURES) of joints (M, T, 22, 3): quantiles over time of each posture, of each speed, and a few of the whole."""
    posture, speed = _postures(joints), _speeds(joints)
    parts = [np.quantile(posture, q, axis=1) for q in _QUANTILES] + [np.quantile(speed, q, axis=1) for q in _QUANTILES[1:]]
    change = posture[:, -1] - posture[:, 0]
    wrists = speed[..., :2]
    centred = wrists - wrists.mean(1, keepdims=True)
    spread = np.sqrt((centred**2).sum(1).prod(-1)) + 1e-3
    alike = centred.prod(-1).sum(1) / spread
    turns = _turns(posture)
    out: Array = np.concatenate([*parts, change, turns, alike[:, None]], axis=1).astype(np.float32)
    return out


def _turns(posture: Array) -> Array:
    """(M, P) in what share of the frames each posture (M, T, P) turns from growing to shrinking, or the other way."""
    step = np.diff(posture, axis=1)
    way = np.where(np.abs(step) < _MOVED, 0, np.sign(step))
    share: Array = (way[:, 1:] * way[:, :-1] < 0).mean(1, dtype=np.float32)
    return share


def _postures(joints: Array) -> Array:
    """(M, T, P) how the body is held in each frame; metres and cosines."""

    def at(name: str) -> Array:
        return joints[:, :, JOINT_INDEX[name]]

    def unit(vectors: Array) -> Array:
        return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)

    def along(vectors: Array, axis: Array) -> Array:
        return (vectors * axis).sum(-1)

    up = np.array([0, 1, 0], np.float32)
    left = unit((at("left_hip") - at("right_hip")) * np.array([1, 0, 1], np.float32))
    ahead = np.cross(left, up)
    pelvis, chest, neck, head = at("pelvis"), at("spine3"), at("neck"), at("head")
    trunk, gaze = unit(neck - pelvis), unit(head - neck)
    upper = unit(neck - chest)
    shoulders = at("left_shoulder") - at("right_shoulder")
    middle = (at("left_shoulder") + at("right_shoulder")) / 2
    columns = [along(v, axis) for v in (trunk, upper, gaze) for axis in (ahead, left, up)]
    columns += [along(unit(shoulders), ahead), along(unit(shoulders), up), along(middle - neck, up), along(middle - chest, ahead)]
    columns += [np.linalg.norm(shoulders, axis=-1), pelvis[..., 1]]
    for side, out in (("left", 1.0), ("right", -1.0)):
        wrist, elbow, shoulder = (at(f"{side}_{name}") for name in ("wrist", "elbow", "shoulder"))
        columns += [along(wrist - pelvis, ahead), out * along(wrist - pelvis, left), along(wrist - shoulder, up)]
        columns += [out * along(elbow - shoulder, left), along(elbow - shoulder, up)]
        columns += [np.linalg.norm(wrist - other, axis=-1) for other in (head, chest, shoulder)]
        columns += [np.linalg.norm(wrist - at(f"{side}_hip"), axis=-1), along(at(f"{side}_knee") - at(f"{side}_ankle"), ahead)]
    columns += [np.linalg.norm(at("left_wrist") - at("right_wrist"), axis=-1)]
    columns += [np.linalg.norm(at("left_ankle") - at("right_ankle"), axis=-1)]
    columns += [np.linalg.norm(pelvis - pelvis[:, :1], axis=-1)]
    stacked: Array = np.stack(columns, axis=-1)
    return stacked


def _speeds(joints: Array) -> Array:
    """(M, T - 3, 3 * len(_MOVING)) logarithms of speed, acceleration and jerk of what moves; m/s, m/s^2, m/s^3."""
    chosen = joints[:, :, [JOINT_INDEX[name] for name in _MOVING]]
    columns = []
    for order, least in ((1, 0.02), (2, 0.2), (3, 2.0)):
        change = np.diff(chosen, n=order, axis=1)[:, : joints.shape[1] - 3] * FRAME_RATE**order
        columns.append(np.log(least + np.linalg.norm(change, axis=-1)))
    out: Array = np.concatenate(columns, axis=-1)
    return out


MEASURES: Final = measures(np.zeros((1, 10, 22, 3), np.float32)).shape[1]
