"""How each program wants its files: axes, units, bones. One row a preset; plain is Blender's own habit."""

from dataclasses import dataclass
from typing import Final

from ..errors import ThespisError


@dataclass(frozen=True)
class Preset:
    """forward, up: which way the character faces and stands in an FBX file. bone_axes: primary and secondary axis of FBX bones.
    scale: how FBX writes the unit. leaf_bones: whether an end bone is added to each chain.
    """

    forward: str = "-Z"
    up: str = "Y"
    bone_axes: tuple[str, str] = ("Y", "X")
    scale: str = "FBX_SCALE_UNITS"
    leaf_bones: bool = False


PRESETS: Final = {
    "plain": Preset(),
    # Unity reads metres when the unit stands in the file, and takes bones as they come.
    "unity": Preset(scale="FBX_SCALE_ALL"),
    # Unreal counts centimetres and wants X forward bones for its skeletons.
    "unreal": Preset(forward="-Y", up="Z", bone_axes=("X", "Y"), scale="FBX_SCALE_NONE"),
    "godot": Preset(),
}


def preset_called(name: str | None) -> Preset:
    """The preset of that name; raises ThespisError for another."""
    if (name or "plain") not in PRESETS:
        raise ThespisError(f"{name}: no such preset. Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name or "plain"]
