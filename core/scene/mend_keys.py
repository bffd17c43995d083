"""The keys of a mended stretch, put into the action that a character plays; what is outside of it stays as it is."""

from dataclasses import replace

import bpy
import numpy as np

from ..engine.mend_job import MendedStretch
from ..errors import ThespisError
from ..joining import joined_turns, joined_values
from .compat import new_fcurve, present_part
from .control.follow import check_can_put, put_take
from .keys import replace_keys
from .origin import Origin
from .pose import Array
from .rig import Rig, read_rig
from .take_channels import Channel, take_channels

_SAME = 1e-3
"""Frames by which a key may be off and still be the one."""


def check_can_mend(armature: bpy.types.Object) -> None:
    """Raise ThespisError when no keys can be put onto the armature, before anything is made."""
    data = armature.animation_data
    if data is None or data.action is None:
        raise ThespisError(f"{armature.name}: plays no action that could be mended. Assign the one of the fit.")
    if data.action.library is not None:
        raise ThespisError(f"{data.action.name}: is linked from another file and cannot be changed. Make it local.")
    if data.use_tweak_mode:
        raise ThespisError(f"{armature.name}: a strip of its NLA is being tweaked. Leave tweak mode first.")
    check_can_put(armature)


def write_mend(armature: bpy.types.Object, origin: Origin, stretch: MendedStretch) -> tuple[float, float]:
    """Put the stretch onto the character that came from `origin`; returns the scene frames of its first and last key.

    Its ends have the place and the speed of the keys that stay, those before and after it are not touched. A
    control rig does the same there. Check with `check_can_mend` before.
    """
    motion = stretch.motion
    frames = np.array([origin.to_scene(float(frame)) for frame in motion.frames])
    for channel in take_channels(_as_fitted(read_rig(armature), stretch), motion, "WHOLE", layered=False):
        part = present_part(channel.owner)
        if part is None:  # a face that nobody animates
            continue
        curves = [part.curves.fcurves.find(channel.path, index=index) for index in range(channel.values.shape[1])]
        values = _joined(channel, curves, frames, origin.step, motion.fps, stretch)
        for index, column in enumerate(values.T):
            curve = curves[index]
            if curve is None:
                replace_keys(new_fcurve(part.curves, channel.path, index, channel.group), frames, column)
            else:
                _put_in(curve, frames, column, stretch)
    put_take(read_rig(armature), bpy.context.scene, float(frames[0]), float(frames[-1]))
    return float(frames[0]), float(frames[-1])


def _as_fitted(rig: Rig, stretch: MendedStretch) -> Rig:
    """The rig of a character that was made of a fit; of another body than the open one nothing else would be known."""
    if stretch.motion.body_model == rig.body.model_id:
        return rig
    head = np.array(rig.armature.data.bones["pelvis"].head_local)
    return replace(rig, origin=stretch.pelvis, unit=1.0, pelvis=head @ rig.axes)


def _joined(
    channel: Channel, curves: list[bpy.types.FCurve | None], frames: Array, step: float, fps: float, stretch: MendedStretch
) -> Array:
    def there(*at: float) -> Array:
        rows = [[c.evaluate(f) if c is not None else p for c, p in zip(curves, channel.present, strict=True)] for f in at]
        return np.array(rows)

    before = there(frames[0] - step, frames[0]) if stretch.before else None
    after = there(frames[-1], frames[-1] + step) if stretch.after else None
    if not channel.path.endswith("rotation_quaternion"):
        return joined_values(channel.values, fps, before, after)
    before, after = (None if one is None else one / np.linalg.norm(one, axis=1, keepdims=True) for one in (before, after))
    return joined_turns(channel.values, fps, before, after)


def _put_in(curve: bpy.types.FCurve, frames: Array, values: Array, stretch: MendedStretch) -> None:
    """Replace the keys of the stretch; at an end that is joined to what stays the key there is kept, or made of what it shows."""
    first, last = 0, len(frames)
    if stretch.after:
        _hold(curve, frames[-1])
        last -= 1
    if stretch.before:
        _hold(curve, frames[0])
        first += 1
    if last > first:
        replace_keys(curve, frames[first:last], values[first:last])


def _hold(curve: bpy.types.FCurve, frame: float) -> None:
    """Make sure that there is a key at `frame`, of the value that the curve has there."""
    before = None
    for key in curve.keyframe_points:
        if abs(key.co[0] - frame) < _SAME:
            return
        if key.co[0] < frame:
            before = key.interpolation
    made = curve.keyframe_points.insert(frame, curve.evaluate(frame), options={"FAST"})
    made.interpolation = before or "LINEAR"
