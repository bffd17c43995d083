"""Somebody who stands still, one hand on the hip, and only breathes and blinks."""

from ..script import Script
from .common import HANGING, standing

_BREATH = tuple((0.6 * k, (0.35 * (-1) ** k, 0, 0)) for k in range(6))

STAND = Script(
    seconds=2.6,
    left=standing("left", width=0.14, yaw=14.0),
    right=standing("right", width=0.12, yaw=10.0, z=0.16),
    hips=((0.0, (0.025, 0.0, 0.004)), (1.3, (0.027, 0.001, 0.004)), (2.6, (0.025, 0.0, 0.004))),
    hips_turn=((0.0, (1, -4, 2)),),
    trunk=tuple((time, (1 + breath[0], 3, -3)) for time, breath in _BREATH),
    head=tuple((time, (2 - breath[0], 6, 2)) for time, breath in _BREATH),
    wrists={"left": ((0.0, (0.16, -0.67, 0.02)),), "right": ((0.0, HANGING),)},
    elbows={"left": ((0.0, (1.0, -0.15, -0.55)),)},
    palms={"left": ((0.0, (40, 0, -30)),)},
    fingers={"left": ((0.0, "relaxed"),), "right": ((0.0, "hold"),)},
    face=((0.0, {"smile": 0.3}),),
    blinks=(0.7, 1.9),
)
