"""USD with UsdSkel: Z up, metres, as Blender has them, which the file says; one clip."""

from pathlib import Path

import bpy


def write_usd(path: Path) -> None:
    """Write the selected objects over the range of the current scene."""
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
