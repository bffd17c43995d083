"""The same features as seen in a mirror: left and right change places. Twice as many takes for the training, and left-handers."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.skeleton import BODY_JOINT_COUNT, MIRROR
from ..landmarks.names import other_side
from .features import HAND_COMPONENTS, layout
from .rest import canonical


def mirrored(values: NDArray[Any]) -> NDArray[Any]:
    """(..., D) features reflected in the plane x = 0."""
    order, signs = _reflection()
    return values[..., order] * signs.astype(values.dtype)


@lru_cache(maxsize=1)
def _reflection() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(D,) which feature comes to stand where, and (D,) its sign."""
    parts = layout()
    order, signs = np.arange(parts.size), np.ones(parts.size)

    joints = np.array(MIRROR[:BODY_JOINT_COUNT])
    order[parts.rotations] = (6 * joints[:, None] + np.arange(6)).ravel() + parts.rotations.start
    # R becomes M R M with M = diag(-1, 1, 1): what crosses between x and the others changes its sign.
    signs[parts.rotations] = np.tile((1, -1, -1, -1, 1, 1), BODY_JOINT_COUNT)
    signs[parts.place.start] = -1
    hands = np.arange(2 * HAND_COMPONENTS).reshape(2, -1)[::-1].ravel()  # the right hand's directions mirror the left's
    order[parts.hands] = hands + parts.hands.start

    names = canonical().body.expression_names
    other = [names.index(other_side(name)) for name in names]
    face = np.array([0, 1, 2, 6, 7, 8, 3, 4, 5, *(9 + np.array(other))])
    order[parts.face] = face + parts.face.start
    signs[parts.face.start : parts.face.start + 9] = np.tile((1, -1, -1), 3)
    order[parts.contacts] = np.array([2, 3, 0, 1]) + parts.contacts.start
    return order, signs
