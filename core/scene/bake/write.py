"""The keys of a bake, as F-curves."""

from collections.abc import Sequence
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...bake.channels import LOCATION, ROTATION, SCALE
from ...bake.keys import Keys
from ..compat import new_fcurve

Array = NDArray[np.floating[Any]]

_LINEAR, _BEZIER = 1, 2
_ALIGNED: Final = 3
"""A handle's type as a number: an animator who moves one moves both."""
_ROTATION_PATHS: Final = {"QUATERNION": ("rotation_quaternion", 4), "AXIS_ANGLE": ("rotation_axis_angle", 4)}
_EULER: Final = ("rotation_euler", 3)


def write_bones(
    curves: Any, armature: bpy.types.Object, names: Sequence[str], keys: Keys, frames: Array, keyed: NDArray[np.bool_]
) -> int:
    """Make the F-curves of the bones called `names`, whose groups of COUNT curves the `keys` are; returns how many keys.

    frames: (T,) scene frames. keyed: (B, COUNT) which of the numbers get a curve.
    """
    written = 0
    for index, name in enumerate(names):
        bone = armature.pose.bones[name]
        path, turning = bone.path_from_id(), _ROTATION_PATHS.get(bone.rotation_mode, _EULER)
        for kind, start, count in (
            ("location", LOCATION.start, 3),
            (turning[0], ROTATION.start, turning[1]),
            ("scale", SCALE.start, 3),
        ):
            for component in range(count):
                if keyed[index, start + component]:
                    curve = new_fcurve(curves, f"{path}.{kind}", component, bone.name)
                    written += _write(curve, keys, frames, index, start + component)
    return written


def write_shape_keys(curves: Any, blocks: Sequence[bpy.types.ShapeKey], keys: Keys, frames: Array) -> int:
    """The same of shape keys, a group of one curve each; returns how many keys."""
    return sum(
        _write(new_fcurve(curves, f"{block.path_from_id()}.value", 0, None), keys, frames, index, 0)
        for index, block in enumerate(blocks)
    )


def _write(fcurve: bpy.types.FCurve, keys: Keys, frames: Array, group: int, component: int) -> int:
    """Write one curve; a handle lies at a third of the way to the next key, so that the way is a cubic of time."""
    at = np.flatnonzero(keys.chosen[:, group])
    values, slopes = keys.values[at, group, component], keys.slopes[at, group, component]
    times = frames[at]
    step = (frames[-1] - frames[0]) / max(len(frames) - 1, 1)
    gaps = np.diff(times) / 3
    after, before = (np.append(gaps, gaps[-1:]), np.append(gaps[:1], gaps)) if len(gaps) else (np.ones(1), np.ones(1))
    slopes = slopes / step if step > 0 else slopes
    points = fcurve.keyframe_points
    points.add(len(at))
    for name, shift in (("co", 0.0 * after), ("handle_left", -before), ("handle_right", after)):
        points.foreach_set(name, np.column_stack([times + shift, values + shift * slopes]).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.where(keys.straight[at, group], _LINEAR, _BEZIER).astype(np.uint8))
    for side in ("handle_left_type", "handle_right_type"):
        points.foreach_set(side, np.full(len(at), _ALIGNED, np.uint8))
    fcurve.update()
    return len(at)
