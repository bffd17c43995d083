"""The actor: everything individual about how a score is played, sampled from a number."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class Actor:
    """A performer's temperament and habits. Factors are 1 and habits 0 for the plain actor.

    number: the seed that made it. tempo, reach, carriage, face, nod: factors on speed and on the extent of arms, trunk, face and
    head. left_handed. lean, bow, tilt, turn: degrees; chest, shoulders, rounded, weight: habits of posture in the units of
    Pose.channels. width, stagger: stance, factor and metres. toe_out: degrees. abduction, bend: how the arms hang, in arm lengths
    outward and how straight. elbows: degrees. swing, damping: factors on the frequency and damping of the limbs' springs.
    asymmetry: extent of the left against the right arm; lag: seconds that the left hand comes later. grip: how curled hands
    are, fingers: how expressive. plane: radians that gestures are carried higher, spread: wider. restless: factor on noise and
    weight shifts. blink: seconds between blinks. betas: (6,) shape.
    """

    number: int = 0
    tempo: float = 1.0
    reach: float = 1.0
    carriage: float = 1.0
    face: float = 1.0
    nod: float = 1.0
    left_handed: bool = False
    lean: float = 0.0
    bow: float = 0.0
    tilt: float = 0.0
    turn: float = 0.0
    chest: float = 0.0
    shoulders: float = 0.0
    rounded: float = 0.0
    weight: float = 0.0
    width: float = 1.0
    stagger: float = 0.0
    toe_out: float = 9.0
    abduction: float = 0.17
    bend: float = 0.955
    elbows: float = 0.0
    swing: float = 1.0
    damping: float = 1.0
    asymmetry: float = 0.0
    lag: float = 0.0
    grip: float = 0.3
    fingers: float = 1.0
    plane: float = 0.0
    spread: float = 0.0
    restless: float = 1.0
    blink: float = 3.5
    betas: tuple[float, ...] = field(default=(0.0,) * 6)


PLAIN = Actor()
"""Nobody in particular."""


@lru_cache(maxsize=512)
def actor(number: int) -> Actor:
    """The actor with this number; number 0 is PLAIN."""
    if number == 0:
        return PLAIN
    random = np.random.default_rng([7411, number])

    def about(spread: float) -> float:
        return float(spread * np.clip(random.normal(), -2.2, 2.2))

    def factor(spread: float) -> float:
        return float(np.exp(about(spread)))

    return Actor(
        number=number,
        tempo=factor(0.13),
        reach=factor(0.11),
        carriage=factor(0.13),
        face=factor(0.18),
        nod=factor(0.15),
        left_handed=bool(random.random() < 0.3),
        lean=about(1.8),
        bow=about(3.5),
        tilt=about(1.8),
        turn=about(3.0),
        chest=about(0.2),
        shoulders=about(0.07),
        rounded=about(0.15),
        weight=about(0.25),
        width=factor(0.17),
        stagger=about(0.03),
        toe_out=9.0 + about(5.0),
        abduction=0.16 + abs(about(0.06)),
        bend=0.96 - abs(about(0.02)),
        elbows=about(7.0),
        swing=factor(0.1),
        damping=factor(0.12),
        asymmetry=about(0.07),
        lag=about(0.03),
        grip=float(np.clip(0.35 + about(0.2), 0.0, 0.9)),
        fingers=factor(0.15),
        plane=about(0.09),
        spread=about(0.09),
        restless=factor(0.25),
        blink=3.5 * factor(0.3),
        betas=(about(0.6), about(0.6), *(about(0.7) for _ in range(4))),
    )
