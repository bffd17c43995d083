"""What lies in front of what: whether a hand that covers head or trunk in the picture is before them or behind them.

Two poses of an arm, towards the camera and away from it, look the same to landmarks in the plane. But a hand over the head's
outline is either seen, and then it is before the head, or hidden by it. The body network says of each landmark whether it is
hidden, and is right far more often than its depth is.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from torch import Tensor

from ..observe.tracks import Track
from .capsules import SIDES, Capsules
from .kinematics import PosedPoints
from .parts import face_score, hand_score
from .points import POINT_INDEX

Array = NDArray[np.floating[Any]]

_HAND = {15: "left_wrist", 19: "left_index1", 17: "left_pinky1", 16: "right_wrist", 20: "right_index1", 18: "right_pinky1"}
"""BlazePose landmarks of the hands, the left one first, and the body's points."""
HAND_POINTS = tuple(POINT_INDEX[name] for name in _HAND.values())
_HEAD_LANDMARKS, _TRUNK_LANDMARKS = (0, 7, 8), (11, 12, 23, 24)
_FINGERTIPS = (8, 12, 16, 20)
_UNKNOWN = 0.66
"""Visibility that says nothing: that of a landmark beyond the picture's edge, where the network guesses."""
_HEAD = ("skull", "face")
_TRUNK = ("chest", "waist", "belly", "pelvis")
_HIDING = ("upper_arm", "upper_arm_end", "forearm", "forearm_end", "palm_index")
"""Parts of an arm that hide hands, the first two the hand of their own arm, too."""
PLAIN = 0.12
"""How far above or below _UNKNOWN a hand's mean visibility says plainly that it is seen, or hidden."""
BROKEN = 0.8
"""What a face that cannot be read any more counts for a hand before it, against a plain visibility."""
WIDER = 0.4
"""Radii by which a hand that breaks the face is over it although it seems beside it: nose and chin stand out of the outline."""
_BEFORE_THE_SKIN = 0.5
"""How far within the face's outline, in radii, a hand that breaks the face lies at least."""
FACE_FRAMES = 30
"""Frames to either side in which the face must have been read, so that a head that turned away is no broken face."""
OCCLUDER = (0.6, 0.9)
"""Visibility from which, and at which surely, head or trunk hide a hand: else something before both may hide it."""
OVER, BESIDE, NEAR = (0.0, 0.35), (-1.0, -0.5), (-1.5, -0.75)
"""In radii within a part's outline, from which, and at which surely: a seen hand lies over it with one of its landmarks; a
hidden one does, whose place the network guesses, often beside what hides it; and a landmark of such a hand takes part."""
READ, WITHIN = (0.8, 0.95), (0.0, 0.2)
"""Score from which, and at which surely, a hand that its own network reads is not hidden, whatever the body network says; and how
far within an outline a landmark of such a hand lies before it: one beside it may be behind."""
DEEP = 0.8
"""Share of a part's thickness by which a hand is before or behind its middle: the rest is left to the parts' own contact."""


@dataclass(frozen=True)
class Visibility:
    """What the body network says is hidden, T frames.

    pixel: (T, K, 2) the K hand points as Observations.pixel has them; fingertips: (T, 2, 4, 2) the same of a hand that its own
        network reads, of any other its wrist.
    hand: (T, 2) mean visibility in [0, 1] of each hand's points; head, trunk: (T,) the same of those; read: (T, 2) the score of
        each hand's own network.
    face_broken: (T,) in [0, 1] whether the face cannot be read, though it could shortly before or after.
    """

    pixel: Tensor
    fingertips: Tensor
    hand: Tensor
    head: Tensor
    trunk: Tensor
    read: Tensor
    face_broken: Tensor

    def frames(self, chosen: Tensor | slice) -> "Visibility":
        """The same of some of the frames."""
        return Visibility(*(getattr(self, field.name)[chosen] for field in fields(self)))


def visibility(
    track: Track,
    body: Array,
    hands: Array,
    size: tuple[int, int],
    present: NDArray[np.bool_],
    device: torch.device,
) -> Visibility:
    """Of a track whose landmarks are at `body` (T, 33, 2) and `hands` (T, 2, 21, 2), undistorted, in a picture of `size`.

    present: (T,) whether the person was seen at all.
    """
    seen = np.clip(np.nan_to_num(track.body_visibility), 0, 1) * present[:, None]
    place = np.nan_to_num(track.body, nan=-1.0)
    outside = ((place < 0) | (place > np.array(size) - 1)).any(-1)
    points = list(_HAND)
    half = len(points) // 2
    hand = np.where(outside | ~present[:, None], _UNKNOWN, seen)[:, points].reshape(-1, 2, half)
    pixel = np.nan_to_num(body[:, points])
    read = np.stack([hand_score(track, k) for k in (0, 1)], 1)
    wrists = pixel[:, ::half, None]
    face = np.nan_to_num(face_score(track))
    usual = maximum_filter1d(face, 2 * FACE_FRAMES + 1)

    def tensor(values: Array) -> Tensor:
        return torch.as_tensor(np.asarray(values, np.float64), device=device)

    return Visibility(
        pixel=tensor(pixel),
        fingertips=tensor(np.where(read[..., None, None] > 0, np.nan_to_num(hands[:, :, _FINGERTIPS]), wrists)),
        hand=tensor(hand.mean(2)),
        head=tensor(seen[:, list(_HEAD_LANDMARKS)].max(1)),
        trunk=tensor(seen[:, list(_TRUNK_LANDMARKS)].min(1)),
        read=tensor(read),
        face_broken=tensor(np.clip(usual - face, 0, 1)),
    )


@dataclass(frozen=True)
class DepthOrder:
    """For each of the K hand points (observations.HAND_POINTS) and T frames the part that it lies over.

    sign: (T, K) trust in [-1, 1]: positive when the hand is seen before the part, negative when the part hides it.
    capsule: (T, K) the part's capsule; share: (T, K) the place on its axis; margin: (T, K) metres of depth between that place and
    the hand at least.
    """

    sign: Tensor
    capsule: Tensor
    share: Tensor
    margin: Tensor

    def frames(self, chosen: slice) -> "DepthOrder":
        """The same of some of the frames."""
        return DepthOrder(self.sign[chosen], self.capsule[chosen], self.share[chosen], self.margin[chosen])


def depth_order(seen: Visibility, posed: PosedPoints, betas: Tensor, focal: Tensor, capsules: Capsules) -> DepthOrder:
    """The order that `seen` shows, with head, trunk and arms where the fit `posed` has them. focal: () pixels."""
    outlines = _Outlines(posed, betas, focal, capsules)
    half = len(HAND_POINTS) // 2
    inside, share, index = outlines.over(seen.pixel, _HEAD + _TRUNK)
    deepest, which = inside.max(-1)
    on_head = (which < len(_HEAD)).to(seen.hand.dtype)
    tips = outlines.over(seen.fingertips.flatten(1, 2), _HEAD + _TRUNK)[0].amax(-1).reshape(-1, 2, len(_FINGERTIPS))
    reach = torch.maximum(deepest.reshape(-1, 2, half).amax(-1), tips.amax(-1))

    def by_point(of_hand: Tensor) -> Tensor:
        return of_hand.repeat_interleave(half, dim=1)

    read = by_point(_ramp(seen.read, *READ))
    broken = seen.face_broken[:, None] * on_head
    plain = by_point((seen.hand - _UNKNOWN) / PLAIN)
    clear = torch.where(plain < 0, plain * (1 - read), plain) + BROKEN * broken
    # What hides a hand is the head or trunk that is seen there, unless it is an arm.
    occluder = on_head * seen.head[:, None] + (1 - on_head) * seen.trunk[:, None]
    hidden = _ramp(occluder, *OCCLUDER) * (1 - _over_an_arm(seen, outlines)) * by_point(_ramp(reach, *BESIDE))
    shown = _ramp(by_point(reach) + WIDER * broken, *OVER)
    sign = (clear.clamp(0, 1) * shown - (-clear).clamp(0, 1) * hidden) * _ramp(deepest, *NEAR)
    within = read * shown * _ramp(deepest, *WITHIN)
    sign = torch.where(within > 0, torch.maximum(sign, within), sign)
    # Where a hidden landmark lies within the outline is a guess; a hand that hides the face is before its skin.
    middle = torch.where(sign < 0, 1.0, torch.maximum(deepest.clamp(0, 1), _BEFORE_THE_SKIN * broken))
    thickness = outlines.radius[index][which] * (1 - (1 - middle).square()).sqrt()
    return DepthOrder(sign, index[which], share.gather(2, which[..., None])[..., 0], DEEP * thickness)


class _Outlines:
    """The capsules as the camera sees them."""

    def __init__(self, posed: PosedPoints, betas: Tensor, focal: Tensor, capsules: Capsules) -> None:
        ends = capsules.place(posed, betas)
        depth = ends[..., 2].clamp(min=0.1)
        self.capsules = capsules
        self.flat = focal * ends[..., :2] / depth[..., None]
        self.radius = capsules.radius + capsules.radius_shape @ betas
        self.in_pixels = focal * self.radius / depth.mean(-1)

    def over(self, pixel: Tensor, names: tuple[str, ...]) -> tuple[Tensor, Tensor, Tensor]:
        """How far inside the outlines of C capsules the pixels (T, K, 2) lie, in radii, and where along them: (T, K, C) each;
        and which capsules these are (C,)."""
        index = torch.tensor([self.capsules.index(name) for name in names], device=pixel.device)
        start = self.flat[:, None, index, 0]
        along = self.flat[:, None, index, 1] - start
        towards = pixel[:, :, None] - start
        share = ((towards * along).sum(-1) / along.square().sum(-1).clamp(min=1e-9)).clamp(0, 1)
        away = (towards - share[..., None] * along).norm(dim=-1)
        return 1 - away / self.in_pixels[:, None, index], share, index


def _over_an_arm(seen: Visibility, outlines: _Outlines) -> Tensor:
    """(T, K) in [0, 1] whether a hand point lies over an arm other than its own forearm: folded arms hide hands, too."""
    half = len(HAND_POINTS) // 2
    found = []
    for own, other in (SIDES, SIDES[::-1]):
        pixel = seen.pixel[:, :half] if own == "left" else seen.pixel[:, half:]
        names = (*(f"{own}_{part}" for part in _HIDING[:2]), *(f"{other}_{part}" for part in _HIDING))
        found.append(_ramp(outlines.over(pixel, names)[0].amax(-1), -0.3, 0.3))
    return torch.cat(found, 1)


def _ramp(value: Tensor, none: float, full: float) -> Tensor:
    """0 at `none`, 1 at `full`, between and beyond them straight and clamped."""
    return ((value - none) / (full - none)).clamp(0, 1)
