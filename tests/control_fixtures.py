"""A character with a control rig, and what is done to it in the tests."""

import numpy as np
from thespis.core.skeleton import JOINT_NAMES
from thespis.tests.stages import Stage

NAMES = list(JOINT_NAMES)


def controlled_stage(bpy, folder, monkeypatch) -> Stage:
    """A character that walks, with a control rig, which is the active object."""
    stage = Stage(bpy, folder, monkeypatch)
    assert bpy.ops.thespis.add_control_rig() == {"FINISHED"}
    stage.controls = bpy.context.active_object
    return stage


def go_to(stage, frame: float) -> np.ndarray:
    """The character's joints there."""
    stage.bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
    return stage.heads()


def nudge(bpy, controls, name: str = "left_hand_ik", by=(0.0, 0.0, 0.2)) -> None:
    """Move a control and key it."""
    bone = controls.pose.bones[name]
    bone.location = [a + b for a, b in zip(bone.location, by, strict=True)]
    bone.keyframe_insert("location")


def the_same(stage) -> tuple:
    """The scene's character and controls after undo, which makes new ones of all."""
    from thespis.core.scene.controlled import controls_of

    armature = stage.bpy.data.objects["walk"]
    return armature, controls_of(armature)
