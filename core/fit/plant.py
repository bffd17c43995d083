"""The last pass over the feet: who stands stands. Feet that are planted stay in one place, flat where heel and toes are both
down, with the skin on the floor; no foot is under it; legs are solved anew, and what planted feet ask of a foot in the air fades.

The solver weighs feet against landmarks, so they end a few centimetres off, and it knows four points of a foot, not its skin.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from ...models.body.load import Body
from ..skeleton import BODY_JOINT_COUNT, JOINT_INDEX
from .anchors import runs, shift_to_anchors
from .body import BodyFit
from .kinematics import pose_points
from .points import POINT_INDEX, BodyPoints
from .smooth import smooth
from .soles import Sole, sole_of
from .terms.term import up_of
from .two_bones import STRAIGHTEST, lengths, turns_to_reach
from .world import CONTACT, World, level_axes

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

SIDES = ("left", "right")
NEAR_FLOOR = 0.08
"""Metres over or under the floor up to which a planted foot stands on it; further off it stands on something else."""
FADING = 5.0
"""Hz; what planted feet ask for varies no faster."""
FIRM, FREE = 10.0, 0.01
"""Weights of what a planted foot wants and, in the air, of what the fit found."""
MOST_BEND = np.radians(60)
"""Toes bend up to so much while they stay flat under a heel that lifts."""
STRAIGHT, STRAIGHT_SPAN = 0.96, 0.01
"""Share of a leg's length from which on the hips go along with its foot, so that the knee does not snap; how soon they do."""
STIFF, LOOSE = 10.0, 0.1
"""Weights of hips that go along with the feet of straight legs, and of hips that stay where they are."""
AROUND = 0.15
"""Seconds to either side over which hips go down for a foot that is out of reach."""


@dataclass
class Foot:
    """One leg over T frames, in the world's axes, metres: places (T, 3), rotations (T, 3, 3).

    found: where the fit has the ankle; ankle, ankle_turn, foot_turn: where it comes to be. heel, toes: (3,) sole points seen from
    ankle and foot joint, in their axes; heel_down, toes_down: (T,) contacts.
    """

    side: str
    sole: Sole
    hip: Array
    knee: Array
    found: Array
    ankle: Array
    ankle_turn: Array
    foot_turn: Array
    heel: Array
    toes: Array
    heel_down: Mask
    toes_down: Mask

    @property
    def length(self) -> Array:
        """(T,) of thigh and shin together."""
        thigh, shin = lengths(self.hip, self.knee, self.found)
        return thigh + shin

    @property
    def longest(self) -> Array:
        """(T,) how far the ankle may be from the hip: as far as the fit has it, and at least nearly straight."""
        return np.maximum(STRAIGHTEST * self.length, np.linalg.norm(self.found - self.hip, axis=1))

    @property
    def contacts(self) -> Mask:
        """(T, 2) of heel and toes."""
        return np.stack([self.heel_down, self.toes_down], 1)

    @property
    def down(self) -> Mask:
        """(T,) whether any of the foot stands."""
        return self.heel_down | self.toes_down

    def lowest(self) -> Array:
        """(T,) height of the lowest skin."""
        found: Array = self.ankle[:, 1] + self.sole.places(self.ankle_turn, self.foot_turn)[..., 1].min(1)
        return found

    def points(self) -> Array:
        """(T, 2, 3) places of heel and toes."""
        ball = self.sole.ball @ self.ankle_turn.swapaxes(1, 2)
        heel, toes = self.heel @ self.ankle_turn.swapaxes(1, 2), self.toes @ self.foot_turn.swapaxes(1, 2)
        return self.ankle[:, None] + np.stack([heel, ball + toes], 1)


def plant(fitted: BodyFit, points: BodyPoints, body: Body, fps: float, world: World | None = None) -> BodyFit:
    """The fit with its feet planted where `fitted.contacts` has them, its floor under their skin; itself where nothing is.

    world: where it is known, and its floor with it.
    """
    contacts = fitted.contacts.cpu().numpy() > CONTACT
    if not contacts.any():
        return fitted
    state = fitted.state
    axes = level_axes(up_of(state.tilt).cpu().numpy())
    posed = pose_points(points, state.rotations, state.pelvis, state.betas, False)
    joints = posed.points[:, :BODY_JOINT_COUNT].cpu().numpy() @ axes
    turned = axes.T @ posed.globals.cpu().numpy()
    offset = (points.offset + points.offset_shape @ state.betas).cpu().numpy()
    betas = state.betas.cpu().numpy()
    feet = [_foot(side, sole_of(body, betas, side), joints, turned, offset, contacts) for side in SIDES]
    for foot in feet:
        _lay(foot, fps)
    floor = _floor(feet) if world is None else world.floor
    rise = np.zeros(len(joints))
    along = {foot.side: shift_to_anchors(foot.points()[..., [0, 2]], foot.contacts, fps) for foot in feet}
    for _ in range(2):  # a foot in the air goes along with the hips, and those with the feet that stand
        for foot in feet:
            foot.ankle = foot.found + np.insert(along[foot.side], 1, _rise(foot, floor, rise, fps), axis=1)
        rise = _hips_rise(feet, fps)
    rotations = state.rotations.cpu().numpy().copy()
    for foot in feet:
        _step(foot, rise, turned, rotations)
    pelvis = state.pelvis.cpu().numpy() + rise[:, None] * axes[:, 1]
    device = state.pelvis.device
    planted = replace(state, rotations=torch.as_tensor(rotations, device=device), pelvis=torch.as_tensor(pelvis, device=device))
    return replace(fitted, state=planted, world=World(fitted.world.up, floor, fitted.world.evidence))


def _foot(side: str, sole: Sole, joints: Array, turned: Array, offset: Array, contacts: Mask) -> Foot:
    hip, knee, ankle, foot = (JOINT_INDEX[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
    first = 2 * SIDES.index(side)
    return Foot(
        side,
        sole,
        joints[:, hip],
        joints[:, knee],
        joints[:, ankle],
        joints[:, ankle],
        turned[:, ankle],
        turned[:, foot],
        offset[POINT_INDEX[f"{side}_heel_sole"]],
        offset[POINT_INDEX[f"{side}_toes_sole"]],
        contacts[:, first],
        contacts[:, first + 1],
    )


def _lay(foot: Foot, fps: float) -> None:
    """Turn the foot: flat and in one direction where heel and toes are down; toes flat where they are down."""
    flat = foot.heel_down & foot.toes_down
    level = foot.ankle_turn @ foot.sole.level.T
    heading = np.arctan2(level[:, 0, 2], level[:, 2, 2])
    wanted = level.copy()
    for first, end in runs(flat):
        mean = np.angle(np.exp(1j * heading[first:end]).mean())
        wanted[first:end] = Rotation.from_euler("y", mean).as_matrix()
    turn = (Rotation.from_matrix(wanted) * Rotation.from_matrix(level).inv()).as_rotvec()
    turned = Rotation.from_rotvec(smooth(turn, FIRM * flat, fps, FADING, belief=FREE))
    bent = Rotation.from_matrix(foot.ankle_turn.swapaxes(1, 2) @ foot.foot_turn).as_rotvec()
    foot.ankle_turn = (turned * Rotation.from_matrix(foot.ankle_turn)).as_matrix()
    heel_up = -np.arcsin(np.clip((foot.ankle_turn @ foot.sole.level.T)[:, 1, 2], -1, 1))
    flat_toes = np.clip(heel_up, 0, MOST_BEND)[:, None] * (-1.0, 0.0, 0.0)
    bent += smooth(flat_toes - bent, FIRM * foot.toes_down, fps, FADING, belief=FREE)
    foot.foot_turn = foot.ankle_turn @ Rotation.from_rotvec(bent).as_matrix()


def _floor(feet: list[Foot]) -> float:
    """Height of the floor: where most feet stand, among those that stand lowest."""
    heights = np.concatenate([foot.lowest()[foot.down] for foot in feet])
    low = np.percentile(heights, 20)
    return float(np.median(heights[np.abs(heights - low) < NEAR_FLOOR]))


def _rise(foot: Foot, floor: float, hips: Array, fps: float) -> Array:
    """(T,) by which the foot goes up, from where the fit has it, so that its skin is on the floor and never under it; in the air
    it goes along with the `hips` (T,)."""
    height = foot.lowest() - foot.ankle[:, 1] + foot.found[:, 1] - floor
    wanted, ground = -height, np.zeros(len(height))
    edges = runs(foot.down)
    for place, (first, end) in enumerate(edges):
        level = float(np.median(height[first:end]))
        if abs(level) > NEAR_FLOOR:
            wanted[first:end] += level
            before = edges[place - 1][1] if place else 0
            after = edges[place + 1][0] if place + 1 < len(edges) else len(height)
            ground[before:after] = np.minimum(ground[before:after], level)
    weight = FIRM * foot.down
    for _ in range(4):
        rise = smooth(wanted[:, None], weight, fps, FADING, hips[:, None], FREE)[:, 0]
        under = ~foot.down & (height + rise < ground)
        wanted, weight = np.where(under, ground - height, wanted), np.where(under, FIRM, weight)
    found: Array = np.maximum(rise, ground - height)
    return found


def _hips_rise(feet: list[Foot], fps: float) -> Array:
    """(T,) by which the hips go up or down: along with the feet of straight legs, so that knees do not snap, and down for feet
    that would be out of reach."""
    wanted, weight, lower = np.zeros((3, len(feet[0].hip)))
    for foot in feet:
        leg = foot.found - foot.hip
        distance = np.linalg.norm(leg, axis=1)
        upright = leg[:, 1] / distance
        stiff = upright**2 / (1 + np.exp(-(distance / foot.length - STRAIGHT) / STRAIGHT_SPAN))
        longer = ((foot.ankle - foot.found) * leg).sum(1) / distance
        wanted += stiff * longer / np.where(np.abs(upright) > 0.1, upright, np.inf)
        weight += stiff
    rise = smooth((wanted / np.maximum(weight, 1e-9))[:, None], STIFF * weight, fps, FADING, belief=LOOSE)[:, 0]
    for foot in feet:
        away = foot.ankle - foot.hip
        most = np.sqrt(np.maximum(foot.longest**2 - away[:, 0] ** 2 - away[:, 2] ** 2, 0.0))
        lower = np.maximum(lower, np.where(most > 0, rise - away[:, 1] - most, 0.0))
    reach = max(1, round(AROUND * fps))
    envelope = maximum_filter1d(lower, 2 * reach + 1, mode="nearest")
    found: Array = rise - gaussian_filter1d(envelope, reach / 2, radius=reach, mode="nearest")
    return found


def _step(foot: Foot, rise: Array, turned: Array, rotations: Array) -> None:
    """Put the leg's local rotations into `rotations` (T, 22, 3, 3), the hips `rise` (T,) higher."""
    hip, knee, ankle, toes = (JOINT_INDEX[f"{foot.side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
    up = rise[:, None] * (0.0, 1.0, 0.0)
    hinge = -turned[:, knee, :, 0]
    swing, flex = turns_to_reach(foot.hip + up, foot.knee + up, foot.found + up, foot.ankle, hinge, foot.longest)
    hip_turn = (swing * Rotation.from_matrix(turned[:, hip])).as_matrix()
    knee_turn = (swing * flex * Rotation.from_matrix(turned[:, knee])).as_matrix()
    rotations[:, hip] = turned[:, 0].swapaxes(1, 2) @ hip_turn
    rotations[:, knee] = hip_turn.swapaxes(1, 2) @ knee_turn
    rotations[:, ankle] = knee_turn.swapaxes(1, 2) @ foot.ankle_turn
    rotations[:, toes] = foot.ankle_turn.swapaxes(1, 2) @ foot.foot_turn
