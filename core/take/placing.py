"""What was fitted by itself brought into one world: several people through their common camera, shots through the person."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from ...models.body.load import Body, rest_shape
from ..camera import Camera
from ..motion import Array, Motion

LYING = 0.3
"""Length along the floor of the pelvis's forward direction below which somebody faces nowhere."""

if TYPE_CHECKING:
    from ..fit.fit import FitResult


def same_world(results: "list[FitResult]", body: Body) -> "list[FitResult]":
    """Move every motion into the first one's world, so that one camera sees them all where the clip does."""
    first = results[0].camera
    moved = [results[0]]
    for result in results[1:]:
        moved.append(replace(result, motion=before_camera(result.motion, body, result.camera, first), camera=first))
    return moved


def before_camera(motion: Motion, body: Body, camera: Camera, other: Camera) -> Motion:
    """The motion that looks before the `other` camera, in its world, as `motion` does before its own."""
    rotation = other.rotation.T @ camera.rotation
    return moved_motion(motion, body, rotation, other.rotation.T @ (camera.translation - other.translation))


def moved_motion(motion: Motion, body: Body, rotation: Array, translation: Array) -> Motion:
    """The same motion with every point x of the world at rotation @ x + translation (metres).

    SMPL-X turns the body about its rest pelvis, not about the origin, so the translation takes up the difference.
    """
    pelvis = rest_shape(body, motion.betas)[1][0]
    poses = motion.poses.copy()
    poses[:, 0] = (Rotation.from_matrix(rotation) * Rotation.from_rotvec(motion.poses[:, 0])).as_rotvec()
    trans = (motion.trans + pelvis) @ np.asarray(rotation).T + translation - pelvis
    return replace(motion, poses=poses, trans=trans)


def moved_camera(camera: Camera, rotation: Array, translation: Array) -> Camera:
    """The same camera when every point x of its world goes to rotation @ x + translation (metres)."""
    turned = camera.rotation @ np.asarray(rotation).T
    return replace(camera, rotation=turned, translation=camera.translation - turned @ translation)


def way_between(motion: Motion, before: Motion, body: Body) -> tuple[Array, Array]:
    """The turn about the vertical, (3, 3), and the way along the floor, (3,), that bring the first frame of `motion` to where
    the last frame of `before` has the pelvis, facing where it faces."""
    start, end = _pelvis(motion, 0, body), _pelvis(before, len(before) - 1, body)
    facing, wanted = (Rotation.from_rotvec(poses).as_matrix()[:, 2] for poses in (motion.poses[0, 0], before.poses[-1, 0]))
    turn = np.eye(3)
    if min(np.hypot(facing[0], facing[2]), np.hypot(wanted[0], wanted[2])) > LYING:
        angle = np.arctan2(wanted[0], wanted[2]) - np.arctan2(facing[0], facing[2])
        turn = Rotation.from_rotvec([0.0, angle, 0.0]).as_matrix()
    return turn, (end - turn @ start) * np.array([1.0, 0.0, 1.0])


def _pelvis(motion: Motion, row: int, body: Body) -> Array:
    return np.asarray(motion.trans[row] + rest_shape(body, motion.betas)[1][0])
