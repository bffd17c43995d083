"""Motions with known truth, and what a perfect observer sees of them, for the tests of the fit."""

from functools import cache

import numpy as np
from thespis.core.camera import Camera
from thespis.core.measure.synthetic import pose_motion, synthetic_track
from thespis.core.motion import Motion
from thespis.core.observe.tracks import Track
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.load import Body, load_body

FPS = 30.0
SHAPE = np.array([0.8, -0.6, 0.5, 0.4, -0.3, 0.2, 0.3, -0.2, 0.1, 0.2])


@cache
def open_body() -> Body:
    return load_body()


def camera(focal: float = 1500.0, known: bool = True, roll: float = 0.0) -> Camera:
    """Four and a half metres in front of the origin, a metre up, level but for `roll` (rad)."""
    c, s = np.cos(roll), np.sin(roll)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag([1.0, -1, -1])
    place = np.array([0.0, 1.0, 4.5])
    return Camera(
        (1920, 1080), (focal, focal), (959.5, 539.5), rotation=rotation, translation=-rotation @ place, focal_known=known
    )


def gesture(frames: int = 30, betas: np.ndarray = SHAPE, still: bool = False) -> Motion:
    """Someone who stands and waves both arms, bends the elbows, turns the head, and bows a little; feet stay where they are."""
    t = np.zeros(frames) if still else np.arange(frames) / FPS
    poses = np.zeros((frames, 55, 3))
    swing = 0.5 + 0.4 * np.sin(4 * t)

    def set_joint(name: str, x: object = 0.0, y: object = 0.0, z: object = 0.0) -> None:
        poses[:, JOINT_INDEX[name]] = np.stack(np.broadcast_arrays(np.asarray(x, float), np.asarray(y), np.asarray(z), t)[:3], -1)

    set_joint("left_shoulder", 0.1, -0.2, -1.1 + swing)
    set_joint("right_shoulder", 0.1, 0.3, 1.2 - 0.5 * swing)
    set_joint("left_elbow", 0.0, -0.4 - swing, 0.2)
    set_joint("right_elbow", 0.0, 0.9 + 0.3 * np.sin(5 * t), -0.2)
    set_joint("spine2", 0.15 + 0.1 * np.sin(3 * t), 0.1 * np.sin(2 * t))
    set_joint("head", 0.1 * np.sin(3 * t), 0.3 * np.sin(2 * t))
    for side, sign in (("left", 1), ("right", -1)):
        set_joint(f"{side}_hip", -0.15, 0.05 * sign, 0.05 * sign)
        set_joint(f"{side}_knee", 0.25)
        set_joint(f"{side}_ankle", -0.1)
        for finger in ("index", "middle", "pinky", "ring"):
            for k, angle in enumerate((0.3, 0.5, 0.3), start=1):
                set_joint(f"{side}_{finger}{k}", 0.0, 0.0, -sign * angle)
    return Motion(poses, np.tile([0.0, 1.25, 0.0], (frames, 1)), betas, np.zeros((frames, 0)), FPS)


def walk(frames: int = 60) -> Motion:
    """Someone who strides across the picture, a step in half a second; the lower foot stays where it is, on the floor."""
    t = np.arange(frames) / FPS
    phase = 2 * np.pi * t
    poses = np.zeros((frames, 55, 3))
    poses[:, 0, 1] = np.pi / 2
    for side, shift, sign in (("left", 0.0, 1), ("right", np.pi, -1)):
        poses[:, JOINT_INDEX[f"{side}_hip"], 0] = -0.05 - 0.40 * np.sin(phase + shift)
        poses[:, JOINT_INDEX[f"{side}_knee"], 0] = 0.05 + 0.75 * np.clip(np.cos(phase + shift), 0, None) ** 2
        poses[:, JOINT_INDEX[f"{side}_ankle"], 0] = 0.40 * np.sin(phase + shift) - 0.1 * np.clip(np.cos(phase + shift), 0, None)
        poses[:, JOINT_INDEX[f"{side}_shoulder"], 2] = -sign * 1.2
        poses[:, JOINT_INDEX[f"{side}_shoulder"], 0] = 0.35 * np.sin(phase + shift)
        poses[:, JOINT_INDEX[f"{side}_elbow"], 1] = -sign * 0.4
    floating = Motion(poses, np.zeros((frames, 3)), SHAPE, np.zeros((frames, 0)), FPS)
    soles = pose_motion(open_body(), floating)[0][:, sole_vertices()]
    trans = np.zeros((frames, 3))
    for k in range(1, frames):
        foot = int(soles[k, :, 1].reshape(2, 2).mean(1).argmin())
        chosen = slice(2 * foot, 2 * foot + 2)
        trans[k] = trans[k - 1] - (soles[k, chosen] - soles[k - 1, chosen]).mean(0)
    trans[:, 1] = -soles[..., 1].min(1)
    trans[:, [0, 2]] -= trans[:, [0, 2]].mean(0)
    return Motion(poses, trans, SHAPE, np.zeros((frames, 0)), FPS)


def sole_vertices() -> list[int]:
    """Heel and toes of the left foot, then of the right."""
    return [open_body().vertex_ids[name] for name in ("LHeel", "LBigToe", "RHeel", "RBigToe")]


def seen(motion: Motion, view: Camera) -> Track:
    return synthetic_track(open_body(), motion, view)
