"""A character of the scene as the control rig's mathematics sees it."""

from typing import Final

import numpy as np

from ...control.layout import Layout, Standing, lay_out
from ...control.transforms import Array, rigid
from ...errors import ThespisError
from ...skeleton import JOINT_NAMES, PARENTS
from ..rig import Rig
from ..sampled import Sampled

_GIVES: Final = 5e-4
"""Metres by which a joint's distance from the one above it may change, and it still only turns."""


def layout_for(rig: Rig) -> Layout:
    """The controls of a character, as it stands at rest."""
    bones = rig.armature.data.bones
    joints = {JOINT_NAMES[joint]: rigid(np.array(bones[JOINT_NAMES[joint]].matrix_local)) for joint in rig.joints}
    lengths = {name: float(bones[name].length) for name in joints}
    floor = float((joints["pelvis"][:3, 3] @ rig.axes)[2] - rig.pelvis[2])
    return lay_out(Standing(joints, lengths, rig.axes, rig.unit, floor))


def joints_in(rig: Rig, sampled: Sampled) -> dict[str, Array]:
    """Joint -> (T, 4, 4) where its bone stands, armature space. Raises ThespisError when bones are moved or scaled, not turned
    only, for which there are no controls."""
    joints = {JOINT_NAMES[joint]: sampled.bone(JOINT_NAMES[joint]) for joint in rig.joints}
    bones = rig.armature.data.bones
    for joint in rig.joints:
        name, above = JOINT_NAMES[joint], JOINT_NAMES[PARENTS[joint]] if joint else ""
        if above not in joints:
            continue
        apart = np.linalg.norm(joints[name][:, :3, 3] - joints[above][:, :3, 3], axis=-1)
        rest = (bones[name].head_local - bones[above].head_local).length
        gives = np.abs(apart - rest) > _GIVES * rig.unit
        if gives.any():
            frame = sampled.frames[gives.argmax()]
            raise ThespisError(
                f"{rig.armature.name}: {above} is scaled, or {name} moved, at frame {frame:g}; a control rig turns bones only. "
                "Clear their scale and location keys."
            )
    return joints
