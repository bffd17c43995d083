"""Fits the 15 finger joints of one hand, and turns the wrist a little from where the body's fit has put it.

What the hand network's 3D says is taken in the axes of the palm, so that an error of the wrist does not bend the fingers; its
landmarks in the picture count from the middle of the palm, wherever the body has the wrist. Without a seen hand the fingers go
over to the relaxed pose, and the wrist to the body's.
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ..observe.tracks import Track
from ..skeleton import JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from .kinematics import PosedPoints
from .landmarks import HAND_LANDMARKS, HAND_TIPS
from .lens import Lens
from .normal import JACOBIAN, JointRows, NormalEquations, Rows
from .observations import undistort
from .parts import hand_score, solid_share
from .points import WRIST_SHARE
from .rotations import exponential, frame_from, inverse_left_jacobian, logarithm, skew
from .solver import minimise
from .terms.smoothness import TurnAcceleration
from .terms.term import Stretch, cauchy

FINGERS = ("index", "middle", "pinky", "ring", "thumb")
"""In the order of core.skeleton."""
JOINTS = 15
"""Of the fingers; the wrist's own turn comes before them."""
_PALM = (0, 1, 5, 9, 13, 17)
SIGMA_DIRECTION, SIGMA_2D, SCALE = 0.30, 0.08, 2.0
"""rad; share of the hand's size; Cauchy scale."""
TURN_ACCELERATION = 120.0
LIMIT = 0.1
WRIST = 0.20
"""rad; spread of the wrist about where the body's fit has it."""
ITERATIONS, TOLERANCE = 12, 1e-3
WINDOW, MARGIN = 720, 60
"""Frames solved at once, and frames to either side that are solved along: fingers forget what was so long before."""

# Flexion, abduction, twist of each finger's three joints: spread (rad) about the relaxed hand, and limits of the whole angle.
_SPREAD = ((0.60, 0.18, 0.10), (0.70, 0.05, 0.05), (0.45, 0.05, 0.05))
_LIMITS = (((-0.5, 1.7), (-0.45, 0.45)), ((-0.15, 1.9), (-0.12, 0.12)), ((-0.2, 1.5), (-0.12, 0.12)))
_THUMB_SPREAD = ((0.40, 0.40, 0.25), (0.45, 0.15, 0.10), (0.55, 0.06, 0.06))
_THUMB_LIMITS = (((-0.9, 0.9), (-0.9, 0.9)), ((-0.4, 1.2), (-0.3, 0.3)), ((-0.5, 1.4), (-0.12, 0.12)))


@dataclass(frozen=True)
class HandModel:
    """One hand at rest, in the wrist's axes, metres, for the fitted betas.

    knuckles: (5, 3) first joint of each finger; bones: (5, 3, 3) from each of its joints to the next, the last to the tip.
    axes: (15, 3, 3) columns flexion, abduction, twist of each joint; relaxed: (15, 3) axis-angle of the hand at rest.
    palm: (3, 3) the palm's axes (see _palm_frame); landmarks: (6, 3) the palm's landmarks.
    """

    knuckles: Tensor
    bones: Tensor
    axes: Tensor
    relaxed: Tensor
    palm: Tensor
    landmarks: Tensor


def hand_model(body: Body, betas: Tensor, side: str) -> HandModel:
    """The left or right hand of `body` with shape `betas` (B,)."""
    skin = BodySkin(body, torch.float64, torch.device("cpu"))
    tips = [body.vertex_ids[f"{side[0]}{finger}"] for finger in FINGERS]
    rest = torch.zeros(1, 55, 3, dtype=torch.float64)
    vertices, joints = skin(rest, rest[:, 0], betas.cpu(), vertex_ids=torch.tensor(tips))
    wrist = joints[0, JOINT_INDEX[f"{side}_wrist"]]
    first = LEFT_HAND[0] if side == "left" else RIGHT_HAND[0]
    places = torch.cat([joints[0, first : first + JOINTS].reshape(5, 3, 3), vertices[0][:, None]], 1) - wrist
    bones = places[:, 1:] - places[:, :-1]
    index, pinky, middle = places[0, 0], places[2, 0], places[1, 0]
    palm = _palm_frame(torch.zeros_like(index)[None], index[None], middle[None], pinky[None])[0]
    inward = palm[:, 2] * (-1 if side == "left" else 1)  # out of the palm's inner face
    across = torch.nn.functional.normalize(pinky - index, dim=0)
    axes = torch.empty(5, 3, 3, 3, dtype=torch.float64)
    for finger, name in enumerate(FINGERS):
        for joint in range(3):
            along = torch.nn.functional.normalize(bones[finger, joint], dim=0)
            towards = inward if name != "thumb" else across + 0.7 * inward  # a thumb bends across the palm
            flexion = torch.nn.functional.normalize(torch.linalg.cross(along, towards), dim=0)
            axes[finger, joint] = torch.stack([flexion, torch.linalg.cross(along, flexion), along], 1)
    relaxed = torch.as_tensor(np.asarray(body.hands_meanl if side == "left" else body.hands_meanr, np.float64)).reshape(JOINTS, 3)
    landmarks = torch.stack([WRIST_SHARE * middle, places[4, 0], index, middle, places[3, 0], pinky])
    return HandModel(places[:, 0], bones, axes.reshape(JOINTS, 3, 3), relaxed, palm, landmarks)


def _palm_frame(wrist: Tensor, index: Tensor, middle: Tensor, pinky: Tensor) -> Tensor:
    """(T, 3, 3) columns: across from pinky to index made square, along from wrist to middle knuckle, their cross product."""
    return frame_from(index - pinky, middle - wrist)


@dataclass(frozen=True)
class SeenHand:
    """T frames of one hand. score: (T,) 0 where unseen; solid: (T,) the same for the network's 3D.
    direction: (T, 15, 3) of the finger bones in the wrist's axes. pixel: (T, 21, 2) undistorted landmarks of the palm, then of
    finger joints and tips, from the palm's middle; pixel_weight: (T,)."""

    score: Tensor
    solid: Tensor
    direction: Tensor
    pixel: Tensor
    pixel_weight: Tensor

    def frames(self, chosen: slice) -> "SeenHand":
        """The same of some of the frames."""
        return SeenHand(*(getattr(self, field.name)[chosen] for field in fields(self)))


def see_hand(track: Track, hand: int, lens: Lens, model: HandModel, wrist: Tensor, turn: Tensor, focal: float) -> SeenHand:
    """The evidence for hand 0 (left) or 1 (right), whose wrist is at `wrist` (T, 3) and turned by `turn` (T, 3, 3)."""
    score = torch.as_tensor(hand_score(track, hand))
    world = torch.as_tensor(np.nan_to_num(track.hands_world[:, hand]), dtype=torch.float64)
    palm = _palm_frame(world[:, 0], world[:, 5], world[:, 9], world[:, 17])
    chains = torch.tensor(_finger_landmarks())
    bones = torch.nn.functional.normalize(world[:, chains[:, 1:]] - world[:, chains[:, :-1]], dim=-1).reshape(-1, JOINTS, 3)
    direction = torch.einsum("ij,tkj,tbk->tbi", model.palm, palm, bones)

    place = torch.as_tensor(np.nan_to_num(undistort(track.hands[:, hand], lens)) * focal / lens.focal[0])
    seen = place[:, [*_PALM, *chains[:, 1:].reshape(-1).tolist()]]
    seen = seen - seen[:, : len(_PALM)].mean(1, keepdim=True)
    about = _about_palm(_flat(model.landmarks.expand(len(place), -1, -1), wrist, turn, focal))
    # A hand of another size, or nearer than the wrist's depth says: one scale for the clip.
    ratio = (about.norm(dim=(1, 2)) / seen[:, : len(_PALM)].norm(dim=(1, 2)).clamp(min=1e-6))[score > 0]
    scale = ratio.median().clamp(0.75, 1.33) if len(ratio) else 1.0
    size = torch.maximum(about[:, 3].norm(dim=-1), about[:, 2].norm(dim=-1)).clamp(min=4.0) * 1.5
    weight = score.sqrt() / (SIGMA_2D * size)
    return SeenHand(score, score * torch.as_tensor(solid_share(track, hand)), direction, seen * scale, weight)


def _flat(points: Tensor, wrist: Tensor, turn: Tensor, focal: float) -> Tensor:
    """(T, n, 2) pixels of points (T, n, 3) in the wrist's axes."""
    solid = (turn[:, None] @ points[..., None])[..., 0] + wrist[:, None]
    return focal * solid[..., :2] / solid[..., 2:].clamp(min=0.1)


def _about_palm(pixels: Tensor) -> Tensor:
    """(T, n, ...) places, or their derivatives, from the middle of the palm's landmarks, which come first."""
    return pixels - pixels[:, : len(_PALM)].mean(1, keepdim=True)


def _finger_landmarks() -> list[list[int]]:
    """(5, 4) MediaPipe's landmarks of each finger from knuckle to tip, in the order of FINGERS."""
    of_joint = {name: index for index, name in HAND_LANDMARKS.items()}
    of_tip = {name: index for index, name in HAND_TIPS.items()}
    return [[*(of_joint[f"{finger}{k}"] for k in (1, 2, 3)), of_tip[finger]] for finger in FINGERS]


class HandProblem:
    """The wrist and the fingers of one hand over T frames; the state is (T, 16, 3, 3) local rotations, first of the wrist from
    where the body has it; implements solver.Problem."""

    def __init__(self, model: HandModel, seen: SeenHand, wrist: Tensor, turn: Tensor, focal: float, fps: float) -> None:
        self.model, self.seen, self.wrist, self.turn, self.focal = model, seen, wrist, turn, focal
        self.turning = TurnAcceleration(fps, TURN_ACCELERATION, 3.0)
        spread = torch.tensor([*(_SPREAD,) * 4, _THUMB_SPREAD], dtype=torch.float64).reshape(JOINTS, 3)
        eye = torch.eye(3, dtype=torch.float64)[None]
        self.likely = torch.cat([torch.zeros_like(model.relaxed[:1]), model.relaxed])
        self.whitening = torch.cat([eye / WRIST, model.axes.transpose(-1, -2) / spread[..., None]])
        self.anatomical = torch.cat([eye, model.axes.transpose(-1, -2)])
        limits = torch.tensor([*(_LIMITS,) * 4, _THUMB_LIMITS], dtype=torch.float64).reshape(JOINTS, 2, 2)
        free = torch.tensor([[[-3.0, 3.0]]], dtype=torch.float64)
        self.limits = torch.cat([free.expand(1, 3, 2), torch.cat([limits, free.expand(JOINTS, 1, 2)], 1)])

    def pose(self, state: Tensor, linearise: bool) -> PosedPoints:
        """Joints and tips (T, 15, 3) of the fingers in the axes of the wrist as it is turned, by turns about the wrist's axes
        (globals: of the finger joints; parents: of all 16)."""
        chain = state[:, 1:].reshape(-1, 5, 3, 3, 3)
        turned = [chain[:, :, 0]]
        places = [self.model.knuckles.expand(len(state), 5, 3)]
        for joint in range(3):
            if joint:
                turned.append(turned[-1] @ chain[:, :, joint])
            places.append(places[-1] + (turned[joint] @ self.model.bones[:, joint, :, None])[..., 0])
        all_turned, points = torch.stack(turned, 2), torch.stack(places[1:], 2)
        eye = torch.eye(3, dtype=state.dtype)
        fingers = torch.cat([eye.expand(len(state), 5, 1, 3, 3), all_turned[:, :, :2]], 2).flatten(1, 2)
        parents = torch.cat([eye.expand(len(state), 1, 3, 3), fingers], 1)
        flat = points.flatten(1, 2)
        if not linearise:
            return PosedPoints(state, all_turned.flatten(1, 2), parents, flat)
        by_frame = torch.zeros(len(state), 5, 3, 3, 5, 3, 3, dtype=JACOBIAN)  # finger, point, xyz, finger, joint, turn
        for finger in range(5):
            for joint in range(3):
                arm = points[:, finger, joint:] - places[joint][:, finger, None]
                by_frame[:, finger, joint:, :, finger, joint] = -skew(arm.to(JACOBIAN))
        by_finger = by_frame.reshape(len(state), JOINTS, 3, 3 * JOINTS)
        by_all = torch.cat([torch.zeros_like(by_finger[..., :3]), by_finger], -1)
        return PosedPoints(state, all_turned.flatten(1, 2), parents, flat, by_all)

    def cost(self, state: Tensor) -> float:
        """The robust cost at `state`."""
        return sum(float(rows.cost) for rows in self.rows(state, False))

    def linearise(self, state: Tensor) -> tuple[float, NormalEquations]:
        """The cost and the normal equations at `state`."""
        equations = NormalEquations(len(state), 3 * (1 + JOINTS), 0, state.device)
        rows = self.rows(state, True)
        for part in rows:
            equations.add(part, 0)
        return sum(float(part.cost) for part in rows), equations

    def move(self, state: Tensor, frames: Tensor, shared: Tensor) -> Tensor:
        """Turn each joint about the wrist's axes."""
        turns = frames.reshape(-1, 1 + JOINTS, 3)
        turns = turns * (0.6 / turns.norm(dim=-1, keepdim=True).clamp(min=0.6))
        parents = self.pose(state, False).parents
        return exponential((parents.transpose(-1, -2) @ turns[..., None])[..., 0]) @ state

    def rows(self, state: Tensor, linearise: bool) -> list[Rows | JointRows]:
        """Every term's residuals."""
        posed = self.pose(state, linearise)
        zero = torch.zeros((), dtype=torch.float64)
        stretch = Stretch(0, len(state), posed, zero, zero, zero, zero, zero, linearise)
        return [self._direction(posed), self._reprojection(posed), *self._belief(posed), self.turning.rows(stretch)]

    def _direction(self, posed: PosedPoints) -> Rows:
        frames = len(posed.points)
        bone = (posed.globals @ self.model.bones.reshape(JOINTS, 3, 1))[..., 0]
        length = self.model.bones.reshape(JOINTS, 3).norm(dim=-1)[:, None]
        weight = (self.seen.solid.sqrt() / SIGMA_DIRECTION)[:, None, None]
        residual = (bone / length - self.seen.direction) * weight
        cost, doubt = cauchy((residual * residual).sum(-1), SCALE)
        flat, triple = residual.reshape(frames, -1), doubt[..., None].expand_as(residual).reshape(frames, -1)
        if posed.by_frame is None:
            return Rows(flat, triple, cost)
        by_point = posed.by_frame.reshape(frames, 5, 3, 3, -1)
        by_bone = torch.cat([by_point[:, :, :1], by_point[:, :, 1:] - by_point[:, :, :-1]], 2).reshape(frames, JOINTS, 3, -1)
        return Rows(flat, triple, cost, (by_bone * (weight / length)[..., None].to(JACOBIAN)).flatten(1, 2))

    def _reprojection(self, posed: PosedPoints) -> Rows:
        frames = len(posed.points)
        bent = posed.rotations[:, 0]
        points = torch.cat([self.model.landmarks.expand(frames, -1, -1), posed.points], 1)
        turned = (bent[:, None] @ points[..., None])[..., 0]
        weight = self.seen.pixel_weight[:, None, None]
        flat = _flat(turned, self.wrist, self.turn, self.focal)
        residual = (_about_palm(flat) - self.seen.pixel) * weight
        cost, doubt = cauchy((residual * residual).sum(-1), SCALE)
        values, pair = residual.reshape(frames, -1), doubt[..., None].expand_as(residual).reshape(frames, -1)
        if posed.by_frame is None:
            return Rows(values, pair, cost)
        by_turned = posed.by_frame.new_zeros(*points.shape, posed.by_frame.shape[-1])
        by_turned[..., :3] = -skew(turned)
        by_turned[:, len(_PALM) :, :, 3:] = bent[:, None].to(JACOBIAN) @ posed.by_frame[..., 3:]
        depth = (self.turn[:, None, 2] * turned).sum(-1).add(self.wrist[:, None, 2]).clamp(min=0.1)
        by_solid = torch.zeros(*flat.shape, 3, dtype=flat.dtype)
        by_solid[..., 0, 0] = by_solid[..., 1, 1] = self.focal / depth
        by_solid[..., 2] = -flat / depth[..., None]
        by_flat = _about_palm((by_solid @ self.turn[:, None] * weight[..., None]).to(JACOBIAN) @ by_turned)
        return Rows(values, pair, cost, by_flat.flatten(1, 2))

    def _belief(self, posed: PosedPoints) -> list[JointRows]:
        """The relaxed hand, with the spread that flexion, abduction and twist have; and their limits. The wrist as it was."""
        pose = logarithm(posed.rotations)
        anatomical = (self.anatomical @ pose[..., None])[..., 0]
        away = (self.whitening @ (pose - self.likely)[..., None])[..., 0]
        lower, upper = self.limits[..., 0], self.limits[..., 1]
        beyond = (torch.relu(anatomical - upper) - torch.relu(lower - anatomical)) / LIMIT
        ones = torch.ones_like(away)
        if posed.by_frame is None:
            return [JointRows(1, away, ones, (away * away).sum()), JointRows(1, beyond, ones, (beyond * beyond).sum())]
        by_turn = inverse_left_jacobian(pose) @ posed.parents.transpose(-1, -2)
        active = (beyond != 0).to(pose.dtype)[..., None] / LIMIT * self.anatomical
        return [
            JointRows(1, away, ones, (away * away).sum(), (self.whitening @ by_turn,)),
            JointRows(1, beyond, ones, (beyond * beyond).sum(), (active @ by_turn,)),
        ]


def fit_hand(model: HandModel, seen: SeenHand, wrist: Tensor, turn: Tensor, focal: float, fps: float) -> tuple[Tensor, Tensor]:
    """(T, 15, 3) axis-angle of the finger joints, and (T, 3, 3) the turn of the wrist, in its own axes, from where it was."""
    eye = torch.eye(3, dtype=torch.float64)[None]
    start = torch.cat([eye, exponential(model.relaxed)]).expand(len(wrist), 1 + JOINTS, 3, 3)
    if not bool((seen.score > 0).any()):
        return model.relaxed.expand(len(wrist), JOINTS, 3).clone(), eye.expand(len(wrist), 3, 3)
    out = start.clone()
    for first in range(0, len(wrist), WINDOW):
        window = slice(max(0, first - MARGIN), first + WINDOW + MARGIN)
        problem = HandProblem(model, seen.frames(window), wrist[window], turn[window], focal, fps)
        state, _ = minimise(problem, start[window], ITERATIONS, TOLERANCE)
        inner = slice(first - window.start, first - window.start + WINDOW)
        out[first : first + WINDOW] = state[inner]
    return logarithm(out[:, 1:]), out[:, 0]
