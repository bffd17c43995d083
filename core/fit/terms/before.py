"""A hand that is seen over head or trunk is nearer to the camera than they are; one that they hide is further away."""

import torch

from ..capsules import Capsules, on_segments
from ..depth_order import HAND_POINTS, DepthOrder
from ..normal import Rows
from ..points import BodyPoints
from ..riders import Riders, carrying, rows_by_frame
from .term import Stretch, cauchy


class Before:
    """Metres of depth by which a hand point is on the wrong side of the part that it lies over, over sigma; nothing on the right
    one. Under a Cauchy loss: what was taken for hidden may only have been blurred."""

    name = "before"

    def __init__(self, order: DepthOrder, capsules: Capsules, points: BodyPoints, sigma: float, scale: float) -> None:
        self.order, self.capsules, self.sigma, self.scale = order, capsules, sigma, scale
        self.moves = carrying(points)
        self.points = torch.tensor(HAND_POINTS, device=order.sign.device)
        self.carrier = torch.tensor([points.carrier[k] for k in HAND_POINTS], device=order.sign.device)
        self.shape = points.offset_shape[self.points]

    def rows(self, stretch: Stretch) -> Rows:
        """At most a row for each hand point."""
        caps, order, posed, count = self.capsules, self.order.frames(stretch.own), stretch.posed, stretch.count
        frame, hand = torch.nonzero(order.sign, as_tuple=True)
        sign, capsule, share = (values[frame, hand] for values in (order.sign, order.capsule, order.share))
        place = posed.points[frame, self.points[hand]]
        offset = on_segments(caps.ends[capsule], share) + on_segments(caps.ends_shape[capsule], share) @ stretch.betas
        carrier = caps.carrier[capsule]
        part = posed.points[frame, carrier] + (posed.globals[frame, carrier] @ offset[..., None])[..., 0]
        nearer = sign.sign() * (part[:, 2] - place[:, 2])
        missing = order.margin[frame, hand] - nearer
        wrong = missing > 0
        weight = sign.abs().sqrt() / self.sigma
        frame, hand, capsule, residual = frame[wrong], hand[wrong], capsule[wrong], (missing * weight)[wrong]
        cost, doubt = cauchy(residual * residual, self.scale)
        if not stretch.linearise:
            return rows_by_frame(frame, count, residual, doubt, cost, None)
        away = torch.zeros_like(place[wrong])
        away[:, 2] = (sign.sign() * weight)[wrong]
        of_hand = Riders(frame, self.carrier[hand], place[wrong], self.shape[hand])
        of_part = Riders(frame, caps.carrier[capsule], part[wrong], on_segments(caps.ends_shape[capsule], share[wrong]))
        turns, by_betas = of_hand.along(away, posed, self.moves)
        part_turns, part_by_betas = of_part.along(away, posed, self.moves)
        return rows_by_frame(frame, count, residual, doubt, cost, (turns - part_turns, by_betas - part_by_betas))
