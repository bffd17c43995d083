"""A made-up person, standing and facing the camera, and hands and a face that fit them: nobody's picture is needed."""

import numpy as np
from thespis.core.observe.body import BodyReading
from thespis.core.observe.face import FaceReading
from thespis.core.observe.hands import HandReading
from thespis.core.observe.regions import Region

SCALE = 200.0
"""Pixels to a metre."""

_HALF = {  # the left side, in metres about the hips' middle: x right in the picture, y down
    "eye_inner": (0.015, -0.72),
    "eye": (0.03, -0.72),
    "eye_outer": (0.045, -0.72),
    "ear": (0.075, -0.70),
    "mouth": (0.025, -0.64),
    "shoulder": (0.18, -0.48),
    "elbow": (0.32, -0.25),
    "wrist": (0.42, -0.02),
    "pinky": (0.44, 0.08),
    "index": (0.41, 0.09),
    "thumb": (0.39, 0.05),
    "hip": (0.1, 0.0),
    "knee": (0.11, 0.42),
    "ankle": (0.11, 0.82),
    "heel": (0.11, 0.86),
    "foot_index": (0.14, 0.88),
}
_ORDER = [
    *(
        "nose",
        "L eye_inner",
        "L eye",
        "L eye_outer",
        "R eye_inner",
        "R eye",
        "R eye_outer",
        "L ear",
        "R ear",
        "L mouth",
        "R mouth",
    ),
    *(f"{side} {part}" for part in ("shoulder", "elbow", "wrist", "pinky", "index", "thumb") for side in "LR"),
    *(f"{side} {part}" for part in ("hip", "knee", "ankle", "heel", "foot_index") for side in "LR"),
]


def standing(x: float = 500, y: float = 400, scale: float = SCALE, back: bool = False) -> BodyReading:
    """The person with their hips at (x, y) in the picture. back: seen from behind."""
    flat = np.array([(0, -0.68) if name == "nose" else _point(name) for name in _ORDER])
    if back:
        flat[:, 0] *= -1
    region = Region(x, y, 2.5 * 0.95 * scale)
    return BodyReading(
        region=region,
        following=region,
        score=1.0,
        points=np.array([x, y]) + flat * scale,
        visibility=np.ones(33),
        presence=np.ones(33),
        world=np.column_stack([flat, np.zeros(33)]),
    )


def _point(name: str) -> tuple[float, float]:
    side, part = name.split(" ")
    across, down = _HALF[part]
    return (across if side == "L" else -across), down


def hand_at(wrist: np.ndarray, right: float, length: float = 0.18 * SCALE, score: float = 1.0) -> HandReading:
    """An open hand hanging down from `wrist` (2,) pixels."""
    points = [(0.0, 0.0)]
    for finger in range(5):
        points += [((finger - 2) * 0.12 * joint / 4, (0.4 + 0.15 * joint)) for joint in range(1, 5)]
    flat = np.array(points) * length
    return HandReading(score, wrist + flat, np.zeros((21, 3)), right)


def face_at(
    nose: np.ndarray, extent: float = 0.2 * SCALE, upside_down: bool = False, turn: float = 0.0, score: float = 1.0
) -> FaceReading:
    """A face whose nose is at `nose` (2,) pixels; turned clockwise in the picture by `turn` radians."""
    random = np.random.default_rng(3)
    points = random.uniform(-0.45, 0.45, (478, 2))
    points[[1, 33, 263, 10, 152]] = [(0, 0), (-0.2, -0.15), (0.2, -0.15), (0, -0.5), (0, 0.5)]
    if upside_down:
        points = -points
    points = points @ Region(0, 0, 1, turn).axes().T
    return FaceReading(score, nose + points * extent, np.zeros(478), np.zeros(52))
