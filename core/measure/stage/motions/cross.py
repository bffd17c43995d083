"""The right hand passes before the face again and again, at the height of the eyes, then of the mouth."""

from ..script import Script
from .common import HANGING, standing

_ASIDE, _ACROSS = (0.18, 0.42, 0.50), (-0.66, 0.44, 0.50)
_LOW_ASIDE, _LOW_ACROSS = (0.15, 0.24, 0.52), (-0.66, 0.26, 0.50)

CROSS = Script(
    seconds=3.4,
    left=standing("left"),
    right=standing("right"),
    hips=((0.0, (0.0, 0.0, 0.0)), (1.7, (-0.015, 0.0, 0.0)), (3.4, (0.01, 0.0, 0.0))),
    trunk=((0.0, (0, 0, 0)), (1.0, (0, 5, 0)), (2.0, (1, 4, 0)), (3.4, (0, 0, 0))),
    head=((0.0, (0, 0, 0)), (1.2, (2, -4, 0)), (2.4, (0, 5, 0)), (3.4, (0, 0, 0))),
    wrists={
        "left": ((0.0, HANGING),),
        "right": (
            (0.0, HANGING),
            (0.2, HANGING),
            (0.55, _ASIDE),
            (0.85, _ACROSS),
            (1.15, _ASIDE),
            (1.45, _ACROSS),
            (1.75, _ASIDE),
            (2.05, _LOW_ACROSS),
            (2.35, _LOW_ASIDE),
            (2.65, _LOW_ACROSS),
            (2.9, _LOW_ASIDE),
            (3.3, HANGING),
        ),
    },
    elbows={"right": ((0.0, (0.45, -1.0, -0.6)), (0.5, (0.9, -0.8, -0.1)), (2.9, (0.9, -0.8, -0.1)), (3.3, (0.45, -1.0, -0.6)))},
    palms={"right": ((0.0, (5, 0, 20)), (0.5, (5, 0, 25)), (2.9, (5, 0, 25)), (3.3, (5, 0, 20)))},
    fingers={
        "right": ((0.0, "relaxed"), (0.5, "open"), (1.6, "open"), (1.9, "point"), (2.5, "relaxed"), (3.4, "relaxed")),
        "left": ((0.0, "relaxed"), (1.5, "fist"), (2.5, "open"), (3.4, "relaxed")),
    },
    face=((0.0, {}), (0.8, {"smile": 0.8}), (1.6, {"browsUp": 0.8}), (2.4, {"smile": 0.5, "browsDown": 0.5}), (3.4, {})),
    jaw=((0.0, (0,)), (1.2, (6,)), (1.9, (14,)), (2.6, (0,))),
    blinks=(0.4, 1.9, 3.1),
)
