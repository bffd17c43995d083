"""What a clip's path names: a movie, a picture, a folder of pictures, or numbered pictures, as in shot_####.png.

Standard library only: Blender's side asks, too.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PICTURE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


def is_pattern(path: Path) -> bool:
    """Whether `path` stands for numbered pictures: as many digits as its name has # in a row, or more."""
    return "#" in path.name and path.suffix.lower() in PICTURE_SUFFIXES and not path.exists()


def pattern_of(picture: Path) -> Path | None:
    """The pattern of the numbered pictures that `picture` is one of; None when it is none, or the only one."""
    numbers = list(re.finditer(r"\d+", picture.stem))
    if picture.suffix.lower() not in PICTURE_SUFFIXES or not numbers:
        return None
    last = numbers[-1]
    name = picture.stem[: last.start()] + "#" * len(last[0]) + picture.stem[last.end() :] + picture.suffix
    pattern = picture.with_name(name)
    files = _numbered(pattern)
    return pattern if next(files, None) and next(files, None) else None


def pictures_of(pattern: Path) -> list[Path]:
    """The pictures that a pattern stands for, by their numbers."""
    return [path for _, path in sorted(_numbered(pattern))]


def clip_exists(path: Path) -> bool:
    """Whether there is such a movie, picture or folder, or a picture of such a pattern."""
    return path.exists() or (is_pattern(path) and next(_numbered(path), None) is not None)


def clip_name(path: Path) -> str:
    """What things made from the clip are called: its file's or folder's name without ending and #."""
    return re.sub(r"[ ._-]*#+", "", path.stem) if is_pattern(path) else path.stem


def changed_at(path: Path) -> float:
    """When the clip was changed last, seconds since the epoch; raises OSError when it is gone."""
    if is_pattern(path):
        return max((picture.stat().st_mtime for picture in pictures_of(path)), default=0.0)
    return path.stat().st_mtime


def _numbered(pattern: Path) -> Iterator[tuple[int, Path]]:
    """The pictures of a pattern with their numbers, in whatever order the folder has them."""
    found = re.search(r"#+", pattern.name)
    if found is None or not pattern.parent.is_dir():
        return
    before, after = re.escape(pattern.name[: found.start()]), re.escape(pattern.name[found.end() :])
    matching = re.compile(rf"{before}(\d{{{len(found[0])},}}){after}")
    for path in pattern.parent.iterdir():
        match = matching.fullmatch(path.name)
        if match:
            yield int(match[1]), path
