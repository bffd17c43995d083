"""Takes that Act has written: what of them is noted on their actions, so that a slider finds them again, also after the file was
closed and opened, whatever was renamed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import bpy
import numpy as np

from ..act.request import ActRequest
from ..engine.wire import act_arguments, act_request
from ..errors import ThespisError
from ..motion import Motion
from ..skeleton import JOINT_COUNT
from .take_channels import Part
from .write_take import Where

_KEY: Final = "thespis_takes"
"""Custom property of an action: the takes in it, by their ids."""


@dataclass(frozen=True)
class Acted:
    """A take that Act wrote.

    id: of the take, whatever it is called. request: that made it, with its start. where, part: as it was asked for. first, last:
    frames of its first and last key, in its action. checksum: of its keys (core.scene.rewrite_take), which tells whether they
    were changed by hand since.
    """

    id: str
    request: ActRequest
    where: Where
    part: Part
    first: float
    last: float
    checksum: int


@dataclass(frozen=True)
class Played:
    """Where a take is played: by the action that an armature has itself (strip None), or by a strip of its NLA."""

    id: str
    action: bpy.types.Action
    strip: bpy.types.NlaStrip | None

    def read(self) -> Acted | None:
        """The take; None when what is noted of it cannot be read."""
        try:
            return _acted(self.id, self.action[_KEY][self.id])
        except (KeyError, ValueError, TypeError, AttributeError, ThespisError):
            return None


def note_take(actions: tuple[bpy.types.Action, ...], acted: Acted) -> None:
    """Note the take on its actions, the armature's first. Takes in whose keys it was written are no more."""
    for action in actions:
        noted = dict(_noted(action))
        for key, told in noted.items():
            if key == acted.id or (told["first"] < acted.last and told["last"] > acted.first):
                del action[_KEY][key]
        if _KEY not in action:
            action[_KEY] = {}
        action[_KEY][acted.id] = _told(acted)


def takes_of(owner: bpy.types.ID) -> Iterator[Played]:
    """The takes that `owner` plays, the topmost first; nothing is made or changed."""
    data = owner.animation_data
    if data is None:
        return
    if data.action is not None:
        yield from (Played(key, data.action, None) for key in _noted(data.action))
    for track in reversed(list(data.nla_tracks)):
        for strip in track.strips:
            if strip.action is not None and not track.mute and not strip.mute:
                yield from (Played(key, strip.action, strip) for key in _noted(strip.action))


def take_at(owner: bpy.types.ID, frame: float) -> Played | None:
    """The topmost take that `owner` plays at the scene frame `frame`; None when there is none."""
    for played in takes_of(owner):
        told, at = played.action[_KEY][played.id], _frame_in(played.strip, frame)
        if told["first"] - 1e-3 <= at <= told["last"] + 1e-3 and played.action.library is None:
            return played
    return None


def take_called(owner: bpy.types.ID, take_id: str) -> Played | None:
    """The take of this id, if `owner` plays it."""
    return next((played for played in takes_of(owner) if played.id == take_id), None)


def _frame_in(strip: bpy.types.NlaStrip | None, frame: float) -> float:
    """The frame of the strip's action that it plays at the scene frame `frame`."""
    if strip is None:
        return frame
    return float(strip.action_frame_start + (frame - strip.frame_start) / strip.scale)


def _noted(action: bpy.types.Action) -> dict[str, Any]:
    """What is noted on the action, by id, as far as it looks like a take."""
    told = action.get(_KEY)
    if told is None or not hasattr(told, "items"):
        return {}
    return {key: take for key, take in told.items() if hasattr(take, "keys") and {"first", "last"} <= set(take.keys())}


def _told(acted: Acted) -> dict[str, Any]:
    start = acted.request.start
    told: dict[str, Any] = {
        "request": json.dumps(act_arguments(acted.request)),
        "where": acted.where,
        "part": acted.part,
        "first": acted.first,
        "last": acted.last,
        "checksum": f"{acted.checksum:08x}",  # too large for Blender's whole numbers
    }
    if start is not None:
        told |= {name: np.asarray(getattr(start, name), np.float64).ravel().tolist() for name in _START}
        told |= {"rate": start.fps, "gender": start.gender, "body_model": start.body_model, "frames": len(start)}
    return told


_START: Final = ("poses", "trans", "betas", "expression")


def _acted(take_id: str, told: Any) -> Acted:
    start = None
    if "poses" in told:
        poses, trans, betas, expression = (np.array(told[name][:]) for name in _START)
        frames = int(told["frames"])
        start = Motion(
            poses.reshape(frames, JOINT_COUNT, 3),
            trans.reshape(frames, 3),
            betas,
            expression.reshape(frames, -1),
            float(told["rate"]),
            gender=str(told["gender"]),
            body_model=str(told["body_model"]),
        )
    where, part = told["where"], told["part"]
    if where not in get_args(Where) or part not in get_args(Part):
        raise ValueError(where, part)
    request = replace(act_request(json.loads(told["request"]), None), start=start)
    return Acted(take_id, request, where, part, float(told["first"]), float(told["last"]), int(told["checksum"], 16))
