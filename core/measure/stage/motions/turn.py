"""On the spot, with short steps, until the back is to the camera; and a look back over the shoulder."""

from ..script import Script
from .common import AHEAD, HANGING, WIDTH, step


def _place(side: int, facing: float) -> tuple[float, float, float]:
    """Place (x, z, yaw) of the left (1) or right (-1) foot of someone at the origin who faces `facing` degrees to the left."""
    from math import cos, radians, sin

    turn = radians(facing)
    return side * WIDTH * cos(turn) + AHEAD * sin(turn), AHEAD * cos(turn) - side * WIDTH * sin(turn), facing + 6.0 * side


TURN = Script(
    seconds=3.6,
    left=step(0.25, 0.6, _place(1, 0), _place(1, 75), push=16.0)
    + step(1.15, 1.5, _place(1, 75), _place(1, 150), push=16.0)
    + step(1.95, 2.2, _place(1, 150), _place(1, 180), push=10.0),
    right=step(0.7, 1.05, _place(-1, 0), _place(-1, 95), push=16.0) + step(1.55, 1.9, _place(-1, 95), _place(-1, 180), push=16.0),
    hips=(
        (0.0, (0.0, 0.0, 0.01)),
        (0.4, (-0.03, 0.0, 0.02)),
        (0.9, (0.02, 0.02, 0.02)),
        (1.7, (0.0, 0.0, 0.02)),
        (2.3, (0.0, 0.0, 0.0)),
    ),
    hips_turn=((0.0, (0, 0, 0)), (0.25, (0, 5, 0)), (0.6, (2, 48, 0)), (1.1, (2, 95, 0)), (1.6, (2, 145, 0)), (2.1, (0, 180, 0))),
    trunk=(
        (0.0, (0, 0, 0)),
        (0.4, (2, 18, 0)),
        (1.3, (2, 12, 0)),
        (2.2, (0, 0, 0)),
        (2.5, (0, 0, 0)),
        (2.9, (0, 26, 0)),
        (3.6, (0, 20, 0)),
    ),
    head=(
        (0.0, (0, 0, 0)),
        (0.3, (0, 30, 0)),
        (1.2, (0, 20, 0)),
        (2.2, (4, 0, 0)),
        (2.5, (2, 0, 0)),
        (2.9, (0, 52, 0)),
        (3.6, (0, 45, 0)),
    ),
    wrists={
        "left": (
            (0.0, HANGING),
            (0.6, (0.3, -0.86, 0.1)),
            (1.4, (0.26, -0.9, 0.2)),
            (2.2, HANGING),
            (2.6, HANGING),
            (3.0, (0.3, -0.45, 0.5)),
            (3.6, (0.3, -0.4, 0.5)),
        ),
        "right": (
            (0.0, HANGING),
            (0.6, (0.15, -0.84, 0.42)),
            (1.4, (0.28, -0.86, 0.3)),
            (2.2, HANGING),
            (3.0, (0.3, -0.8, 0.2)),
            (3.6, (0.3, -0.8, 0.2)),
        ),
    },
    palms={"left": ((0.0, (5, 0, 20)), (2.6, (5, 0, 20)), (3.0, (0, 0, 100)))},
    fingers={
        "left": ((0.0, "relaxed"), (2.5, "relaxed"), (3.0, "open")),
        "right": ((0.0, "relaxed"), (1.2, "fist"), (2.4, "relaxed")),
    },
    face=((0.0, {}), (0.5, {"browsUp": 0.5}), (2.4, {}), (3.0, {"smile": 0.7})),
    blinks=(0.35, 1.6, 2.8),
)
