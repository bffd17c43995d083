"""A scene that is either changed as meant or stays as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import bpy

_KINDS: Final = (
    "objects", "armatures", "meshes", "cameras", "lights", "actions", "materials", "images", "sounds", "collections",
)  # fmt: skip
_SCENE: Final = ("frame_start", "frame_end", "camera")
_RENDER: Final = ("fps", "fps_base", "resolution_x", "resolution_y", "resolution_percentage", "pixel_aspect_x", "pixel_aspect_y")


@contextmanager
def all_or_nothing(scene: bpy.types.Scene) -> Iterator[None]:
    """When the block raises, remove the data made in it and give `scene`, the current one, its settings and selection back."""
    before = {kind: set(getattr(bpy.data, kind)) for kind in _KINDS}
    settings = [(owner, name, getattr(owner, name)) for owner, names in _owners(scene) for name in names]
    frame, subframe = scene.frame_current, scene.frame_subframe
    active, selected = bpy.context.view_layer.objects.active, list(bpy.context.selected_objects)
    mode = active.mode if active else "OBJECT"
    try:
        yield
    except BaseException:
        for kind in _KINDS:
            data = getattr(bpy.data, kind)
            for made in set(data) - before[kind]:
                data.remove(made)
        for owner, name, value in settings:
            setattr(owner, name, value)
        scene.frame_set(frame, subframe=subframe)
        for thing in selected:
            thing.select_set(True)
        bpy.context.view_layer.objects.active = active
        if active and active.mode != mode:
            bpy.ops.object.mode_set(mode=mode)
        raise


def _owners(scene: bpy.types.Scene) -> tuple[tuple[bpy.types.bpy_struct, tuple[str, ...]], ...]:
    return (scene, _SCENE), (scene.render, _RENDER)
