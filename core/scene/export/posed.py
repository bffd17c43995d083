"""What is posed and not keyed survives an export: making and removing objects lets Blender play all actions anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import bpy

_CHANNELS: Final = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale")


@contextmanager
def posed_kept(scene: bpy.types.Scene) -> Iterator[None]:
    """Afterwards all that is animated in `scene`, the current one, shows what it showed before the block."""
    moved: list[Any] = []
    keys = {thing.data.shape_keys for thing in scene.objects if thing.type == "MESH" and thing.data.shape_keys is not None}
    for thing in scene.objects:
        if thing.animation_data is not None:
            moved += [thing, *(thing.pose.bones if thing.pose is not None else ())]
    posed = [(one, name, tuple(getattr(one, name))) for one in moved for name in _CHANNELS]
    values = [(block, block.value) for key in keys if key.animation_data is not None for block in key.key_blocks]
    try:
        yield
    finally:
        bpy.context.view_layer.update()
        for one, name, value in posed:
            if tuple(getattr(one, name)) != value:
                setattr(one, name, value)
        for block, value in values:
            if block.value != value:
                block.value = value
