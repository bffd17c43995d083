"""What was seen of one person in one frame, and how a row of such readings becomes a Track. numpy only."""

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .tracks import BLENDSHAPES, BODY_POINTS, FACE_POINTS, HAND_DIRECTIONS, HAND_POINTS, Track

if TYPE_CHECKING:
    from .body import BodyReading
    from .face import FaceReading
    from .hands import HandReading

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """One row of a Track: the fields and shapes are Track's without the frames."""

    box: Array
    body_score: Array
    body: Array
    body_visibility: Array
    body_presence: Array
    body_world: Array
    hands: Array
    hands_world: Array
    hands_score: Array
    hands_spread: Array
    face: Array
    face_depth: Array
    face_score: Array
    blendshapes: Array


NOTHING = Reading(
    box=np.full(3, np.nan, np.float32),
    body_score=np.zeros((), np.float32),
    body=np.full((BODY_POINTS, 2), np.nan, np.float32),
    body_visibility=np.zeros(BODY_POINTS, np.float32),
    body_presence=np.zeros(BODY_POINTS, np.float32),
    body_world=np.full((BODY_POINTS, 3), np.nan, np.float32),
    hands=np.full((2, HAND_POINTS, 2), np.nan, np.float32),
    hands_world=np.full((2, HAND_POINTS, 3), np.nan, np.float32),
    hands_score=np.zeros(2, np.float32),
    hands_spread=np.full((2, HAND_DIRECTIONS), np.nan, np.float32),
    face=np.full((FACE_POINTS, 2), np.nan, np.float32),
    face_depth=np.full(FACE_POINTS, np.nan, np.float32),
    face_score=np.zeros((), np.float32),
    blendshapes=np.full(BLENDSHAPES, np.nan, np.float32),
)
"""The person was not seen."""


def reading_of(
    body: "BodyReading", hands: "tuple[HandReading | None, HandReading | None]", face: "FaceReading | None"
) -> Reading:
    """The row for what the three readers saw."""
    flat, world, score = NOTHING.hands.copy(), NOTHING.hands_world.copy(), NOTHING.hands_score.copy()
    spread = NOTHING.hands_spread.copy()
    for side, hand in enumerate(hands):
        if hand is not None:
            flat[side], world[side], score[side], spread[side] = hand.points, hand.world, hand.score, hand.spread
    return Reading(
        box=np.array([body.region.x, body.region.y, body.region.side], np.float32),
        body_score=np.array(body.score, np.float32),
        body=body.points.astype(np.float32),
        body_visibility=body.visibility.astype(np.float32),
        body_presence=body.presence.astype(np.float32),
        body_world=body.world.astype(np.float32),
        hands=flat,
        hands_world=world,
        hands_score=score,
        hands_spread=spread,
        face=NOTHING.face if face is None else face.points.astype(np.float32),
        face_depth=NOTHING.face_depth if face is None else face.depth.astype(np.float32),
        face_score=NOTHING.face_score if face is None else np.array(face.score, np.float32),
        blendshapes=NOTHING.blendshapes if face is None else face.blendshapes.astype(np.float32),
    )


_FLEETING = 3
"""A face or hand seen in fewer frames on end than this, in a clip of many, is more likely a mistake."""


def steadied(readings: dict[int, Reading], length: int) -> dict[int, Reading]:
    """The same readings without faces and hands that flash up for a frame or two of a clip of `length` frames."""
    if length < 4 * _FLEETING:
        return readings
    seen = np.zeros((length, 3), bool)
    for frame, reading in readings.items():
        seen[frame] = [*(reading.hands_score > 0), reading.face_score > 0]
    kept = seen & ~np.stack([_short_runs(seen[:, part]) for part in range(3)], axis=1)
    result = {}
    for frame, reading in readings.items():
        dropped = seen[frame] & ~kept[frame]
        if dropped.any():
            hands = dropped[:2]
            reading = replace(
                reading,
                hands=np.where(hands[:, None, None], NOTHING.hands, reading.hands),
                hands_world=np.where(hands[:, None, None], NOTHING.hands_world, reading.hands_world),
                hands_score=np.where(hands, NOTHING.hands_score, reading.hands_score),
                hands_spread=np.where(hands[:, None], NOTHING.hands_spread, reading.hands_spread),
            )
            if dropped[2]:
                names = ("face", "face_depth", "face_score", "blendshapes")
                reading = replace(reading, **{name: getattr(NOTHING, name) for name in names})
        result[frame] = reading
    return result


def _short_runs(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True in runs of True that are shorter than _FLEETING; a run cut off by the clip's end counts as long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]])))
    short = np.zeros(len(seen), bool)
    for start, stop in edges.reshape(-1, 2):
        if stop - start < _FLEETING and start > 0 and stop < len(seen):
            short[start:stop] = True
    return short


def track_of(readings: dict[int, Reading], length: int) -> Track:
    """The Track over frames 0 to length - 1 of a person who was seen in the frames that `readings` names."""
    rows = [readings.get(frame, NOTHING) for frame in range(length)]
    columns = {field.name: np.stack([getattr(row, field.name) for row in rows]) for field in fields(Reading)}
    return Track(frames=np.arange(length, dtype=np.int64), **columns)
