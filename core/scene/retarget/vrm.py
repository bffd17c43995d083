"""VRM characters tell themselves which bone is which: the VRM add-on keeps it in the armature."""

from typing import Any, Final

import bpy

from ...retarget.rig_file import RigFile
from ...retarget.roles import SIDES, sided

NAME: Final = "VRM"

_MIDDLE: Final = {
    "hips": "pelvis", "spine": "spine1", "chest": "spine2", "upper_chest": "spine3", "neck": "neck", "head": "head", "jaw": "jaw",
}  # fmt: skip
_SIDED: Final = {
    "eye": "eye", "upper_leg": "hip", "lower_leg": "knee", "foot": "ankle", "toes": "foot", "shoulder": "collar",
    "upper_arm": "shoulder", "lower_arm": "elbow", "hand": "wrist",
}  # fmt: skip
_FINGERS: Final = {"thumb": "thumb", "index": "index", "middle": "middle", "ring": "ring", "little": "pinky"}
_PHALANGES: Final = ("proximal", "intermediate", "distal")
_THUMB: Final = {"1": ("metacarpal", "proximal", "distal"), "0": ("proximal", "intermediate", "distal")}
"""VRM 1.0 names a thumb's bones as anatomy does, VRM 0 as it does other fingers'."""


def vrm_file(armature: bpy.types.Object) -> RigFile | None:
    """What the VRM add-on knows of the armature's bones; None when it knows nothing."""
    kept = getattr(armature.data, "vrm_addon_extension", None)
    if kept is None:
        return None
    for version, humanoid in (("1", _humanoid_1(kept)), ("0", _humanoid_0(kept))):
        roles = _roles(version)
        bones = {roles[part]: bone for part, bone in humanoid.items() if part in roles and bone}
        if bones:
            return RigFile(NAME, bones, rank=50)
    return None


def _roles(version: str) -> dict[str, str]:
    """The humanoid's parts, in words joined by _, and their roles."""
    found = dict(_MIDDLE)
    for side in SIDES:
        found |= {f"{side}_{part}": sided(side, role) for part, role in _SIDED.items()}
        for finger, role in _FINGERS.items():
            phalanges = _THUMB[version] if finger == "thumb" else _PHALANGES
            found |= {f"{side}_{finger}_{one}": sided(side, f"{role}{k}") for k, one in enumerate(phalanges, 1)}
    return found


def _humanoid_1(kept: Any) -> dict[str, str]:
    if getattr(kept, "spec_version", "1.0") != "1.0":
        return {}
    human = getattr(getattr(getattr(kept, "vrm1", None), "humanoid", None), "human_bones", None)
    return {part: _bone(getattr(human, part, None)) for part in _roles("1")} if human is not None else {}


def _humanoid_0(kept: Any) -> dict[str, str]:
    human = getattr(getattr(getattr(kept, "vrm0", None), "humanoid", None), "human_bones", ())
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in str(one.bone)): _bone(one) for one in human}


def _bone(part: Any) -> str:
    return str(getattr(getattr(part, "node", None), "bone_name", "") or "")
