"""Armatures that others made."""

import bpy
import numpy as np
from thespis.core.skeleton import JOINT_NAMES, PARENTS
from thespis.models.body.load import rest_shape
from thespis.tests.motions import open_body

RNG = np.random.default_rng(5)


def foreign(name="import", roll=0.7, mode="XYZ"):
    """Somebody else's armature: Y up, centimetres, its own rolls, Euler angles, a bone called root above the pelvis."""
    body = open_body()
    vertices, joints = rest_shape(body, np.zeros(body.beta_count))
    joints = 100 * (joints - (0, vertices[:, 1].min(), 0))
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    root = data.edit_bones.new("root")
    root.head, root.tail = (0, 0, 0), (0, 0, 10)
    for joint, bone_name in enumerate(JOINT_NAMES):
        bone = data.edit_bones.new(bone_name)
        bone.head, bone.tail = joints[joint], joints[joint] + RNG.normal(0, 5, 3)
        bone.roll = roll * joint
        bone.parent = root if PARENTS[joint] < 0 else data.edit_bones[JOINT_NAMES[PARENTS[joint]]]
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in armature.pose.bones:
        bone.rotation_mode = mode
    return armature
