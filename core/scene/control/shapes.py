"""What controls look like: wires, made once in a file, in a collection that is not shown."""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...control.shape_sizes import Form

Array = NDArray[np.floating[Any]]
Wires = list[list[tuple[float, float, float]]]
"""Lines of points, each line from point to point."""

COLLECTION: Final = "Thespis Control Shapes"
_FORM: Final = "thespis_form"
_STEPS: Final = 32


def shape_object(form: Form, scene: bpy.types.Scene) -> bpy.types.Object:
    """The object that controls of this form show; Y is the axis of rings, everything reaches from -1 to 1."""
    for thing in bpy.data.objects:
        if thing.get(_FORM) == form and thing.library is None:
            return thing
    points: list[tuple[float, float, float]] = []
    edges: list[tuple[int, int]] = []
    for line in _WIRES[form]():
        first = len(points)
        points += line
        edges += [(first + k, first + k + 1) for k in range(len(line) - 1)]
    name = f"Thespis control {form}"
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, edges, [])
    thing = bpy.data.objects.new(name, mesh)
    thing[_FORM] = form
    _collection(scene).objects.link(thing)
    return thing


def forget_shapes() -> None:
    """Remove the shapes that no bone shows any more, and their collection with the last of them."""
    shown = {bone.custom_shape for thing in bpy.data.objects if thing.pose is not None for bone in thing.pose.bones}
    for thing in [thing for thing in bpy.data.objects if _FORM in thing and thing.library is None and thing not in shown]:
        mesh = thing.data
        bpy.data.objects.remove(thing)
        if not mesh.users:
            bpy.data.meshes.remove(mesh)
    collection = bpy.data.collections.get(COLLECTION)
    if collection is not None and collection.library is None and not collection.all_objects and not collection.children:
        bpy.data.collections.remove(collection)


def _collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    collection = bpy.data.collections.get(COLLECTION)
    if collection is None or collection.library is not None:
        collection = bpy.data.collections.new(COLLECTION)
        collection.hide_viewport = collection.hide_render = True
    if collection not in scene.collection.children_recursive:
        scene.collection.children.link(collection)
    return collection


def _circle() -> Wires:
    return [_arc(0, 2 * np.pi)]


def _arc(begin: float, end: float, radius: float = 1.0) -> list[tuple[float, float, float]]:
    """Around Y, from Z towards X."""
    angles = np.linspace(begin, end, _STEPS + 1)
    return [(float(radius * np.sin(a)), 0.0, float(radius * np.cos(a))) for a in angles]


def _root() -> Wires:
    """A ring with an arrowhead at -Z, which is ahead."""
    arrow = [(-0.15, 0.0, -1.05), (-0.3, 0.0, -1.05), (0.0, 0.0, -1.4), (0.3, 0.0, -1.05), (0.15, 0.0, -1.05)]
    return [_arc(0, 2 * np.pi), [(float(x), y, z) for x, y, z in arrow]]


def _sphere() -> Wires:
    flat = _arc(0, 2 * np.pi)
    return [flat, [(x, z, y) for x, y, z in flat], [(y, x, z) for x, y, z in flat]]


def _box() -> Wires:
    floor, roof = (
        [(x, y, z) for x, y in ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0))] for z in (-1.0, 1.0)
    )
    return [floor, roof, *[[a, b] for a, b in zip(floor[:4], roof[:4], strict=True)]]


def _plate() -> Wires:
    """A sole: round at toes and heel, flat; Y is ahead."""
    toes = [(float(np.sin(a)), float(0.45 + 0.55 * np.cos(a)), 0.0) for a in np.linspace(-np.pi / 2, np.pi / 2, 17)]
    heel = [(float(-0.75 * np.sin(a)), float(-0.6 - 0.4 * np.cos(a)), 0.0) for a in np.linspace(-np.pi / 2, np.pi / 2, 17)]
    return [[*toes, *heel, toes[0]]]


def _roll() -> Wires:
    """Half a ring around X with a head at each end: it is turned about X."""
    bow = [(0.0, float(np.cos(a)), float(np.sin(a))) for a in np.linspace(-1.2, 1.2, 17)]
    heads = [[(0.0, y - 0.3, 0.95 * z), (0.0, y, z), (0.0, y + 0.35, 0.8 * z)] for _, y, z in (bow[0], bow[-1])]
    return [bow, *heads]


_WIRES: Final = {"root": _root, "circle": _circle, "box": _box, "plate": _plate, "sphere": _sphere, "arc": _roll}
