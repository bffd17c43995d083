"""Keyframes: F-curves written whole, grouped by bone, in one action (a pair of actions before Blender 4.4)."""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..skeleton import JOINT_NAMES
from .compat import animate, new_fcurve
from .pose import BoneKeys

Array = NDArray[np.floating[Any]]

_LINEAR: Final = 1
"""Keyframe.interpolation as a number. Between poses a frame apart, Bezier handles would only overshoot."""


def key_character(
    rig: bpy.types.Object,
    figure: bpy.types.Object,
    name: str,
    frames: Array,
    bones: BoneKeys,
    shape_keys: dict[str, Array],
) -> bpy.types.Action:
    """Write the animation of a character and return its action, which is called `name`.

    frames: (T,) scene frames. shape_keys: name -> (T,) values.
    """
    action, curves = animate(rig, None, name)
    for joint, bone in enumerate(JOINT_NAMES):
        path = f'pose.bones["{bone}"]'
        for component in range(4):
            values = bones.rotation_quaternion[:, joint, component]
            _write(new_fcurve(curves, f"{path}.rotation_quaternion", component, bone), frames, values)
    for axis in range(3):
        fcurve = new_fcurve(curves, f'pose.bones["{JOINT_NAMES[0]}"].location', axis, JOINT_NAMES[0])
        _write(fcurve, frames, bones.location[:, axis])
    if shape_keys:
        _, curves = animate(figure.data.shape_keys, action, f"{name} expression")
        for key, values in shape_keys.items():
            _write(new_fcurve(curves, f'key_blocks["{key}"].value', 0, None), frames, values)
    return action


def _write(fcurve: bpy.types.FCurve, frames: Array, values: Array) -> None:
    points = fcurve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.column_stack([frames, values]).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(frames), _LINEAR, np.uint8))
    fcurve.update()
