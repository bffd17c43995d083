"""Which bones of an armature are its legs."""

import bpy

from ...bake.bones import Bones
from ...bake.feet import Leg, find_legs
from ...errors import ThespisError
from ...retarget.rig_file import rig_files
from ..retarget.retarget import mapping_for


def legs_of(armature: bpy.types.Object, bones: Bones) -> list[Leg]:
    """The legs among `bones`, those of `armature` and perhaps more, as retargeting finds them by name; none where it does not."""
    try:
        names = mapping_for(armature, rig_files()).bones
    except ThespisError:
        return []
    return find_legs(bones, names)
