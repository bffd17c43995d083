"""Which hands and faces to believe: seen well enough, and where the body's network has this person's wrists and head."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..observe.tracks import Track

Array = NDArray[np.floating[Any]]

MIN_SCORE = 0.4
FARTHEST = 0.12
"""Of the box's side: a hand or face further from the body's own wrist or nose is someone else's, or nobody's."""
SMALLEST_HAND, SMALLEST_FACE = 0.025, 0.06
"""Of the box's side: sizes in pixels that a part is given at least, so that a tiny one does not outweigh the body."""
BEYOND = 0.03
"""Of the box's side: distance beyond the picture's edge over which what the network says of a landmark loses its worth."""
_NOSE, _WRISTS = 0, (15, 16)
_FACE_NOSE = 4


def inside_share(track: Track, size: tuple[int, int]) -> Array:
    """(T, 33) in [0, 1] how far body landmarks are inside the picture of (width, height) pixels: 1, or less the further out."""
    place = np.nan_to_num(track.body)
    outside = np.maximum(np.maximum(-place, place - (np.array(size) - 1)), 0).max(-1)
    share: Array = np.exp(-outside / np.clip(BEYOND * np.nan_to_num(track.box[:, 2:]), 1, None))
    return share


def hand_score(track: Track, hand: int) -> Array:
    """(T,) score of the left (0) or right (1) hand where it is to be believed, else 0."""
    score: Array = np.where(near_wrist(track, hand), track.hands_score[:, hand], 0.0)
    return np.where(score >= MIN_SCORE, score, 0.0)


def near_wrist(track: Track, hand: int) -> NDArray[np.bool_]:
    """(T,) whether the left (0) or right (1) hand is read at all, and where the body's network has this wrist."""
    whole = np.isfinite(track.hands[:, hand]).all((1, 2)) & np.isfinite(track.hands_world[:, hand]).all((1, 2))
    return whole & (track.hands_score[:, hand] > 0) & _near(track.hands[:, hand, 0], track.body[:, _WRISTS[hand]], track)


def face_score(track: Track) -> Array:
    """(T,) score of the face where it is to be believed, else 0."""
    nose = track.face[:, _FACE_NOSE]
    score: Array = np.where(np.isfinite(nose).all(1) & _near(nose, track.body[:, _NOSE], track), track.face_score, 0.0)
    return np.where(score >= MIN_SCORE, score, 0.0)


def _near(place: Array, expected: Array, track: Track) -> NDArray[np.bool_]:
    away = np.linalg.norm(place - expected, axis=-1)
    return np.asarray(np.nan_to_num(away, nan=np.inf) <= FARTHEST * np.nan_to_num(track.box[:, 2]))
