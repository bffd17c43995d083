"""Which frames an armature has something to play in."""

import math

import bpy
import numpy as np
from numpy.typing import NDArray

from ...control.limbs import HIPS
from ...control.transforms import Array
from ..bake.span import played_span
from ..compat import played_curves

_CARRIED = tuple(f'pose.bones["{name}"].location' for name in ("pelvis", HIPS))
_CONSTANT = "CONSTANT"


def played_frames(armature: bpy.types.Object) -> Array:
    """(T,) the whole frames from the first to the last key of what it plays; empty without any."""
    span = played_span(armature, with_face=False)
    return np.zeros(0) if span is None else whole_frames(*span)


def whole_frames(first: float, last: float) -> Array:
    """(T,) those that cover the frames from `first` to `last`."""
    return np.arange(math.floor(first + 1e-3), math.ceil(last - 1e-3) + 1, dtype=np.float64)


def held_frames(armature: bpy.types.Object, frames: Array) -> NDArray[np.bool_]:
    """(T,) after which of the whole frames pelvis or hips jump, as at a cut: a key that holds its value lies there."""
    held = np.zeros(len(frames), bool)
    for curve in played_curves(armature):
        if curve.data_path in _CARRIED and curve.array_index == 0:
            at = [math.floor(key.co[0] + 1e-3) for key in curve.keyframe_points if key.interpolation == _CONSTANT]
            held |= np.isin(frames, at)
    return held
