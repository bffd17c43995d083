"""The body's limbs and trunk as capsules, for telling when parts pass through each other.

A capsule is all that lies within a radius of a segment; both ends ride on one joint. skin_capsules finds them on a body.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .kinematics import PosedPoints

SIDES = ("left", "right")
FINGERS = {"index": ("index", "middle"), "pinky": ("ring", "pinky"), "thumb": ("thumb",)}
"""Capsule of a hand: the fingers that it stands for."""


@dataclass(frozen=True)
class Capsules:
    """C capsules of one body (float64 tensors).

    names: of each; carrier: (C,) joint that carries both ends.
    ends: (C, 2, 3) and ends_shape: (C, 2, 3, B): places relative to the carrying joint at betas 0 and their derivative by
        betas, metres, in rest axes. radius: (C,) and radius_shape: (C, B), metres.
    palms: (2, 3, 3) the palms' axes, in palm lengths (fingertips.palm_axes), of the left and the right hand at rest.
    """

    names: tuple[str, ...]
    carrier: Tensor
    ends: Tensor
    ends_shape: Tensor
    radius: Tensor
    radius_shape: Tensor
    palms: Tensor

    def frames(self, chosen: slice) -> "Capsules":
        """The same where the fingers are those of some of the frames."""
        return self if self.ends.ndim == 3 else replace(self, ends=self.ends[chosen])

    def with_fingers(self, fingers: Tensor) -> "Capsules":
        """The same with ends (T, C, 2, 3), so that the fingers reach where they are seen to.

        fingers: (T, 2, 3, 3) as fingertips.seen_fingers gives them; where they are not numbers, the hand is relaxed.
        """
        ends = self.ends.expand(len(fingers), *self.ends.shape).clone()
        for hand, side in enumerate(SIDES):
            for column, name in enumerate(FINGERS):
                index = self.index(f"{side}_fingers_{name}")
                seen = fingers[:, hand, column] @ self.palms[hand].T
                ends[:, index, 1] = torch.where(seen.isfinite().all(-1, keepdim=True), seen, ends[:, index, 1])
        return replace(self, ends=ends)

    def index(self, name: str) -> int:
        """Place of a capsule in the order of `names`."""
        return self.names.index(name)

    def place(self, posed: PosedPoints, betas: Tensor) -> Tensor:
        """(T, C, 2, 3) ends of the capsules on a posed body with shape `betas` (B,), in the frame of its points."""
        offset = self.ends + self.ends_shape @ betas
        turned = posed.globals[:, self.carrier] @ offset.transpose(-1, -2)
        return posed.points[:, self.carrier, None] + turned.transpose(-1, -2)


def nearest_on_segments(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Shares in [0, 1] (n,) along segments `first` and `second` (n, 2, 3) at which they come nearest.

    Ericson 2005, Real-Time Collision Detection, 5.1.9, for all pairs at once.
    """
    along, other = first[:, 1] - first[:, 0], second[:, 1] - second[:, 0]
    between = first[:, 0] - second[:, 0]
    a, e = (along * along).sum(-1).clamp(min=1e-12), (other * other).sum(-1).clamp(min=1e-12)
    b, c, f = (along * other).sum(-1), (along * between).sum(-1), (other * between).sum(-1)
    s = ((b * f - c * e) / (a * e - b * b).clamp(min=1e-12)).clamp(0, 1)
    t = ((b * s + f) / e).clamp(0, 1)
    return ((b * t - c) / a).clamp(0, 1), t


def on_segments(segments: Tensor, share: Tensor) -> Tensor:
    """(n, ...) what lies at shares (n,) of segments (n, 2, ...)."""
    share = share.reshape(-1, *[1] * (segments.ndim - 2))
    return (1 - share) * segments[:, 0] + share * segments[:, 1]
