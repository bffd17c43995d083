"""What a bone does in a body: the names that mappings speak of. SMPL-X's joint names, and more for longer spines and necks."""

from collections.abc import Iterable
from typing import Final

from ..skeleton import EYES, JAW, JOINT_NAMES

SIDES: Final = ("left", "right")
FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
PHALANGES: Final = 3

LONGEST_SPINE: Final = 8
LONGEST_NECK: Final = 4
SPINE: Final = tuple(f"spine{k}" for k in range(1, LONGEST_SPINE + 1))
"""Bones from the pelvis up to the one that carries the arms."""
NECK: Final = ("neck", *(f"neck{k}" for k in range(2, LONGEST_NECK + 1)))
"""Bones from there up to the head."""

ARM: Final = ("collar", "shoulder", "elbow", "wrist")
LEG: Final = ("hip", "knee", "ankle", "foot")

_SIDED: Final = (*LEG, *ARM, "eye", *(f"{finger}{k}" for finger in FINGERS for k in range(1, PHALANGES + 1)))
_WORDS: Final = {
    "pelvis": "Pelvis", "head": "Head", "jaw": "Jaw", "hip": "Upper Leg", "knee": "Lower Leg", "ankle": "Foot", "foot": "Toes",
    "collar": "Collar", "shoulder": "Upper Arm", "elbow": "Forearm", "wrist": "Hand", "eye": "Eye",
}  # fmt: skip


def sided(side: str, part: str) -> str:
    """The role of a part of one side: `left`, `eye` is left_eye_smplhf, as SMPL-X calls it."""
    return JOINT_NAMES[EYES[SIDES.index(side)]] if part == "eye" else f"{side}_{part}"


ROLES: Final[tuple[str, ...]] = (
    "pelvis", *SPINE, *NECK, "head", JOINT_NAMES[JAW], *(sided(side, part) for side in SIDES for part in _SIDED),
)  # fmt: skip
"""All roles; of spine and neck only as many are used as there are bones."""

NEEDED: Final = ("pelvis", *(f"{side}_{part}" for side in SIDES for part in ("hip", "knee", "shoulder", "elbow")))
"""Without a bone for each of these nothing is retargeted."""


def label_of(role: str) -> str:
    """What an animator calls it: `Left Forearm`, `Spine 2`."""
    side, _, part = role.partition("_")
    if side not in SIDES:
        word = _WORDS.get(role)
        return word or role.rstrip("0123456789").capitalize() + " " + (role.lstrip("abcdefghijklmnopqrstuvwxyz") or "1")
    part = part.removesuffix("_smplhf")
    word = _WORDS.get(part) or f"{part[:-1].capitalize()} {part[-1]}"
    return f"{side.capitalize()} {word}"


def chain_of(roles: Iterable[str], chain: tuple[str, ...]) -> list[str]:
    """Those of a chain's roles that are among `roles`, from the pelvis outwards."""
    known = set(roles)
    return [role for role in chain if role in known]
