"""Animations put into a binary glTF file that has none (glTF 2.0, sections 3.6, 3.11 and 4.4). numpy only.

Blender's own exporter goes through the scene frame by frame for each clip, and takes frame rates that are no whole numbers for
others; here the poses are known already.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_FLOAT: Final = 5126
_KINDS: Final = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}
_JSON, _BINARY = b"JSON", b"BIN\x00"
_SAME: Final = 1e-6
"""By which the values of a channel may differ and still be one value."""


@dataclass
class Animation:
    """One clip. channels: (node, "translation", "rotation", "scale" or "weights") -> (T, k) values at the times (T,), seconds.

    Rotations are quaternions (x, y, z, w).
    """

    name: str
    times: Array
    channels: dict[tuple[int, str], Array] = field(default_factory=dict)


def read_glb(path: Path) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary part of a .glb file."""
    data = path.read_bytes()
    length = int.from_bytes(data[12:16], "little")
    content = json.loads(data[20 : 20 + length])
    return content, data[20 + length + 8 :]


def write_glb(path: Path, content: dict[str, Any], binary: bytes) -> None:
    """Write a .glb file of its two parts."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = [
        b"glTF" + (2).to_bytes(4, "little") + (28 + len(text) + len(binary)).to_bytes(4, "little"),
        len(text).to_bytes(4, "little") + _JSON + text,
        len(binary).to_bytes(4, "little") + _BINARY + binary,
    ]
    path.write_bytes(b"".join(chunks))


def add_animations(content: dict[str, Any], binary: bytes, animations: list[Animation]) -> bytes:
    """Put the animations into `content`; returns the binary part with their numbers.

    What stays the same throughout a clip has two keys, at its ends.
    """
    room = _Room(content, bytearray(binary))
    for animation in animations:
        samplers: list[dict[str, Any]] = []
        channels = []
        whole = room.accessor(animation.times, ends=True)
        ends = whole if len(animation.times) < 3 else None
        for (node, path), values in animation.channels.items():
            moves = len(values) < 3 or np.ptp(values, axis=0).max() > _SAME
            if not moves and ends is None:
                ends = room.accessor(animation.times[[0, -1]], ends=True)
            kept = values if moves else values[[0, -1]]
            output = room.accessor(kept.ravel() if path == "weights" else kept)
            channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
            samplers.append({"input": whole if moves else ends, "interpolation": "LINEAR", "output": output})
        content.setdefault("animations", []).append({"name": animation.name, "channels": channels, "samplers": samplers})
    content["buffers"][0]["byteLength"] = len(room.binary)
    return bytes(room.binary)


@dataclass
class _Room:
    """The file's binary part and what the JSON says of it."""

    content: dict[str, Any]
    binary: bytearray

    def accessor(self, values: Array, ends: bool = False) -> int:
        """The number of a new accessor for (T,) or (T, k) values. ends: it says the smallest and the largest, as times must."""
        self.binary += b"\0" * (-len(self.binary) % 4)
        numbers = np.ascontiguousarray(values, np.float32)
        views, accessors = (self.content.setdefault(name, []) for name in ("bufferViews", "accessors"))
        views.append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": numbers.nbytes})
        self.binary += numbers.tobytes()
        kind = _KINDS[1 if numbers.ndim == 1 else numbers.shape[1]]
        accessor = {"bufferView": len(views) - 1, "componentType": _FLOAT, "count": len(numbers), "type": kind}
        if ends:
            accessor |= {"min": [float(numbers.min())], "max": [float(numbers.max())]}
        accessors.append(accessor)
        return len(accessors) - 1
