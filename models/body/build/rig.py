"""From MakeHuman's 163 bones to the 55 joints of SMPL-X: where the joints are, and which moves what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ....core.skeleton import JOINT_INDEX, MIRROR
from .eyeballs import EQUATOR
from .grid import mean_of_neighbours
from .makehuman import Array, Bone, Index, MakeHuman
from .parts import Figure

FINGERS: Final = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "pinky": 5}
"""MakeHuman numbers the fingers."""

_SPINE: Final = {
    "pelvis": "spine04",
    "spine1": "spine03",
    "spine2": "spine02",
    "spine3": "spine01",
    "neck": "neck01",
    "head": "head",
    "jaw": "jaw",
}
_LIMBS: Final = {
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
    "collar": "clavicle",
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
}
_RIGID: Final = {
    "helper-l-eye": "left_eye_smplhf",
    "helper-r-eye": "right_eye_smplhf",
    "helper-upper-teeth": "head",
    "helper-lower-teeth": "jaw",
    "helper-tongue": "jaw",
}


_INFLUENCES: Final = 4
_SOFTENING: Final = 8
"""Rounds; a round reaches one vertex, about 15 mm, further."""


@dataclass(frozen=True)
class Rig:
    """joint_places: (55, 19158) joints as means of the base mesh's vertices; tip_places: (10, 19158) fingertips, left thumb,
    index, middle, ring, pinky, then right. weights: (V, 55), rows sum to 1.
    """

    joint_places: Array
    tip_places: Array
    weights: Array


def build_rig(human: MakeHuman, figure: Figure) -> Rig:
    """Joints sit at the heads of the bones that become them; every other bone joins its nearest ancestor that does.

    The eyes' joints are the middles of the eyeballs, which no bone moves but theirs.
    """
    count = len(human.mesh.vertices)
    joints, tips = np.zeros((55, count)), np.zeros((10, count))
    joint_of: dict[str, int] = {"root": 0, "spine05": 0}
    for name, bone in _joint_bones():
        joint_of[bone] = JOINT_INDEX[name]
        _mean(joints[JOINT_INDEX[name]], human.bones[bone].head)
    for side, name in (("L", "left"), ("R", "right")):
        toes = [f"toe{k}-1.{side}" for k in range(1, 6)]
        joint_of |= dict.fromkeys(toes, JOINT_INDEX[f"{name}_foot"])
        for toe in toes:
            _mean(joints[JOINT_INDEX[f"{name}_foot"]], human.bones[toe].head, 1 / len(toes))
    for row, (_, bone) in enumerate(_finger_ends()):
        _mean(tips[row], human.bones[bone].tail)
    for part in ("helper-l-eye", "helper-r-eye"):
        equator = figure.placement[np.flatnonzero(figure.part == part)[EQUATOR]]
        joints[JOINT_INDEX[_RIGID[part]]] = np.asarray(equator.mean(axis=0)).ravel()
    return Rig(joints, tips, _weights(human, figure, joint_of))


def _joint_bones() -> Iterator[tuple[str, str]]:
    yield from _SPINE.items()
    for side, name in (("L", "left"), ("R", "right")):
        for joint, bone in _LIMBS.items():
            yield f"{name}_{joint}", f"{bone}.{side}"
        for finger, number in FINGERS.items():
            for k in (1, 2, 3):
                yield f"{name}_{finger}{k}", f"finger{number}-{k}.{side}"


def _finger_ends() -> Iterator[tuple[str, str]]:
    for side, name in (("L", "left"), ("R", "right")):
        for finger, number in FINGERS.items():
            yield f"{name}_{finger}", f"finger{number}-3.{side}"


def _mean(row: Array, vertices: Index, share: float = 1.0) -> None:
    np.add.at(row, vertices, share / len(vertices))


def _weights(human: MakeHuman, figure: Figure, joint_of: dict[str, int]) -> Array:
    whole = np.zeros((len(human.mesh.vertices), 55))
    for bone, (vertices, amount) in human.weights().items():
        np.add.at(whole, (vertices, np.full(len(vertices), _joint_above(bone, human.bones, joint_of))), amount)
    weights = np.zeros((len(figure.base), 55))
    own = figure.base >= 0
    weights[own] = whole[figure.base[own]]
    for part, joint in _RIGID.items():
        weights[figure.part == part] = np.eye(55)[JOINT_INDEX[joint]]
    weights = _softened(weights, figure)
    weights = 0.5 * (weights + weights[figure.mirror][:, MIRROR])
    # The strongest four, which is what game engines and glTF keep; for 99 % of the vertices the rest is under 2 %.
    # Of a tie across the middle of the body both go, so that the sides stay equal.
    weights[weights <= np.sort(weights, axis=1)[:, -_INFLUENCES - 1, None]] = 0
    total: Array = weights.sum(axis=1, keepdims=True)
    assert total.min() > 0.5, "a vertex that nothing moves"
    return weights / total


def _joint_above(bone: str, bones: dict[str, Bone], joint_of: dict[str, int]) -> int:
    while bone not in joint_of:
        bone = bones[bone].parent
    return joint_of[bone]


def _softened(weights: Array, figure: Figure) -> Array:
    """Weights blended with their neighbours' round the shoulders and hips, where MakeHuman's fall off steeply.

    A vertex takes part as far as the joints there move it, so that hands, feet and face keep theirs.
    """
    joints = [JOINT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("collar", "shoulder", "hip")]
    near = np.clip(2 * weights[:, joints].sum(axis=1), 0, 1) * (figure.part == "")
    neighbours = mean_of_neighbours(figure.quads, len(weights))
    for _ in range(_SOFTENING):
        weights = weights + 0.5 * near[:, None] * (neighbours @ weights - weights)
    return weights
