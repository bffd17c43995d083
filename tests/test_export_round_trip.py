"""What is exported, read back by Blender's importers: joints, turns, duration, travel, for each format and preset."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.motion import write_motion  # noqa: E402
from thespis.core.scene.export.motions import export_motions  # noqa: E402
from thespis.core.scene.export.presets import PRESETS  # noqa: E402
from thespis.core.scene.export.wishes import ExportWishes  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.tests.blender.round_trip import angles_between, read_back  # noqa: E402
from thespis.tests.motions import lively_motion, true_joints, true_turns  # noqa: E402

METRES, DEGREES, SECONDS = 2e-3, 0.2, 1e-3
STEP = 5
"""Frames between those that are compared."""


@pytest.fixture(scope="module")
def motion_file(tmp_path_factory):
    motion = lively_motion()
    path = tmp_path_factory.mktemp("motion") / "person_0.npz"
    write_motion(motion, path)
    return path, motion


def truth(motion, frames, at_origin: bool) -> tuple[np.ndarray, np.ndarray]:
    """Joints and turns at these frames; at_origin: where a file that begins over the origin has them."""
    joints = np.array([true_joints(motion, frame) for frame in frames])
    turns = np.array([true_turns(motion, frame) for frame in frames])
    if at_origin:
        from thespis.models.body.load import rest_shape
        from thespis.tests.motions import open_body

        x, _, z = rest_shape(open_body(), motion.betas)[1][0]
        joints = joints - np.append(true_joints(motion, 0)[0, :2] - (x, -z), 0.0)
    return joints, turns


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("suffix", [".glb", ".fbx", ".bvh", ".usdc"])
def test_a_file_comes_back_as_it_went(motion_file, tmp_path, suffix, preset):
    path, motion = motion_file
    out = tmp_path / f"character{suffix}"
    export_motions([path], out, ExportWishes(preset=preset, mesh=preset in ("plain", "unreal")), own_session=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    frames = list(range(0, len(motion), STEP))
    back = read_back(out, motion.fps, frames, JOINT_NAMES)
    joints, turns = truth(motion, frames, PRESETS[preset].at_origin)
    np.testing.assert_allclose(back.joints, joints, atol=METRES)
    assert angles_between(back.turns, turns).max() < DEGREES
    assert back.seconds == pytest.approx((len(motion) - 1) / motion.fps, abs=SECONDS)
    way, true_way = (where[-1, 0] - where[0, 0] for where in (back.joints, joints))
    np.testing.assert_allclose(way, true_way, atol=1e-3)
    if suffix != ".bvh":  # whose root has no offset
        # Upright, facing Blender's front, as tall as it is.
        head, foot, left = (back.at_rest[JOINT_NAMES.index(name)] for name in ("head", "left_foot", "left_wrist"))
        assert head[2] > 1.2 and abs(foot[2]) < 0.15 and foot[1] < -0.02 and left[0] > 0.3
