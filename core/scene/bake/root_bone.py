"""A root bone is given to an armature that has none."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ...errors import ThespisError


def check_can_grow(armature: bpy.types.Object) -> None:
    """Raise ThespisError when no bone can be added to `armature`."""
    data = armature.data
    if data.library is not None or data.override_library is not None:
        raise ThespisError(
            f"{armature.name}: its bones are linked from another file, so no root bone can be added. Make them local."
        )
    layer = bpy.context.view_layer
    if armature.name not in layer.objects or not armature.visible_get():
        raise ThespisError(f"{armature.name}: is hidden, so no root bone can be added. Show it first.")


def add_root_bone(armature: bpy.types.Object, pelvis: str, name: str, length: float) -> str:
    """Give the pelvis bone a parent at the armature's origin, its axes the armature's; returns what it is called.

    Poses, actions and skin stay as they are, for a root at rest moves nothing. Check with `check_can_grow` before.
    """
    with _edit_mode(armature):
        root = armature.data.edit_bones.new(name)
        root.head, root.tail, root.roll = (0, 0, 0), (0, length, 0), 0
        root.use_deform = False
        below = armature.data.edit_bones[pelvis]
        below.use_connect = False
        below.parent = root
        told = str(root.name)
    armature.pose.bones[told].rotation_mode = "QUATERNION"
    bone = armature.data.bones[told]
    for collection in armature.data.bones[pelvis].collections:
        collection.assign(bone)
    return told


def remove_root_bone(armature: bpy.types.Object, name: str) -> None:
    """Take the root bone away again."""
    with _edit_mode(armature):
        armature.data.edit_bones.remove(armature.data.edit_bones[name])


@contextmanager
def _edit_mode(armature: bpy.types.Object) -> Iterator[None]:
    """Bones are made in edit mode only, which takes the active object; mode, selection and active object come back."""
    layer = bpy.context.view_layer
    active, selected = layer.objects.active, list(bpy.context.selected_objects)
    mode = active.mode if active is not None else "OBJECT"
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for thing in selected:  # several armatures would enter edit mode together
        thing.select_set(False)
    layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        yield
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
        armature.select_set(False)
        for thing in selected:
            thing.select_set(True)
        layer.objects.active = active
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)
