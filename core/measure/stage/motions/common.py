"""What several motions share: steps, and arms that hang."""

from typing import Final

from ..script import Foot

HANGING: Final = (0.24, -0.94, 0.12)
"""A wrist that hangs, in arm's lengths from the shoulder: outward, up, ahead."""
WIDTH: Final = 0.145
"""Metres from the middle to the ball of each foot of who stands at ease."""
AHEAD: Final = 0.12
"""Metres the balls of the feet are ahead of the pelvis of who stands at ease."""


def standing(side: str, z: float = AHEAD, yaw: float = 10.0, width: float = WIDTH) -> tuple[Foot, ...]:
    """A foot that never moves, its toes turned outward by `yaw` degrees."""
    sign = 1 if side == "left" else -1
    return (Foot(0.0, sign * width, z, sign * yaw),)


def step(
    start: float, stop: float, before: tuple[float, float, float], after: tuple[float, float, float], push: float = 34.0
) -> tuple[Foot, ...]:
    """A foot that swings from one place to another (x, z, yaw) between two moments: heel off before, heel first after.

    push: degrees that the heel has risen when the toes leave.
    """
    middle = 0.45 * start + 0.55 * stop
    return (
        Foot(start - 0.2, *before),
        Foot(start, *before, pitch=push),
        Foot(middle, 0, 0, 0, pitch=0.35 * push, lift=0.075),
        Foot(stop, *after, pitch=-0.45 * push),
        Foot(stop + 0.1, *after),
    )
