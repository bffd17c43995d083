"""The shape keys of a character that carry its expression, found by the names of the open body's units."""

from dataclasses import dataclass

import bpy

from .rig import Rig, armature_of


@dataclass(frozen=True)
class FaceKey:
    """A shape key `block` of the data-block `owner`, which has the animation; column: of the open body's expression."""

    owner: bpy.types.Key
    block: bpy.types.ShapeKey
    column: int


def face_keys(rig: Rig) -> list[FaceKey]:
    """All shape keys, on whatever meshes the armature moves, that are called like an expression and can be keyed."""
    columns = {name: column for column, name in enumerate(rig.body.expression_names) if name}
    owners = {
        thing.data.shape_keys: None
        for thing in bpy.context.scene.objects
        if thing.type == "MESH" and thing.data.shape_keys is not None and armature_of(thing) == rig.armature
    }
    return [
        FaceKey(owner, block, columns[block.name])
        for owner in owners
        if owner.library is None and owner.id_data.user.library is None
        for block in owner.key_blocks
        if block.name in columns
    ]
