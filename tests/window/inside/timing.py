"""Takes the time of what Blender does, on the clock that all processes share."""

import statistics
import sys
import time

import bpy
import sight

drawn: list[tuple[float, float, list[float]]] = []
"""When the 3D view was drawn, the slider, and where a hand and the head were then."""
shown: list[tuple[float, str]] = []
"""When the sidebar's main panel was drawn, and what stood on the first job's bar; "" when there was none."""
costs: dict[str, list[float]] = {}
"""Panel -> seconds of processor time that each draw took."""
updates: list[float] = []
_handles: list = []


def watch() -> None:
    """Note from now on when the view and the panels are drawn."""
    _handles.append(bpy.types.SpaceView3D.draw_handler_add(_note_view, (), "WINDOW", "POST_PIXEL"))
    for kind in bpy.types.Panel.__subclasses__():
        if ".thespis." in kind.__module__ and "draw" in vars(kind):
            _time(kind)


def _note_view() -> None:
    rig = next((thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE"), None)
    if rig is None:
        return
    places = [value for name in ("head", "left_wrist", "right_wrist") for value in rig.pose.bones[name].matrix.translation]
    drawn.append((time.monotonic(), bpy.context.scene.thespis_act.intensity, places))


def _time(kind: type) -> None:
    draw = kind.draw

    def timed(self: object, context: object) -> None:
        started = time.thread_time()
        draw(self, context)
        costs.setdefault(kind.__name__, []).append(time.thread_time() - started)
        if kind.__name__ == "THESPIS_PT_main":
            jobs = sight.jobs()
            shown.append((time.monotonic(), (jobs[0]["text"] or "Done") if jobs else ""))

    kind.draw = timed


def watch_slider() -> None:
    """Note from now on how long Thespis is busy when something is changed in the panel, the slider above all."""
    listeners = sight.part("operators.wishes").listeners
    heard = list(listeners)

    def timed(*change: object) -> None:
        started = time.monotonic()
        for listener in heard:
            listener(*change)
        updates.append(time.monotonic() - started)

    listeners[:] = [timed]


def slid() -> list[float]:
    """Seconds of each change."""
    return updates


def seen() -> list:
    return drawn


def bars() -> list:
    return shown


def panel_costs() -> dict[str, float]:
    """Milliseconds of a draw of each panel, the median."""
    return {name: 1000 * statistics.median(values) for name, values in costs.items()}


def draws() -> int:
    return len(costs.get("THESPIS_PT_main", []))


def forget() -> None:
    drawn.clear()
    shown.clear()
    costs.clear()
    updates.clear()


def enable() -> float:
    """Seconds that it takes to import and to enable the extension, of processor time: nothing of it is loaded before."""
    bpy.ops.preferences.addon_disable(module=sight.MODULE)
    for name in [name for name in sys.modules if name.startswith(sight.MODULE)]:
        del sys.modules[name]
    started = time.thread_time()
    bpy.ops.preferences.addon_enable(module=sight.MODULE)
    return time.thread_time() - started
