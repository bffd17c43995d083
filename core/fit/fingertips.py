"""Where a hand's fingers end, seen from its palm: enough to know what a hand touches before its fingers are fitted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..observe.tracks import Track
from .parts import hand_score

Array = NDArray[np.floating[Any]]

_WRIST, _INDEX, _MIDDLE, _PINKY = 0, 5, 9, 17
_TIPS = ((8, 12), (16, 20), (4,))
"""MediaPipe's tips of index and middle finger, of ring and little finger, and of the thumb: as capsules.FINGERS."""


def palm_axes(wrist: Array, index: Array, middle: Array, pinky: Array) -> Array:
    """(T, 3, 3) columns: along the palm from wrist to middle knuckle, across it towards the index knuckle, and out of it; all as
    long as the palm. Arguments: (T, 3) the wrist and three knuckles."""
    along = middle - wrist
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    unit = along / length
    across = index - pinky
    across = across - (across * unit).sum(-1, keepdims=True) * unit
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    return np.asarray(np.stack([unit, across, np.cross(unit, across)], -1) * length[..., None])


def seen_fingers(track: Track) -> Array:
    """(T, 2, 3, 3) of the left and the right hand: the middle of the tips of index and middle finger, that of ring and little
    finger, and the tip of the thumb, seen from the wrist along the palm's axes, in palm lengths; not numbers where the hand's
    network reads no hand."""
    out = np.full((len(track), 2, len(_TIPS), 3), np.nan)
    for hand in (0, 1):
        seen = np.flatnonzero(hand_score(track, hand) > 0)
        place = track.hands_world[seen, hand]
        axes = palm_axes(*(place[:, k] for k in (_WRIST, _INDEX, _MIDDLE, _PINKY)))
        squared = (axes * axes).sum(1)
        for column, tips in enumerate(_TIPS):
            reach = place[:, tips].mean(1) - place[:, _WRIST]
            out[seen, hand, column] = np.einsum("tia,ti->ta", axes, reach) / squared
    return out
