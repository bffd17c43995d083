"""How large a control is drawn, where and which way: of a form that Blender shows in place of the bone. numpy only."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from .transforms import across, directions

Array = NDArray[np.floating[Any]]
Form = Literal["root", "circle", "box", "plate", "sphere", "arc"]


@dataclass(frozen=True)
class Shape:
    """form: what is drawn. at: (3,) its middle; frame: (3, 3) columns are its axes; both in armature space, at rest. size: (3,)
    half of its extent along each."""

    form: Form
    at: Array
    frame: Array
    size: tuple[float, float, float]


def ring(form: Form, at: Array, axis: Array, radius: float, towards: Array) -> Shape:
    """A ring around `axis` (3,); it begins at `towards` (3,)."""
    y = directions(axis)
    z = directions(across(towards, y))
    return Shape(form, at, np.stack([np.cross(y, z), y, z], axis=1), (radius, radius, radius))


def box(form: Form, at: Array, frame: Array, size: tuple[float, float, float]) -> Shape:
    """A form with these axes and half extents."""
    return Shape(form, at, frame, size)


_RINGS: Final = {
    "pelvis": (0.21, 0.3),
    "spine1": (0.17, 0.5),
    "spine2": (0.165, 0.5),
    "spine3": (0.18, 0.5),
    "neck": (0.085, 0.5),
    "head": (0.14, 0.55),
    "collar": (0.06, 0.7),
    "shoulder": (0.075, 0.5),
    "elbow": (0.06, 0.5),
    "wrist": (0.055, 0.6),
    "hip": (0.11, 0.5),
    "knee": (0.085, 0.5),
    "ankle": (0.07, 0.4),
    "foot": (0.05, 0.6),
}
"""Of a joint, without its side: the ring's radius in metres, and how far along the bone it lies."""
_LEVEL: Final = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
"""Joints whose rings lie level at rest."""
_FINGER: Final = 0.012


def shape_of_joint(joint: str, rest: Array, length: float, unit: float, axes: Array) -> Shape:
    """Of the control that turns `joint` and stands at `rest` (4, 4): a ring around it; of jaw and eyes a dot before them."""
    at, along = rest[:3, 3], rest[:3, 1]
    name = joint.removeprefix("left_").removeprefix("right_")
    back, up = axes[:, 1], axes[:, 2]
    if name == "jaw":
        return box("sphere", at - 0.14 * unit * back - 0.05 * unit * up, axes, (0.01 * unit,) * 3)
    if name == "eye_smplhf":
        return box("sphere", at - 0.1 * unit * back, axes, (0.008 * unit,) * 3)
    if name not in _RINGS:
        return ring("circle", at + 0.5 * length * along, along, _FINGER * unit, rest[:3, 2])
    radius, share = _RINGS[name]
    level = name in _LEVEL
    return ring("circle", at + share * length * along, up if level else along, radius * unit, back if level else rest[:3, 2])
