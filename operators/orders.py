# mypy: disable-error-code="valid-type"
"""Orders: what an animator asked of the engine, followed from a timer, and brought into the scene as one undo step.

In the window an operator hands its order in and returns; the timer takes the order from job to job, and at its end calls an
undoable operator in a window's context. Without a window there are no timers: the operator waits.
"""

import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import bpy
from bpy.app.handlers import persistent
from bpy.props import IntProperty

from ..core.engine.client import Job
from ..core.errors import CancelledError, ThespisError
from . import engine
from .mouse import is_held
from .names import Name

_BETWEEN_LOOKS: Final = 0.05
"""Seconds."""
_BETWEEN_REDRAWS: Final = 0.2
_KEPT: Final = 6
"""Messages."""


class Order:
    """One thing asked for, in one or more jobs; holds names of data-blocks, never references.

    title: what the panel calls it. scene: where it belongs. finisher: the operator in bpy.ops.thespis that ends it. quiet: nobody
    asked for it by a click, and the panel does not show it unless it fails.
    """

    finisher: str
    quiet: bool = False
    shares: ClassVar[tuple[float, ...]] = (1.0,)
    """How much of the whole each of its jobs takes, about; an order that can do without the last ones ends early."""

    def __init__(self, title: str, scene: bpy.types.Scene) -> None:
        self.title = title
        self.scene = Name.of("scenes", scene)
        self.error: ThespisError | None = None
        self.notes: list[str] = []

    def next_job(self, before: Job | None) -> Job | None:
        """Hand in the next job, after `before` (None at first) is over; None when all are done. Raises ThespisError."""
        raise NotImplementedError

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Bring it into the context's scene; returns what is to be said: INFO or WARNING, and a line. Raises ThespisError."""
        raise NotImplementedError

    def kept(self) -> str:
        """What is not lost when it cannot be finished, as a sentence; empty for nothing."""
        return ""


@dataclass(eq=False)
class Running:
    """An order and its present job; loads: how many files had been opened when it was given; jobs: how many are over."""

    order: Order
    job: Job | None
    loads: int
    jobs: int = 0

    @property
    def share(self) -> float:
        """How much of the order is done, 0 to 1; it never falls."""
        shares = self.order.shares
        done = sum(shares[: self.jobs])
        return done + (self.job.share * shares[self.jobs] if self.job is not None and self.jobs < len(shares) else 0.0)


running: Final[list[Running]] = []
"""Orders that are not finished, for the panel."""
messages: Final[list[tuple[str, str]]] = []
"""What came of the last orders: ERROR, WARNING or INFO, and a line; for the panel."""

_waiting: Final[dict[int, Order]] = {}
_state = {"loads": 0, "number": 0, "redrawn": 0.0}


class Finisher:
    """An operator that ends an order: undoable, found by nobody."""

    bl_options: ClassVar = {"UNDO", "INTERNAL"}
    number: IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Finish the order `number`; on an error the scene stays as it is."""
        order = _waiting.get(self.number)
        if order is None:
            return {"CANCELLED"}
        try:
            for level, text in [*order.finish(context), *(("INFO", note) for note in order.notes)]:
                self.report({level}, text)  # type: ignore[attr-defined]
                messages.append((level, text))
        except ThespisError as error:
            order.error = error
            return {"CANCELLED"}
        return {"FINISHED"}


def has_timers() -> bool:
    """Whether there is a window; without one no timer ever fires."""
    return not bpy.app.background


def give(order: Order, context: bpy.types.Context) -> set[str]:
    """Hand in `order`; returns what the operator that does so returns. Without a window it waits, and the order is done.

    Raises ThespisError.
    """
    if not order.quiet:
        messages.clear()
    job = order.next_job(None)
    if has_timers():
        running.append(Running(order, job, int(_state["loads"])))
        if not bpy.app.timers.is_registered(_look):
            bpy.app.timers.register(_look, first_interval=_BETWEEN_LOOKS, persistent=True)
        _redraw()
        return {"FINISHED"}
    client = engine.client(context) if job is not None else None
    while job is not None and client is not None:
        with suppress(ThespisError):  # the order knows what it means
            client.wait(job)
        job = _next(order, job)
    _finish(order)
    return {"FINISHED"}


def _next(order: Order, job: Job) -> Job | None:
    if job.note:
        order.notes.append(job.note)
    return order.next_job(job)


def cancel(number: int) -> None:
    """Cancel the running order at `number`."""
    if 0 <= number < len(running):
        job = running[number].job
        client = engine.client_or_none(bpy.context)
        if job is not None and client is not None:
            client.cancel(job)


def forget() -> None:
    """Drop all orders and look no more."""
    running.clear()
    messages.clear()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


@persistent
def note_load(*_arguments: object) -> None:
    """Another file was opened: orders of the one before do not belong into it."""
    _state["loads"] += 1


def _look() -> float | None:
    """The timer."""
    changed = engine.poll()
    for entry in list(running):
        if entry.job is None or entry.job.is_over:
            changed = _advance(entry) or changed
    if changed:
        _redraw()
    return _BETWEEN_LOOKS if running else None


def _advance(entry: Running) -> bool:
    """Take an order on; True when something has changed. Whatever happens here, the timer goes on."""
    order = entry.order
    try:
        if entry.job is not None:
            entry.job, entry.jobs = _next(order, entry.job), entry.jobs + 1
        if entry.job is not None:
            return True
        if not _may_change():
            return False
        running.remove(entry)
        if entry.loads != _state["loads"]:
            kind = CancelledError if order.quiet else ThespisError
            raise kind(f"{order.title}: another file is open now. {order.kept()}".strip())
        _finish(order)
    except CancelledError:
        _drop(entry, "INFO", f"{order.title}: cancelled. {order.kept()}".strip())
    except ThespisError as error:
        _drop(entry, "ERROR", str(error))
    except Exception as error:
        traceback.print_exc()
        _drop(entry, "ERROR", f"{order.title}: {type(error).__name__}: {error} {order.kept()}".strip())
    del messages[:-_KEPT]
    return True


def _drop(entry: Running, level: str, text: str) -> None:
    if entry in running:
        running.remove(entry)
    if level == "ERROR" or not entry.order.quiet:
        messages.append((level, text))


def _finish(order: Order) -> None:
    """Call the undoable operator where the order belongs. Raises ThespisError."""
    scene = order.scene.find()
    if scene is None:
        raise ThespisError(f"{order.title}: its scene is gone. {order.kept()}".strip())
    number = int(_state["number"]) + 1
    _state["number"] = number
    _waiting[number] = order
    try:
        with bpy.context.temp_override(**_place(scene)):
            getattr(bpy.ops.thespis, order.finisher)("EXEC_DEFAULT", True, number=number)
    finally:
        del _waiting[number]
    if order.error is not None:
        raise order.error


def _place(scene: bpy.types.Scene) -> dict[str, Any]:
    """The context of a window that shows `scene`; of any window, showing it, when there is none."""
    if scene == bpy.context.scene and bpy.context.window is not None:
        return {"window": bpy.context.window}
    windows = bpy.context.window_manager.windows
    window = next((window for window in windows if window.scene == scene), None)
    if window is not None:
        return {"window": window}
    if scene == bpy.context.scene:
        return {}
    return {"scene": scene, "view_layer": scene.view_layers[0]}


def _may_change() -> bool:
    """Whether nobody is in the middle of something that a change would spoil: dragging, a slider also, or rendering."""
    if bpy.app.is_job_running("RENDER") or is_held():
        return False
    for window in bpy.context.window_manager.windows:
        for operator in getattr(window, "modal_operators", ()):
            if "UNDO" in operator.bl_options:
                return False
    return True


def _redraw() -> None:
    """Draw the sidebars again, a few times a second at most while nothing ends."""
    now = time.monotonic()
    if running and now - _state["redrawn"] < _BETWEEN_REDRAWS:
        return
    _state["redrawn"] = now
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


class THESPIS_OT_cancel_job(bpy.types.Operator):
    """Stop it; nothing half-made is left"""

    bl_idname = "thespis.cancel_job"
    bl_label = "Cancel"
    bl_options: ClassVar = {"INTERNAL"}

    number: IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Cancel the order."""
        cancel(self.number)
        return {"FINISHED"}


class THESPIS_OT_clear_messages(bpy.types.Operator):
    """Take the messages away"""

    bl_idname = "thespis.clear_messages"
    bl_label = "Clear"
    bl_options: ClassVar = {"INTERNAL"}

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Forget them."""
        messages.clear()
        return {"FINISHED"}
