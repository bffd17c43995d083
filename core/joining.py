"""A stretch put in between what stays before and after it, without a jump of place or speed at either end. numpy only.

What stays is extrapolated into the stretch as an offset that dies away (inertialization, Bollo 2018), at its beginning and, seen
backwards, at its end.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .act.curves import dying, running_out
from .scene.rotations import quaternions_from_axis_angle

Array = NDArray[np.floating[Any]]

LONGEST: Final = 0.5
"""Seconds in which an offset dies away, at most; and at most half the stretch."""


def joined_values(values: Array, fps: float, before: Array | None, after: Array | None) -> Array:
    """(T, ...) numbers that begin and end as what stays does.

    before: (2, ...) of it one frame before the stretch and in its first frame; after: (2, ...) in its last frame and one after.
    None where nothing is there.
    """
    out = np.array(values, np.float64)
    shares = _shares(len(values), fps)
    for there, turned in ((before, False), (after, True)):
        if there is None:
            continue
        own, wanted = (values[::-1], there[::-1]) if turned else (values, there)
        change = _dying(wanted[1] - own[0], wanted[1] - wanted[0] - (own[min(1, len(own) - 1)] - own[0]), shares)
        out += change[::-1] if turned else change
    return out


def joined_turns(turns: Array, fps: float, before: Array | None, after: Array | None) -> Array:
    """The same of unit quaternions (T, ..., 4), w first, whose signs do not matter; those of the result do not jump."""
    out = np.array(turns, np.float64)
    shares = _shares(len(turns), fps)
    for there, backwards in ((before, False), (after, True)):
        if there is None:
            continue
        own, wanted = (turns[::-1], there[::-1]) if backwards else (turns, there)
        offset = turned_by(times(wanted[1], inverse(own[0])))
        speed = turned_by(times(wanted[1], inverse(wanted[0]))) - turned_by(times(own[min(1, len(own) - 1)], inverse(own[0])))
        change = quaternions_from_axis_angle(_dying(offset, speed, shares))
        out = times(change[::-1] if backwards else change, out)
    reference = out[0] if before is None else before[1]
    out[0] *= np.where((out[0] * reference).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    flips = np.where((out[1:] * out[:-1]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    out[1:] *= np.cumprod(flips, axis=0)
    return out


def times(first: Array, second: Array) -> Array:
    """(..., 4) the quaternion product: the turn that does `second` first."""
    w, v, x, u = first[..., :1], first[..., 1:], second[..., :1], second[..., 1:]
    return np.concatenate([w * x - (v * u).sum(-1, keepdims=True), w * u + x * v + np.cross(v, u)], axis=-1)


def inverse(turns: Array) -> Array:
    """(..., 4) the turns back."""
    return turns * np.array([1.0, -1.0, -1.0, -1.0])


def turned_by(turns: Array) -> Array:
    """(..., 3) axis-angle of unit quaternions, the short way round."""
    turns = turns * np.where(turns[..., :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(turns[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, turns[..., :1])
    return np.asarray(turns[..., 1:] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0))


def _shares(frames: int, fps: float) -> tuple[Array, Array]:
    """(T,) how much of an offset, and of a speed a frame, is left at each frame of the stretch."""
    span = max(1.0, min(LONGEST * fps, (frames - 1) / 2))
    time = np.arange(frames, dtype=np.float64)
    return dying(time / span), running_out(time, span)


def _dying(offset: Array, speed: Array, shares: tuple[Array, Array]) -> Array:
    """(T, ...) an offset that dies away, and one that goes on with `speed` a frame and comes back."""
    shape = (-1, *[1] * np.ndim(offset))
    return np.asarray(shares[0].reshape(shape) * offset + shares[1].reshape(shape) * speed)
