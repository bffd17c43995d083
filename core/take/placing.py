"""Several people of one clip, each fitted by itself, brought into one world through their common camera."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from ...models.body.load import Body, rest_shape
from ..motion import Array, Motion

if TYPE_CHECKING:
    from ..fit.fit import FitResult


def same_world(results: "list[FitResult]", body: Body) -> "list[FitResult]":
    """Move every motion into the first one's world, so that one camera sees them all where the clip does."""
    first = results[0].camera
    moved = [results[0]]
    for result in results[1:]:
        rotation = first.rotation.T @ result.camera.rotation
        translation = first.rotation.T @ (result.camera.translation - first.translation)
        moved.append(replace(result, motion=moved_motion(result.motion, body, rotation, translation), camera=first))
    return moved


def moved_motion(motion: Motion, body: Body, rotation: Array, translation: Array) -> Motion:
    """The same motion with every point x of the world at rotation @ x + translation (metres).

    SMPL-X turns the body about its rest pelvis, not about the origin, so the translation takes up the difference.
    """
    pelvis = rest_shape(body, motion.betas)[1][0]
    poses = motion.poses.copy()
    poses[:, 0] = (Rotation.from_matrix(rotation) * Rotation.from_rotvec(motion.poses[:, 0])).as_rotvec()
    trans = (motion.trans + pelvis) @ np.asarray(rotation).T + translation - pelvis
    return replace(motion, poses=poses, trans=trans)
