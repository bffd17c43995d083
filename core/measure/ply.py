"""Reads the vertices of a PLY mesh (Turk 1994), as scanners and registration tools write them: ascii or binary. numpy only."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError

Array = NDArray[np.floating[Any]]

_NUMBERS: Final = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS: Final = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_HEADER: Final = 1 << 16


def read_ply_vertices(path: Path) -> Array:
    """(V, 3) x, y, z of the mesh's vertices, in the file's unit, float64.

    Raises ThespisError when the file is missing, is no PLY, is cut short, or does not begin with its vertices.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Check the folder.") from None
    except OSError as error:
        raise ThespisError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    end = content.find(b"end_header", 0, _LONGEST_HEADER)
    if not content.startswith(b"ply") or end < 0:
        raise _unreadable(path, "it is not a PLY file")
    start = content.find(b"\n", end) + 1
    order, count, columns = _vertex_layout(path, content[:end].decode("ascii", "replace").split("\n"))
    kind = np.dtype([(name, _ORDERS[order] + number) for name, number in columns])
    try:
        if order == "ascii":
            words = content[start:].split(maxsplit=count * len(columns))[: count * len(columns)]
            table = np.array(words, dtype=np.float64).reshape(count, len(columns))
            places = table[:, [[name for name, _ in columns].index(axis) for axis in "xyz"]]
        else:
            rows = np.frombuffer(content, kind, count, start)
            places = np.stack([rows[axis].astype(np.float64) for axis in "xyz"], -1)
    except ValueError as error:
        raise _unreadable(path, "it is cut short") from error
    if not np.isfinite(places).all():
        raise _unreadable(path, "some of its vertices are no numbers")
    return places


def _vertex_layout(path: Path, header: list[str]) -> tuple[str, int, list[tuple[str, str]]]:
    """The file's order of bytes, the number of vertices, and name and type of each of a vertex's numbers."""
    order, count = "", -1
    columns: list[tuple[str, str]] = []
    for line in header:
        words = line.split()
        if words[:1] == ["format"] and len(words) > 1:
            order = words[1]
        elif words[:1] == ["element"] and len(words) == 3:
            if count >= 0:
                break
            if words[1] != "vertex" or not words[2].isdigit():
                raise _unreadable(path, "its vertices do not come first")
            count = int(words[2])
        elif words[:1] == ["property"] and count >= 0:
            if len(words) != 3 or words[1] not in _NUMBERS:
                raise _unreadable(path, f"its header has the line “{line.strip()}”")
            columns.append((words[2], _NUMBERS[words[1]]))
    names = [name for name, _ in columns]
    if order not in _ORDERS or count < 1 or not {"x", "y", "z"} <= set(names) or len(set(names)) < len(names):
        raise _unreadable(path, "its header names no vertices with x, y and z")
    return order, count, columns


def _unreadable(path: Path, reason: str) -> ThespisError:
    return ThespisError(f"{path}: not a mesh that can be read, {reason}. Obtain the file again.")
