"""The skinned mesh: the fitted shape as its basis, expression shape keys, weights, texture coordinates, smooth shading."""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..skeleton import JOINT_NAMES
from .compat import MAX_SHAPE_KEY, new_shape_key
from .space import to_blender

Array = NDArray[np.floating[Any]]

_LEAST_WEIGHT: Final = 1e-4


def build_mesh(
    name: str,
    body: Body,
    vertices: Array,
    expression_columns: dict[int, str],
    rig: bpy.types.Object,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    """A new mesh object in `collection`, child of `rig` and deformed by it.

    vertices: (V, 3) of the rest shape, in Blender's world as the rig's bones are.
    expression_columns: column of body.exprdirs -> name of its shape key.
    """
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], body.faces.tolist())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(body.faces), bool))
    if body.uv is not None and body.faces_uv is not None:
        layer = mesh.uv_layers.new(name="UVMap")
        layer.data.foreach_set("uv", np.ascontiguousarray(body.uv[body.faces_uv.ravel()], np.float32).ravel())
    mesh.update()
    figure = bpy.data.objects.new(name, mesh)
    collection.objects.link(figure)
    figure.parent = rig
    _add_weights(figure, body)
    modifier = figure.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig
    _add_shape_keys(figure, body, vertices, expression_columns)
    return figure


def expression_columns(body: Body, expression: Array) -> dict[int, str]:
    """Which columns of the body's expression become shape keys, and their names.

    All that have a name (an animator wants jawOpen even in a clip that never uses it), and of the unnamed ones those
    that `expression` (T, E) moves.
    """
    columns = {}
    for column in range(body.exprdirs.shape[2]):
        name = body.expression_names[column] if column < len(body.expression_names) else ""
        if name:
            columns[column] = name
        elif column < expression.shape[1] and np.abs(expression[:, column]).max() > 1e-6:
            columns[column] = f"expression_{column:03d}"
    return columns


def set_slider_ranges(figure: bpy.types.Object, columns: dict[int, str], expression: Array) -> None:
    """Open each slider as far as the motion goes: Blender cuts a shape key's value off at the ends of its slider."""
    keys = figure.data.shape_keys
    for column, name in columns.items():
        values = expression[:, column] if column < expression.shape[1] else np.zeros(1)
        key = keys.key_blocks[name]
        key.slider_min = max(-MAX_SHAPE_KEY, min(0.0, float(np.floor(values.min()))))
        key.slider_max = min(MAX_SHAPE_KEY, max(1.0, float(np.ceil(values.max()))))


def _add_weights(figure: bpy.types.Object, body: Body) -> None:
    for joint, name in enumerate(JOINT_NAMES):
        group = figure.vertex_groups.new(name=name)
        column = body.weights[:, joint]
        for vertex in np.flatnonzero(column > _LEAST_WEIGHT).tolist():
            group.add([vertex], float(column[vertex]), "REPLACE")


def _add_shape_keys(figure: bpy.types.Object, body: Body, vertices: Array, columns: dict[int, str]) -> None:
    if not columns:
        return
    new_shape_key(figure, "Basis")
    for column, name in columns.items():
        moved = vertices + to_blender(np.asarray(body.exprdirs[:, :, column], np.float64))
        new_shape_key(figure, name).data.foreach_set("co", moved.astype(np.float32).ravel())
