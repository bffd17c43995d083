"""Files of other makers that keep Z for up stand on their feet in Blender."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from scipy.spatial.transform import Rotation  # noqa: E402
from thespis.core.motion import write_motion  # noqa: E402
from thespis.core.scene.import_take import import_takes  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.models.body.load import rest_shape  # noqa: E402
from thespis.tests.motions import lively_motion, open_body  # noqa: E402


def heads(path) -> np.ndarray:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    rig = import_takes([path], bpy.context.scene).characters[0].rig
    bpy.context.scene.frame_set(21)
    return np.array([rig.pose.bones[name].head for name in JOINT_NAMES])


def as_others_write(motion, path, turn: Rotation) -> None:
    """Without body_model, in a world turned by `turn`, as SMPL-X turns it: about the pelvis at rest."""
    poses = motion.poses.copy()
    poses[:, 0] = (turn * Rotation.from_rotvec(poses[:, 0])).as_rotvec()
    pelvis = rest_shape(open_body(), np.zeros(1))[1][0]
    trans = turn.apply(motion.trans + pelvis) - pelvis
    np.savez(path, poses=poses.reshape(len(motion), -1), trans=trans, mocap_frame_rate=motion.fps)


def test_z_up_and_y_up_files_give_the_same_character(tmp_path):
    motion = lively_motion(31)
    as_others_write(motion, tmp_path / "y_up.npz", Rotation.identity())
    as_others_write(motion, tmp_path / "z_up.npz", Rotation.from_euler("x", 90, degrees=True))
    upright = heads(tmp_path / "y_up.npz")
    np.testing.assert_allclose(heads(tmp_path / "z_up.npz"), upright, atol=1e-4)
    assert upright[15, 2] > upright[7, 2] + 1.0  # the head is above the ankle


def test_our_own_files_are_left_as_they_are(tmp_path):
    """Someone who lies on the back, in a file that names its body, stays lying."""
    motion = lively_motion(31)
    poses = motion.poses.copy()
    poses[:, 0] = [np.pi / 2, 0, 0]
    write_motion(type(motion)(poses, motion.trans, motion.betas, motion.expression, 30.0), tmp_path / "lying.npz")
    found = heads(tmp_path / "lying.npz")
    assert abs(found[15, 2] - found[0, 2]) < 0.5
