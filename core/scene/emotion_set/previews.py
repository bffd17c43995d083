"""Small pictures of actions for the asset browser: the character in the middle of each, drawn by Workbench."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...skeleton import JOINT_NAMES
from ..export.source import figures_of, placed
from ..export.spans import playing
from ..session import scratch_scene
from .write_set import SetAction

_SIZE: Final = 128
"""Pixels of a side."""
_WHEN: Final = 0.45
"""At which share of a clip it is pictured: past its beginning, before it comes to rest."""
_WIDE: Final = 1.35
"""How many heights of the resting character a side of the picture shows."""


def render_previews(armature: bpy.types.Object, made: Sequence[SetAction], scene: bpy.types.Scene) -> str:
    """Give each action a picture; returns why not when it cannot be drawn, else nothing."""
    figures = figures_of(armature, scene)
    if not figures:
        return f"{armature.name}: moves no mesh that shows, so the takes have no pictures."
    place, _, scale = placed(np.array(armature.matrix_world), armature.name)
    height = scale * max(bone.tail_local.length for bone in armature.data.bones)
    with tempfile.TemporaryDirectory(prefix="thespis-preview-") as folder, scratch_scene() as stage:
        for thing in (armature, *figures):
            stage.collection.objects.link(thing)
        eye = _camera(stage, height)
        try:
            for one in made:
                picture = Path(folder) / "preview.png"
                with playing(armature, one.action):
                    first, last = one.action.frame_range
                    stage.frame_set(round(first + _WHEN * (last - first)))
                    pelvis = armature.matrix_world @ armature.pose.bones[JOINT_NAMES[0]].head
                    middle = Vector((pelvis.x, pelvis.y, place[2, 3] + 0.5 * height))
                    eye.matrix_world = (
                        Matrix.Translation(middle) @ Matrix(place.tolist()).to_quaternion().to_matrix().to_4x4() @ _FRONT
                    )
                    stage.render.filepath = str(picture)
                    bpy.ops.render.render(write_still=True, scene=stage.name)
                _put(one.action, picture)
        except RuntimeError as error:
            return f"No pictures of the takes could be drawn ({str(error).strip().splitlines()[-1]})."
    return ""


_FRONT: Final = Matrix.Translation((0.0, -10.0, 0.0)) @ Matrix.Rotation(np.pi / 2, 4, "X")
"""Ten metres before the character, looking at it."""


def _camera(stage: bpy.types.Scene, height: float) -> bpy.types.Object:
    data = bpy.data.cameras.new("Preview")
    data.type, data.ortho_scale, data.clip_end = "ORTHO", _WIDE * height, 100.0
    eye = bpy.data.objects.new("Preview", data)
    stage.collection.objects.link(eye)
    stage.camera = eye
    render = stage.render
    render.engine = "BLENDER_WORKBENCH"
    render.resolution_x = render.resolution_y = _SIZE
    render.resolution_percentage = 100
    render.film_transparent = True
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    stage.display.shading.light, stage.display.shading.color_type = "STUDIO", "TEXTURE"
    return eye


def _put(action: bpy.types.Action, picture: Path) -> None:
    image = bpy.data.images.load(str(picture))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    preview = action.preview_ensure()
    preview.image_size = tuple(image.size)
    preview.image_pixels_float.foreach_set(pixels)
    bpy.data.images.remove(image)
