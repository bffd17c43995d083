"""Keyframes: F-curves written whole, grouped by bone, in one action (a pair of actions before Blender 4.4); cameras'."""

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..skeleton import JOINT_NAMES
from .compat import animate, new_fcurve
from .pose import BoneKeys

Array = NDArray[np.floating[Any]]

_CONSTANT, _LINEAR = 0, 1
"""Keyframe.interpolation as numbers. Between poses a frame apart, Bezier handles would only overshoot; before a cut a pose is
held until the next shot begins."""
_AUTO_CLAMPED = 4
"""A handle's type as a number."""
_NEARLY = 1e-3
"""Frames by which keys may differ in 32 bits."""
_PLACES = ("co", "handle_left", "handle_right")
_CHOICES = {
    "interpolation": _LINEAR,
    "handle_left_type": _AUTO_CLAMPED,
    "handle_right_type": _AUTO_CLAMPED,
    "easing": 0,
    "type": 0,
}
_AMOUNTS = {"back": 1.70158, "amplitude": 0.8, "period": 4.1}
"""What a key holds: pairs (frame, value), numbers of choices, amounts; with what a new one has."""


def key_character(
    rig: bpy.types.Object,
    figure: bpy.types.Object,
    name: str,
    frames: Array,
    bones: BoneKeys,
    shape_keys: dict[str, Array],
    held: NDArray[np.bool_],
) -> bpy.types.Action:
    """Write the animation of a character and return its action, which is called `name`.

    frames: (T,) scene frames. shape_keys: name -> (T,) values. held: (T,) whether a key holds until the next one.
    """
    action, curves = animate(rig, None, name)
    for joint, bone in enumerate(JOINT_NAMES):
        path = f'pose.bones["{bone}"]'
        for component in range(4):
            values = bones.rotation_quaternion[:, joint, component]
            write_keys(new_fcurve(curves, f"{path}.rotation_quaternion", component, bone), frames, values, held)
    for axis in range(3):
        fcurve = new_fcurve(curves, f'pose.bones["{JOINT_NAMES[0]}"].location', axis, JOINT_NAMES[0])
        write_keys(fcurve, frames, bones.location[:, axis], held)
    if shape_keys:
        _, curves = animate(figure.data.shape_keys, action, f"{name} expression")
        for key, values in shape_keys.items():
            write_keys(new_fcurve(curves, f'key_blocks["{key}"].value', 0, None), frames, values, held)
    return action


def key_camera(eye: bpy.types.Object, frames: Array, matrices: Array) -> bpy.types.Action:
    """Write where a camera stands, from one cut to the next: frames (S,) scene frames, matrices (S, 4, 4) matrix_world."""
    eye.rotation_mode = "QUATERNION"
    action, curves = animate(eye, None, eye.name)
    held = np.ones(len(frames), bool)
    turns = np.array([Matrix(matrix.tolist()).to_quaternion()[:] for matrix in matrices])
    for path, values in (("location", matrices[:, :3, 3]), ("rotation_quaternion", turns)):
        for index, column in enumerate(values.T):
            write_keys(new_fcurve(curves, path, index, None), frames, column, held)
    return action


def write_keys(fcurve: bpy.types.FCurve, frames: Array, values: Array, held: NDArray[np.bool_]) -> None:
    """Write the keys of a new F-curve: (T,) scene frames, values, and whether each holds until the next."""
    points = fcurve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.column_stack([frames, values]).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.where(held, _CONSTANT, _LINEAR).astype(np.uint8))
    fcurve.update()


def read_keys(fcurve: bpy.types.FCurve) -> Array:
    """(K, 2) frames and values, in 32 bits, of all its keys."""
    places = np.empty((len(fcurve.keyframe_points), 2), np.float32)
    fcurve.keyframe_points.foreach_get("co", places.reshape(-1))
    return places


def keys_between(places: Array, first: float, last: float) -> Array:
    """Those of the keys (K, 2), frames rising, that lie from frame `first` to `last`."""
    if len(places) and places[0, 0] > first - _NEARLY and places[-1, 0] < last + _NEARLY:
        return places
    return places[(places[:, 0] > first - _NEARLY) & (places[:, 0] < last + _NEARLY)]


def rewrite_keys(fcurve: bpy.types.FCurve, places: Array, keys: Array, former_last: float) -> None:
    """Write keys (T, 2), frames rising, in place of those of a take that began there too and ended at `former_last`; as
    `replace_keys`, but quick where the curve, whose keys are `places`, holds nothing else."""
    points, (frames, values) = fcurve.keyframe_points, keys.T
    if len(keys_between(places, frames[0], max(frames[-1], former_last))) < len(places):
        replace_keys(fcurve, frames, values, former_last)
        return
    if len(places) != len(keys):
        points.clear()
        points.add(len(keys))
        points.foreach_set("interpolation", np.full(len(keys), _LINEAR, np.uint8))
    points.foreach_set("co", np.ascontiguousarray(keys).reshape(-1))
    fcurve.update()


def replace_keys(fcurve: bpy.types.FCurve, frames: Array, values: Array, until: float | None = None) -> None:
    """Write keys at the rising scene frames (T,) in place of all that lie between the first and the last of them, or `until` if
    that is later."""
    points, at = fcurve.keyframe_points, read_keys(fcurve)[:, 0]
    last = max(frames[-1], frames[-1] if until is None else until)
    before, after = at < frames[0] - _NEARLY, at > last + _NEARLY
    kept = _all_of(fcurve) if before.any() or after.any() else {}
    new: dict[str, Array] = dict.fromkeys(_PLACES, np.column_stack([frames, values]))
    new |= {name: np.full((len(frames), 1), value) for name, value in (_CHOICES | _AMOUNTS).items()}
    points.clear()
    points.add(len(frames) + int(before.sum() + after.sum()))
    for name, given in new.items():
        column = given.astype(_kind(name))
        if kept:
            column = np.concatenate([kept[name][before], column, kept[name][after]])
        points.foreach_set(name, column.ravel())
    fcurve.update()


def _all_of(fcurve: bpy.types.FCurve) -> dict[str, Array]:
    """What its K keys hold: (K, 2) or (K, 1) by name."""
    points, held = fcurve.keyframe_points, {}
    for name in (*_PLACES, *_CHOICES, *_AMOUNTS):
        column = np.empty((len(points), 2 if name in _PLACES else 1), _kind(name))
        points.foreach_get(name, column.reshape(-1))
        held[name] = column
    return held


def _kind(name: str) -> type[np.floating[Any]] | type[np.integer[Any]]:
    return np.uint8 if name in _CHOICES else np.float32
