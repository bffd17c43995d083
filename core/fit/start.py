"""The start of the fit, in closed form: limbs turned along the networks' 3D directions, then the place that projects best."""

from dataclasses import replace

import torch
from torch import Tensor

from ..skeleton import JOINT_INDEX
from .kinematics import pose_points
from .observations import Observations
from .points import POINT_INDEX, BodyPoints
from .problem import BodyState
from .rotations import exponential, frame_from, logarithm, smallest_rotation

NEAREST, FURTHEST = 0.3, 100.0
CLOSE = 0.1
"""Metres between a landmark and its point at which the landmark is doubted."""
BEND = 0.35
"""Sine of the bend from which on an elbow or knee shows the plane it bends in."""

MOST_WRIST = 1.5
"""Largest turn (rad) of the wrist to start with; what looks like more is a palm that was seen wrongly."""


def start_state(points: BodyPoints, seen: Observations, betas: Tensor, log_focal: Tensor, longest: int) -> BodyState:
    """A state for every frame; frames in which nobody was seen lie between their neighbours, or, in a gap of more than
    `longest` frames, stay as they were until so many are left."""
    present = torch.nonzero(seen.present)[:, 0]
    rotations = _rotations(points, seen.frames(present), betas)
    pelvis = place(points, seen.frames(present), rotations, betas, log_focal)
    zero = torch.zeros_like(log_focal)
    return bridged(BodyState(rotations, pelvis, betas, log_focal, zero, log_focal.new_zeros(2), zero), seen.present, longest)


def bridged(state: BodyState, present: Tensor, longest: int) -> BodyState:
    """The state of every frame from that of the frames in which somebody was seen, (T,) `present`; see `start_state`."""
    known, everywhere = torch.nonzero(present)[:, 0], torch.arange(len(present), device=present.device)
    rotations = interpolate_rotations(everywhere, known, state.rotations, longest)
    return replace(state, rotations=rotations, pelvis=interpolate(everywhere, known, state.pelvis, longest))


def _rotations(points: BodyPoints, seen: Observations, betas: Tensor) -> Tensor:
    frames = len(seen.present)
    eye = torch.eye(3, dtype=torch.float64, device=betas.device)
    rotations = eye.expand(frames, 22, 3, 3).clone()
    down = [seen.direction_of(f"{a}_shoulder", f"{b}_hip") for a in ("left", "right") for b in ("left", "right")]
    across = seen.direction_of("left_hip", "right_hip") + seen.direction_of("left_shoulder", "right_shoulder")
    trunk = frame_from(-across, -torch.stack(down).sum(0))
    rotations[:, 0] = trunk
    offset = points.offset + points.offset_shape @ betas
    for side in ("left", "right"):
        for root, middle, end in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            upper = seen.direction_of(f"{side}_{root}", f"{side}_{middle}")
            lower = seen.direction_of(f"{side}_{middle}", f"{side}_{end}")
            first, second = JOINT_INDEX[f"{side}_{root}"], JOINT_INDEX[f"{side}_{middle}"]
            rest_upper = torch.nn.functional.normalize(offset[second], dim=0).expand_as(upper)
            rest_lower = torch.nn.functional.normalize(offset[JOINT_INDEX[f"{side}_{end}"]], dim=0).expand_as(lower)
            swung = trunk @ smallest_rotation(rest_upper, _into(trunk, upper))
            turned = _twist_to_hinge(swung, upper, lower, _hinge(root, side, eye))
            rotations[:, first] = trunk.transpose(-1, -2) @ turned
            rotations[:, second] = smallest_rotation(rest_lower, _into(turned, lower))
            if root == "shoulder":
                end_index = JOINT_INDEX[f"{side}_wrist"]
                rotations[:, end_index] = _wrist(points, seen, side, offset, turned @ rotations[:, second])
    return rotations


def _wrist(points: BodyPoints, seen: Observations, side: str, offset: Tensor, forearm: Tensor) -> Tensor:
    """(T, 3, 3) local turns of the wrist that bring the palm where the hand's network, or else the body's, sees it."""
    towards = {}
    for name in ("index1", "pinky1"):
        wrists = (f"{side}_wrist", f"seen_{side}_wrist")
        columns = [column for wrist in wrists for column in seen.direction_columns(wrist, f"{side}_{name}")]
        weighted = seen.direction[:, columns] * seen.direction_weight[:, columns, None]
        towards[name] = torch.nn.functional.normalize(weighted.sum(1), dim=-1)
    rest = {name: torch.nn.functional.normalize(offset[POINT_INDEX[f"{side}_{name}"]], dim=0) for name in towards}
    seen_palm = frame_from(towards["index1"] - towards["pinky1"], towards["index1"] + towards["pinky1"])
    rest_palm = frame_from(rest["index1"] - rest["pinky1"], rest["index1"] + rest["pinky1"])
    turn = logarithm(forearm.transpose(-1, -2) @ seen_palm @ rest_palm.T)
    turn = turn * (MOST_WRIST / turn.norm(dim=-1, keepdim=True).clamp(min=MOST_WRIST))
    return exponential(turn)


def _into(frame: Tensor, vector: Tensor) -> Tensor:
    """(T, 3) vectors in the axes of (T, 3, 3) frames."""
    return (frame.transpose(-1, -2) @ vector[..., None])[..., 0]


def _hinge(root: str, side: str, eye: Tensor) -> Tensor:
    """(3,) axis about which the knee or elbow bends, in rest axes: the cross product of upper and lower limb when bent."""
    if root == "hip":
        return eye[0]
    return -eye[1] if side == "left" else eye[1]


def _twist_to_hinge(swung: Tensor, upper: Tensor, lower: Tensor, hinge: Tensor) -> Tensor:
    """Turn (T, 3, 3) upper limbs about themselves, so that `hinge` (3,) lies across the plane in which the limb is bent.

    A limb that is nearly straight shows no plane and keeps the twist it has.
    """
    across = torch.linalg.cross(upper, lower, dim=-1)
    sure = (across.norm(dim=-1, keepdim=True) / BEND).clamp(max=1) ** 2
    has = swung @ hinge
    has = torch.nn.functional.normalize(has - (has * upper).sum(-1, keepdim=True) * upper, dim=-1)
    wants = torch.nn.functional.normalize(sure * torch.nn.functional.normalize(across, dim=-1) + (1 - sure) * has, dim=-1)
    angle = torch.atan2((torch.linalg.cross(has, wants, dim=-1) * upper).sum(-1), (has * wants).sum(-1))
    return exponential(angle[:, None] * upper) @ swung


def place(points: BodyPoints, seen: Observations, rotations: Tensor, betas: Tensor, log_focal: Tensor) -> Tensor:
    """(T, 3) pelvis places for which the points project best: linear in the place when residuals are taken times depth."""
    frames = len(rotations)
    posed = pose_points(points, rotations, torch.zeros(frames, 3, dtype=betas.dtype, device=betas.device), betas, False)
    about = posed.points[:, seen.pixel_point]
    ray = seen.pixel / log_focal.exp()
    weight = seen.pixel_weight / seen.pixel_weight.amax(1, keepdim=True).clamp(min=1e-12)
    matrix = torch.zeros(*ray.shape, 3, dtype=ray.dtype, device=ray.device)
    matrix[..., 0, 0] = matrix[..., 1, 1] = 1
    matrix[..., 2] = -ray
    wanted = ray * about[..., 2:] - about[..., :2]
    eye = torch.eye(3, dtype=ray.dtype, device=ray.device)
    trust = weight
    for _ in range(5):  # reweighted, so that a hand that was seen on someone else does not set the distance
        flat = (matrix * trust[..., None, None]).flatten(1, 2)
        right = (wanted * trust[..., None]).flatten(1)[..., None]
        found = torch.linalg.solve(flat.transpose(1, 2) @ flat + 1e-6 * eye, flat.transpose(1, 2) @ right)[..., 0]
        left = ((matrix @ found[:, None, :, None])[..., 0] - wanted).norm(dim=-1)
        trust = weight * torch.rsqrt(1 + (left / CLOSE) ** 2)
    good = (found[:, 2] > NEAREST) & (found[:, 2] < FURTHEST)
    if not bool(good.any()):
        return found.new_tensor([0.0, 0.0, 3.0]).expand(frames, 3).clone()
    index = torch.arange(frames, device=good.device)
    return interpolate(index, index[good], found[good])


def interpolate(wanted: Tensor, known: Tensor, values: Tensor, longest: int | None = None) -> Tensor:
    """(W, ...) values at indices `wanted` (W,) from those at sorted indices `known` (N,): linear between, held outside.

    Between values further apart than `longest`, the first is held until `longest` before the second.
    """
    lower, upper, share = _between(wanted, known, longest)
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return values[lower] * (1 - share) + values[upper] * share


def interpolate_rotations(wanted: Tensor, known: Tensor, rotations: Tensor, longest: int | None = None) -> Tensor:
    """As `interpolate`, for (N, J, 3, 3) rotations, along the shortest turn."""
    lower, upper, share = _between(wanted, known, longest)
    turn = logarithm(rotations[upper] @ rotations[lower].transpose(-1, -2))
    return exponential(turn * share[:, None, None]) @ rotations[lower]


def _between(wanted: Tensor, known: Tensor, longest: int | None) -> tuple[Tensor, Tensor, Tensor]:
    upper = torch.searchsorted(known, wanted).clamp(max=len(known) - 1)
    lower = torch.where(known[upper] > wanted, upper - 1, upper).clamp(min=0)
    span = (known[upper] - known[lower]).clamp(min=1, max=longest)
    share = 1 - (known[upper] - wanted).to(torch.float64) / span
    return lower, upper, share.clamp(0, 1)
