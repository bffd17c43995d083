"""A performance becomes turns and places of the target's controls, in the terms of their own keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from .controls import Control, Pose, in_order, own_place, own_turns, posed
from .hands import touching
from .limbs import turns_to_reach
from .performance import Performance, turns_for
from .place import Ground, ground_for, heading
from .rest import LEFT, UP, Rest, carried, same_pose
from .roles import SIDES
from .turns import about, angles, unit

Array = NDArray[np.floating[Any]]
Root = Literal["PELVIS", "PLACE", "TURN"]
"""What the bone under everything does: nothing, go where the hips are, and turn with them about the vertical."""

_ELBOWS: Final = {"left": UP, "right": -UP}
"""The axis about which an arm that is held out to the side closes."""
_KNEE: Final = -LEFT
_MOST: Final = np.deg2rad(13)
"""How far a contact may turn a bone of an arm away from where the source's points."""
_STRAIGHT: Final = 0.04
"""Share of its first bone's length that the middle of a straight limb is off its line."""
_HALVINGS: Final = 10
_SOFT: Final = 6
"""How late, and how suddenly, that takes hold."""


@dataclass(frozen=True)
class Pole:
    """Control number `control` stands before the joint of role `middle`, of a limb from `upper` to `end`."""

    control: int
    upper: str
    middle: str
    end: str


@dataclass(frozen=True)
class Bend:
    """A bone called `bone`, with `axes` (3, 3) at rest in armature space, is bent as the joint of role `middle` is."""

    bone: str
    axes: Array
    upper: str
    middle: str
    end: str


@dataclass(frozen=True)
class Target:
    """The target as the stage sees it.

    controls: with all heads and axes in armature space. mover, root: numbers of controls, root -1 for none. follow: control ->
    role along with whose bone it goes. rest: in upright axes, in the stage's unit. turn (3, 3), place (3,), size: from armature
    space to the stage. fronts: how far belly and chest stand out, where it has a mesh.
    """

    controls: Sequence[Control]
    mover: int
    root: int
    follow: Mapping[int, str]
    poles: Sequence[Pole]
    bends: Sequence[Bend]
    rest: Rest
    turn: Array
    place: Array
    size: float
    fronts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Wishes:
    """contacts: feet stay planted and hands that touch do. on_own: each on its own place, else the source's. root: see Root."""

    contacts: bool = True
    on_own: bool = False
    root: Root = "PELVIS"


@dataclass(frozen=True)
class Solved:
    """turns: (T, C, 3, 3) of the controls in their own axes. places: control -> (T, 3) location. bends: bone -> (T, 3, 3) turns
    in its own axes."""

    turns: Array
    places: Mapping[int, Array]
    bends: Mapping[str, Array]


def solve(performance: Performance, target: Target, wishes: Wishes) -> Solved:
    """How the target's controls turn and move to do what the source does."""
    # All of it happens on the stage: what controls are told relative to, their rest, is brought there.
    controls = [_staged(one, target) for one in target.controls]
    order = in_order(controls)
    upright = target.turn @ target.rest.axes
    turns = _wanted(performance, target, controls, upright)
    ground = ground_for(performance, target.rest, wishes.on_own)
    hips = ground.hips()
    moved: dict[int, Array] = {}
    if target.root >= 0:
        _move_root(performance, target, wishes, controls, turns, moved, hips, upright)
    index = {one.role: k for k, one in enumerate(controls) if one.role}
    heads = posed(controls, order, turns, moved).heads
    middle = (heads[:, index["left_hip"]] + heads[:, index["right_hip"]]) / 2
    moved[target.mover] = moved.get(target.mover, 0.0) + hips - middle
    if wishes.contacts:
        _keep_contacts(performance, target, ground, controls, order, turns, moved, index)
    _follow(performance, target, controls, order, turns, moved, index)
    found = {k: own_place(controls, k, turns, shift) / target.size for k, shift in moved.items()}
    heads = posed(controls, order, turns, moved).heads
    bends = {bend.bone: _bent(bend, target, heads, index) for bend in target.bends}
    return Solved(own_turns(controls, turns), found, bends)


def _bent(bend: Bend, target: Target, heads: Array, index: Mapping[str, int]) -> Array:
    """(T, 3, 3) the turn of a bone in its own axes about the hinge that it has at rest, so that the limb is bent as it is."""
    limb = [index[role] for role in (bend.upper, bend.middle, bend.end)]
    rest = np.stack([target.controls[k].head for k in limb])
    upper, lower = unit(np.diff(rest, axis=0))
    hinge = np.cross(upper, lower)
    flexed = unit(np.diff(heads[:, limb], axis=1))
    angle = np.arccos(np.clip((flexed[:, 0] * flexed[:, 1]).sum(-1), -1, 1))
    return about(unit(bend.axes.T @ hinge), angle - np.arctan2(np.linalg.norm(hinge), upper @ lower))


def _staged(control: Control, target: Target) -> Control:
    head, turn = target.place + target.size * target.turn @ control.head, target.turn
    return replace(control, head=head, axes=turn @ control.axes, along=turn @ control.along)


def _keep_contacts(
    performance: Performance,
    target: Target,
    ground: Ground,
    controls: Sequence[Control],
    order: Sequence[int],
    turns: Array,
    moved: Mapping[int, Array],
    index: Mapping[str, int],
) -> None:
    """Turn legs, in place, so that feet are where the source has them on the floor, and arms for hands that touch something."""
    pose = posed(controls, order, turns, moved)
    for side in SIDES:
        part = "foot" if _have(side, "foot", performance, index) else "ankle"
        if _have(side, "ankle", performance, index):
            there = ground.joint(side, part) - pose.heads[:, index[f"{side}_{part}"]]
            # On its heel a foot of another length stands as high as the ankle has it; else the heel would sink, or float.
            ankle = (ground.joint(side, "ankle") - pose.heads[:, index[f"{side}_ankle"]])[:, 2]
            there[:, 2] = np.where(ground.rise(side, part) > ground.rise(side, "ankle"), ankle, there[:, 2])
            hinge = carried(performance.turns[f"{side}_hip"], _KNEE)
            _reach(pose, index, (f"{side}_hip", f"{side}_knee", f"{side}_ankle"), there, hinge)
    pose = posed(controls, order, turns, moved)
    places = {role: pose.heads[:, k] for role, k in index.items()}
    for side, there in touching(performance, target.rest, places, target.fronts).items():
        hinge = carried(performance.turns[f"{side}_shoulder"], _ELBOWS[side])
        _reach(pose, index, (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"), there, hinge, _MOST)


def _wanted(performance: Performance, target: Target, controls: Sequence[Control], upright: Array) -> Array:
    """(T, C, 3, 3) turns since rest, on the stage, of all that turn by a role."""
    rest = performance.rest
    told = turns_for(performance, {one.role: None for one in controls if one.role})
    into = same_pose(rest.places, target.rest.places)
    frames = len(performance.floor)
    turns = np.tile(np.eye(3), (frames, len(controls), 1, 1))
    for k, control in enumerate(controls):
        role = target.follow.get(k, control.role)
        if role in told:
            turns[:, k] = told[role] @ into[role] @ upright.T
    return turns


def _move_root(
    performance: Performance,
    target: Target,
    wishes: Wishes,
    controls: Sequence[Control],
    turns: Array,
    moved: dict[int, Array],
    hips: Array,
    upright: Array,
) -> None:
    """Let the bone under everything go along under the hips."""
    root = controls[target.root]
    middle = target.place + upright @ (target.rest.middle("hip"))
    turn = np.tile(np.eye(3), (len(hips), 1, 1))
    if wishes.root == "TURN":
        turn = about(UP, heading(performance.turns["pelvis"], upright))
        turns[:, target.root] = turn
    there = hips + carried(turn, root.head - middle)
    there[:, 2] = root.head[2] + performance.floor - performance.floor[0]
    moved[target.root] = there - root.head


def _have(side: str, part: str, performance: Performance, index: Mapping[str, int]) -> bool:
    return all(f"{side}_{one}" in index and f"{side}_{one}" in performance.places for one in ("ankle", part))


def _reach(
    pose: Pose, index: Mapping[str, int], limb: tuple[str, str, str], move: Array, hinge: Array, most: float = np.inf
) -> None:
    """Turn the two bones of a limb, in place, so that its end is moved by `move` (T, 3); how the end is turned stays.

    hinge: (T, 3) the axis about which it closes. most: how far either bone may turn; the end is moved less instead.
    """
    a, b, c = (index[role] for role in limb)
    root, middle, end = (pose.heads[:, k] for k in (a, b, c))
    whole, second = turns_to_reach(root, middle, end, end + move, hinge)
    if np.isfinite(most):
        # Hardly less while it is little, never more than the most, and smooth in between.
        turned = np.maximum(angles(whole), angles(whole @ second))
        wanted = turned / (1 + (turned / most) ** _SOFT) ** (1 / _SOFT)
        low, high = np.zeros(len(move)), np.ones(len(move))
        for _ in range(_HALVINGS):
            share = (low + high) / 2
            whole, second = turns_to_reach(root, middle, end, end + share[:, None] * move, hinge)
            above = np.maximum(angles(whole), angles(whole @ second)) > wanted
            low, high = np.where(above, low, share), np.where(above, share, high)
    pose.turns[:, a] = whole @ pose.turns[:, a]
    pose.turns[:, b] = whole @ second @ pose.turns[:, b]


def _follow(
    performance: Performance,
    target: Target,
    controls: Sequence[Control],
    order: Sequence[int],
    turns: Array,
    moved: dict[int, Array],
    index: Mapping[str, int],
) -> None:
    """Let bones that only go along be where they belong."""
    poles = {pole.control: pole for pole in target.poles}
    for k in order:
        if k == target.mover or (k not in target.follow and k not in poles):
            continue
        heads = posed(controls, order, turns, moved).heads
        if k in poles:
            pole = poles[k]
            upper, middle, end = (heads[:, index[role]] for role in (pole.upper, pole.middle, pole.end))
            rest = [controls[index[role]].head for role in (pole.upper, pole.middle, pole.end)]
            along = unit(end - upper)
            out = middle - upper - ((middle - upper) * along).sum(-1, keepdims=True) * along
            hinge = LEFT if pole.end.endswith("ankle") else -_ELBOWS[pole.end.partition("_")[0]]
            ahead = np.cross(along, carried(performance.turns[pole.upper], hinge))
            # Where a limb is straight its bend shows nothing: how its first bone lies decides.
            length = np.linalg.norm(rest[1] - rest[0])
            straight = np.exp(-((out**2).sum(-1, keepdims=True)) / (_STRAIGHT * length) ** 2)
            out = unit(out + 0.5 * _STRAIGHT * length * straight * unit(ahead))
            there = middle + np.linalg.norm(controls[k].head - rest[1]) * out
        else:
            lead = index[target.follow[k]]
            there = heads[:, lead] + carried(turns[:, lead], controls[k].head - controls[lead].head)
        moved[k] = there - heads[:, k]
