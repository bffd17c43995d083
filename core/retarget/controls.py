"""The target's bones that get keys, what each goes along with, and how all of them lie when each is turned in a given way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .turns import apply, transposed

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Control:
    """A bone that gets keys. head (3,), axes (3, 3): at rest, in armature space. role: empty for one that only goes along.

    turned_by, carried_by: the control that turns it and the one that moves it along when nothing is keyed on it, whatever lies
    between; -1: none does. along: (3, 3) the axes along which it is moved, at rest: its own ones, or those of the bone above.
    """

    bone: str
    role: str
    head: Array
    axes: Array
    turned_by: int
    carried_by: int
    along: Array


@dataclass(frozen=True)
class Pose:
    """Of C controls over T frames, in armature space. turns: (T, C, 3, 3) since rest. heads: (T, C, 3)."""

    turns: Array
    heads: Array


def in_order(controls: Sequence[Control]) -> list[int]:
    """Their numbers, each after the one that carries it. Raises ValueError when two carry each other."""
    done: list[int] = []
    waiting = list(range(len(controls)))
    while waiting:
        ready = [k for k in waiting if controls[k].carried_by in (-1, *done)]
        if not ready:
            raise ValueError("bones that go along with each other")
        done += ready
        waiting = [k for k in waiting if k not in ready]
    return done


def posed(controls: Sequence[Control], order: Sequence[int], turns: Array, moved: Mapping[int, Array]) -> Pose:
    """Where the controls are when they are turned by `turns` (T, C, 3, 3) since rest, and some are moved (T, 3) besides."""
    heads = np.empty((len(turns), len(controls), 3))
    for k in order:
        control = controls[k]
        by = control.carried_by
        if by < 0:
            heads[:, k] = control.head
        else:
            reach = np.broadcast_to(control.head - controls[by].head, (len(turns), 3))
            heads[:, k] = heads[:, by] + apply(turns[:, by], reach)
        if k in moved:
            heads[:, k] += moved[k]
    return Pose(turns, heads)


def own_turns(controls: Sequence[Control], turns: Array) -> Array:
    """(T, C, 3, 3) each control's turn in its own axes, as its keys tell it."""
    local = np.empty_like(turns)
    for k, control in enumerate(controls):
        by = turns[:, control.turned_by] if control.turned_by >= 0 else np.eye(3)
        local[:, k] = control.axes.T @ transposed(by) @ turns[:, k] @ control.axes
    return local


def own_place(controls: Sequence[Control], k: int, turns: Array, moved: Array) -> Array:
    """(T, 3) the location that moves control k by `moved` (T, 3) in armature space."""
    control = controls[k]
    by = turns[:, control.turned_by] if control.turned_by >= 0 else np.broadcast_to(np.eye(3), (len(moved), 3, 3))
    return apply(control.along.T @ transposed(by), moved)
