"""A time line: key poses with their times, steps and jumps."""

from dataclasses import dataclass, field

from .pose import Pose


@dataclass
class Key:
    """A key pose on the time line.

    start, move, hold: seconds. extent, reach: how far trunk and arms go towards the pose. ease, windup: as in the score; wind:
    seconds of winding up before the move. skew: exponent on the time of the move. lag: seconds by side.
    """

    pose: Pose
    start: float = 0.0
    move: float = 1e-3
    hold: float = 0.0
    extent: float = 1.0
    reach: float = 1.0
    ease: str = "smooth"
    windup: float = 0.0
    wind: float = 0.0
    skew: float = 1.0
    lag: dict[str, float] = field(default_factory=lambda: {"left": 0.0, "right": 0.0})
    phase: str = "neutral"


@dataclass(frozen=True)
class Step:
    """A foot's move. seconds: it takes. root: (3,) metres left, forward and radians left of the place that it belongs to.
    offset: (3,) from where it stands at ease there: outward, forward, toes out (radians). stamp: metres that it is raised."""

    side: str
    start: float
    seconds: float
    root: tuple[float, float, float]
    offset: tuple[float, float, float]
    stamp: float = 0.0


@dataclass(frozen=True)
class Jump:
    """start: seconds of leaving the floor; height: metres."""

    start: float
    height: float


@dataclass(frozen=True)
class Plan:
    """keys: in order of time, the first is standing at ease. seconds: length of the take."""

    keys: list[Key]
    steps: list[Step]
    jumps: list[Jump]
    seconds: float
