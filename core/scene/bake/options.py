"""What can be asked of a bake, and what comes of it."""

from dataclasses import dataclass
from typing import Any, Literal

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Span = Literal["ACTION", "SCENE", "PREVIEW", "FRAMES"]
RootMotion = Literal["PELVIS", "ROOT", "ROOT_TURN", "IN_PLACE"]
Below = Literal["MUTE", "KEEP"]


@dataclass(frozen=True)
class BakeOptions:
    """How a take is baked.

    rate: keys a second (None: the scene's). At another rate than the scene's they lie between frames: real time is kept.
    span: the frames that the armature's action and NLA cover, those of the scene, of its preview range, or `first` to `last`.
    root: where travelling goes. PELVIS: left on it. ROOT: on a root bone, the place only; ROOT_TURN: place and heading. IN_PLACE:
    taken away, heights and turns stay.
    steady: seconds over which the root's path is averaged; what is left of sways stays on the pelvis.
    loop: the last pose becomes the first; what a root bone travels is kept.
    tolerance: millimetres by which any joint may stray from the take with a key in every frame; 0 keeps all those keys.
    face_tolerance: the same for the values of shape keys. face: whether shape keys are baked.
    name: of the new action (empty: after the former). below: what becomes of the NLA, muted or left playing under the bake.
    """

    rate: float | None = None
    span: Span = "ACTION"
    first: float = 1.0
    last: float = 250.0
    root: RootMotion = "PELVIS"
    steady: float = 0.0
    loop: bool = False
    tolerance: float = 2.0
    face_tolerance: float = 0.01
    face: bool = True
    name: str = ""
    below: Below = "MUTE"


@dataclass(frozen=True)
class Baked:
    """action: that moves the armature; actions: all of them, for the face has one of its own before Blender 4.4.

    first, last: scene frames of the first and the last key; rate: keys a second of the full take. loop: whether it is one.
    displacement: (3,) metres from the first to the last frame by which the root bone travels (the pelvis where there is none),
    in Blender's axes for a character that faces -Y at rest; turn: radians by which its heading changes, to its left.
    root_bone: that carries the travel, None where none does.
    keys_before, keys_after: of all F-curves, with a key in every frame and as written. worst_error: millimetres by which a
    joint is furthest from where it is with all keys; lost: by which even those cannot tell what constraints show (of a loop,
    which is meant to differ: 0). muted: what would have moved it again, in words; empty for nothing.
    """

    action: bpy.types.Action
    actions: tuple[bpy.types.Action, ...]
    first: float
    last: float
    rate: float
    loop: bool
    displacement: Array
    turn: float
    root_bone: str | None
    keys_before: int
    keys_after: int
    worst_error: float
    lost: float
    muted: str
