"""Characters with a control rig: their motion is taken as the controls show it; keys under controls are refused."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.retarget.rig_file import rig_files  # noqa: E402
from thespis.core.scene.control.attach import follow  # noqa: E402
from thespis.core.scene.retarget.retarget import mapping_for  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.tests import retarget_rigs as rigs  # noqa: E402
from thespis.tests.control_fixtures import nudge  # noqa: E402
from thespis.tests.control_stage import controlled  # noqa: E402
from thespis.tests.motions import lively_motion  # noqa: E402
from thespis.tests.test_retarget import FK, go, shown, source, worst_limb  # noqa: E402


@pytest.fixture
def stage(blender):
    """The scene, a character with a control rig, and that."""
    scene = bpy.context.scene
    scene.render.fps = 30
    return scene, *controlled(scene, lively_motion(25))[:2]


def test_what_the_controls_show_is_retargeted_whichever_of_both_is_chosen(stage):
    scene, one, controls = stage
    before, _ = shown(one, {"left_wrist": "left_wrist"}, [10])
    scene.frame_set(10)
    nudge(bpy, controls, by=(0.0, 0.0, 0.2))
    frames = range(1, 26, 3)
    heads, _ = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    assert np.linalg.norm(heads["left_wrist"][3] - before["left_wrist"][0]) > 0.05, "frame 10 was changed on the controls"
    other = rigs.manny()
    mapping = mapping_for(other, rig_files())
    for chosen in (one, controls):
        assert bpy.ops.thespis.retarget(source=chosen.name, target=other.name, contacts=False) == {"FINISHED"}
        others, _ = shown(other, mapping.bones, frames)
        assert worst_limb(heads, others, rigs.LIMBS + rigs.HANDS) < 0.5


def test_keys_that_the_controls_would_hide_are_refused(stage):
    scene, one, controls = stage
    performer = source(scene, 8)
    was = one.animation_data.action
    with pytest.raises(ThespisError, match="moves as its control rig says"):
        go(performer, one, scene, FK)
    with pytest.raises(ThespisError, match="is a control rig"):
        go(performer, controls, scene, FK)
    assert one.animation_data.action == was
    follow(one, False)
    done, mapping = go(performer, one, scene, FK)
    assert done.notes == []
    frames = range(done.first, done.last + 1, 3)
    heads, others = (shown(thing, mapping.bones, frames)[0] for thing in (performer, one))
    assert worst_limb(heads, others, rigs.LIMBS) < 0.5
