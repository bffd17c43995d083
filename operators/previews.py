"""Small pictures for panels, loaded when they are first drawn and forgotten with the extension."""

from pathlib import Path
from typing import Any

import bpy
import bpy.utils.previews

_pictures: Any = None
_missing: set[str] = set()


def icon_of(picture: str) -> int:
    """The number of the icon that shows the picture at this path; 0 when it is not there (any more)."""
    global _pictures
    if not picture or picture in _missing:
        return 0
    if _pictures is None:
        _pictures = bpy.utils.previews.new()
    if picture not in _pictures:
        if not Path(picture).is_file():
            _missing.add(picture)
            return 0
        _pictures.load(picture, picture, "IMAGE")
    return int(_pictures[picture].icon_id)


def picture_size(picture: str) -> tuple[int, int]:
    """Pixels of a picture that `icon_of` has loaded; (0, 0) of any other."""
    return tuple(_pictures[picture].image_size) if _pictures is not None and picture in _pictures else (0, 0)


def forget() -> None:
    """Forget all pictures."""
    global _pictures
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
    _missing.clear()
