"""The 15 finger joints of a hand, from the directions of its finger bones that the hand's network reads.

Directions are taken in the axes of the palm, so that an error of the wrist does not bend the fingers. Each counts by how sure the
network is of it, over time: what is doubtful goes by the frames before and after, what is never seen over to the relaxed hand.
The joints then follow in closed form, one after the other along the finger.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ...models.hand.solid import BONES, bones_of, palm_frames
from ..observe.tracks import Track
from ..skeleton import JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from .parts import near_wrist
from .settings import Settings
from .smooth import smooth

Array = NDArray[np.floating[Any]]

FINGERS = ("index", "middle", "pinky", "ring", "thumb")
"""In the order of core.skeleton; three joints each."""
SURE = 0.4
"""rad; directions of bones that are read as surely as this are smoothed with the cutoff that is asked for."""
RELAXED = 0.02
"""What the relaxed hand counts in each frame beside a direction that is read with SURE."""

# Limits (rad) of flexion and abduction of each joint of a finger, and of the thumb.
_LIMITS = (((-0.5, 1.7), (-0.45, 0.45)), ((-0.15, 1.9), (0.0, 0.0)), ((-0.2, 1.5), (0.0, 0.0)))
_THUMB_LIMITS = (((-0.9, 0.9), (-0.9, 0.9)), ((-0.4, 1.2), (-0.3, 0.3)), ((-0.5, 1.4), (-0.12, 0.12)))


@dataclass(frozen=True)
class HandModel:
    """One hand at rest, in the wrist's axes, metres, for the fitted betas.

    knuckles: (5, 3) first joint of each finger; bones: (5, 3, 3) from each of its joints to the next, the last to the tip.
    axes: (5, 3, 3, 3) columns flexion, abduction, twist of each joint; relaxed: (5, 3, 3) axis-angle of the hand at rest.
    palm: (3, 3) columns: across, along and out of the palm.
    """

    knuckles: Array
    bones: Array
    axes: Array
    relaxed: Array
    palm: Array


def hand_model(body: Body, betas: Array, side: str) -> HandModel:
    """The left or right hand of `body` with shape `betas` (B,)."""
    skin = BodySkin(body, torch.float64, torch.device("cpu"))
    tips = [body.vertex_ids[f"{side[0]}{finger}"] for finger in FINGERS]
    rest = torch.zeros(1, 55, 3, dtype=torch.float64)
    given = torch.as_tensor(np.asarray(betas, np.float64))
    posed, posed_joints = skin(rest, rest[:, 0], given, vertex_ids=torch.tensor(tips))
    vertices, joints = posed[0].numpy(), posed_joints[0].numpy()
    first = LEFT_HAND[0] if side == "left" else RIGHT_HAND[0]
    places = np.concatenate([joints[first : first + BONES].reshape(5, 3, 3), vertices[:, None]], 1)
    places = places - joints[JOINT_INDEX[f"{side}_wrist"]]
    bones = np.diff(places, axis=1)
    index, middle, pinky = places[0, 0], places[1, 0], places[2, 0]
    palm = palm_frames(middle[None], (index - pinky)[None])[0]
    inward = palm[:, 2] * (-1 if side == "left" else 1)  # out of the palm's inner face
    across = _unit(pinky - index)
    axes = np.empty((5, 3, 3, 3))
    for finger, name in enumerate(FINGERS):
        for joint in range(3):
            along = _unit(bones[finger, joint])
            towards = inward if name != "thumb" else across + 0.7 * inward  # a thumb bends across the palm
            flexion = _unit(np.cross(along, towards))
            axes[finger, joint] = np.stack([flexion, np.cross(along, flexion), along], 1)
    relaxed = np.asarray(body.hands_meanl if side == "left" else body.hands_meanr, np.float64).reshape(5, 3, 3)
    return HandModel(places[:, 0], bones, axes, relaxed, palm)


def fit_hand(track: Track, hand: int, model: HandModel, fps: float, cutoff: float = Settings.finger_cutoff) -> Array:
    """(T, 15, 3) axis-angle of the finger joints of hand 0 (left) or 1 (right); cutoff: Hz, as in Settings."""
    seen = np.flatnonzero(near_wrist(track, hand))
    if not len(seen):
        return np.repeat(model.relaxed.reshape(1, BONES, 3), len(track), axis=0)
    spread = np.asarray(track.hands_spread[seen, hand, 1:], np.float64)
    # The mean of directions that spread so far is shorter than one.
    length = np.sqrt(np.clip(1 - 2 * spread**2, 0, 1))
    read = bones_of(np.asarray(track.hands_world[seen, hand], np.float64)) @ model.palm.T * length[..., None]
    relaxed = bone_directions(model, model.relaxed.reshape(1, BONES, 3))[0]
    directions = np.empty((len(track), BONES, 3))
    for bone in range(BONES):
        value, weight = np.zeros((len(track), 3)), np.zeros(len(track))
        value[seen], weight[seen] = read[:, bone], (SURE / spread[:, bone]) ** 2
        directions[:, bone] = smooth(value, weight, fps, cutoff, relaxed[bone], RELAXED)
    return bend(model, directions)


def bend(model: HandModel, directions: Array) -> Array:
    """(T, 15, 3) axis-angle of finger joints, within their limits, whose bones point along `directions` (T, 15, 3; wrist's axes).

    The first joint of a finger and those of the thumb swing from how they lie when relaxed; the others are hinges.
    """
    wanted = directions.reshape(len(directions), 5, 3, 3)
    pose = np.zeros(wanted.shape)
    for finger, name in enumerate(FINGERS):
        limits = _THUMB_LIMITS if name == "thumb" else _LIMITS
        turned = Rotation.identity(len(directions))
        for joint in range(3):
            local = turned.inv().apply(wanted[:, finger, joint])
            axes, bone = model.axes[finger, joint], _unit(model.bones[finger, joint])
            if joint == 0 or name == "thumb":
                resting = Rotation.from_rotvec(model.relaxed[finger, joint])
                angles = (_swing(resting.apply(bone), local) * resting).as_rotvec() @ axes
            else:
                angles = np.zeros((len(local), 3))
                angles[:, 0] = np.arctan2(local @ np.cross(axes[:, 0], bone), local @ bone)
            for k in (0, 1):
                angles[:, k] = np.clip(angles[:, k], *limits[joint][k])
            pose[:, finger, joint] = angles @ axes.T
            turned = turned * Rotation.from_rotvec(pose[:, finger, joint])
    return pose.reshape(len(directions), BONES, 3)


def bone_directions(model: HandModel, pose: Array) -> Array:
    """(T, 15, 3) unit vectors along the finger bones, in the wrist's axes, for finger joints (T, 15, 3) axis-angle."""
    found = np.empty((len(pose), 5, 3, 3))
    for finger in range(5):
        turned = Rotation.identity(len(pose))
        for joint in range(3):
            turned = turned * Rotation.from_rotvec(pose[:, 3 * finger + joint])
            found[:, finger, joint] = turned.apply(_unit(model.bones[finger, joint]))
    return found.reshape(len(pose), BONES, 3)


def _swing(start: Array, ends: Array) -> Rotation:
    """The smallest rotations from the unit vector `start` (3,) to the directions `ends` (T, 3)."""
    across = np.cross(start, ends)
    sine = np.linalg.norm(across, axis=-1)
    angle = np.arctan2(sine, ends @ start)
    return Rotation.from_rotvec(across * (angle / np.clip(sine, 1e-12, None))[:, None])


def _unit(vector: Array) -> Array:
    """(3,) of length one."""
    return np.asarray(vector / np.linalg.norm(vector))
