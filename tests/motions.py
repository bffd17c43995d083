"""Made-up motions with everything in them, and an oracle for where their joints are that shares no code with the product."""

from functools import cache
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation
from thespis.core.motion import Motion
from thespis.core.skeleton import PARENTS
from thespis.models.body.load import Body, load_body, rest_shape


@cache
def open_body() -> Body:
    """Reading it takes half a second."""
    return load_body()


def lively_motion(frames: int = 41, fps: float = 30.0, seed: int = 0, turns: float = 1.2) -> Motion:
    """Someone who walks along, turns (more than half a circle), waves every limb and finger, and makes faces."""
    rng = np.random.default_rng(seed)
    body = open_body()
    time = np.linspace(0, 2 * np.pi, frames)[:, None, None]
    poses = rng.normal(0, 0.35, (1, 55, 3)) * np.sin(time * rng.integers(1, 3, (1, 55, 1)) + rng.uniform(0, 6, (1, 55, 1)))
    poses[:, 0] = np.array([0.1, 0, 0.05]) + np.linspace(0, turns * np.pi, frames)[:, None] * np.array([0.0, 1, 0])
    expression = np.zeros((frames, body.expression_count))
    expression[:, rng.choice(body.expression_count, 8, replace=False)] = np.abs(np.sin(time[:, 0] + np.arange(8)))
    # Rounded as the file keeps it, so that file and memory agree.
    return Motion(
        poses=poses.astype(np.float32).astype(np.float64),
        trans=np.stack([np.linspace(0, 2, frames), np.full(frames, 1.0), np.linspace(0, -1, frames)], 1),
        betas=rng.normal(0, 1, body.beta_count),
        expression=expression,
        fps=fps,
        contacts=np.zeros((frames, 4)),
        confidence=np.ones((frames, 55)),
    )


def true_joints(motion: Motion, frame: int) -> np.ndarray:
    """(55, 3) joints of one frame in Blender's axes (Z up), metres, by plain forward kinematics with scipy."""
    _, rest = rest_shape(open_body(), motion.betas)
    turned = _turned(motion, frame)
    placed = [rest[0] + motion.trans[frame]]
    for joint, parent in enumerate(PARENTS[1:], start=1):
        placed.append(placed[parent] + turned[parent].apply(rest[joint] - rest[parent]))
    x, y, z = np.array(placed).T
    return np.stack([x, -z, y], axis=1)


def true_turns(motion: Motion, frame: int) -> np.ndarray:
    """(55, 3, 3) how the joints have turned since the rest pose, in Blender's axes."""
    to_blender = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    return np.array([to_blender @ turn.as_matrix() @ to_blender.T for turn in _turned(motion, frame)])


def _turned(motion: Motion, frame: int) -> list[Rotation]:
    turned: list[Rotation] = []
    for joint, parent in enumerate(PARENTS):
        local = Rotation.from_rotvec(motion.poses[frame, joint])
        turned.append(turned[parent] * local if parent >= 0 else local)
    return turned


def write_take_json(path: Path, clip: Path, motion: Motion, size: tuple[int, int] = (320, 240)) -> None:
    """A take of `motion` before a level camera 4 m away."""
    from fractions import Fraction

    from thespis.core.camera import Camera
    from thespis.core.take.take import Take, write_take

    camera = Camera(size, (300.0, 300.0), ((size[0] - 1) / 2, (size[1] - 1) / 2))
    span = (int(motion.frames[0]), int(motion.frames[-1]))
    write_take(Take(clip, Fraction(motion.fps), span, span[1] + 1, camera, [], {}, True, False), path)
