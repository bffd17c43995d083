"""FBX's binary form, 7.x: nodes read and written, their properties left as the bytes they are. numpy only.

Source: Blender Developers, "FBX binary file format specification" (code.blender.org, 2013): a node is the offset of its end, the
number and length of its properties, its name, its properties, and nodes below it, which a node of zeros closes; from 7.5 on the
three numbers have 64 bits.
"""

import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_MAGIC: Final = b"Kaydara FBX Binary  \x00\x1a\x00"
_LONG_FROM: Final = 7500
_SIZES: Final = {b"B": 1, b"C": 1, b"Y": 2, b"I": 4, b"F": 4, b"L": 8, b"D": 8}
"""Bytes of a single number."""
_COUNTED: Final = b"SR"
_ARRAYS: Final = {b"f": "<f4", b"d": "<f8", b"i": "<i4", b"l": "<i8", b"b": "?", b"c": "u1"}
_PACKED_FROM: Final = 128
"""Bytes from which Blender compresses an array."""
_FOOT: Final = 16


@dataclass
class Node:
    """One node. properties: each with the letter of its kind before it. closed: whether zeros end its list of nodes, as they also
    do for some that have none."""

    name: bytes
    properties: list[bytes] = field(default_factory=list)
    nodes: list["Node"] = field(default_factory=list)
    closed: bool = False

    def first(self, name: bytes) -> "Node":
        """The first node below of this name. Raises KeyError when there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)


@dataclass
class Fbx:
    """A file: its version, its topmost nodes, the bytes that begin what comes after them."""

    version: int
    nodes: list[Node]
    foot: bytes

    def first(self, name: bytes) -> Node:
        """The first topmost node of this name. Raises KeyError when there is none."""
        return Node(b"", nodes=self.nodes).first(name)


def read_fbx(data: bytes) -> Fbx:
    """Read a binary FBX. Raises ValueError for bytes that are none."""
    if not data.startswith(_MAGIC):
        raise ValueError("not a binary FBX")
    (version,) = struct.unpack_from("<I", data, len(_MAGIC))
    nodes, at = _read_nodes(data, len(_MAGIC) + 4, _head(version))
    return Fbx(version, nodes, data[at : at + _FOOT])


def write_fbx_nodes(fbx: Fbx, path: Path) -> None:
    """Write a file; what was read and not changed becomes the same bytes."""
    head = _head(fbx.version)
    parts = [_MAGIC, struct.pack("<I", fbx.version)]
    at = len(_MAGIC) + 4
    for node in fbx.nodes:
        at = _write_node(node, at, head, parts)
    end = bytes(head.size + 1) + fbx.foot + bytes(4)
    at += len(end)
    parts += [end, bytes(_FOOT - at % _FOOT), struct.pack("<I", fbx.version), bytes(120), _LAST]
    path.write_bytes(b"".join(parts))


_LAST: Final = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")


def _head(version: int) -> struct.Struct:
    return struct.Struct("<3Q" if version >= _LONG_FROM else "<3I")


def _read_nodes(data: bytes, at: int, head: struct.Struct) -> tuple[list[Node], int]:
    """The nodes from `at` on up to the one of zeros, and where that ends."""
    nodes: list[Node] = []
    while True:
        end, count, length = head.unpack_from(data, at)
        at += head.size + 1
        if not end:
            return nodes, at
        name = data[at : at + data[at - 1]]
        at += len(name)
        node = Node(name, _read_properties(data, at, count))
        at += length
        if at < end:
            node.closed = True
            node.nodes, at = _read_nodes(data, at, head)
        nodes.append(node)


def _read_properties(data: bytes, at: int, count: int) -> list[bytes]:
    properties = []
    for _ in range(count):
        kind = data[at : at + 1]
        if kind in _SIZES:
            length = _SIZES[kind]
        elif kind in _COUNTED:
            length = 4 + int.from_bytes(data[at + 1 : at + 5], "little")
        elif kind in _ARRAYS:
            length = 12 + int.from_bytes(data[at + 9 : at + 13], "little")
        else:
            raise ValueError(f"a property of an unknown kind: {kind!r}")
        properties.append(data[at : at + 1 + length])
        at += 1 + length
    return properties


def _write_node(node: Node, at: int, head: struct.Struct, parts: list[bytes]) -> int:
    """Append the bytes of a node that begins at `at` to `parts`; returns where it ends."""
    place = len(parts)
    parts.append(b"")
    properties = b"".join(node.properties)
    end = at + head.size + 1 + len(node.name) + len(properties)
    for below in node.nodes:
        end = _write_node(below, end, head, parts)
    if node.nodes or node.closed:
        parts.append(bytes(head.size + 1))
        end += head.size + 1
    parts[place] = head.pack(end, len(node.properties), len(properties)) + bytes((len(node.name),)) + node.name + properties
    return end


# ---- properties


def number_of(value: bytes) -> int:
    """A whole number of 32 or 64 bits."""
    return int.from_bytes(value[1:], "little", signed=True)


def text_of(value: bytes) -> bytes:
    """The text of a property, or its bytes."""
    return value[5:]


def int32(value: int) -> bytes:
    """A whole number of 32 bits."""
    return struct.pack("<ci", b"I", value)


def int64(value: int) -> bytes:
    """A whole number of 64 bits."""
    return struct.pack("<cq", b"L", value)


def text(value: bytes) -> bytes:
    """A text."""
    return struct.pack("<cI", b"S", len(value)) + value


def array(kind: bytes, values: Array) -> bytes:
    """Numbers (n,) of kind f, d, i or l."""
    numbers = np.ascontiguousarray(values, _ARRAYS[kind])
    data, packed = numbers.tobytes(), numbers.nbytes > _PACKED_FROM
    if packed:
        data = zlib.compress(data, 1)
    return struct.pack("<c3I", kind, len(numbers), packed, len(data)) + data
