"""A made-up motion, its take, and where its joints are: numpy alone, sharing no code with the extension that is checked."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TO_BLENDER = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
SIZE = (640, 360)
FOCAL = 500.0
CENTRE = (330.0, 170.0)
"""Off the middle, so that a shift of the wrong sign shows."""
EYE = np.array([0.4, 1.3, 4.5])
TILT = 0.15
"""Where the camera stands (SMPL-X's world) and how far it looks down, radians."""


@dataclass
class Truth:
    """fps, (T, 55, 3) local rotations as axis-angle, (T, 3) trans, (B,) betas, (T, 55, 3) joints in Blender's world,
    (T, 55, 3, 3) how they have turned since the rest pose there."""

    fps: float
    poses: np.ndarray
    trans: np.ndarray
    betas: np.ndarray
    expression: np.ndarray
    joints: np.ndarray
    turns: np.ndarray


def make_truth(body_file: Path, frames: int = 61, fps: float = 60.0, seed: int = 3) -> Truth:
    """Someone who walks, turns by more than half a circle, and moves every joint."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 2 * np.pi, frames)[:, None, None]
    poses = rng.normal(0, 0.3, (1, 55, 3)) * np.sin(time + rng.uniform(0, 6, (1, 55, 1)))
    poses[:, 0] = np.linspace(-0.5, 4.0, frames)[:, None] * np.array([0.05, 1.0, 0.02])
    trans = np.stack([np.linspace(-0.5, 0.7, frames), 1.0 + 0.05 * np.sin(time[:, 0, 0]), np.linspace(0, 0.8, frames)], 1)
    with np.load(body_file, allow_pickle=False) as body:
        count = min(16, body["shapedirs"].shape[2])
        expressions = len(body["expression_names"]) if "expression_names" in body.files else 10
        betas = rng.normal(0, 0.8, count)
        template = body["v_template"].astype(float) + body["shapedirs"][:, :, :count].astype(float) @ betas
        rest = body["J_regressor"].astype(float) @ template
        parents = body["kintree_table"][0].astype(np.int64)
    expression = np.zeros((frames, expressions))
    expression[:, 0] = np.linspace(0, 1, frames)
    told = [_forward(rest, parents, pose, t) for pose, t in zip(poses, trans, strict=True)]
    joints, turns = (np.array(part) for part in zip(*told, strict=True))
    return Truth(fps, poses, trans, betas, expression, joints @ TO_BLENDER.T, TO_BLENDER @ turns @ TO_BLENDER.T)


def _forward(rest: np.ndarray, parents: np.ndarray, pose: np.ndarray, trans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    turned, placed = np.zeros((55, 3, 3)), np.zeros((55, 3))
    for joint in range(55):
        local = _rodrigues(pose[joint])
        if joint == 0:
            turned[0], placed[0] = local, rest[0] + trans
        else:
            parent = parents[joint]
            turned[joint] = turned[parent] @ local
            placed[joint] = placed[parent] + turned[parent] @ (rest[joint] - rest[parent])
    return placed, turned


def _rodrigues(vector: np.ndarray) -> np.ndarray:
    angle = np.linalg.norm(vector)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def write_motion(truth: Truth, path: Path) -> Path:
    """The motion as AMASS files have it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        poses=truth.poses.reshape(len(truth.poses), -1),
        trans=truth.trans,
        betas=truth.betas,
        expression=truth.expression,
        gender=np.array("neutral"),
        mocap_frame_rate=np.array(truth.fps),
        body_model=np.array("open"),
    )
    return path


def camera_rotation() -> np.ndarray:
    """World to camera: looks along -Z of the world and a little down; x right, y down, z forward."""
    level = np.diag([1.0, -1.0, -1.0])
    c, s = np.cos(TILT), np.sin(TILT)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ level


def pixels(truth: Truth, frame: int) -> np.ndarray:
    """(55, 2) where the joints are in the picture, the middle of the top left pixel being (0, 0)."""
    points = (truth.joints[frame] @ TO_BLENDER - EYE) @ camera_rotation().T
    return points[:, :2] / points[:, 2:] * FOCAL + np.array(CENTRE)


def write_take(truth: Truth, folder: Path, clip: Path) -> None:
    """take.json of a fit of `clip`."""
    rotation = camera_rotation()
    content = {
        "version": 1,
        "clip": str(clip),
        "fps": truth.fps,
        "fps_fraction": [round(truth.fps), 1],
        "size": list(SIZE),
        "frame_range": [0, len(truth.poses) - 1],
        "clip_frames": len(truth.poses),
        "intrinsics": {"focal": [FOCAL, FOCAL], "centre": list(CENTRE), "distortion": [0.0] * 5},
        "focal_known": True,
        "world_to_camera": {"rotation": rotation.tolist(), "translation": (-rotation @ EYE).tolist()},
        "people": [{"file": "person_0.npz", "gender": "neutral", "body_model": "open", "frames_seen": len(truth.poses)}],
        "seconds": {},
        "plain": True,
        "has_sound": False,
        "warnings": [],
    }
    (folder / "take.json").write_text(json.dumps(content))
