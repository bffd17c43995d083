"""The armature: 55 bones with SMPL-X's names, in collections, left and right coloured."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import bpy

from ..skeleton import EYES, JAW, JOINT_NAMES, LEFT_HAND, PARENTS, RIGHT_HAND
from .bones import RestBones

_COLLECTIONS: Final = (
    ("Body", tuple(range(22))),
    ("Face", (JAW, *EYES)),
    ("Left Hand", LEFT_HAND),
    ("Right Hand", RIGHT_HAND),
)
_PALETTES: Final = {"left_": "THEME04", "right_": "THEME01"}  # blue and red
_MIDDLE_PALETTE: Final = "THEME09"  # yellow


def build_armature(name: str, bones: RestBones, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new armature object in `collection` (which must be seen in the current view layer), at the world's origin.

    The bones' pose is left at rest, in quaternions. The object ends up active, in object mode.
    """
    armature = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, armature)
    collection.objects.link(rig)
    with edit_mode(rig):
        for index, bone_name in enumerate(JOINT_NAMES):
            bone = armature.edit_bones.new(bone_name)
            bone.head, bone.tail = bones.heads[index], bones.tails[index]
            bone.align_roll(bones.z_axes[index])
            if PARENTS[index] >= 0:
                bone.parent = armature.edit_bones[PARENTS[index]]
                bone.use_connect = bool(bones.connected[index])
    for collection_name, joints in _COLLECTIONS:
        group = armature.collections.new(collection_name)
        for joint in joints:
            group.assign(armature.bones[JOINT_NAMES[joint]])
    for bone in armature.bones:
        bone.color.palette = palette_of(bone.name)
    for pose_bone in rig.pose.bones:
        pose_bone.rotation_mode = "QUATERNION"
    armature.display_type = "OCTAHEDRAL"
    rig.show_in_front = True
    return rig


def palette_of(bone_name: str) -> str:
    """The colours of a bone: left, right and middle have their own."""
    return next((palette for side, palette in _PALETTES.items() if bone_name.startswith(side)), _MIDDLE_PALETTE)


@contextmanager
def edit_mode(rig: bpy.types.Object) -> Iterator[None]:
    """Bones can be made in edit mode only, and edit mode takes the view layer's active object."""
    layer = bpy.context.view_layer
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for selected in list(bpy.context.selected_objects):
        selected.select_set(False)
    layer.objects.active = rig
    rig.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        yield
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
