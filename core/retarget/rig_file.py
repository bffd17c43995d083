"""Mapping files: which bone of a rig does what. One .toml a rig; what a user mends is saved as another one.

What a file may hold is told in rigs/README.md.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..errors import ThespisError
from ..files import written_beside
from .roles import FINGERS, NECK, ROLES, SIDES, SPINE, sided

FOLDER: Final = Path(__file__).parent / "rigs"


@dataclass(frozen=True)
class Switch:
    """A custom property of a bone, and what it is set to."""

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class LimbControl:
    """IK controls of a limb. role: of the bone at its end, left_ankle or right_wrist. end, pole, toes, bends: names of bones, of
    which all but the end may be empty. toes go along with those of the foot. bends: the bone below the knee or elbow of the IK's
    own chain, which is bent beforehand as far as it has to be: then IK that may stretch bones does not."""

    role: str
    end: str
    pole: str
    switches: tuple[Switch, ...]
    toes: str = ""
    bends: str = ""


@dataclass(frozen=True)
class RigFile:
    """A mapping as its file has it. bones: role -> name. follow: bone -> role. rank: of two that fit alike the higher counts."""

    name: str
    bones: Mapping[str, str]
    prefix: str = ""
    mover: str = ""
    root: str = ""
    switches: tuple[Switch, ...] = ()
    follow: Mapping[str, str] = field(default_factory=dict)
    limbs: tuple[LimbControl, ...] = ()
    rank: int = 0


def rig_files(user_folder: Path | None = None) -> list[RigFile]:
    """All mappings that come along, and the user's own from `user_folder`, which rank higher. A user's file that cannot be read
    is left out: `read_rig_file` says why."""
    found = [read_rig_file(path) for path in sorted(FOLDER.glob("*.toml"))]
    for path in sorted(user_folder.glob("*.toml")) if user_folder is not None and user_folder.is_dir() else []:
        try:
            found.append(read_rig_file(path, rank=100))
        except ThespisError:
            continue
    return found


def read_rig_file(path: Path, rank: int = 0) -> RigFile:
    """The mapping in `path`. Raises ThespisError saying what is wrong with the file."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return _rig_of(told, rank)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, re.error) as error:
        raise ThespisError(f"{path}: cannot be read as a mapping ({error}). Save it anew or remove it.") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ThespisError(f"{path}: is no mapping of bones ({error!r}). Save it anew or remove it.") from error


def write_rig_file(path: Path, rig: RigFile) -> None:
    """Write `rig` with every bone by its own name, so that it is found again by them. Raises ThespisError when
    that cannot be done. The folder must be there."""
    # Strings of JSON are strings of TOML.
    lines = [f"name = {json.dumps(rig.name)}", "", "[bones]"]
    lines += [f"{role} = {json.dumps(bone)}" for role, bone in rig.bones.items()]
    place = {"mover": rig.mover, "root": rig.root}
    lines += ["", "[place]", *(f"{key} = {json.dumps(value)}" for key, value in place.items() if value)]
    lines += ["", "[follow]", *(f"{json.dumps(bone)} = {json.dumps(role)}" for bone, role in rig.follow.items())]
    for switch in rig.switches:
        lines += ["", "[[switch]]", *_told(switch)]
    for limb in rig.limbs:
        lines += [
            "",
            "[[ik]]",
            *(f"{key} = {json.dumps(getattr(limb, key))}" for key in ("role", "end", "pole", "toes", "bends")),
        ]
        lines.append(f"switch = [{', '.join('{' + ', '.join(_told(switch)) + '}' for switch in limb.switches)}]")
    with written_beside(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _told(switch: Switch) -> list[str]:
    named = (("bone", switch.bone), ("property", switch.property))
    return [*(f"{key} = {json.dumps(value)}" for key, value in named), f"value = {float(switch.value)}"]


def _rig_of(told: dict[str, Any], rank: int) -> RigFile:
    names = dict(zip(SIDES, told.get("sides", SIDES), strict=True))
    re.compile(told.get("prefix", ""))
    place = told.get("place", {})
    bones: dict[str, str] = {}
    for part, name in told["bones"].items():
        bones.update(_spread(part, name, names))
    return RigFile(
        name=str(told["name"]),
        bones={role: bones[role] for role in ROLES if role in bones},
        prefix=told.get("prefix", ""),
        mover=place.get("mover", ""),
        root=place.get("root", ""),
        switches=tuple(switch for one in told.get("switch", []) for switch in _switches(one, names)),
        follow={
            bone.format(side=name): role if role in ROLES else sided(side, role)
            for bone, role in told.get("follow", {}).items()
            for side, name in (names.items() if "{side}" in bone else (("", ""),))
        },
        limbs=tuple(limb for one in told.get("ik", []) for limb in _limbs(one, names)),
        rank=int(told.get("rank", rank)),
    )


def _spread(part: str, name: str | list[str], names: dict[str, str]) -> dict[str, str]:
    """One line of [bones] as roles and bones."""
    if part in ROLES and isinstance(name, str):
        return {part: name}
    if isinstance(name, list) and part in ("spine", "neck"):
        return dict(zip(SPINE if part == "spine" else NECK, name, strict=False))
    found = {}
    for side, word in names.items():
        listed = name if isinstance(name, list) else [name]
        for number, one in enumerate(listed, 1):
            role = sided(side, f"{part}{number}" if part in FINGERS else part)
            if role not in ROLES:
                raise ValueError(part)
            found[role] = one.format(side=word)
    return found


def _switches(told: dict[str, Any], names: dict[str, str]) -> list[Switch]:
    bone, value = told["bone"], float(told["value"])
    words = names.values() if "{side}" in bone else ("",)
    return list(dict.fromkeys(Switch(bone.format(side=word), told["property"], value) for word in words))


def _limbs(told: dict[str, Any], names: dict[str, str]) -> list[LimbControl]:
    def one(role: str, word: str) -> LimbControl:
        switches = tuple(switch for listed in told.get("switch", []) for switch in _switches(listed, {"": word}))
        end, pole, toes, bends = (told.get(key, "").format(side=word) for key in ("end", "pole", "toes", "bends"))
        return LimbControl(role, end, pole, switches, toes, bends)

    if "role" in told:
        return [one(told["role"], "")]
    part = {"leg": "ankle", "arm": "wrist"}[told["limb"]]
    return [one(sided(side, part), word) for side, word in names.items()]
