"""The body's 33 points of one person in one frame."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.landmarks.decode import BODY_POINTS_GIVEN, BodyOutput, decode_body
from ...models.landmarks.run import Networks
from .detect import body_region, network_input
from .regions import Frame, Region, wrapped
from .sides import OTHER_SIDE
from .tracks import BODY_POINTS

Array = NDArray[np.floating[Any]]

CROP = 256
FOUND = 0.5
"""Score from which a person counts as seen."""
_APART = 0.05
"""Mean distance of the points read with and without the mirror, in parts of the crop, beyond which their mean says nothing."""
_MIRROR = np.concatenate([OTHER_SIDE, np.arange(BODY_POINTS, BODY_POINTS_GIVEN)])
_MOVED, _GREW, _TURNED = 0.15, 1.25, math.radians(20)
"""A region that turns out to be off by more than this is looked at a second time, better centred."""


@dataclass(frozen=True)
class BodyReading:
    """What the body network saw.

    region: where it looked; following: where to look in the next frame.
    score: probability of a person. points: (33, 2) picture pixels. visibility, presence: (33,).
    world: (33, 3) metres about the hips' middle, in the picture's axes (the region's turn is taken out).
    """

    region: Region
    following: Region
    score: float
    points: Array
    visibility: Array
    presence: Array
    world: Array

    def pixels_per_metre(self) -> float:
        """Scale at the person's distance: the spread of the points in pixels over their spread in metres, across the view."""
        weight, pixels, metres = self._spreads()
        return float(np.sqrt((weight * pixels**2).sum() / max((weight * metres**2).sum(), 1e-9)))

    def disagreement(self) -> float:
        """How badly the points in metres, scaled and moved, lie on the points in the picture, as a part of their spread.

        0.08 to 0.15 for people, perspective included; more where the network made a body of something else.
        """
        weight, pixels, metres = self._spreads()
        scale = (weight * pixels * metres).sum() / max((weight * metres**2).sum(), 1e-9)
        rest = (weight * (pixels - scale * metres) ** 2).sum()
        return float(np.sqrt(rest / max((weight * pixels**2).sum(), 1e-9)))

    def exchanged(self) -> "BodyReading":
        """The same reading with the names of left and right exchanged."""
        order = OTHER_SIDE
        return replace(
            self,
            points=self.points[order],
            visibility=self.visibility[order],
            presence=self.presence[order],
            world=self.world[order],
        )

    def _spreads(self) -> tuple[Array, Array, Array]:
        """Weights (33, 1), and the points about their weighted mean: (33, 2) pixels and (33, 2) metres."""
        weight = np.clip(self.presence * self.visibility, 0.05, 1)[:, None]
        flat = self.world[:, :2]
        pixels = self.points - (weight * self.points).sum(axis=0) / weight.sum()
        metres = flat - (weight * flat).sum(axis=0) / weight.sum()
        return weight, pixels, metres


class BodyReader:
    """Reads bodies with pose_landmark_heavy or pose_landmark_full (BlazePose GHUM, Grishchenko et al. 2022)."""

    def __init__(self, networks: Networks, model: str = "heavy") -> None:
        self._networks = networks
        self._network = f"pose_landmark_{model}"

    def read(self, frame: Frame, region: Region, twice: bool = False) -> BodyReading:
        """Look in `region`; look once more when the person turns out to be off its middle, turned or of another size.

        twice: look in the mirror, too, and take the mean, which steadies the points and their depth.
        """
        reading = self._look(frame, region, twice)
        if reading.score >= FOUND and _is_off(region, reading.following):
            again = self._look(frame, reading.following, twice)
            return again if again.score >= FOUND else reading
        return reading

    def _look(self, frame: Frame, region: Region, twice: bool) -> BodyReading:
        crop = region.crop(frame, CROP)
        output = self._run(crop)
        if twice and output.score >= FOUND:
            output = _mean(output, _mirrored(self._run(np.ascontiguousarray(crop[:, ::-1]))))
        points = region.to_picture(output.points, CROP)
        following = body_region(points[BODY_POINTS], points[BODY_POINTS + 1])
        return BodyReading(
            region=region,
            following=following,
            score=output.score,
            points=points[:BODY_POINTS],
            visibility=output.visibility[:BODY_POINTS],
            presence=output.presence[:BODY_POINTS],
            world=region.turn(output.world[:BODY_POINTS]),
        )

    def _run(self, crop: Frame) -> BodyOutput:
        return decode_body(self._networks.run(self._network, network_input(crop)), CROP)


def _mirrored(output: BodyOutput) -> BodyOutput:
    """What was read in a mirrored crop, as if it had been read in the crop itself."""
    points, world = output.points[_MIRROR].copy(), output.world[_MIRROR].copy()
    points[:, 0] = CROP - 1 - points[:, 0]
    world[:, 0] *= -1
    return BodyOutput(output.score, points, output.visibility[_MIRROR], output.presence[_MIRROR], world)


def _mean(first: BodyOutput, second: BodyOutput) -> BodyOutput:
    """The mean of two readings of one crop; the first alone where they take left and right, or the person, otherwise."""
    apart = np.hypot(*(first.points - second.points)[:BODY_POINTS].T).mean()
    if second.score < FOUND or apart > _APART * CROP:
        return first
    return BodyOutput(
        score=(first.score + second.score) / 2,
        points=(first.points + second.points) / 2,
        visibility=(first.visibility + second.visibility) / 2,
        presence=(first.presence + second.presence) / 2,
        world=(first.world + second.world) / 2,
    )


def _is_off(region: Region, wanted: Region) -> bool:
    moved = math.hypot(wanted.x - region.x, wanted.y - region.y)
    ratio = max(wanted.side, 1e-6) / max(region.side, 1e-6)
    turned = abs(wrapped(wanted.rotation - region.rotation))
    return moved > _MOVED * region.side or not 1 / _GREW < ratio < _GREW or turned > _TURNED
