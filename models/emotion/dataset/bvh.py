"""BVH (Biovision hierarchy) to SMPL-X pose parameters, whatever the rig's names, units and rest pose.

A joint is found by its name's usual spellings. Each of its bones is turned by the smallest rotation from SMPL-X's rest direction
to the rig's own, so that a rig drawn with its arms down needs no T-pose first. Metres come from the length of the legs.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ....core.errors import ThespisError
from ....core.motion import Motion
from ....core.skeleton import BODY_JOINT_COUNT, JOINT_COUNT, JOINT_INDEX, JOINT_NAMES, PARENTS
from ..rest import canonical

Array = NDArray[np.floating[Any]]

_ADVICE: Final = "Export it again as BVH with its skeleton, or give an .npz."

_SIDED: Final = {
    "hip": ("upleg", "thigh", "hip", "upperleg", "hipjoint"),
    "knee": ("leg", "shin", "calf", "knee", "lowerleg"),
    "ankle": ("foot", "ankle"),
    "foot": ("toebase", "toe", "ball", "toes", "toe0"),
    "collar": ("shoulder", "clavicle", "collar", "chestshoulder"),
    "shoulder": ("arm", "upperarm", "uparm"),
    "elbow": ("forearm", "lowerarm", "elbow", "lowarm"),
    "wrist": ("hand", "wrist"),
}
_MIDDLE: Final = {
    "pelvis": ("hips", "pelvis", "root", "hip"),
    "neck": ("neck", "neck1"),
    "head": ("head",),
}
"""SMPL-X's name without its side -> how rigs call it (Mixamo, MotionBuilder, CMU, Unreal, Xsens, Vicon), likeliest first."""

_NEEDED: Final = ("pelvis", "left_hip", "right_hip", "left_knee", "left_ankle", "left_shoulder", "right_shoulder", "head")
_CHILD: Final = {
    "hip": "knee", "knee": "ankle", "ankle": "foot", "collar": "shoulder", "shoulder": "elbow", "elbow": "wrist",
}  # fmt: skip
_NEXT: Final = {"neck": "head"} | {f"{side}_{a}": f"{side}_{b}" for side in ("left", "right") for a, b in _CHILD.items()}
"""Bones whose direction tells how the rig's rest pose differs from SMPL-X's."""


@dataclass(frozen=True)
class Rig:
    """names, parents (-1 for the root), offsets (J, 3) from the parent at rest, and of each joint its channels in order."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    channels: tuple[tuple[str, ...], ...]


def read_bvh(path: Path) -> Motion:
    """The motion of a BVH; hands and face are at rest, the body is nobody's in particular ("bvh"). Raises ThespisError."""
    try:
        words = path.read_text(encoding="utf-8", errors="replace").split()
        rig, values, rate = _parsed(words)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise ThespisError(f"{path}: not a BVH that can be read ({error}). {_ADVICE}") from error
    found = _matched(rig.names)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ThespisError(
            f"{path}: no joint of its skeleton is known as {', '.join(missing)}. Rename its joints as Mixamo has them."
        )
    turned, placed = _posed(rig, values)
    rest = np.zeros((len(rig.names), 3))
    for joint, parent in enumerate(rig.parents):
        rest[joint] = rig.offsets[joint] + (rest[parent] if parent >= 0 else 0)
    found["spine3"] = rig.parents[found.get("left_collar", found["left_shoulder"])]
    return _motion(found, rest, turned, placed, rate)


def _parsed(words: list[str]) -> tuple[Rig, Array, float]:
    """The rig, (T, all channels) values, and frames a second."""
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    above: list[int] = []
    ended: list[bool] = []
    place = words.index("HIERARCHY") + 1
    while words[place] != "MOTION":
        word = words[place]
        if word in ("ROOT", "JOINT"):
            parents.append(above[-1] if above else -1)
            names.append(words[place + 1])
            offsets.append([0.0, 0.0, 0.0])
            channels.append(())
            place += 2
        elif word == "End":
            ended.append(True)
            place += 2
        elif word == "{":
            above.append(-2 if ended else len(names) - 1)
            place += 1
        elif word == "}":
            if above.pop() == -2:
                ended.clear()
            place += 1
        elif word == "OFFSET":
            if not ended:
                offsets[above[-1]] = [float(part) for part in words[place + 1 : place + 4]]
            place += 4
        elif word == "CHANNELS":
            count = int(words[place + 1])
            channels[above[-1]] = tuple(part.lower() for part in words[place + 2 : place + 2 + count])
            place += 2 + count
        else:
            raise ValueError(f"'{word}' in its hierarchy")
    frames, seconds = int(words[place + 2]), float(words[place + 5])
    width = sum(map(len, channels))
    numbers = np.array(words[place + 6 : place + 6 + frames * width], float)
    if frames < 1 or not 0 < seconds < 10 or len(numbers) != frames * width or not np.isfinite(numbers).all():
        raise ValueError("frames are missing")
    return Rig(tuple(names), tuple(parents), np.array(offsets), tuple(channels)), numbers.reshape(frames, width), 1 / seconds


def _matched(names: tuple[str, ...]) -> dict[str, int]:
    """SMPL-X's name -> the rig's joint."""
    plain = [re.sub(r"[^a-z0-9]", "", re.sub(r"^.*:", "", name).lower()) for name in names]
    found: dict[str, int] = {}
    for side, letters in (("left", ("left", "l")), ("right", ("right", "r"))):
        for joint, spellings in _SIDED.items():
            wanted = [f"{a}{b}" for s in spellings for letter in letters for a, b in ((letter, s), (s, letter))]
            index = next((plain.index(word) for word in wanted if word in plain), None)
            if index is not None and index not in found.values():
                found[f"{side}_{joint}"] = index
    for joint, spellings in _MIDDLE.items():
        index = next((plain.index(word) for word in spellings if word in plain), None)
        if index is not None and index not in found.values():
            found[joint] = index
    return found


def _posed(rig: Rig, values: Array) -> tuple[Array, Array]:
    """Rotations (T, J, 3, 3) and places (T, J, 3) of the rig's joints in its world and units."""
    frames, column = len(values), 0
    turned, placed = np.zeros((frames, len(rig.names), 3, 3)), np.zeros((frames, len(rig.names), 3))
    for joint, (parent, channels) in enumerate(zip(rig.parents, rig.channels, strict=True)):
        own = dict(zip(channels, values[:, column : column + len(channels)].T, strict=True))
        column += len(channels)
        moved = np.tile(rig.offsets[joint], (frames, 1))
        axes = [name[0] for name in channels if name.endswith("rotation")]
        for k, axis in enumerate("xyz"):
            if f"{axis}position" in own:
                moved[:, k] = own[f"{axis}position"]
        local = np.tile(np.eye(3), (frames, 1, 1))
        if axes:
            angles = np.stack([own[f"{axis}rotation"] for axis in axes], axis=1)
            local = Rotation.from_euler("".join(axes).upper(), angles, degrees=True).as_matrix()
        if parent < 0:
            turned[:, joint], placed[:, joint] = local, moved
        else:
            turned[:, joint] = turned[:, parent] @ local
            placed[:, joint] = placed[:, parent] + (turned[:, parent] @ moved[..., None])[..., 0]
    return turned, placed


def _motion(found: dict[str, int], rest: Array, turned: Array, placed: Array, rate: float) -> Motion:
    mean = canonical()
    frames = len(turned)
    facing = _to_smplx_facing(found, rest)
    world = np.zeros((frames, BODY_JOINT_COUNT, 3, 3))
    turns = {name: _rest_turn(name, found, rest, facing) for name in found}
    for side in ("left", "right"):  # a rig's hand goes on where its forearm points
        turns[f"{side}_wrist"] = turns.get(f"{side}_elbow", np.eye(3))
    pelvis_turn = turned[:, found["pelvis"]] @ facing
    # Rigs have one to five joints between hips and collars: the bend between them is shared out over spine1 to spine3.
    bend = Rotation.from_matrix(np.swapaxes(pelvis_turn, 1, 2) @ turned[:, found["spine3"]] @ facing).as_rotvec()
    shares = {"spine1": 1 / 3, "spine2": 2 / 3, "spine3": 1.0}
    for joint, name in enumerate(JOINT_NAMES[:BODY_JOINT_COUNT]):
        if name in shares:
            world[:, joint] = pelvis_turn @ Rotation.from_rotvec(shares[name] * bend).as_matrix()
        elif name in found:
            # The rig's rotation turns its own rest pose; ours has to be turned into that first, and faces +Z.
            world[:, joint] = turned[:, found[name]] @ facing @ turns[name]
        else:
            world[:, joint] = world[:, PARENTS[joint]]
    poses = np.zeros((frames, JOINT_COUNT, 3))
    for joint in range(BODY_JOINT_COUNT):
        parent = PARENTS[joint]
        local = world[:, joint] if parent < 0 else np.swapaxes(world[:, parent], 1, 2) @ world[:, joint]
        poses[:, joint] = Rotation.from_matrix(local).as_rotvec()
    leg = sum(
        np.linalg.norm(rest[found[b]] - rest[found[a]]) for a, b in (("left_hip", "left_knee"), ("left_knee", "left_ankle"))
    )
    ours = mean.joints[[JOINT_INDEX[f"left_{name}"] for name in ("hip", "knee", "ankle")]]
    scale = np.linalg.norm(np.diff(ours, axis=0), axis=1).sum() / max(leg, 1e-9)
    hips = placed[:, [found["left_hip"], found["right_hip"]]].mean(1) * scale
    middle = mean.joints[[1, 2]].mean(0) - mean.joints[0]
    pelvis = hips - (world[:, 0] @ middle)
    return Motion(poses, pelvis - mean.joints[0], np.zeros(10), np.zeros((frames, 0)), rate, body_model="bvh")


def _to_smplx_facing(found: dict[str, int], rest: Array) -> Array:
    """(3, 3) rotation from SMPL-X's rest axes (Y up, left is +X) to the rig's, from where its hips, its left and its head are."""
    left = rest[found["left_hip"]] - rest[found["right_hip"]]
    up = rest[found["head"]] - rest[found["pelvis"]]
    # Rest poses are drawn along the axes; the nearest of them is meant.
    y = np.eye(3)[np.abs(up).argmax()] * np.sign(up[np.abs(up).argmax()])
    left = left - (left @ y) * y
    x = np.eye(3)[np.abs(left).argmax()] * np.sign(left[np.abs(left).argmax()])
    return np.stack([x, y, np.cross(x, y)], axis=1)


def _rest_turn(name: str, found: dict[str, int], rest: Array, facing: Array) -> Array:
    """(3, 3) smallest rotation of SMPL-X's bone at rest to the rig's, in SMPL-X's axes."""
    child = _NEXT.get(name)
    if child is None or child not in found:
        return np.eye(3)
    ours = canonical().joints
    source = ours[JOINT_INDEX[child]] - ours[JOINT_INDEX[name]]
    target = facing.T @ (rest[found[child]] - rest[found[name]])
    if np.linalg.norm(target) < 1e-9:
        return np.eye(3)
    source, target = source / np.linalg.norm(source), target / np.linalg.norm(target)
    axis = np.cross(source, target)
    sine = np.linalg.norm(axis)
    if sine < 1e-9:
        return np.eye(3)
    return Rotation.from_rotvec(axis / sine * np.arctan2(sine, source @ target)).as_matrix()
