"""Bake: whatever moves an armature, made into one clean action."""

from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.judges import Plain, Skeleton
from ...bake.keys import Array, Keys, all_keys
from ...bake.reduce import reduced, worst
from ...bake.slopes import end_slopes
from ...errors import ThespisError
from ..sampled import sample_armature
from ..write_take import check_can_be_keyed
from .apply import apply_bake
from .bones import read_bones
from .face import Face, face_of
from .ground import read_ground
from .motion import Clip, clip_of, moves_as_object
from .options import Baked, BakeOptions
from .root_bone import check_can_grow
from .span import bake_rate, frames_to_bake, played_span

_STANDING: Final = 4.0
"""By what the tolerance is divided for a foot that stands: a slide is seen where a hand in the air that strays is not."""


def check_can_bake(armature: bpy.types.Object, scene: bpy.types.Scene, options: BakeOptions) -> Array:
    """(T,) the scene frames of the full take. Raises ThespisError, telling what to do, when it cannot be baked."""
    check_can_be_keyed(armature)
    if len(armature.data.bones) == 0:
        raise ThespisError(f"{armature.name}: has no bones. Select another armature.")
    for amount, what in (
        (options.tolerance, "tolerance"),
        (options.face_tolerance, "face tolerance"),
        (options.steady, "steadying"),
    ):
        if not (np.isfinite(amount) and amount >= 0):
            raise ThespisError(f"A {what} of {amount:g} means nothing. Choose 0 or more.")
    frames = frames_to_bake(armature, scene, options)
    if not _is_moved(armature):
        raise ThespisError(f"{armature.name}: nothing moves it, so there is nothing to bake. Key or act something first.")
    return frames


def bake_action(armature: bpy.types.Object, scene: bpy.types.Scene, options: BakeOptions) -> Baked:
    """Make one new action of what `armature` shows in `scene`, and let it play that alone.

    The former action is kept in the file; constraints of bones and drivers that would move them again are muted, of the NLA's
    tracks what `options.below` says. A root bone is added where one is wanted and there is none.
    Raises ThespisError, nothing changed, when it cannot be done.
    """
    frames = check_can_bake(armature, scene, options)
    rate, bones = bake_rate(scene, options), read_bones(armature)
    ground = read_ground(armature, bones, scene)
    sampled = sample_armature(armature, frames, scene, options.face)
    clip = clip_of(armature, bones, ground, sampled, rate, options)
    if clip.is_new:
        check_can_grow(armature)
    face = face_of(sampled.shape_keys, len(frames), rate, options.loop)
    keys, worst = _bone_keys(clip, ground.unit, options)
    face_keys = _face_keys(face, options)
    held = Matrix(sampled.placed[0].tolist()) if moves_as_object(sampled) else None
    actions, muted = apply_bake(armature, clip, keys, face, face_keys, frames, held, options)
    travel = clip.travel
    return Baked(
        action=actions[0],
        actions=actions,
        first=float(frames[0]),
        last=float(frames[-1]),
        rate=rate,
        loop=options.loop,
        displacement=(travel.place[-1] - travel.place[0]) @ ground.axes / ground.unit,
        turn=float(travel.heading[-1] - travel.heading[0]),
        root_bone=None if clip.root is None else clip.bones.names[clip.root],
        keys_before=keys.values.size + face.values.size,
        keys_after=keys.count() + face_keys.count(),
        worst_error=worst,
        lost=clip.lost,
        muted=muted,
    )


def _is_moved(armature: bpy.types.Object) -> bool:
    """Whether anything could move its bones: keys, drivers, constraints, parents."""
    if armature.parent is not None or armature.constraints or any(bone.constraints for bone in armature.pose.bones):
        return True
    return played_span(armature) is not None or bool(armature.animation_data and armature.animation_data.drivers)


def _bone_keys(clip: Clip, unit: float, options: BakeOptions) -> tuple[Keys, float]:
    """The keys of the bones' curves, and the millimetres by which a joint strays at most."""
    flat = clip.values[:, clip.bone, clip.number]
    if options.tolerance == 0:
        return all_keys(flat, clip.bone), 0.0
    judge = Skeleton(clip.bones, clip.values, clip.bone, clip.number, unit)
    closer = np.where(clip.stands, _STANDING, 1.0)
    keys = reduced(flat, clip.bone, judge, options.tolerance, end_slopes(flat) if options.loop else None, closer)
    return keys, worst(keys, judge)


def _face_keys(face: Face, options: BakeOptions) -> Keys:
    """The keys of the shape keys' curves."""
    each = np.arange(face.values.shape[1])
    if options.face_tolerance == 0 or len(each) == 0:
        return all_keys(face.values, each)
    return reduced(
        face.values, each, Plain(face.values), options.face_tolerance, end_slopes(face.values) if options.loop else None
    )
