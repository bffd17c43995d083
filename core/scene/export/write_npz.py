"""A motion as AMASS tools read it: the file of `thespis fit` and `thespis act` with AMASS's keys, Y or Z for up.

Y up is SMPL-X's own world, and Thespis': body, shape and expression are those of the character. Z up is AMASS's (Mahmood et al.
2019, the SMPL-X files): no expression, and the shape only of a body that AMASS tools have too.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.load import load_body, rest_shape
from ...motion import UNNAMED_BODY, Motion, write_motion
from ...skeleton import JOINT_COUNT, JOINT_NAMES, PARENTS
from ..amass import laid_down
from ..rig import read_rig
from ..rotations import axis_angle_from_quaternions, quaternions_from_matrices
from ..space import from_blender
from .clip import Clip, parts_of
from .source import Source
from .wishes import Up

Array = NDArray[np.floating[Any]]

_AMASS_BETAS: Final = 16
_PARTS: Final = {"root_orient": (0, 1), "pose_body": (1, 22), "pose_jaw": (22, 23), "pose_eye": (23, 25), "pose_hand": (25, 55)}
"""AMASS's names for stretches of SMPL-X's joints."""


def write_npz(path: Path, source: Source, clip: Clip, up: Up) -> None:
    """Write a clip of an armature with SMPL-X's bone names. Raises ThespisError for another."""
    motion = motion_of(source, clip)
    if up == "Z":
        motion = laid_down(_for_smplx(motion, source), rest_shape(load_body(), motion.betas)[1][0])
    write_motion(motion, path, more=amass_keys(motion))


def motion_of(source: Source, clip: Clip) -> Motion:
    """What the character does in the world: Y up, metres of its body, the floor at z = 0 of the scene.

    Raises ThespisError naming the bones of the body that the armature lacks.
    """
    rig = read_rig(source.armature)
    rest = dict(zip(source.bones, source.rest, strict=True))
    usual = source.upright[:3, :3] / source.scale @ rig.axes
    turns = np.tile(np.eye(3), (len(clip), JOINT_COUNT, 1, 1))
    for joint, parent in enumerate(PARENTS):
        if joint not in rig.joints:
            turns[:, joint] = turns[:, parent]
            continue
        name = JOINT_NAMES[joint]
        shown = parts_of(clip.matrices[:, source.bones.index(name)])[1]
        turns[:, joint] = clip.place[:3, :3] @ shown @ rest[name][:3, :3].T @ usual
    local = turns.copy()
    local[:, 1:] = np.swapaxes(turns[:, list(PARENTS[1:])], -1, -2) @ turns[:, 1:]
    pelvis = (clip.place @ clip.matrices[:, source.bones.index(JOINT_NAMES[0])])[:, :3, 3] / (rig.unit * source.scale)
    columns = {name: column for column, name in enumerate(rig.body.expression_names) if name}
    expression = np.zeros((len(clip), rig.body.expression_count))
    for (_owner, name), values in clip.shape_keys.items():
        if name in columns:
            expression[:, columns[name]] = values
    return Motion(
        poses=from_blender(axis_angle_from_quaternions(quaternions_from_matrices(local))),
        trans=from_blender(pelvis) - rig.origin,
        betas=rig.betas,
        expression=expression,
        fps=clip.fps,
        gender=str(source.armature.get("thespis_gender", "neutral")),
        body_model=rig.body.model_id,
    )


def _for_smplx(motion: Motion, source: Source) -> Motion:
    """The motion without what means something on the open body alone."""
    known = source.armature.get("thespis_betas")
    if known is None or source.armature.get("thespis_body_model") == motion.body_model:
        known = np.zeros(_AMASS_BETAS)  # the open body's pelvis lies within 2 mm of SMPL-X's
    none = np.zeros((len(motion), 0))
    return replace(motion, betas=np.asarray(list(known), np.float64), expression=none, body_model=UNNAMED_BODY)


def amass_keys(motion: Motion) -> dict[str, Any]:
    """What AMASS's SMPL-X files hold besides, of any motion."""
    poses = motion.poses.astype(np.float32)
    return {
        "surface_model_type": np.array("smplx"),
        "mocap_time_length": np.array(len(motion) / motion.fps),
        "num_betas": np.array(len(motion.betas)),
        **{name: poses[:, first:last].reshape(len(poses), -1) for name, (first, last) in _PARTS.items()},
    }
