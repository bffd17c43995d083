"""The keys of a bake, as F-curves."""

from collections.abc import Sequence
from typing import Any, Final

import bpy
import numpy as np

from ...bake.channels import LOCATION, ROTATION, SCALE
from ...bake.keys import Array, Keys
from ..compat import new_fcurve
from ..take_channels import rotation_path
from .motion import Clip

_LINEAR, _BEZIER = 1, 2
_ALIGNED: Final = 3
"""A handle's type as a number: an animator who moves one moves both."""


def write_bones(curves: Any, armature: bpy.types.Object, clip: Clip, keys: Keys, frames: Array) -> None:
    """Make the F-curves whose `keys` these are: of the bones and numbers that clip.bone and clip.number tell, in order.

    frames: (T,) scene frames.
    """
    bones = [armature.pose.bones[name] for name in clip.bones.names]
    for curve, (index, number) in enumerate(zip(clip.bone, clip.number, strict=True)):
        bone = bones[index]
        names = ((LOCATION, "location"), (ROTATION, rotation_path(bone.rotation_mode)), (SCALE, "scale"))
        place, name = next((part, name) for part, name in names if part.start <= number < part.stop)
        fcurve = new_fcurve(curves, f"{bone.path_from_id()}.{name}", int(number) - place.start, bone.name)
        _write(fcurve, keys, frames, curve)


def write_shape_keys(curves: Any, blocks: Sequence[bpy.types.ShapeKey], keys: Keys, frames: Array) -> None:
    """The same of shape keys, a curve each."""
    for curve, block in enumerate(blocks):
        _write(new_fcurve(curves, f"{block.path_from_id()}.value", 0, None), keys, frames, curve)


def _write(fcurve: bpy.types.FCurve, keys: Keys, frames: Array, curve: int) -> None:
    """Write one curve; a handle lies at a third of the way to the next key, so that the way is a cubic of time."""
    group = keys.groups[curve]
    at = np.flatnonzero(keys.chosen[:, group])
    times, values = frames[at], keys.values[at, curve]
    step = (frames[-1] - frames[0]) / max(len(frames) - 1, 1)
    slopes = keys.slopes[at, curve] / (step or 1.0)
    gaps = np.diff(times) / 3
    after, before = (np.append(gaps, gaps[-1:]), np.append(gaps[:1], gaps)) if len(gaps) else (np.ones(1), np.ones(1))
    points = fcurve.keyframe_points
    points.add(len(at))
    for name, shift in (("co", 0 * after), ("handle_left", -before), ("handle_right", after)):
        points.foreach_set(name, np.column_stack([times + shift, values + shift * slopes]).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.where(keys.straight[at, group], _LINEAR, _BEZIER).astype(np.uint8))
    for side in ("handle_left_type", "handle_right_type"):
        points.foreach_set(side, np.full(len(at), _ALIGNED, np.uint8))
    fcurve.update()
