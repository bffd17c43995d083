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
LIKELY_REST, LIKELY_TURN = 0.25, 0.35
"""What the two hands of solid_share may differ by: as a part of the hand's size, and turned in the picture's plane (rad)."""
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
    place = track.hands[:, hand]
    whole = np.isfinite(place).all((1, 2)) & np.isfinite(track.hands_world[:, hand]).all((1, 2))
    score: Array = np.where(whole, track.hands_score[:, hand], 0.0)
    return _believed(score, place[:, 0], track.body[:, _WRISTS[hand]], track)


def solid_share(track: Track, hand: int) -> Array:
    """(T,) how far the hand's points in metres are to be believed, in [0, 1], where hand_score believes the hand.

    The network gives a hand twice, in the picture and in metres. The second, seen from where the camera is, must look like the
    first (by a similarity of the picture's plane); where it does not, only the first is any good.
    """
    flat, solid = (_centred(points[:, hand, :, 0] + 1j * points[:, hand, :, 1]) for points in (track.hands, track.hands_world))
    spread = (abs(solid) ** 2).sum(1)
    ratio = (flat * solid.conj()).sum(1) / np.where(spread > 0, spread, 1)
    left = abs(flat - ratio[:, None] * solid).mean(1) / np.fmax(abs(flat).mean(1), 1e-9)
    turned = abs(np.angle(ratio)) / LIKELY_TURN
    share: Array = np.where(hand_score(track, hand) > 0, 1 / (1 + (left / LIKELY_REST) ** 4 + turned**4), 0.0)
    return share


def _centred(points: NDArray[np.complexfloating[Any, Any]]) -> NDArray[np.complexfloating[Any, Any]]:
    found = np.nan_to_num(points)
    return np.asarray(found - found.mean(1, keepdims=True))


def face_score(track: Track) -> Array:
    """(T,) score of the face where it is to be believed, else 0."""
    nose = track.face[:, _FACE_NOSE]
    score: Array = np.where(np.isfinite(nose).all(1), track.face_score, 0.0)
    return _believed(score, nose, track.body[:, _NOSE], track)


def _believed(score: Array, place: Array, expected: Array, track: Track) -> Array:
    away = np.linalg.norm(place - expected, axis=-1)
    near = np.nan_to_num(away, nan=np.inf) <= FARTHEST * np.nan_to_num(track.box[:, 2])
    believed: Array = np.where((score >= MIN_SCORE) & near, score, 0.0)
    return believed
