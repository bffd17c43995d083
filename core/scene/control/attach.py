"""The bones of a character follow their controls, or are let go."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import bpy

from ...control.layout import Layout
from ..controlled import CONSTRAINT

_FRONT: Final = "thespis_front"
_DISPLAY: Final = "thespis_display"


def attach(character: bpy.types.Object, controls: bpy.types.Object, layout: Layout) -> None:
    """Let each bone stand as its control does, in armature space: the objects may be moved, turned and scaled as they like."""
    detach(character)
    for joint, source in layout.sources.items():
        constraint = character.pose.bones[joint].constraints.new("COPY_TRANSFORMS")
        constraint.name = CONSTRAINT
        constraint.target, constraint.subtarget = controls, source
        constraint.owner_space = constraint.target_space = "POSE"
        constraint.show_expanded = False
    controls[_FRONT] = character.show_in_front
    character.show_in_front = False  # its own bones would cover the controls
    if character.data.library is None:
        controls[_DISPLAY] = character.data.display_type
        character.data.display_type = "STICK"


def detach(character: bpy.types.Object) -> None:
    """Let the bones go; the character is shown as it was before."""
    for constraint, bone in _constraints(character):
        if constraint.target is not None and _FRONT in constraint.target:
            controls = constraint.target
            character.show_in_front = bool(controls[_FRONT])
            if character.data.library is None and _DISPLAY in controls:
                character.data.display_type = controls[_DISPLAY]
        bone.constraints.remove(constraint)


def follow(character: bpy.types.Object, wanted: bool) -> None:
    """Let its bones stand as the controls do again, or as they are keyed themselves."""
    for constraint, _ in _constraints(character):
        constraint.mute = not wanted


@contextmanager
def let_go(character: bpy.types.Object) -> Iterator[None]:
    """While the block runs, the bones show their own keys, and the controls need not be evaluated with them."""
    held = [(constraint, constraint.target, constraint.subtarget) for constraint, _ in _constraints(character)]
    for constraint, _, _ in held:
        constraint.target = None
    try:
        yield
    finally:
        for constraint, target, subtarget in held:
            constraint.target, constraint.subtarget = target, subtarget


def _constraints(character: bpy.types.Object) -> list[tuple[bpy.types.Constraint, bpy.types.PoseBone]]:
    found = [(bone.constraints.get(CONSTRAINT), bone) for bone in character.pose.bones]
    return [(constraint, bone) for constraint, bone in found if constraint is not None]
