"""The motion of one armature is keyed onto another."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import ThespisError
from ...retarget.find import Mapping, find_mapping
from ...retarget.performance import Performance, performance_of
from ...retarget.rig_file import LimbControl, RigFile, Switch
from ...retarget.solve import Root, Solved, Target, Wishes, solve
from ...retarget.surface import fronts
from ...retarget.turns import quaternions_of
from ..rotations import continuous_quaternions
from ..sampled import sample_armature
from ..take_channels import Channel, turn_channel
from .carriers import find_carriers
from .check import check_mapping, check_pair, check_shown, keyed_frames
from .face import face_channels
from .prepared import constraints_on, known_switches, prepared, switch_over
from .skeleton import read_skeleton
from .surface import surface_of
from .target import Keyed, keyed_bones, target_of, with_mover
from .vrm import vrm_file
from .write import switch_channels, write_action

Array = NDArray[np.floating[Any]]

_NAMED: Final = 3
"""How many bones a note names."""
_MEND_REST: Final = "pose it like a T and use Pose > Apply > Apply Pose as Rest Pose"


@dataclass(frozen=True)
class Options:
    """What is asked. contacts, on_own, root: as in core.retarget.solve.Wishes. ik_feet, ik_hands: key the IK controls too, and
    switch to them. face: shape keys too. mute: mute constraints on the bones that are keyed. action: a name for it, or empty.
    """

    contacts: bool = True
    on_own: bool = False
    root: Root = "PELVIS"
    ik_feet: bool = False
    ik_hands: bool = False
    face: bool = True
    mute: bool = False
    action: str = ""


@dataclass
class Retargeted:
    """What came of it. notes: what the animator should know, a line each."""

    action: bpy.types.Action
    rig: str
    bones: int
    first: int
    last: int
    notes: list[str] = field(default_factory=list)


def mapping_for(armature: bpy.types.Object, files: Sequence[RigFile], name: str = "") -> Mapping:
    """What the bones of `armature` do, found by their names, or as the mapping called `name` says. Raises ThespisError."""
    told = vrm_file(armature)
    return find_mapping(read_skeleton(armature), [*files, told] if told is not None else files, name)


def retarget(
    source: bpy.types.Object,
    target: bpy.types.Object,
    scene: bpy.types.Scene,
    source_map: Mapping,
    target_map: Mapping,
    options: Options,
) -> Retargeted:
    """Key what `source` does in `scene`, the current one, onto `target`, in a new action; one that this made before from the same
    source, and that still plays, is replaced.

    Raises ThespisError, and then nothing is changed.
    """
    check_pair(source, target)
    if not options.mute:
        check_shown(target)
    frames = keyed_frames(source)
    skeleton = read_skeleton(target)
    check_mapping(skeleton, target_map)
    target_map = with_mover(target_map, target)
    if options.root != "PELVIS" and not target_map.root:
        raise ThespisError(f"{target.name}: has no bone under the pelvis to be the root. Leave the motion on the pelvis.")
    bpy.context.view_layer.update()
    performance, sampled = _perform(source, scene, source_map, frames, options)
    limbs = [limb for limb in target_map.limbs if (options.ik_feet if limb.role.endswith("ankle") else options.ik_hands)]
    keyed = keyed_bones(target_map, performance.turns, limbs, options.root != "PELVIS")
    names = [one.bone for one in keyed]
    switches = known_switches(target, _switches(target_map, limbs))
    constraints = constraints_on(target, [one.bone for one in keyed if one.role])
    notes = _notes(target, keyed, constraints, options)
    with prepared(target, switches, constraints if options.mute else ()):
        switch_over(target, known_switches(target, target_map.switches))
        carriers = find_carriers(target, skeleton, names)  # with limbs on FK: what hangs on a hand does so on either
        switch_over(target, switches)
        if carriers.doubtful:
            notes.append(f"{', '.join(carriers.doubtful[:_NAMED])}: only partly turned by the bones before them; look at them")
        aim = target_of(target, target_map, keyed, limbs, carriers, options.on_own)
        for armature, rest in ((source, performance.rest), (target, aim.rest)):
            if not rest.stands:
                notes.append(f"{armature.name}: its rest is no standing pose, so limbs may twist and feet float; {_MEND_REST}")
        solved = solve(performance, aim, Wishes(options.contacts, options.on_own, options.root))
        channels = _channels(target, aim, solved)
        if options.face:
            channels += face_channels(target, sampled.shape_keys, performance, target_map)
        name = options.action or f"{target.name} {source.name}"
        action = write_action(target, source, channels, switch_channels(target, switches), frames, name)
    return Retargeted(action, target_map.rig, len(keyed), int(frames[0]), int(frames[-1]), notes)


def _perform(
    source: bpy.types.Object, scene: bpy.types.Scene, mapping: Mapping, frames: Array, options: Options
) -> tuple[Performance, Any]:
    """What the source does, and all that was sampled of it."""
    skeleton = read_skeleton(source)
    check_mapping(skeleton, mapping)
    sampled = sample_armature(source, frames, scene, with_face=options.face)
    bones = {role: skeleton.index[name] for role, name in mapping.bones.items()}
    order = [sampled.names.index(name) for name in skeleton.names]
    poses = sampled.matrices[:, order]
    told = performance_of(bones, skeleton.heads, skeleton.axes, poses, sampled.worlds, source.name, options.on_own)
    size = float(np.linalg.norm(sampled.worlds[0, :3, :3], axis=0).mean())
    return replace(told, fronts=fronts(size * surface_of(source), told.rest)), sampled


def _switches(mapping: Mapping, limbs: Sequence[LimbControl]) -> list[Switch]:
    """What is switched; limbs on IK have the last word."""
    told = {(switch.bone, switch.property): switch for switch in mapping.switches}
    told |= {(switch.bone, switch.property): switch for limb in limbs for switch in limb.switches}
    return list(told.values())


def _channels(target: bpy.types.Object, aim: Target, solved: Solved) -> list[Channel]:
    """Turns of all controls but poles, places of those that are moved."""
    turns = continuous_quaternions(quaternions_of(solved.turns))
    poles = {pole.control for pole in aim.poles}
    channels = []
    for k, control in enumerate(aim.controls):
        bone = target.pose.bones[control.bone]
        if k not in poles:
            channels.append(turn_channel(target, bone, turns[:, k]))
        if k in solved.places:
            path = f"{bone.path_from_id()}.location"
            channels.append(Channel(target, path, bone.name, solved.places[k], np.array(bone.location)))
    for name, bend in solved.bends.items():
        channels.append(turn_channel(target, target.pose.bones[name], continuous_quaternions(quaternions_of(bend))))
    return channels


def _notes(
    target: bpy.types.Object, keyed: Sequence[Keyed], constraints: Sequence[bpy.types.Constraint], options: Options
) -> list[str]:
    """What may come between the keys and what is seen."""
    notes = []
    if constraints and not options.mute:
        named = ", ".join(dict.fromkeys(f"{one.name} on {bone.name}" for one in constraints for bone in _holders(target, one)))
        notes.append(
            f"{len(constraints)} constraints of the keyed bones still act ({named[:120]}); Mute Constraints lets the keys count"
        )
    locked = [one.bone for one in keyed if one.role and _is_locked(target.pose.bones[one.bone])]
    if locked:
        notes.append(f"{len(locked)} bones with locked rotation were keyed all the same: {', '.join(locked[:_NAMED])}")
    return notes


def _holders(target: bpy.types.Object, constraint: bpy.types.Constraint) -> list[bpy.types.PoseBone]:
    return [bone for bone in target.pose.bones if constraint in bone.constraints.values()]


def _is_locked(bone: bpy.types.PoseBone) -> bool:
    return any(bone.lock_rotation) or (bone.lock_rotations_4d and bone.lock_rotation_w)
