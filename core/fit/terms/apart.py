"""Limbs do not pass through the body: capsules of parts that can meet push each other out.

The distance of two capsules is that of their axes' nearest points. At the minimum the nearest points' own sliding along the
axes changes nothing to first order (envelope theorem), so the Jacobian is that of two points that ride on two joints.
"""

import torch
from torch import Tensor

from ..capsules import Capsules, nearest_on_segments, on_segments
from ..normal import Rows
from ..points import BodyPoints
from ..riders import Riders, carrying, rows_by_frame
from .term import Stretch

_TRUNK = ("pelvis", "belly", "waist", "chest", "neck", "skull", "face")
_HAND = ("palm_index", "palm_pinky", "fingers_index", "fingers_pinky", "fingers_thumb")
_UPPER = ("upper_arm", "upper_arm_end")
_ARM = ("forearm", "forearm_end", *_HAND)
_LEG = ("thigh", "thigh_end", "shin", "shin_end", "foot")
_LOWER_LEG = ("thigh_end", "shin", "shin_end", "foot")
_UPPER_ARM, _ELBOW = 0.03, 0.01
"""Metres by which an upper arm, and its end above the elbow, may press into chest and waist: flesh gives way there."""
_GIVE = -0.015
"""Metres by which any two parts may press into each other: less than nothing, as the skin lies up to so far beyond them, and a
hand that has turned to its own landmarks may come nearer again."""


def meeting_pairs(capsules: Capsules) -> list[tuple[int, int, float]]:
    """Capsules that can meet, and by how much (m) they may press into each other: arms with trunk, legs and each other, shins and
    knees with each other. Neighbours along a limb always overlap and are left out."""
    pairs: list[tuple[str, str, float]] = []
    for side in ("left", "right"):
        for part in _ARM:
            pairs += [(f"{side}_{part}", trunk, _GIVE) for trunk in _TRUNK]
            pairs += [(f"{side}_{part}", f"{other}_{leg}", _GIVE) for other in ("left", "right") for leg in _LEG]
        pairs += [(f"{side}_upper_arm", trunk, _UPPER_ARM) for trunk in ("waist", "chest")]
        pairs += [(f"{side}_upper_arm_end", trunk, _ELBOW) for trunk in ("belly", "waist", "chest")]
    for part in _ARM:
        pairs += [(f"left_{part}", f"right_{other}", _GIVE) for other in (*_ARM, *_UPPER)]
        pairs += [(f"right_{part}", f"left_{other}", _GIVE) for other in _UPPER]
    for part in _LOWER_LEG:
        pairs += [(f"left_{part}", f"right_{other}", _GIVE) for other in _LOWER_LEG]
    return [(capsules.index(first), capsules.index(second), give) for first, second, give in pairs]


class Apart:
    """Depth (m) by which two capsules that can meet overlap, over sigma; nothing while they do not."""

    name = "apart"

    def __init__(self, capsules: Capsules, points: BodyPoints, sigma: float) -> None:
        self.capsules, self.sigma = capsules, sigma
        pairs = meeting_pairs(capsules)
        device = capsules.radius.device
        self.first = torch.tensor([a for a, _, _ in pairs], device=device)
        self.second = torch.tensor([b for _, b, _ in pairs], device=device)
        self.give = torch.tensor([give for _, _, give in pairs], dtype=torch.float64, device=device)
        self.moves = carrying(points)

    def rows(self, stretch: Stretch) -> Rows:
        """As many rows a frame as the frame with most overlaps needs."""
        posed, count = stretch.posed, stretch.count
        caps = self.capsules.frames(slice(stretch.start, stretch.start + len(posed.points)))
        ends = caps.place(posed, stretch.betas)[:count]
        radius = caps.radius + caps.radius_shape @ stretch.betas
        frame, pair = self._within_reach(ends, radius)
        first, second = self.first[pair], self.second[pair]
        share, other_share = nearest_on_segments(ends[frame, first], ends[frame, second])
        place, other_place = on_segments(ends[frame, first], share), on_segments(ends[frame, second], other_share)
        apart = place - other_place
        distance = apart.norm(dim=-1)
        depth = radius[first] + radius[second] - self.give[pair] - distance
        met = depth > 0
        frame, first, second, residual = frame[met], first[met], second[met], depth[met] / self.sigma
        cost, ones = (residual * residual).sum(), torch.ones_like(residual)
        if not stretch.linearise:
            return rows_by_frame(frame, count, residual, ones, cost, None)
        outward = apart[met] / distance[met, None].clamp(min=1e-6) / -self.sigma
        one, other = (
            Riders(frame, caps.carrier[capsule], at[met], on_segments(caps.ends_shape[capsule], along[met]))
            for capsule, at, along in ((first, place, share), (second, other_place, other_share))
        )
        turns, by_betas = one.along(outward, posed, self.moves)
        other_turns, other_by_betas = other.along(outward, posed, self.moves)
        thicker = (caps.radius_shape[first] + caps.radius_shape[second]) / self.sigma
        by = (turns - other_turns, by_betas - other_by_betas + thicker)
        return rows_by_frame(frame, count, residual, ones, cost, by)

    def _within_reach(self, ends: Tensor, radius: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (n,) and pairs (n,) whose capsules' enclosing balls meet; ends: (T, C, 2, 3)."""
        middle = ends.mean(2)
        reach = (ends[..., 0, :] - ends[..., 1, :]).norm(dim=-1) / 2 + radius
        away = (middle[:, self.first] - middle[:, self.second]).square().sum(-1)
        near = away < (reach[:, self.first] + reach[:, self.second] - self.give).square()
        frame, pair = torch.nonzero(near, as_tuple=True)
        return frame, pair
