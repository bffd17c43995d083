"""The 55 joints of SMPL-X: names, parents, sides, groups (Pavlakos et al. 2019, SMPL-X; order of the smplx package)."""

from typing import Final

_FINGERS: Final = ("index", "middle", "pinky", "ring", "thumb")

_BODY: Final[tuple[tuple[str, str | None], ...]] = (
    ("pelvis", None),
    ("left_hip", "pelvis"),
    ("right_hip", "pelvis"),
    ("spine1", "pelvis"),
    ("left_knee", "left_hip"),
    ("right_knee", "right_hip"),
    ("spine2", "spine1"),
    ("left_ankle", "left_knee"),
    ("right_ankle", "right_knee"),
    ("spine3", "spine2"),
    ("left_foot", "left_ankle"),
    ("right_foot", "right_ankle"),
    ("neck", "spine3"),
    ("left_collar", "spine3"),
    ("right_collar", "spine3"),
    ("head", "neck"),
    ("left_shoulder", "left_collar"),
    ("right_shoulder", "right_collar"),
    ("left_elbow", "left_shoulder"),
    ("right_elbow", "right_shoulder"),
    ("left_wrist", "left_elbow"),
    ("right_wrist", "right_elbow"),
    ("jaw", "head"),
    ("left_eye_smplhf", "head"),
    ("right_eye_smplhf", "head"),
)


def _hand(side: str) -> tuple[tuple[str, str | None], ...]:
    return tuple(
        (f"{side}_{finger}{k}", f"{side}_{finger}{k - 1}" if k > 1 else f"{side}_wrist") for finger in _FINGERS for k in (1, 2, 3)
    )


_JOINTS: Final = _BODY + _hand("left") + _hand("right")

JOINT_NAMES: Final[tuple[str, ...]] = tuple(name for name, _ in _JOINTS)
JOINT_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(JOINT_NAMES)}
PARENTS: Final[tuple[int, ...]] = tuple(-1 if parent is None else JOINT_INDEX[parent] for _, parent in _JOINTS)

JOINT_COUNT: Final = len(JOINT_NAMES)
BODY_JOINT_COUNT: Final = 22
"""Joints 0 to 21: the pelvis (turned by global_orient) and the 21 of body_pose."""

JAW: Final = JOINT_INDEX["jaw"]
EYES: Final = (JOINT_INDEX["left_eye_smplhf"], JOINT_INDEX["right_eye_smplhf"])
LEFT_HAND: Final = tuple(range(25, 40))
RIGHT_HAND: Final = tuple(range(40, 55))

CONTACT_NAMES: Final = ("left_heel", "left_toes", "right_heel", "right_toes")
"""Columns of Motion.contacts."""


def mirrored_name(name: str) -> str:
    """The same joint on the other side of the body; a joint on the midline is its own mirror."""
    if name.startswith("left_"):
        return "right_" + name[5:]
    if name.startswith("right_"):
        return "left_" + name[6:]
    return name


MIRROR: Final[tuple[int, ...]] = tuple(JOINT_INDEX[mirrored_name(name)] for name in JOINT_NAMES)
"""MIRROR[j] is the joint on the other side."""
