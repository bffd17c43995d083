"""A character: armature, skinned mesh and action made from a Motion and the body it belongs to."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...models.body.load import Body, rest_shape
from ..errors import ThespisError
from ..motion import Motion
from ..skeleton import JOINT_NAMES
from .armature import build_armature
from .bones import rest_bones
from .clock import scene_rate
from .keys import key_character
from .materials import add_materials
from .mesh import build_mesh, expression_columns, set_slider_ranges
from .pose import bone_keys, key_frames
from .space import to_blender


@dataclass(frozen=True)
class Character:
    """What `build_character` made. Hold on to the objects, not to their names: users rename things.

    lift: metres by which the rest pose was raised so that it stands on the floor (SMPL-X's own has the floor at its hips).
    """

    rig: bpy.types.Object
    figure: bpy.types.Object
    action: bpy.types.Action
    lift: float


def build_character(
    motion: Motion, body: Body, name: str, scene: bpy.types.Scene, collection: bpy.types.Collection, first: float = 1.0
) -> Character:
    """Build the character in `collection`, which must be part of `scene`, the current scene, and visible.

    The fitted shape becomes the mesh's basis and the armature's rest pose; the poses become keys, the first at the scene
    frame `first`, in step with the scene's own rate. Joints agree with the motion's forward kinematics.
    Raises ThespisError when the motion has more shape or expression numbers than the body.
    """
    check_fits(motion, body)
    vertices, joints = rest_shape(body, motion.betas)
    lift = -float(np.min(vertices[:, 1]))
    raised = np.array([0.0, lift, 0.0])
    vertices, joints = vertices + raised, joints + raised

    rig = build_armature(name, rest_bones(body, vertices, joints), collection)
    columns = expression_columns(body, motion.expression)
    figure = build_mesh(f"{name} body", body, to_blender(vertices), columns, rig, collection)
    if columns:
        set_slider_ranges(figure, columns, motion.expression)
    add_materials(figure, body)

    # By name: Blender sorts bones by kinship, not by when they were made.
    rest_matrices = np.array([[row[:] for row in rig.data.bones[bone].matrix_local.to_3x3()] for bone in JOINT_NAMES])
    frames = key_frames(len(motion), motion.fps, scene_rate(scene), first)
    moved = {key: motion.expression[:, c] for c, key in columns.items() if c < motion.expression.shape[1]}
    held = np.append(np.isin(motion.frames[1:], motion.cuts), False)
    action = key_character(rig, figure, name, frames, bone_keys(motion, rest_matrices, lift), moved, held)
    _remember(rig, motion)
    return Character(rig, figure, action, lift)


def check_fits(motion: Motion, body: Body) -> None:
    """Raise ThespisError when `motion` was made for a body with other numbers."""
    for what, given, known in (
        ("shape", motion.betas.shape[0], body.shapedirs.shape[2]),
        ("expression", motion.expression.shape[1], body.exprdirs.shape[2]),
    ):
        if given > known:
            raise ThespisError(
                f"The motion has {given} {what} numbers, the body {body.model_id} knows {known}. "
                "Choose the body file that the motion was fitted with."
            )


def _remember(rig: bpy.types.Object, motion: Motion) -> None:
    """What is needed to make a motion of the character again, kept with it in the .blend."""
    rig["thespis_body_model"] = motion.body_model
    rig["thespis_gender"] = motion.gender
    rig["thespis_betas"] = [float(b) for b in motion.betas]
    rig["thespis_fps"] = float(motion.fps)
