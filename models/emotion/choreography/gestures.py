"""Which gestures of the library each score uses: what a judge must not be able to guess the emotion from."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .score import LIBRARY, SCORES


def gestures_of(folder: Path = SCORES) -> dict[str, frozenset[str]]:
    """Score's name -> the library's gestures that its phrases play, by themselves or through poses that build on them."""
    known = _poses(LIBRARY / "gestures.toml")
    found = {}
    for path in sorted(folder.glob("*/*.toml")):
        score = tomllib.loads(path.read_text(encoding="utf-8"))
        poses = {**known, **score.get("pose", {})}
        played = [name for phrase in score["phrase"] for name in _listed(phrase["to"])]
        found[f"{score['emotion']}/{path.stem}"] = frozenset(_all_used(played, poses) & known.keys())
    return found


def _all_used(names: list[str], poses: Mapping[str, Any]) -> set[str]:
    """`names` and every pose that they are built on."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _listed(poses.get(name, {}).get("use", []))
    return found


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _poses(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
