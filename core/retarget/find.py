"""Which bone of an armature does what: every mapping is tried, and where none fits, names and hierarchy are guessed from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..errors import ThespisError
from .guess import guess_bones
from .rig_file import LimbControl, RigFile, Switch
from .roles import FINGERS, NEEDED, label_of
from .skeleton import Skeleton

_NAMED: Final = 4
"""How many missing bones an error names."""
GUESSED: Final = "Guessed"
"""What a mapping is called that no file told."""


@dataclass(frozen=True)
class Mapping:
    """What the bones of one armature do. rig: the name of the mapping that was found.

    bones: role -> bone. mover: the bone that is moved about. root: the bone under everything, or empty. follow: bones that go
    along with the one of a role.
    """

    rig: str
    bones: dict[str, str]
    mover: str
    root: str = ""
    switches: tuple[Switch, ...] = ()
    follow: tuple[tuple[str, str], ...] = ()
    limbs: tuple[LimbControl, ...] = ()

    def with_bones(self, bones: dict[str, str]) -> "Mapping":
        """The same with other bones, as a user mends them. A pelvis that was the mover still is."""
        mover = self.mover if self.mover != self.bones.get("pelvis") else bones.get("pelvis", "")
        return replace(self, bones=bones, mover=mover)

    def as_file(self, name: str) -> RigFile:
        """What a preset called `name` has in it."""
        mover = self.mover if self.mover != self.bones.get("pelvis") else ""
        return RigFile(name, self.bones, "", mover, self.root, self.switches, dict(self.follow), self.limbs)


def find_mapping(skeleton: Skeleton, files: Sequence[RigFile], name: str = "") -> Mapping:
    """The mapping that knows most of the armature's bones. name: try the mapping of this name only.

    Raises ThespisError when there is none for all the bones that are needed, naming those that lack.
    """
    if name:
        chosen = [file for file in files if file.name == name]
        if not chosen:
            raise ThespisError(f"{name}: there is no such mapping of bones. Choose another one.")
        found = fitted(chosen[-1], skeleton)
        check(found.bones, skeleton.name, name)
        return found
    tried = [(fitted(file, skeleton), file.rank) for file in files]
    whole = [(found, rank) for found, rank in tried if not missing(found.bones)]
    if whole:
        return max(whole, key=lambda one: (_weight(one[0]), one[1]))[0]
    bones = guess_bones(skeleton)
    check(bones, skeleton.name, "")
    return Mapping(GUESSED, bones, bones["pelvis"])


def fitted(file: RigFile, skeleton: Skeleton) -> Mapping:
    """What of `file` the armature has bones for; perhaps nothing."""
    known: dict[str, str] = {}
    for name in skeleton.names:  # parents first: of two alike the upper one
        known.setdefault(_plain(name, file.prefix), name)
        known[name.casefold()] = name

    def of(name: str) -> str:
        return known.get(name.casefold(), "") if name else ""

    bones = {role: of(name) for role, name in file.bones.items() if of(name)}
    return Mapping(
        rig=file.name,
        bones=bones,
        mover=of(file.mover) or bones.get("pelvis", ""),
        root=of(file.root),
        switches=tuple(replace(switch, bone=of(switch.bone)) for switch in file.switches if of(switch.bone)),
        follow=tuple((of(bone), role) for bone, role in file.follow.items() if of(bone) and role in bones),
        limbs=tuple(
            replace(
                limb,
                end=of(limb.end),
                pole=of(limb.pole),
                toes=of(limb.toes),
                bends=of(limb.bends),
                switches=tuple(replace(switch, bone=of(switch.bone)) for switch in limb.switches if of(switch.bone)),
            )
            for limb in file.limbs
            if of(limb.end) and limb.role in bones
        ),
    )


def missing(bones: dict[str, str]) -> list[str]:
    """The roles that need a bone and have none."""
    return [role for role in NEEDED if role not in bones]


def check(bones: dict[str, str], armature: str, rig: str) -> None:
    """Raise ThespisError when bones that are needed lack, or one is given twice."""
    lacking = missing(bones)
    if lacking:
        more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
        named = ", ".join(label_of(role) for role in lacking[:_NAMED])
        knows = f"the mapping {rig} finds" if rig else "no mapping finds"
        raise ThespisError(f"{armature}: {knows} no bone for {named}{more}. Name them in the table of bones.")
    names = list(bones.values())
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        roles = " and ".join(label_of(role) for role, name in bones.items() if name == twice)
        raise ThespisError(f"{armature}: {twice} is {roles} at once. Mend the table of bones.")


def _plain(name: str, prefix: str) -> str:
    """A bone's name without namespace and the mapping's own prefix."""
    bare = name.rpartition(":")[2].rpartition("|")[2]
    for candidate in (name, bare):
        cut = re.match(prefix, candidate, re.IGNORECASE) if prefix else None
        if cut:
            return candidate[cut.end() :].casefold()
    return bare.casefold()


def _weight(found: Mapping) -> float:
    """How much of a body is known: a finger's bones count less, since controls may have them in common with what they move."""
    fingers = sum(any(finger in role for finger in FINGERS) for role in found.bones)
    return float(np.round(len(found.bones) - 0.9 * fingers, 3))
