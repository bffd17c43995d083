"""A limb of two bones that reaches for a target, bent towards a pole: in closed form what Blender's IK constraint finds by steps,
and poles that let it find a motion that is there already. numpy only; any right-handed axes, any unit."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .transforms import across, directions

Array = NDArray[np.floating[Any]]

_SURE: Final = float(np.sin(np.radians(25.0)))
"""Sine of the bend from which on its direction is taken as it is."""
_HABIT: Final = 0.15
"""How much a nearly straight limb would bend as it always does, against 1 for a bend that is sure."""
_CALM: Final = 4.0
"""How much a nearly straight limb would bend as it does a frame before and after."""
_SOME_FRAMES: Final = 5.0
"""Frames of sure bends that count as much as how a body is built."""


@dataclass(frozen=True)
class Bent:
    """middle: (T, 3) elbow or knee. upper, lower: (T, 3, 3) of the two bones; Y lies along them, X towards the pole."""

    middle: Array
    upper: Array
    lower: Array


def reach(start: Array, end: Array, pole: Array, lengths: tuple[float, float]) -> Bent:
    """The limb from `start` (T, 3) towards `end` (T, 3), its middle on the side of `pole` (T, 3).

    Where the end is out of reach the limb is straight, or as folded as its two lengths allow.
    """
    a, b = lengths
    chord = end - start
    distance = np.clip(np.linalg.norm(chord, axis=-1), max(abs(a - b), 1e-6 * (a + b)), a + b)
    along = directions(chord)
    side = directions(across(pole - start, along))
    share = (a * a + distance * distance - b * b) / (2 * distance)
    out = np.sqrt(np.maximum(a * a - share * share, 0.0))
    middle = start + share[..., None] * along + out[..., None] * side
    last = start + distance[..., None] * along
    hinge = np.cross(side, along)
    return Bent(middle, _frame(middle - start, hinge), _frame(last - middle, hinge))


def _frame(along: Array, hinge: Array) -> Array:
    y = directions(along)
    return np.stack([np.cross(y, hinge), y, hinge], axis=-1)


def pole_sides(start: Array, middle: Array, end: Array, turns: Array, ahead: Array) -> Array:
    """(T, 3) unit vectors, square to the upper bone, to whose side the limb bends over a take, without a jump.

    start, middle, end: (T, 3) its joints. turns: (T, 3, 3) how the upper bone is turned since rest. ahead: (3,) to where the
    middle points at rest, square to the upper bone there.

    Told in the upper bone's own frame, in which a bend hardly changes its side. Where the limb is straight there is none, and
    near that little means a lot: a side is trusted by the square of the bend's sine, else it lies between what the frames beside
    it say and what the limb does on average (a weighted least squares over the take, one tridiagonal system). So a knee that is
    pushed through a little still has its pole ahead.
    """
    upper = directions(middle - start)
    bend = -across(directions(end - middle), upper)
    own = np.einsum("tji,tj->ti", turns, bend)
    axis = directions(turns[0].T @ upper[0])
    first = directions(across(ahead, axis))
    second = np.cross(axis, first)
    flat = np.stack([own @ first, own @ second], axis=-1)
    sine = np.linalg.norm(flat, axis=-1, keepdims=True)
    trust = np.minimum(sine / _SURE, 1.0) ** 2
    sides = flat / np.maximum(sine, 1e-12)
    usual = directions(np.sum(trust * sides, axis=0) + np.array([_SOME_FRAMES, 0.0]))
    habit = _HABIT * (1 - trust)
    calm = _CALM * (1 - np.minimum(trust[1:], trust[:-1]))
    found = _between_neighbours(trust + habit, calm, trust * sides + habit * usual)
    found = directions(np.where(np.linalg.norm(found, axis=-1, keepdims=True) < 1e-9, usual, found))
    turned: Array = np.einsum("tij,tj->ti", turns, found[:, :1] * first + found[:, 1:] * second)
    return turned


def _between_neighbours(own: Array, links: Array, wanted: Array) -> Array:
    """(T, 2) x that minimises sum own |x|^2 - 2 wanted x + links |x next - x|^2; own (T, 1), links (T-1, 1), wanted (T, 2)."""
    count = len(own)
    diagonal = own[:, 0].copy()
    diagonal[:-1] += links[:, 0]
    diagonal[1:] += links[:, 0]
    right, beside = wanted.astype(np.float64).copy(), -links[:, 0]
    for row in range(1, count):  # Thomas's algorithm
        share = beside[row - 1] / diagonal[row - 1]
        diagonal[row] -= share * beside[row - 1]
        right[row] -= share * right[row - 1]
    found = np.empty_like(right)
    found[-1] = right[-1] / diagonal[-1]
    for row in range(count - 2, -1, -1):
        found[row] = (right[row] - beside[row] * found[row + 1]) / diagonal[row]
    return found


def poles(start: Array, middle: Array, end: Array, sides: Array, distance: float) -> Array:
    """(T, 3) where the poles stand: `distance` from the middle (T, 3), square to the line from start to end, on these sides of
    the upper bone (of the line it may be another side, where the limb is folded)."""
    hinge = np.cross(sides, directions(middle - start))
    away = directions(np.cross(directions(end - start), hinge))
    found: Array = middle + distance * away
    return found
