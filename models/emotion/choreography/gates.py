"""The gates that every score must pass, measured on what is performed: lengths, joints, speeds, feet, limbs through the body."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ....core.measure.feet import slides
from ....core.measure.piercing import TOUCH, PiercingTest
from ....core.measure.regions import regions_of
from ....core.skeleton import JOINT_INDEX
from ...body.skin import BodySkin
from .actor import actor
from .figure import ANKLE, SIDES, WRIST, figure_of, open_body, shaped_body
from .perform import Performance, perform
from .score import Score, load_scores
from .turns import from_vectors

Array = NDArray[np.floating[Any]]

SECONDS: Final = (3.0, 12.0)
WRIST_BEND: Final = 75.0
SLIDE: Final = 0.04
PIERCED, PIERCED_ON_AVERAGE = 0.04, 0.01
"""Share of frames, of one performance and of all together, in which a limb is inside another part."""
TURNS: Final = {
    "spine1": 45, "spine2": 40, "spine3": 40, "neck": 45, "head": 45, "collar": 52, "elbow": 155, "hip": 120, "knee": 150,
    "ankle": 65, "foot": 50,
}  # fmt: skip
"""Degrees that a joint turns at most from rest, whatever the axis."""
_EVERY: Final = 6
"""Frames from one to the next that is tested on the mesh."""


@dataclass(frozen=True)
class Findings:
    """What was measured of one performance.

    seconds; wrist_bend: degrees; turned: joint that is most beyond TURNS, and by how many degrees; speed: peak of the faster
    wrist, m/s; jerk: its 99th percentile, m/s³; slide: fastest planted foot, m/s; pierced: share of frames with a limb more than
    TOUCH inside another part; deepest: metres, and where.
    """

    name: str
    intensity: float
    actor: int
    seconds: float
    wrist_bend: float
    turned: tuple[str, float]
    speed: float
    jerk: float
    slide: float
    pierced: float
    deepest: float
    where: str
    speeds: tuple[float, float]
    most_jerk: float

    def faults(self) -> list[str]:
        """What does not pass, in words; nothing when all does."""
        found = []
        if not SECONDS[0] <= self.seconds <= SECONDS[1]:
            found.append(f"lasts {self.seconds:.1f} s")
        if self.wrist_bend > WRIST_BEND:
            found.append(f"bends a wrist by {self.wrist_bend:.0f} degrees")
        if self.turned[1] > 0:
            found.append(f"turns {self.turned[0]} {self.turned[1]:.0f} degrees too far")
        if not self.speeds[0] <= self.speed <= self.speeds[1]:
            found.append(f"moves a hand at {self.speed:.1f} m/s ({self.speeds[0]:.1f} to {self.speeds[1]:.1f})")
        if self.jerk > self.most_jerk:
            found.append(f"jerks a hand with {self.jerk:.0f} m/s³")
        if self.slide > SLIDE:
            found.append(f"slides a foot at {self.slide * 1000:.0f} mm/s")
        if self.pierced > PIERCED:
            found.append(f"{self.where} {self.deepest * 1000:.0f} mm deep, in {self.pierced:.0%} of the frames")
        return found


def speed_range(score: Score) -> tuple[float, float]:
    """Metres a second that the faster wrist peaks at, by the time factor: sustained 0.15 to 1, sudden up to 5."""
    time = score.effort.time
    return float(np.interp(time, (-1, 0, 1), (0.1, 0.2, 0.5))), float(np.interp(time, (-1, 0, 1), (1.5, 2.9, 5.8)))


def examine(score: Score, performance: Performance, mesh: bool = True) -> Findings:
    """Measure one performance; without `mesh`, all but what needs skin."""
    motion = performance.motion
    figure = figure_of(tuple(float(beta) for beta in motion.betas))
    local = from_vectors(motion.poses)
    world, places = figure.pose(local, motion.trans)
    bend = max(float(np.degrees(np.arccos(np.clip(local[:, WRIST[side], 0, 0], -1, 1))).max()) for side in SIDES)
    turned = max(((name, _turned(motion.poses, name) - most) for name, most in TURNS.items()), key=lambda pair: pair[1])
    wrists = places[:, [WRIST[side] for side in SIDES]]
    speed = np.linalg.norm(np.diff(wrists, axis=0), axis=-1) * motion.fps
    jerk = np.linalg.norm(np.diff(wrists, 3, axis=0), axis=-1) * motion.fps**3
    pierced, deepest, where = _pierced(performance) if mesh else (0.0, 0.0, "")
    soles = np.concatenate([_soles(world, places, side) for side in SIDES], axis=1)
    slid = slides(soles, performance.contacts, motion.fps)
    return Findings(
        name=score.name,
        intensity=performance.intensity,
        actor=performance.actor,
        seconds=len(motion) / motion.fps,
        wrist_bend=bend,
        turned=turned,
        speed=float(speed.max()),
        jerk=float(np.percentile(jerk, 99, axis=0).max()),
        slide=float(slid.max(initial=0.0)),
        pierced=pierced,
        deepest=deepest,
        where=where,
        speeds=speed_range(score),
        most_jerk=float(np.interp(score.effort.time, (-1, 0, 1), (450, 1500, 2800))),
    )


def _turned(poses: Array, name: str) -> float:
    joints = [JOINT_INDEX[name]] if name in JOINT_INDEX else [JOINT_INDEX[f"{side}_{name}"] for side in SIDES]
    return float(np.degrees(np.linalg.norm(poses[:, joints], axis=-1)).max())


def _soles(world: Array, places: Array, side: str) -> NDArray[np.float64]:
    """(T, 2, 3) heel and ball of one foot: below the ankle, and the joint of the toes."""
    ankle = ANKLE[side]
    heel = np.array([0.0, -0.06, -0.04])
    return np.stack([places[:, ankle] + (world[:, ankle] @ heel), places[:, ankle + 3]], axis=1)


@lru_cache(maxsize=4)
def _piercing(betas: tuple[float, ...]) -> tuple[PiercingTest, BodySkin]:
    body = shaped_body(betas)
    return PiercingTest(body, regions_of(body)), BodySkin(open_body())


def _pierced(performance: Performance) -> tuple[float, float, str]:
    motion = performance.motion
    test, skin = _piercing(tuple(float(beta) for beta in motion.betas))
    frames = slice(0, None, _EVERY)
    with torch.no_grad():
        arrays = (motion.poses[frames], motion.trans[frames], motion.betas, motion.expression[frames])
        vertices, _ = skin(*(torch.as_tensor(array, dtype=torch.float32) for array in arrays))
    found = [test.depth(frame) for frame in vertices.numpy()]
    depths = np.array([depth for depth, _ in found])
    deepest, where = found[int(depths.argmax())]
    return float((depths > TOUCH).mean()), deepest, "" if where is None else " in ".join(where)


def run(scores: Sequence[Score], intensities: Sequence[float], actors: Sequence[int]) -> list[Findings]:
    """Examine every score at every intensity by every actor."""
    return [
        examine(score, perform(score, intensity, actor(number), number))
        for score in scores
        for intensity in intensities
        for number in actors
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: prints a line for each performance; 1 when one of them does not pass."""
    parser = argparse.ArgumentParser(description="Perform every score and measure what no score may do.")
    parser.add_argument("scores", nargs="*", help="<emotion> or <emotion>/<scenario>; all when none is named")
    parser.add_argument("--intensities", type=float, nargs="+", default=[0.3, 1.0])
    parser.add_argument("--actors", type=int, nargs="+", default=[0, 1])
    options = parser.parse_args(arguments)
    scores = [s for s in load_scores() if not options.scores or s.name in options.scores or s.emotion in options.scores]
    torch.set_num_threads(1)
    failed, pierced = 0, []
    for score in scores:
        for finding in run([score], options.intensities, options.actors):
            faults = finding.faults()
            failed += bool(faults)
            pierced.append(finding.pierced)
            print(
                f"{finding.name:34s} {finding.intensity:.1f} by {finding.actor}: {finding.seconds:4.1f} s, wrist "
                f"{finding.wrist_bend:2.0f}°, {finding.speed:.1f} m/s, jerk {finding.jerk:4.0f}, slide "
                f"{finding.slide * 1000:2.0f} mm/s, inside {finding.pierced:.0%}"
                + (f"   NOT: {'; '.join(faults)}" if faults else "")
            )
    print(f"{len(scores)} scores, {failed} performances do not pass; inside the body in {np.mean(pierced):.2%} of the frames")
    return int(failed > 0 or np.mean(pierced) > PIERCED_ON_AVERAGE)


if __name__ == "__main__":
    sys.exit(main())
