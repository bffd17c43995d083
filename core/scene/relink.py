"""What in a .blend shows a clip is told where the clip lies now."""

from pathlib import Path

import bpy

from .origin import note_take, takes_noted


def relink_images(before: Path, now: Path) -> int:
    """Let all that shows the clip at `before`, or is noted as made of it, go by `now`; returns how many images there were."""
    images = [image for image in bpy.data.images if image.library is None and image.filepath]
    shown = [image for image in images if Path(bpy.path.abspath(image.filepath)) == before]
    for image in shown:
        image.filepath = bpy.path.relpath(str(now)) if image.filepath.startswith("//") else str(now)
        image.reload()
    for collection, camera in takes_noted(before):
        note_take(collection, now, camera)
    return len(shown)
