"""Which vertices of a body are its hands, its face, its soles, and its limbs: what the metrics look at apart. numpy only."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..fit.points import lowest_vertex
from ..skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS

Array = NDArray[np.floating[Any]]
Index = NDArray[np.int64]

FACE_REACH: Final = 0.012
"""Metres at rest: skin this near to a landmark of the face belongs to the face."""

_SOLES: Final = (("LHeel", "left_ankle"), ("LBigToe", "left_foot"), ("RHeel", "right_ankle"), ("RBigToe", "right_foot"))


@dataclass(frozen=True)
class Regions:
    """Indices of vertices. All but `skin` lie within it.

    skin: (n,) the outer surface: without eyeballs, teeth, tongue and the inside of the mouth where the body names them.
    hands: left and right, from the wrist on. face: (n,) skin within FACE_REACH of a face landmark.
    head: (n,) skin that the head, the jaw or the eyes chiefly carry.
    soles: (4,) left heel, left toes, right heel, right toes: the points that contacts are about.
    limbs: name of a part of the body -> the skin that its joints chiefly carry (see LIMBS).
    """

    skin: Index
    hands: tuple[Index, Index]
    face: Index
    head: Index
    soles: Index
    limbs: dict[str, Index]


LIMBS: Final[dict[str, tuple[str, ...]]] = {
    "torso": ("pelvis", "spine1", "spine2", "spine3", "neck", "left_collar", "right_collar"),
    "head": ("head", "jaw", "left_eye_smplhf", "right_eye_smplhf"),
    **{
        f"{side}_{limb}": tuple(f"{side}_{joint}" for joint in joints)
        for side in ("left", "right")
        for limb, joints in {
            "upper_arm": ("shoulder",),
            "forearm": ("elbow",),
            "thigh": ("hip",),
            "shin": ("knee",),
            "foot": ("ankle", "foot"),
        }.items()
    },
}
"""Part of the body: joints whose skin it is; the hands are all joints from the wrist on."""


def regions_of(body: Body) -> Regions:
    """The regions of `body`."""
    chief = body.weights.argmax(1)
    skin = np.zeros(body.vertex_count, bool)
    if body.face_group is not None and "body" in body.group_names:
        skin[body.faces[body.face_group == body.group_names.index("body")]] = True
    else:
        skin[:] = True

    def carried(names: tuple[str, ...]) -> Index:
        return np.flatnonzero(skin & np.isin(chief, [JOINT_INDEX[name] for name in names]))

    hands = tuple(carried(tuple(_from_wrist_on(side))) for side in ("left", "right"))
    limbs = {name: carried(joints) for name, joints in LIMBS.items()}
    return Regions(
        skin=np.flatnonzero(skin),
        hands=(hands[0], hands[1]),
        face=_face(body, skin & np.isin(chief, [JOINT_INDEX[name] for name in LIMBS["head"]])),
        head=limbs["head"],
        soles=np.array([_sole(body, *sole) for sole in _SOLES]),
        limbs=limbs | {"left_hand": hands[0], "right_hand": hands[1]},
    )


def _from_wrist_on(side: str) -> list[str]:
    wanted = [JOINT_INDEX[f"{side}_wrist"]]
    for joint, parent in enumerate(PARENTS):
        if parent in wanted:
            wanted.append(joint)
    return [JOINT_NAMES[joint] for joint in wanted]


def _face(body: Body, candidates: NDArray[np.bool_]) -> Index:
    if body.mediapipe_faces_idx is not None and body.mediapipe_bary_coords is not None:
        faces, share = body.mediapipe_faces_idx, body.mediapipe_bary_coords
    else:
        faces, share = body.landmark_faces, body.landmark_barycentric
    rest = np.asarray(body.v_template, np.float64)
    landmarks = np.einsum("nc,ncd->nd", np.asarray(share, np.float64), rest[body.faces[faces]])
    chosen = np.flatnonzero(candidates)
    away = np.linalg.norm(rest[chosen, None] - landmarks[None], axis=-1).min(1)
    return chosen[away < FACE_REACH]


def _sole(body: Body, vertex: str, joint: str) -> int:
    """The vertex nearest, at rest, to the sole point of the fit: below the named vertex, as low as the lowest of the joint's."""
    rest = np.asarray(body.v_template, np.float64)
    place = rest[body.vertex_ids[vertex]].copy()
    place[1] = rest[lowest_vertex(body, joint), 1]
    return int(np.linalg.norm(rest - place, axis=1).argmin())
