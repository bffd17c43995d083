"""Which armature controls which: told by the constraints on the character's bones, so that renaming and copying break nothing."""

from typing import Final

import bpy

CONSTRAINT: Final = "Thespis Controls"
"""The constraint on each bone of a character that lets it stand as its control does."""
_MARK: Final = "thespis_controls"
"""Custom property of an armature object that is a control rig."""


def mark_controls(controls: bpy.types.Object) -> None:
    """Note that this armature is a control rig."""
    controls[_MARK] = True


def controls_of(character: bpy.types.Object) -> bpy.types.Object | None:
    """The control rig of `character`; None without one, or when it was deleted."""
    constraint = _first_constraint(character)
    return constraint.target if constraint is not None else None


def follows_controls(character: bpy.types.Object) -> bool:
    """Whether its bones stand as its controls do; once all that moves it was baked they do not."""
    constraint = _first_constraint(character)
    return constraint is not None and constraint.target is not None and not constraint.mute


def _first_constraint(character: bpy.types.Object) -> bpy.types.Constraint | None:
    bone = character.pose.bones.get("pelvis") if character.pose is not None else None
    return bone.constraints.get(CONSTRAINT) if bone is not None else None


def character_of(controls: bpy.types.Object) -> bpy.types.Object | None:
    """The character that the control rig moves; None when `controls` is none, or moves nobody any more."""
    if _MARK not in controls:
        return None
    if controls.parent is not None and controls.parent.type == "ARMATURE" and controls_of(controls.parent) == controls:
        return controls.parent
    others = (thing for thing in bpy.data.objects if thing.type == "ARMATURE" and thing != controls)
    return next((thing for thing in others if controls_of(thing) == controls), None)
