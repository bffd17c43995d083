"""FBX 7.4 with the texture inside: centimetres, no object turned or scaled; one take a clip."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
from bpy_extras.io_utils import axis_conversion
from mathutils import Matrix
from numpy.typing import NDArray

from .presets import Preset

Array = NDArray[np.floating[Any]]

_LOG = logging.getLogger(__name__)
_FORWARD = {"Y": "-Z", "Z": "Y"}
"""What Blender calls forward is behind a character that faces the viewer."""


def root_axes(preset: Preset) -> Array:
    """(4, 4) axes in which an added root bone has to rest so that in the file, where bones look along others, it is unturned."""
    primary, secondary = preset.bone_axes
    turn = axis_conversion(from_forward=secondary, from_up=primary, to_forward="X", to_up="Y")
    return np.array(turn.inverted().to_4x4()) if preset.bone_axes != ("Y", "X") else np.eye(4)


def write_fbx(path: Path, things: list[bpy.types.Object], preset: Preset, strips: bool) -> None:
    """Write the objects of the current scene, which are in the file's axes and in centimetres.

    strips: each strip of their NLA is a take; else there is one, called as the scene.

    Blender's operator would turn and scale objects into the file's axes and unit, and a scale of 100 or a turn of 90 degrees at
    the root is what engines stumble over; so the objects come as the file wants them, and the file is told so.
    """
    from io_scene_fbx.export_fbx_bin import save_single

    scene = bpy.context.scene
    for thing in things:  # skins are told by their modifiers; evaluating them in every frame would take most of the time
        for modifier in thing.modifiers:
            modifier.show_viewport = False
    scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 0.01
    said = SimpleNamespace(report=lambda level, text: _LOG.warning("%s: %s", "/".join(level), text))
    save_single(
        said,
        scene,
        bpy.context.evaluated_depsgraph_get(),
        filepath=str(path),
        global_matrix=Matrix(),
        apply_unit_scale=True,
        apply_scale_options="FBX_SCALE_NONE",
        axis_up=preset.up,
        axis_forward=_FORWARD[preset.up],
        context_objects=things,
        object_types={"ARMATURE", "MESH"},
        use_mesh_modifiers=False,  # applying them would drop the shape keys
        add_leaf_bones=preset.leaf_bones,
        primary_bone_axis=preset.bone_axes[0],
        secondary_bone_axis=preset.bone_axes[1],
        bake_anim=True,
        bake_anim_use_nla_strips=strips,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
        path_mode="COPY",
        embed_textures=True,
    )
