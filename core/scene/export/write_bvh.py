"""BVH: one character, one clip, the skeleton alone (Biovision's format as Meredith and Maddock 2001 tell it). numpy only.

Joints have the world's axes at rest, so a joint's channels are its turn since the rest pose, seen from its parent's. Joints that
change place (the root, and what moves below a root bone) have no offset: some readers add it to their position, and some do not.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ThespisError
from ..rotations import continuous_angles, zxy_angles
from .clip import Clip, parts_of

Array = NDArray[np.floating[Any]]

_STILL: Final = 1e-5
"""Metres by which the place of a joint that stays may differ."""


def write_bvh(path: Path, bones: tuple[str, ...], parents: tuple[int, ...], rest: Array, lengths: Array, clip: Clip) -> None:
    """Write a clip. rest: (B, 4, 4), with `clip` in the file's axes, Y up; lengths: (B,) of the bones.

    Raises ThespisError when the bones hang from more than one.
    """
    tops = [bone for bone, parent in enumerate(parents) if parent < 0]
    if len(tops) > 1:
        raise ThespisError(f"{path}: a .bvh has one root, and here are {len(tops)}. Add a root bone, or write another format.")
    moved = parts_of(clip.matrices)[1] @ np.swapaxes(parts_of(rest)[1], -1, -2)
    turns = moved.copy()
    for bone, parent in enumerate(parents):
        if parent >= 0:
            turns[:, bone] = np.swapaxes(moved[:, parent], -1, -2) @ moved[:, bone]
    offsets = rest[:, :3, 3] - np.array([rest[max(parent, 0), :3, 3] for parent in parents])
    heads = clip.matrices[..., :3, 3]
    places = heads.copy()
    for bone, parent in enumerate(parents):
        if parent >= 0:
            places[:, bone] = np.einsum("tji,tj->ti", moved[:, parent], heads[:, bone] - heads[:, parent])
    moves = np.array([parent < 0 for parent in parents]) | (np.abs(places - offsets).max(axis=(0, 2)) > _STILL)
    offsets[moves] = 0.0
    lines = ["HIERARCHY"]
    order: list[int] = []

    def joint(bone: int, depth: int) -> None:
        order.append(bone)
        inner = "\t" * (depth + 1)
        children = [child for child, parent in enumerate(parents) if parent == bone]
        lines.extend([f"{inner[1:]}{'JOINT' if depth else 'ROOT'} {bones[bone].replace(' ', '_')}", f"{inner[1:]}{{"])
        lines.append(f"{inner}OFFSET {_row(offsets[bone])}")
        place = "6 Xposition Yposition Zposition" if moves[bone] else "3"
        lines.append(f"{inner}CHANNELS {place} Zrotation Xrotation Yrotation")
        for child in children:
            joint(child, depth + 1)
        if not children:
            end = rest[bone, :3, 1] * lengths[bone]
            lines.extend([f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {_row(end)}", f"{inner}}}"])
        lines.append(f"{inner[1:]}}}")

    joint(tops[0], 0)
    angles = np.rad2deg(continuous_angles(zxy_angles(turns)))
    columns = [part for bone in order for part in ((places[:, bone], angles[:, bone]) if moves[bone] else (angles[:, bone],))]
    rows = np.concatenate(columns, axis=1)
    lines += ["MOTION", f"Frames: {len(clip)}", f"Frame Time: {1 / clip.fps:.9f}", *(_row(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(numbers: Array) -> str:
    return " ".join(f"{number:.6f}" for number in numbers)
