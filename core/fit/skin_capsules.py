"""Capsules found on the skin of a body.

Ends and radius come from the body's own vertices by weighted means that are fixed for the mean shape, so they are linear in
betas, as the points of the body are. The skin lies within a centimetre of them where limbs meet; trunk and head are wider than
deep, so some lie across.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...models.body.load import Body
from ..skeleton import JOINT_INDEX
from .capsules import FINGERS, SIDES, Capsules
from .fingertips import palm_axes
from .points import lowest_vertex
from .rotations import exponential

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]

_SECTORS = 8
"""Directions about a limb's axis that count the same, however many vertices lie in each."""
_SLICE = 0.03
"""Metres; half the height of the slice through the trunk that a capsule across it is fitted to."""
_NEAR, _SKIN = 0.15, 0.005
"""Of a slice's extent: how far from its middle its depth is measured; metres from the outermost vertex that are its surface."""
_LIMBS: dict[str, tuple[str, str, float, float]] = {  # capsule: (joint that carries it, joint it leads to, from, to as shares)
    "upper_arm": ("shoulder", "elbow", 0.30, 0.70),
    "upper_arm_end": ("shoulder", "elbow", 0.65, 0.97),
    "forearm": ("elbow", "wrist", 0.05, 0.50),
    "forearm_end": ("elbow", "wrist", 0.50, 0.97),
    "thigh": ("hip", "knee", 0.10, 0.60),
    "thigh_end": ("hip", "knee", 0.60, 0.97),
    "shin": ("knee", "ankle", 0.05, 0.50),
    "shin_end": ("knee", "ankle", 0.50, 0.95),
}
_TRUNK: dict[str, tuple[str, str, str, float]] = {  # capsule: (joint that carries it, lower joint, upper joint, share between)
    "pelvis": ("pelvis", "left_hip", "pelvis", 0.40),
    "belly": ("spine1", "pelvis", "spine2", 0.45),
    "waist": ("spine2", "spine1", "spine3", 0.65),
    "chest": ("spine3", "spine3", "neck", 0.25),
}
_HEAD = {"skull": 0.42, "face": -0.55}
"""Capsule: its height over the eyes, in heights of the crown over the eyes."""
_FINGER, _FOOT = 0.011, 0.033
"""Metres; radius of fingers side by side, and of a foot, in the middle of which the toes begin."""
_SKIN_OF_TRUNK = ("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "left_collar", "right_collar")


class _Builder:
    """Collects capsules; `mean` takes a weighted mean of vertices, as (3,) place and (3, B) derivative."""

    def __init__(self, body: Body) -> None:
        self.vertices = np.asarray(body.v_template, np.float64)
        self.shapes = np.asarray(body.shapedirs, np.float64)
        self.joints, self.joints_shape, _ = body.joint_terms
        self.carried = body.weights.argmax(1)
        self.rows: list[tuple[str, int, Array, Array, float, Array]] = []

    def joint(self, name: str) -> Array:
        """(3,) rest place of a joint."""
        return np.asarray(self.joints[JOINT_INDEX[name]])

    def skin(self, *joints: str) -> Mask:
        """(V,) vertices chiefly carried by one of `joints`."""
        return np.isin(self.carried, [JOINT_INDEX[name] for name in joints])

    def mean(self, used: Index, weight: Array | None = None) -> tuple[Array, Array]:
        """Mean of the vertices `used` (n,) under weights (n,) that sum to 1, or of equal weights."""
        weight = np.full(len(used), 1 / len(used)) if weight is None else weight
        return weight @ self.vertices[used], np.einsum("v,vdb->db", weight, self.shapes[used])

    def add(self, name: str, joint: str, ends: Array, ends_shape: Array, radius: float, radius_shape: Array) -> None:
        """ends (2, 3), ends_shape (2, 3, B) in the body's rest frame."""
        carrier = JOINT_INDEX[joint]
        self.rows.append(
            (name, carrier, ends - self.joints[carrier], ends_shape - self.joints_shape[carrier], radius, radius_shape)
        )

    def along(self, name: str, joint: str, towards: str, first: float, last: float) -> None:
        """A capsule along a limb, through the middle of its sections; its round ends stay between the shares first and last."""
        start, axis = self.joint(joint), self.joint(towards) - self.joint(joint)
        length = float(np.linalg.norm(axis))
        used = np.flatnonzero(self.skin(joint))
        share = (self.vertices[used] - start) @ axis / length**2
        used = used[(share > first) & (share < last)]
        weight = _evenly_about(self.vertices[used], axis / length)
        middle, middle_shape = self.mean(used, weight)
        away = self.vertices[used] - middle
        away -= (away @ axis / length**2)[:, None] * axis
        distance = np.linalg.norm(away, axis=1)
        radius = float(weight @ distance)
        radius_shape = np.einsum("v,vd,vdb->b", weight / distance, away, self.shapes[used] - middle_shape)
        half = max(0.0, (last - first) / 2 * length - 0.5 * radius) / length
        axis_shape = self.joints_shape[JOINT_INDEX[towards]] - self.joints_shape[JOINT_INDEX[joint]]
        # The middle of the vertices is the middle of the limb across it; along it, the shares say where the middle lies.
        middle = middle + ((first + last) / 2 - float((middle - start) @ axis) / length**2) * axis
        self.add(
            name,
            joint,
            np.stack([middle - half * axis, middle + half * axis]),
            np.stack([middle_shape - half * axis_shape, middle_shape + half * axis_shape]),
            radius,
            radius_shape,
        )

    def across(self, name: str, joint: str, chosen: Mask, long: int, short: int) -> None:
        """A capsule lying along axis `long` through the `chosen` slice of skin; half its extent along `short` is the radius."""
        middle = (self.vertices[chosen].max(0) + self.vertices[chosen].min(0)) / 2
        sides, shapes = {}, {}
        for axis, other in ((long, short), (short, long)):
            near = chosen
            if axis == short:
                near = chosen & (np.abs(self.vertices[:, other] - middle[other]) < _NEAR * np.ptp(self.vertices[chosen, other]))
            for sign in (-1, 1):
                reach = np.where(near, sign * self.vertices[:, axis], -np.inf)
                sides[axis, sign], shapes[axis, sign] = self.mean(np.flatnonzero(reach > reach.max() - _SKIN))
        radius = (sides[short, 1][short] - sides[short, -1][short]) / 2
        radius_shape = (shapes[short, 1][short] - shapes[short, -1][short]) / 2
        ends, ends_shape = [], []
        height = 3 - long - short
        for sign in (-1, 1):
            place, shape = np.zeros(3), np.zeros((3, self.shapes.shape[2]))
            place[long], shape[long] = sides[long, sign][long] - sign * radius, shapes[long, sign][long] - sign * radius_shape
            for axis in (short, height):
                place[axis] = np.mean([sides[short, s][axis] for s in (-1, 1)])
                shape[axis] = np.mean([shapes[short, s][axis] for s in (-1, 1)], axis=0)
            ends.append(place)
            ends_shape.append(shape)
        self.add(name, joint, np.stack(ends), np.stack(ends_shape), float(radius), radius_shape)

    def palm(self, side: str) -> None:
        """Two capsules a hand, as thick as the palm: from the wrist to the knuckles of index and of little finger."""
        wrist, index, pinky = (self.joint(f"{side}_{name}") for name in ("wrist", "index1", "pinky1"))
        normal = np.cross(index - wrist, pinky - wrist)
        normal /= np.linalg.norm(normal)
        along = (index + pinky) / 2 - wrist
        share = (self.vertices - wrist) @ along / (along @ along)
        height = (self.vertices - wrist) @ normal
        flesh = self.skin(f"{side}_wrist") & (share > 0.5) & (share < 0.95)
        faces = []
        for sign in (-1, 1):
            outer = flesh & (sign * height > np.quantile(sign * height[flesh], 0.75))
            faces.append(self.mean(np.flatnonzero(outer)))
        (under, under_shape), (over, over_shape) = faces
        radius = float((over - under) @ normal) / 2
        radius_shape = normal @ (over_shape - under_shape) / 2
        middle = normal * float(((over + under) / 2 - wrist) @ normal - (along @ normal) / 2)
        base, base_shape = self.joints[JOINT_INDEX[f"{side}_wrist"]], self.joints_shape[JOINT_INDEX[f"{side}_wrist"]]
        for name in ("index", "pinky"):
            number = JOINT_INDEX[f"{side}_{name}1"]
            tip, tip_shape = self.joints[number], self.joints_shape[number]
            ends = np.stack([0.7 * base + 0.3 * tip, tip]) + middle
            shapes = np.stack([0.7 * base_shape + 0.3 * tip_shape, tip_shape])
            self.add(f"{side}_palm_{name}", f"{side}_wrist", ends, shapes, radius, radius_shape)

    def fingers(self, body: Body, side: str) -> None:
        """From the knuckles of a few fingers to the middle of their tips on a relaxed hand."""
        ids = body.vertex_ids
        mean = np.asarray(body.hands_meanl if side == "left" else body.hands_meanr, np.float64).reshape(-1, 3)
        first = JOINT_INDEX[f"{side}_index1"]
        for name, pair in FINGERS.items():
            chains = [[JOINT_INDEX[f"{side}_{finger}{k}"] for k in (1, 2, 3)] for finger in pair]
            tips = []
            for finger, chain in zip(pair, chains, strict=True):
                tip = self.vertices[ids[f"{side[0]}{finger}"]]
                for joint in reversed(chain):
                    turn = exponential(torch.as_tensor(mean[joint - first])).numpy()
                    tip = self.joints[joint] + turn @ (tip - self.joints[joint])
                tips.append(tip)
            knuckles = [chain[0] for chain in chains]
            shape = self.joints_shape[knuckles].mean(0)
            ends = np.stack([self.joints[knuckles].mean(0), np.mean(tips, axis=0)])
            none = np.zeros(self.shapes.shape[2])
            self.add(f"{side}_fingers_{name}", f"{side}_wrist", ends, np.stack([shape, shape]), _FINGER, none)

    def palm_axes(self, side: str) -> Array:
        """(3, 3) see fingertips.palm_axes."""
        places = [self.joint(f"{side}_{name}") for name in ("wrist", "index1", "middle1", "pinky1")]
        return palm_axes(*(place[None] for place in places))[0]

    def foot(self, body: Body, side: str) -> None:
        """From heel to toes, along the sole."""
        heel, *toes = (body.vertex_ids[f"{side[0].upper()}{name}"] for name in ("Heel", "BigToe", "SmallToe"))
        ends = np.stack([self.vertices[heel], self.vertices[toes].mean(0)])
        shape = np.stack([self.shapes[heel], self.shapes[toes].mean(0)])
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        sole = self.vertices[lowest_vertex(body, f"{side}_ankle"), 1]
        ends = ends + _FOOT * np.stack([along, -along])
        ends[:, 1] = sole + _FOOT
        self.add(f"{side}_foot", f"{side}_ankle", ends, shape, _FOOT, np.zeros(shape.shape[-1]))

    def head(self) -> None:
        """Skull and face: both lie from front to back, as wide as the head without its ears."""
        eyes = (self.joint("left_eye_smplhf")[1] + self.joint("right_eye_smplhf")[1]) / 2
        skin = self.skin("head", "jaw")
        height = self.vertices[:, 1]
        top = float(height[skin].max())
        for name, share in _HEAD.items():
            level = eyes + share * (top - eyes)
            self.across(name, "head", skin & (np.abs(height - level) < _SLICE / 2), long=2, short=0)


def _evenly_about(places: Array, axis: Array) -> Array:
    """(n,) weights of places (n, 3), the same in every direction about a unit vector through their middle."""
    across = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    away = places - places.mean(0)
    angle = np.arctan2(away @ np.cross(axis, across), away @ across)
    sector = ((angle + np.pi) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS
    count = np.bincount(sector, minlength=_SECTORS)
    return np.asarray(1 / (count[sector] * (count > 0).sum()))


def body_capsules(body: Body, device: torch.device) -> Capsules:
    """The capsules of `body`."""
    build = _Builder(body)
    height = build.vertices[:, 1]
    trunk = build.skin(*_SKIN_OF_TRUNK)
    for name, (joint, lower, upper, share) in _TRUNK.items():
        level = (1 - share) * build.joint(lower)[1] + share * build.joint(upper)[1]
        build.across(name, joint, trunk & (np.abs(height - level) < _SLICE), long=0, short=2)
    build.along("neck", "neck", "head", 0.0, 1.0)
    build.head()
    for side in SIDES:
        for name, (joint, towards, first, last) in _LIMBS.items():
            build.along(f"{side}_{name}", f"{side}_{joint}", f"{side}_{towards}", first, last)
        build.palm(side)
        build.fingers(body, side)
        build.foot(body, side)

    def tensor(values: list[Array] | list[float]) -> Tensor:
        return torch.as_tensor(np.array(values, np.float64), device=device)

    names, carriers, ends, ends_shape, radius, radius_shape = zip(*build.rows, strict=True)
    return Capsules(
        names,
        torch.tensor(carriers, device=device),
        tensor(list(ends)),
        tensor(list(ends_shape)),
        tensor(list(radius)),
        tensor(list(radius_shape)),
        tensor([build.palm_axes(side) for side in SIDES]),
    )
