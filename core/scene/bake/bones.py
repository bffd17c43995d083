"""The bones of an armature as arrays."""

import bpy
import numpy as np

from ...bake.bones import Bones


def read_bones(armature: bpy.types.Object) -> Bones:
    """The bones of `armature` at rest, in the order of its pose bones: parents first."""
    poses = armature.pose.bones
    order = {bone.name: index for index, bone in enumerate(poses)}
    bones = [pose.bone for pose in poses]
    return Bones(
        names=tuple(order),
        parents=tuple(order[bone.parent.name] if bone.parent else -1 for bone in bones),
        rest=np.array([bone.matrix_local for bone in bones], np.float64).reshape(-1, 4, 4),
        lengths=np.array([bone.length for bone in bones], np.float64),
        inherits_rotation=tuple(bone.use_inherit_rotation for bone in bones),
        local_location=tuple(bone.use_local_location for bone in bones),
        connected=tuple(bone.use_connect for bone in bones),
        inherits_scale=tuple(bone.inherit_scale for bone in bones),
        rotation_modes=tuple(pose.rotation_mode for pose in poses),
    )
