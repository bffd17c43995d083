"""How each program wants its files: axes, unit, bones, root. One row a preset; plain is what most programs read."""

from dataclasses import dataclass
from typing import Final, Literal

from ...errors import ThespisError

Root = Literal["AS_IS", "BONE", "BONE_TURN", "IN_PLACE"]


@dataclass(frozen=True)
class Preset:
    """ending: of the format that the program reads best. up: axis that is up in an FBX file; a character at rest faces +Z where
    that is Y, and -Y where it is Z. bone_axes: primary and secondary axis of FBX bones. leaf_bones: whether an end bone is added
    to each chain of an FBX file. armature: what the armature's object is called in the file, None: as in the scene.
    root: where the travel over the floor goes. at_origin: whether characters are put at the world's origin, facing forward.
    deform_only: whether bones that only control others are left out.
    """

    ending: str = ".glb"
    up: Literal["Y", "Z"] = "Y"
    bone_axes: tuple[str, str] = ("Y", "X")
    leaf_bones: bool = False
    armature: str | None = None
    root: Root = "AS_IS"
    at_origin: bool = True
    deform_only: bool = True


PRESETS: Final = {
    "plain": Preset(at_origin=False),
    "unity": Preset(ending=".fbx"),
    # Unreal has Z for up, looks along X at its bones, wants a bone at the origin that carries the travel, and takes a null called
    # Armature for Blender's and leaves it out; any other becomes one bone more.
    "unreal": Preset(ending=".fbx", up="Z", bone_axes=("X", "Y"), armature="Armature", root="BONE"),
    "godot": Preset(),
}


def preset_called(name: str | None) -> Preset:
    """The preset of that name; raises ThespisError for another."""
    if (name or "plain") not in PRESETS:
        raise ThespisError(f"{name}: no such preset. Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name or "plain"]
