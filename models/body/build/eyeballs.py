"""An eyeball with a cornea, looking straight ahead (+Z), in place of MakeHuman's coarse helper ball."""

from typing import Final

import numpy as np

from .grid import Array, Patch, strip_quads

_AROUND: Final = 24
_RINGS: Final = (6.0, 11.0, 16.0, 21.0, 25.5, 30.0, 38.0, 50.0, 66.0, 90.0, 120.0, 150.0)
"""Degrees from the front; the iris ends near 25."""
EQUATOR: Final = slice(_AROUND * _RINGS.index(90.0), _AROUND * (_RINGS.index(90.0) + 1))
"""Points of the ball whose middle is its centre: the eye turns about it."""
_CORNEA: Final = (0.0010, 27.0)
"""Height of the cornea above the ball, metres, and the angle at which it begins, degrees."""

_ISLAND: Final = (0.8715, 0.9200, 0.0400)
"""Where the left eye lies in the texture: u, v of the front, and radius. MakeHuman leaves that corner free."""


def eyeball(helper: Array, group: int) -> Patch:
    """The left eyeball. helper: (72, 3) vertices of MakeHuman's ball around it."""
    low, high = helper.min(axis=0), helper.max(axis=0)
    radius = 0.25 * (high[0] - low[0] + high[1] - low[1])
    # The helper's front bulges; its sides and back are those of a ball.
    centre = np.array([0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]), low[2] + radius])
    polar = np.radians(_RINGS)[:, None]
    around = 2 * np.pi * np.arange(_AROUND)[None] / _AROUND
    bulge, edge = _CORNEA
    reach = radius + bulge * np.clip(1 - (polar / np.radians(edge)) ** 2, 0, None) * np.ones_like(around)
    rings = np.stack(
        [reach * np.sin(polar) * np.cos(around), reach * np.sin(polar) * np.sin(around), reach * np.cos(polar)], axis=-1
    )
    points = np.concatenate([rings.reshape(-1, 3), [[0, 0, radius + bulge], [0, 0, -radius]]]) + centre

    u, v, size = _ISLAND
    # The front is what is seen: it gets most of the island.
    spread = size * (polar / np.pi) ** 0.6
    flat = np.stack([u + spread * np.cos(around), v + spread * np.sin(around)], axis=-1).reshape(-1, 2)
    back = np.stack([u + size * np.cos(around[0]), v + size * np.sin(around[0])], axis=-1)
    uv = np.concatenate([flat, [[u, v]], back])

    rings_count = len(_RINGS)
    front, rear = rings_count * _AROUND, rings_count * _AROUND + 1
    column = np.arange(_AROUND)
    following = (column + 1) % _AROUND
    last = (rings_count - 1) * _AROUND
    # Rings run away from the front, so rows go "down": the strip's winding is turned round.
    strip = strip_quads(rings_count, _AROUND, closed=True)[:, ::-1]
    cap = np.stack([column, following, np.full(_AROUND, front), np.full(_AROUND, front)], axis=1)
    end = np.stack([last + following, last + column, np.full(_AROUND, rear), np.full(_AROUND, rear)], axis=1)
    end_uv = np.stack([last + following, last + column, front + 1 + column, front + 1 + column], axis=1)
    quads = np.concatenate([strip, cap, end])
    return Patch(points, quads, uv, np.concatenate([strip, cap, end_uv]), np.full(len(quads), group))
