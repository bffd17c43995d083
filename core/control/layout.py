"""Which controls a character gets, and where they stand at rest. numpy only.

Armature space of the character, its own unit of length. A control that turns one joint has that bone's rest matrix, so that the
bone copies the control as it is. Limbs have besides: two bones that Blender's IK moves, built bent so that it knows the way; two
that turn them further to the take's own twist; and three that show what holds, hand and foot or joint by joint.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS
from .limbs import (
    FINGERS,
    HEAD_BASE,
    HEAD_STILL,
    LIMB_OF,
    LIMBS,
    ROOT,
    Limb,
    by_ik,
    curl,
    fk,
    shown,
    solver,
    twist,
)
from .shape_sizes import Shape, box, ring, shape_of_joint
from .transforms import across, directions, inverse, placed
from .two_bone import reach

Array = NDArray[np.floating[Any]]
Group = Literal["Main", "IK", "FK", "Fingers", "Finger Joints", "Face", "Twist", "Mechanism"]
Turns = Literal["FREE", "X", "NONE"]

_BENT: Final = np.radians(60.0)
"""How far a solver's limb is bent at rest."""
_POLE: Final = 0.6
"""Of a limb's length: how far its pole stands from elbow or knee."""
_HEEL: Final = 0.4
"""Of the way from ankle to toes: how far the heel lies behind the ankle."""


@dataclass(frozen=True)
class Standing:
    """A character at rest. joints: (4, 4) rest matrices of its bones, by the names of the joints; the 22 of the body are there.

    lengths: of the bones. axes: (3, 3) columns are its left, its back and its up. unit: lengths in a metre. floor: its height.
    """

    joints: dict[str, Array]
    lengths: dict[str, float]
    axes: Array
    unit: float
    floor: float


@dataclass(frozen=True)
class Control:
    """One bone of a control rig. rest: (4, 4). moves: whether it has a place to be keyed. turns: which rotations it has."""

    name: str
    parent: str | None
    rest: Array
    length: float
    group: Group
    shape: Shape | None = None
    moves: bool = False
    turns: Turns = "FREE"


@dataclass(frozen=True)
class Layout:
    """controls: parents first. sources: joint -> the control that its bone copies. home: joint -> (4, 4) how the control that
    turns it (`fk`) stands at rest in the bone's frame. lengths: limb -> its two lengths. ahead: limb -> (3,) to where its middle
    points at rest. at_rest: limb -> (3, 3) each of its two bones, with Y along it and X ahead."""

    standing: Standing
    controls: dict[str, Control] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    home: dict[str, Array] = field(default_factory=dict)
    lengths: dict[str, tuple[float, float]] = field(default_factory=dict)
    ahead: dict[str, Array] = field(default_factory=dict)
    at_rest: dict[str, tuple[Array, Array]] = field(default_factory=dict)

    def add(self, control: Control) -> None:
        """Put it to the others."""
        self.controls[control.name] = control


def lay_out(standing: Standing) -> Layout:
    """The controls of a character."""
    layout = Layout(standing)
    joints, unit, axes = standing.joints, standing.unit, standing.axes
    left, back, up = axes.T
    usual = np.stack([-left, -back, up], axis=1)  # Y ahead, Z up
    hips = joints["pelvis"][:3, 3]
    below = hips - ((hips @ axes)[2] - standing.floor) * up
    layout.add(Control(ROOT, None, placed(usual, below), 0.3 * unit, "Main", ring("root", below, up, 0.45 * unit, back), True))
    for joint in JOINT_NAMES:
        if joint in joints:
            _add_joint(layout, joint)
    for limb in LIMBS:
        _add_ik(layout, limb, usual)
    for limb in LIMBS:  # after both, for they show either
        _add_shown(layout, limb)
    for joint in JOINT_NAMES:  # what hands and feet carry
        if joint in joints and _is_carried(joint):
            _add_joint(layout, joint, carried=True)
    for finger in FINGERS:
        if f"{finger}1" in joints:
            _add_curl(layout, finger)
    return layout


def _is_carried(joint: str) -> bool:
    return joint.endswith("_foot") or joint[:-1] in FINGERS


def _add_joint(layout: Layout, joint: str, carried: bool = False) -> None:
    """The control that turns `joint`."""
    if _is_carried(joint) != carried:
        return
    standing = layout.standing
    own = standing.joints[joint]
    parent = JOINT_NAMES[PARENTS[JOINT_INDEX[joint]]] if joint != "pelvis" else ""
    if joint == "head":
        _add_head_base(layout, own)
    above = {"pelvis": ROOT, "head": HEAD_BASE}.get(joint) or fk(parent)
    if joint.endswith("_foot"):
        above = LIMB_OF[parent].toes_base
    elif joint.endswith("1") and carried:
        above = shown(parent)
    rest = _finger_rest(standing, joint) if joint[:-1] in FINGERS else own
    layout.home[joint] = inverse(own) @ rest
    group: Group = "FK" if joint in LIMB_OF else "Main"
    if joint[:-1] in FINGERS:
        group = "Finger Joints"
    elif JOINT_INDEX[joint] >= JOINT_INDEX["jaw"]:
        group = "Face"
    shape = shape_of_joint(joint, rest, standing.lengths[joint], standing.unit, standing.axes)
    layout.add(Control(fk(joint), above, rest, standing.lengths[joint], group, shape, joint == "pelvis"))
    if joint in LIMB_OF:
        return
    layout.sources[joint] = fk(joint)
    if np.abs(layout.home[joint] - np.eye(4)).max() > 1e-4:
        layout.add(Control(shown(joint), fk(joint), own, standing.lengths[joint], "Mechanism"))
        layout.sources[joint] = shown(joint)


def _add_head_base(layout: Layout, head: Array) -> None:
    length = layout.standing.lengths["head"]
    layout.add(Control(HEAD_STILL, ROOT, head, length, "Mechanism"))
    layout.add(Control(HEAD_BASE, fk("neck"), head, length, "Mechanism"))


def _finger_rest(standing: Standing, joint: str) -> Array:
    """A finger's joint with Y along it and X its hinge, however the character's own bone is rolled: curls turn about X."""
    own = standing.joints[joint]
    number = int(joint[-1])
    after, before = f"{joint[:-1]}{number + 1}", f"{joint[:-1]}{number - 1}"
    if after in standing.joints:
        along = standing.joints[after][:3, 3] - own[:3, 3]
    elif before in standing.joints:
        along = own[:3, 3] - standing.joints[before][:3, 3]
    else:
        along = own[:3, 1]
    y = directions(along)
    _, back, up = standing.axes.T
    pad = -up + (0.75 * back if "thumb" in joint else 0.0)  # a thumb's pad faces the other fingers as well as the floor
    z = directions(across(pad, y))
    return placed(np.stack([np.cross(y, z), y, z], axis=1), own[:3, 3])


def _add_ik(layout: Layout, limb: Limb, usual: Array) -> None:
    """What moves a limb by its end."""
    standing = layout.standing
    unit = standing.unit
    rests = [standing.joints[joint] for joint in limb.joints]
    start, middle, end = (rest[:3, 3] for rest in rests)
    lengths = float(np.linalg.norm(middle - start)), float(np.linalg.norm(end - middle))
    back = standing.axes[:, 1]
    ahead = directions(across(-back if limb.is_leg else back, directions(middle - start)))
    layout.lengths[limb.key], layout.ahead[limb.key] = lengths, ahead
    far = _POLE * sum(lengths)
    chord = directions(end - start)
    pole = middle + far * directions(across(ahead, chord))
    upper = _frame_along(directions(middle - start), np.cross(ahead, directions(middle - start)))
    lower = _frame_along(directions(end - middle), upper[:, 2])
    layout.at_rest[limb.key] = upper, lower
    a, b = lengths
    ends = start + np.sqrt(a * a + b * b + 2 * a * b * np.cos(_BENT)) * chord
    bent = reach(start[None], ends[None], pole[None], lengths)
    above = fk(limb.above)
    for joint, parent, at, turn, at_rest, rest, length in (
        (limb.upper, above, start, bent.upper[0], upper, rests[0], a),
        (limb.middle, solver(limb.upper), bent.middle[0], bent.lower[0], lower, rests[1], b),
    ):
        layout.add(Control(solver(joint), parent, placed(turn, at), length, "Mechanism"))
        halfway = at + 0.5 * length * turn[:, 1]
        loop = ring("circle", halfway, turn[:, 1], 0.055 * unit, turn[:, 2])
        layout.add(Control(twist(joint), solver(joint), placed(turn, at), length, "Twist", loop))
        own = placed(turn @ at_rest.T @ rest[:3, :3], at)
        layout.add(Control(by_ik(joint), twist(joint), own, standing.lengths[joint], "Mechanism"))
    size = standing.lengths[limb.end]
    if limb.is_leg:
        _add_foot(layout, limb, usual)
    else:
        palm = directions(end - middle)
        frame = _frame_along(palm, standing.axes[:, 2])
        shape = box("box", end + 0.06 * unit * palm, frame, (0.055 * unit, 0.07 * unit, 0.03 * unit))
        layout.add(Control(limb.control, ROOT, rests[2], size, "IK", shape, True))
    layout.add(Control(by_ik(limb.end), limb.target, rests[2], size, "Mechanism"))
    ball = box("sphere", pole, usual, (0.03 * unit,) * 3)
    layout.add(Control(limb.pole, ROOT, placed(usual, pole), 0.08 * unit, "IK", ball, True, "NONE"))


def _add_foot(layout: Layout, limb: Limb, usual: Array) -> None:
    """The foot's control lies flat as the floor does; under it the pivots over which the foot rolls."""
    standing = layout.standing
    unit, size = standing.unit, standing.lengths[limb.end]
    left, back, up = standing.axes.T
    ankle, toes = standing.joints[limb.end], standing.joints[limb.toes]
    at, ball = ankle[:3, 3], toes[:3, 3]
    ahead = max(float((ball - at) @ -back), 0.05 * unit)
    floor = ((at @ standing.axes)[2] - standing.floor) * up
    heel = at - floor + _HEEL * ahead * back
    backwards = np.stack([left, back, up], axis=1)
    sole = at - floor + 0.5 * ahead * -back + 0.01 * unit * up
    plate = box("plate", sole, usual, (0.07 * unit, 1.25 * ahead, 0.01 * unit))
    layout.add(Control(limb.control, ROOT, placed(usual, at), size, "IK", plate, True))
    handle = box("arc", heel + 0.06 * unit * back + 0.03 * unit * up, backwards, (0.05 * unit,) * 3)
    layout.add(Control(limb.roll, limb.control, placed(backwards, heel), 0.08 * unit, "IK", handle, False, "X"))
    layout.add(Control(limb.heel, limb.control, placed(backwards, heel), 0.05 * unit, "Mechanism"))
    layout.add(Control(limb.toes_level, limb.heel, toes, standing.lengths[limb.toes], "Mechanism"))
    layout.add(Control(limb.ball, limb.heel, placed(backwards, ball), 0.05 * unit, "Mechanism"))
    layout.add(Control(limb.target, limb.ball, ankle, size, "Mechanism"))


def _add_shown(layout: Layout, limb: Limb) -> None:
    """What holds of the two ways to move a limb; and what its end carries is turned against."""
    standing = layout.standing
    parent = fk(limb.above)
    for joint in limb.joints:
        layout.add(Control(shown(joint), parent, standing.joints[joint], standing.lengths[joint], "Mechanism"))
        layout.sources[joint] = parent = shown(joint)
    if limb.is_leg:
        layout.add(Control(limb.toes_base, parent, standing.joints[limb.toes], standing.lengths[limb.toes], "Mechanism"))


def _add_curl(layout: Layout, finger: str) -> None:
    standing = layout.standing
    first = layout.controls[fk(f"{finger}1")]
    knuckle = first.rest[:3, 3] - 0.04 * standing.unit * first.rest[:3, 2]
    shape = box("sphere", knuckle, first.rest[:3, :3], (0.007 * standing.unit,) * 3)
    layout.add(Control(curl(finger), first.parent, first.rest, first.length, "Fingers", shape, False, "X"))


def _frame_along(y: Array, up: Array) -> Array:
    z = directions(across(up, y))
    return np.stack([np.cross(y, z), y, z], axis=1)
