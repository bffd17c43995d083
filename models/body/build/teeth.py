"""Two rows of teeth with gums, modelled tooth by tooth along MakeHuman's box-shaped helper.

Widths are those of grown people's permanent teeth (Wheeler's Dental Anatomy), scaled to the length of the arch.
"""

from typing import Final

import numpy as np

from .grid import Array, Patch, strip_quads

_WIDTHS: Final = {True: (8.5, 6.5, 7.5, 7.0, 7.0, 10.0, 9.0), False: (5.0, 5.5, 7.0, 7.0, 7.0, 11.0, 10.5)}
"""Millimetres from the middle outwards; True: upper row."""
_HEIGHTS: Final = {True: (10.0, 9.0, 9.8, 8.5, 8.0, 7.2, 7.0), False: (8.8, 9.0, 10.0, 8.5, 8.0, 7.2, 7.0)}
_THICKNESS: Final = (3.0, 3.2, 4.5, 7.0, 8.0, 9.5, 9.5)
_ACROSS: Final = np.array([-1.0, -0.93, -0.6, 0.0, 0.6, 0.93])
"""Places along one tooth, -1 to 1; the last of one tooth is followed by the first of the next."""
_SPAN: Final = np.radians(82)
"""The half ellipse of the arch is used up to here."""

_SET_BACK: Final = 0.0010
"""Metres. The helper's front touches the lips' inside."""
_LOWERED: Final = {True: 0.0030, False: -0.0005}
"""Metres below the helper, so that the upper row shows when the lips part."""

# Texture: bands of their own, where MakeHuman lays out teeth and lashes.
_U: Final = (0.660, 0.755)
_V: Final = {True: (0.880, 0.920), False: (0.930, 0.970)}


def dental_arch(helper: Array, upper: bool, teeth: int, gums: int) -> Patch:
    """One row. helper: (68, 3) vertices of MakeHuman's box; teeth, gums: face groups."""
    low, high = helper.min(axis=0), helper.max(axis=0)
    along, half = _along(upper)
    angle = _angle_at(along, high[0], high[2] - low[2] - _SET_BACK)
    wide, deep = high[0], high[2] - low[2] - _SET_BACK
    rim = np.stack([wide * np.sin(angle), np.zeros_like(angle), low[2] + deep * np.cos(angle)], axis=1)
    outward = np.stack([np.sin(angle) / wide, np.zeros_like(angle), np.cos(angle) / deep], axis=1)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)

    up = 1.0 if upper else -1.0
    root = high[1] if upper else low[1]
    edge = _biting_edge(helper, up, angle) - _LOWERED[upper]
    tooth = np.minimum(np.abs(half).astype(int), 6)
    across = 2 * (np.abs(half) - tooth) - 1
    height, thick = (1e-3 * np.array(table)[tooth] for table in (_HEIGHTS[upper], _THICKNESS))
    corner = across**4
    neck = height - 1e-3 * across**2
    span = np.abs(root - edge)
    rows = [  # (outwards, from the edge towards the root), metres, from the gum's outer rim over the edge to its inner rim
        (-0.0010 * np.ones_like(neck), span),
        (0.0006 * np.ones_like(neck), neck + 0.0025),
        (0.0004 * np.ones_like(neck), neck + 0.0003),
        (-0.0004 - 0.0007 * corner, neck),
        (0.0004 - 0.0009 * corner, 0.55 * height),
        (0.0001 - 0.0011 * corner, 0.0016 + 0.0004 * corner),
        (-0.0006 - 0.0009 * corner, 0.0004 + 0.0007 * corner),
        (-0.0016 * np.ones_like(neck), 0.0007 * corner),
        (-0.6 * thick + 0.0006 * corner, 0.0012 + 0.0022 * corner),
        (-thick + 0.0025 * corner, 0.6 * height),
        (-thick - 0.001, neck),
        (-thick - 0.0025, span),
    ]
    lines = [rim + out[:, None] * outward + (edge + up * rise)[:, None] * (0.0, 1.0, 0.0) for out, rise in rows]
    points = np.stack(lines)
    count = points.shape[1]
    quads = strip_quads(len(rows), count, closed=False)
    # Columns run from the person's right to the left: seen from the front to the right; rows run down in the upper row.
    if upper:
        quads = quads[:, ::-1]
    line = quads.min(axis=1) // count
    is_gum = (line < 3) | (line >= 10)
    return Patch(points.reshape(-1, 3), quads, _layout(points, upper), quads, np.where(is_gum, gums, teeth))


def _biting_edge(helper: Array, up: float, angle: Array) -> Array:
    """Height of the row's edge along the arch: the helper's, which rises from the front teeth to the back ones."""
    aside = np.abs(helper[:, 0])
    front, back = (up * (up * helper[where, 1]).min() for where in (aside < 0.005, aside > 0.026))
    edge: Array = front + (back - front) * (1 - np.cos(angle)) ** 1.2
    return edge


def _along(upper: bool) -> tuple[Array, Array]:
    """Places along the arch: as a share of its half length, and as tooth number plus place in the tooth (0 to 7, signed)."""
    widths = np.array(_WIDTHS[upper])
    starts = np.concatenate([[0.0], np.cumsum(widths)]) / widths.sum()
    number = (np.arange(7)[:, None] + 0.5 * (_ACROSS + 1)).ravel()
    number = np.append(number[1:], 7.0 - 1e-6)
    number = np.concatenate([-number[::-1], [0.0], number])
    share: Array = np.sign(number) * np.interp(np.abs(number), np.arange(8), starts)
    return share, number


def _angle_at(share: Array, wide: float, deep: float) -> Array:
    """The ellipse's angle at a share of the arc length from the middle."""
    angle = np.linspace(0, _SPAN, 500)
    steps = np.hypot(wide * np.cos(angle), deep * np.sin(angle))
    length: Array = np.concatenate([[0.0], np.cumsum(0.5 * (steps[1:] + steps[:-1]))])
    return np.copysign(np.interp(np.abs(share), length / length[-1], angle), share)


def _layout(points: Array, upper: bool) -> Array:
    """The rows one below the other, all columns side by side."""
    rows, count, _ = points.shape
    u, v = np.linspace(*_U, count), np.linspace(_V[upper][1], _V[upper][0], rows)
    return np.stack(np.broadcast_arrays(u[None], v[:, None]), axis=-1).reshape(-1, 2)
