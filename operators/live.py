"""The live slider: moving the intensity changes the take under the present frame at once.

The engine decodes that take at several intensities ahead. The property's update blends them and keys the blend, all within
Blender's own step for the property: undo takes back slider and take together. When the slider rests, the exact take replaces the
blend, as an undo step of its own. Takes are known by what is noted on their actions (core.scene.acted), so all of this goes on
after a file was closed and opened; the levels are decoded anew then.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy

from ..core.act.request import ActRequest
from ..core.engine.act_job import levels_of, submit_levels
from ..core.engine.client import Job
from ..core.engine.levels import Levels
from ..core.engine.wire import act_arguments
from ..core.errors import ThespisError
from ..core.scene.acted import Acted, take_at
from ..core.scene.keyed_cues import keyed
from ..core.scene.rewrite_take import rewrite_take
from ..core.scene.rig import Rig, armature_of, read_rig
from ..core.scene.write_take import check_can_be_keyed
from . import engine, orders
from .act_again import AgainOrder, acted_at_present, request_again
from .act_emotion import chosen_weights, when_acted
from .mouse import is_held
from .names import Name
from .wishes import ActSettings, listeners

REST: Final = 0.3
"""Seconds for which the slider has to rest, let go of, before the exact take is made: it would stall the drag."""
_BETWEEN_LOOKS: Final = 0.03


@dataclass
class _Memory:
    """key: what was decoded, or is: the take and all that makes it but its intensity. levels: when they are there. job: that
    decodes them. place: scene and armature that the panel was last changed for. rests_at: when the exact take is to be made, None
    when it need not. asks: whether other levels may be wanted. order: of the last exact take."""

    key: str = ""
    levels: Levels | None = None
    job: Job | None = None
    place: tuple[Name, Name] | None = None
    rests_at: float | None = None
    asks: bool = False
    order: AgainOrder | None = None


_memory = _Memory()


@dataclass(frozen=True)
class Target:
    """What the slider moves: the take `acted` of `rig`, by `request`."""

    rig: Rig
    acted: Acted
    request: ActRequest
    weights: Path | None

    @property
    def key(self) -> str:
        """Tells levels apart."""
        told = {**act_arguments(self.request), "intensities": None, "take": self.acted.id, "weights": str(self.weights)}
        return json.dumps(told, sort_keys=True)


def why_not(armature: bpy.types.Object | None, scene: bpy.types.Scene) -> str:
    """Why the slider moves nothing on `armature`, in a few words; empty when it moves the take at the present frame."""
    wishes = scene.thespis_act
    if not wishes.live:
        return "Live is off"
    if armature is None:
        return "Select a character"
    if armature.override_library is not None or armature.library is not None:
        return "Not on a linked character"
    if armature.mode not in ("OBJECT", "POSE"):
        return "Not in this mode"
    if wishes.follow_keys and "intensity" in keyed(scene):
        return "Keyed: Act follows the keys"
    try:
        check_can_be_keyed(armature)
    except ThespisError:
        return "Not as the character is now"
    return "" if take_at(armature, scene.frame_current) is not None else "No take of Thespis at this frame"


def is_busy() -> bool:
    """Whether something plays or renders, during which nothing may be changed."""
    windows = bpy.context.window_manager.windows
    return bpy.app.is_job_running("RENDER") or any(window.screen.is_animation_playing for window in windows)


def changed(wishes: ActSettings, context: bpy.types.Context, slides: bool) -> None:
    """The animator has changed something in the panel; slides: the intensity."""
    scene = context.scene
    if not orders.has_timers() or scene is None or scene != wishes.id_data:
        return
    view_layer = context.view_layer
    armature = armature_of(view_layer.objects.active) if view_layer is not None else None
    _cancel_exact()
    if context.mode not in ("OBJECT", "POSE") or armature is None or is_busy():
        return
    target = _target(armature, scene)
    if target is None:
        return
    _memory.place = Name.of("scenes", scene), Name.of("objects", armature)
    _memory.asks = True
    if slides:
        if _memory.levels is not None and _memory.key == target.key:
            with suppress(ThespisError):  # the exact take says what is wrong
                motion = _memory.levels.motion(wishes.intensity)
                rewrite_take(target.rig, motion, scene, target.acted, target.request)
        _memory.rests_at = time.monotonic() + REST
    _watch()


def prepare(armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """A take was acted: decode it at all intensities, for the slider will be moved."""
    if orders.has_timers():
        _memory.place = Name.of("scenes", scene), Name.of("objects", armature)
        _memory.asks = True
        _watch()


def listen() -> None:
    """Hear from now on what is changed in the panel, and what is acted."""
    forget()
    listeners[:] = [changed]
    when_acted[:] = [prepare]


def forget() -> None:
    """Drop what was decoded, and look no more."""
    global _memory
    _cancel(_memory.job)
    _memory = _Memory()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def _target(armature: bpy.types.Object, scene: bpy.types.Scene) -> Target | None:
    if why_not(armature, scene):
        return None
    with suppress(ThespisError):
        acted = acted_at_present(armature, scene)
        request = request_again(acted, scene.thespis_act, scene)
        return Target(read_rig(armature), acted, request, chosen_weights(bpy.context))
    return None


def _watch() -> None:
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=0.0, persistent=True)


def _look() -> float | None:
    """The timer: hands in what is to be decoded, takes what was, and has the exact take made."""
    engine.poll()
    job = _memory.job
    if job is not None and job.is_over:
        _memory.job = None
        with suppress(ThespisError):  # then the slider goes without; the exact take says what is wrong
            _memory.levels = levels_of(job)
    rests = _memory.rests_at is not None and time.monotonic() >= _memory.rests_at and not is_busy() and not is_held()
    if _memory.asks or rests:
        target, scene = _placed()
        if _memory.asks:
            _memory.asks = False
            if target is not None:
                _ask(target)
        if rests:
            _memory.rests_at = None
            if target is not None and scene is not None:
                _settle(target, scene)
    return _BETWEEN_LOOKS if _memory.job is not None or _memory.rests_at is not None or _memory.asks else None


def _placed() -> tuple[Target | None, bpy.types.Scene | None]:
    """What the panel was last changed for, if it is all still there."""
    if _memory.place is None:
        return None, None
    scene, armature = (name.find() for name in _memory.place)
    if scene is None or armature is None or scene != bpy.context.scene:
        return None, None
    return _target(armature, scene), scene


def _ask(target: Target) -> None:
    """Have the levels of `target` decoded unless they are there, or on their way."""
    key = target.key
    if key == _memory.key and (_memory.levels is not None or _memory.job is not None):
        return
    _cancel(_memory.job)
    _memory.key, _memory.levels, _memory.job = key, None, None
    with suppress(ThespisError):
        _memory.job = submit_levels(engine.client(bpy.context), target.request, target.weights)


def _settle(target: Target, scene: bpy.types.Scene) -> None:
    """Have the exact take made."""
    order = AgainOrder(scene, target.rig, target.acted, target.request, target.weights, exact=True)
    try:
        orders.give(order, bpy.context)
        _memory.order = order
    except ThespisError as error:
        orders.messages.append(("ERROR", str(error)))


def _cancel_exact() -> None:
    """What is being made is not wanted any more."""
    _memory.rests_at = None
    for entry in orders.running:
        if entry.order is _memory.order:
            _cancel(entry.job)
    _memory.order = None


def _cancel(job: Job | None) -> None:
    client = engine.client_or_none(bpy.context)
    if job is not None and client is not None:
        client.cancel(job)
