"""One function for each file format: the given characters of the current scene into a file."""

from pathlib import Path
from typing import Final

import bpy
from mathutils import Matrix

from ..errors import ThespisError
from .character import Character
from .compat import gltf_seconds
from .presets import Preset
from .space import WORLD_TO_BLENDER


def write_glb(path: Path, characters: list[Character], _preset: Preset) -> None:
    """GLTF 2.0, binary; Y up, metres; one animation, called as the clip, moves all the characters."""
    with gltf_seconds(bpy.context.scene):
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            export_format="GLB",
            use_selection=True,
            use_active_scene=True,
            export_animation_mode="ACTIVE_ACTIONS",
            export_anim_single_armature=False,  # or what other armatures in the file do is mixed in (4.2)
            export_nla_strips_merged_animation_name=characters[0].rig.users_collection[0].name,
            export_force_sampling=True,
            export_optimize_animation_size=False,
            export_frame_range=True,
            export_cameras=False,
            export_lights=False,
            export_extras=False,
        )


def write_fbx(path: Path, characters: list[Character], preset: Preset) -> None:
    """FBX 7.4, with the texture inside."""
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        use_selection=True,
        object_types={"ARMATURE", "MESH"},
        add_leaf_bones=preset.leaf_bones,
        primary_bone_axis=preset.bone_axes[0],
        secondary_bone_axis=preset.bone_axes[1],
        axis_forward=preset.forward,
        axis_up=preset.up,
        apply_scale_options=preset.scale,
        use_mesh_modifiers=False,  # applying them would drop the shape keys
        bake_anim=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
        path_mode="COPY",
        embed_textures=True,
    )


def write_bvh(path: Path, characters: list[Character], _preset: Preset) -> None:
    """BVH of one character; metres, Y up as the format's readers expect it."""
    if len(characters) != 1:
        raise ThespisError(f"{path}: a .bvh holds one character. Export each person by itself.")
    scene = bpy.context.scene
    # Blender writes its own axes, but the format's readers (its own importer too) take Y for up. Keys are relative to the rest
    # pose, so turning that turns the whole animation.
    to_y_up = Matrix(WORLD_TO_BLENDER.T.tolist()).to_4x4()
    characters[0].rig.data.transform(to_y_up)
    bpy.ops.export_anim.bvh(
        filepath=str(path), frame_start=scene.frame_start, frame_end=scene.frame_end, rotate_mode="NATIVE", global_scale=1.0
    )


def write_usd(path: Path, characters: list[Character], _preset: Preset) -> None:
    """USD with UsdSkel; Z up, metres, as Blender has them, which the file says."""
    bpy.ops.wm.usd_export(
        filepath=str(path),
        selected_objects_only=True,
        export_animation=True,
        export_armatures=True,
        export_shapekeys=True,
        export_cameras=False,
        export_lights=False,
        export_custom_properties=False,
    )


WRITERS: Final = {".glb": write_glb, ".fbx": write_fbx, ".bvh": write_bvh, ".usdc": write_usd}
