"""What has to be so before a motion can go from one armature onto another."""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import ThespisError
from ...retarget.find import Mapping, check
from ...retarget.skeleton import Skeleton
from ..bake.span import played_span
from ..controlled import character_of, follows_controls
from ..write_take import check_can_be_keyed

Array = NDArray[np.floating[Any]]

_NEARLY: Final = 1e-3
"""Frames by which keys may miss a whole frame."""


def check_pair(source: bpy.types.Object | None, target: bpy.types.Object | None) -> None:
    """Raise ThespisError when nothing can go from `source` onto `target`."""
    if source is None or source.type != "ARMATURE":
        raise ThespisError("There is no armature to take the motion from. Choose one under Source.")
    if target is None or target.type != "ARMATURE":
        raise ThespisError("There is no armature to put the motion on. Choose one under Target.")
    if source == target:
        raise ThespisError(f"{source.name}: is source and target at once. Choose another armature for one of them.")
    if source.mode == "EDIT":
        raise ThespisError(f"{source.name}: is in Edit Mode. Leave it first.")
    if source.data.pose_position == "REST":
        raise ThespisError(f"{source.name}: shows its rest pose. Switch it to Pose Position first.")
    if character_of(target) is not None:
        raise ThespisError(
            f"{target.name}: is a control rig. Choose the character that it moves, and add controls to that afterwards."
        )
    if target.data.library is None and target.data == source.data:
        raise ThespisError(f"{target.name}: shares its bones with {source.name}. Give the action of one to the other.")
    check_can_be_keyed(target)
    for one in (source, target):
        if one.matrix_world.determinant() < 1e-18:
            raise ThespisError(f"{one.name}: is mirrored or flat by its object's scale. Apply the scale first.")


def check_shown(target: bpy.types.Object) -> None:
    """Raise ThespisError when keys on the bones of `target` would not show."""
    if follows_controls(target):
        raise ThespisError(
            f"{target.name}: moves as its control rig says, so keys on its bones would not show. Switch Follow Controls off, or "
            "bake to bones, first."
        )


def check_mapping(skeleton: Skeleton, mapping: Mapping) -> None:
    """Raise ThespisError when the mapping names bones that are not there, or lacks some that are needed."""
    unknown = next((name for name in mapping.bones.values() if name not in skeleton.index), None)
    if unknown is not None:
        raise ThespisError(f"{skeleton.name}: has no bone called {unknown}. Mend the table of bones.")
    check(mapping.bones, skeleton.name, mapping.rig)


def keyed_frames(armature: bpy.types.Object) -> Array:
    """(T,) the whole scene frames from the first to the last key of what `armature` plays. Raises ThespisError without a key."""
    span = played_span(armature)
    if span is None:
        raise ThespisError(f"{armature.name}: has no keys to take the motion from. Give it an action, or choose another source.")
    first, last = int(np.floor(span[0] + _NEARLY)), int(np.ceil(span[1] - _NEARLY))
    return np.arange(first, max(last, first) + 1, dtype=np.float64)
