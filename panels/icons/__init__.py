"""The emotions' icons, drawn by core/render/emotion_icons.py, as Blender's panels take them."""

from pathlib import Path
from typing import Any

import bpy.utils.previews

from ...models.emotion.emotions import EMOTIONS

_loaded: Any = None


def load() -> None:
    """Make the icons known; each is read when it is first drawn."""
    global _loaded
    unload()
    _loaded = bpy.utils.previews.new()
    for emotion in EMOTIONS:
        _loaded.load(emotion, str(Path(__file__).with_name(f"{emotion}.png")), "IMAGE")


def unload() -> None:
    """Forget them."""
    global _loaded
    if _loaded is not None:
        bpy.utils.previews.remove(_loaded)
        _loaded = None


def icon_of(emotion: str) -> int:
    """Blender's number for the icon; 0 for none."""
    return int(_loaded[emotion].icon_id) if _loaded is not None else 0
