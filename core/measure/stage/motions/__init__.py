"""The authored motions of the bench, by name. No prior was fitted to them."""

from ..script import Script
from .cross import CROSS
from .gestures import GESTURES
from .stand import STAND
from .strike import STRIKE
from .turn import TURN
from .walk import WALK

MOTIONS: dict[str, Script] = {
    "walk": WALK,
    "strike": STRIKE,
    "gestures": GESTURES,
    "cross": CROSS,
    "turn": TURN,
    "stand": STAND,
}
