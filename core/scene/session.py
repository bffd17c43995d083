"""Where an export happens: in an empty session of our own, or in a scene beside the user's that is removed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

_REMOVED = ("objects", "armatures", "meshes", "cameras", "lights", "actions", "materials", "images", "collections", "scenes")


@contextmanager
def fresh_session() -> Iterator[bpy.types.Scene]:
    """Empty this Blender, which must be ours alone, and give its scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield bpy.context.scene


@contextmanager
def scratch_scene() -> Iterator[bpy.types.Scene]:
    """A new scene, current while the block runs; afterwards it and everything made since are gone again."""
    before = {kind: set(getattr(bpy.data, kind)) for kind in _REMOVED}
    window = bpy.context.window
    scene = bpy.data.scenes.new("Thespis export")
    shown = window.scene if window else None
    context: dict[str, Any] = {"scene": scene, "view_layer": scene.view_layers[0]}
    try:
        if window:
            window.scene = scene
        with bpy.context.temp_override(**context):
            yield scene
    finally:
        if window:
            window.scene = shown
        for kind in _REMOVED:
            data = getattr(bpy.data, kind)
            for made in set(data) - before[kind]:
                data.remove(made)


def show_through_camera(camera: bpy.types.Object | None) -> None:
    """Let the file open with the view through the camera and the character's texture shown."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type != "VIEW_3D":
                continue
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    space.shading.color_type = "TEXTURE"
                    if camera is not None:
                        space.region_3d.view_perspective = "CAMERA"
