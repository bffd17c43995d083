"""Which frames are baked."""

import bpy
import numpy as np

from ...errors import ThespisError
from ..clock import scene_rate
from ..compat import played_curves
from ..controlled import controls_of
from ..pose import Array, key_frames
from ..sampled import keys_moved_with
from .options import BakeOptions

_NEARLY = 1e-3
_MOST = 2_000_000
"""Bones times frames: 20 minutes of a character, some 3 GB meanwhile."""


def bake_rate(scene: bpy.types.Scene, options: BakeOptions) -> float:
    """Keys a second of the full take. Raises ThespisError when it is none that can be."""
    rate = scene_rate(scene) if options.rate is None else options.rate
    if not (np.isfinite(rate) and 0 < rate <= 1000):
        raise ThespisError(f"A rate of {rate:g} keys a second cannot be baked. Choose one between 1 and 1000.")
    return rate


def frames_to_bake(armature: bpy.types.Object, scene: bpy.types.Scene, options: BakeOptions) -> Array:
    """(T,) the scene frames of the keys of the full take. Raises ThespisError when there are none."""
    first, last = _span(armature, scene, options)
    if not (np.isfinite(first) and np.isfinite(last)):
        raise ThespisError(f"{armature.name}: frames {first:g} to {last:g} are no range. Choose another one.")
    rate = bake_rate(scene, options)
    count = int(np.floor((last - first + _NEARLY) * rate / scene_rate(scene))) + 1
    if last < first or count < 1:
        raise ThespisError(f"{armature.name}: from frame {first:g} to {last:g} there is no frame. Choose another range.")
    if count * len(armature.data.bones) > _MOST:
        raise ThespisError(f"{armature.name}: {count} frames are too many at once. Choose a shorter range or a lower rate.")
    if options.loop and count < 4:
        raise ThespisError(f"{armature.name}: {count} frames make no loop. Choose a longer range, or no loop.")
    return key_frames(count, rate, scene_rate(scene), first)


def _span(armature: bpy.types.Object, scene: bpy.types.Scene, options: BakeOptions) -> tuple[float, float]:
    if options.span == "FRAMES":
        return options.first, options.last
    if options.span == "SCENE":
        return scene.frame_start, scene.frame_end
    if options.span == "PREVIEW":
        if not scene.use_preview_range:
            raise ThespisError(f"{scene.name}: has no preview range. Set one in the timeline, or choose another range.")
        return scene.frame_preview_start, scene.frame_preview_end
    found = played_span(armature)
    if found is None:
        raise ThespisError(f"{armature.name}: its action and NLA have no keys. Key or act something, or choose another range.")
    return found


def played_span(armature: bpy.types.Object, with_face: bool = True) -> tuple[float, float] | None:
    """First and last scene frame of what the armature plays, its control rig with it; with_face: its meshes' shape keys, too.

    None without a key.
    """
    spans = []
    controls = controls_of(armature)
    beside = (*((controls,) if controls is not None else ()), *(keys_moved_with(armature) if with_face else ()))
    for owner in (armature, *beside):
        data = owner.animation_data
        if data is None:
            continue
        curves = [curve for curve in played_curves(owner) if len(curve.keyframe_points)]
        if curves:
            spans += [curve.range() for curve in curves]
        for track in data.nla_tracks if data.use_nla else ():
            if not track.mute:
                spans += [(strip.frame_start, strip.frame_end) for strip in track.strips if not strip.mute]
    if not spans:
        return None
    return float(min(first for first, _ in spans)), float(max(last for _, last in spans))
