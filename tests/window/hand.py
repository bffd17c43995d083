"""What a hand does in several steps."""

import shutil
from pathlib import Path

from .blender import Blender

_STEPS = 8


def over_the_view(blender: Blender) -> None:
    """Into the 3D view: keys go to what is under the mouse."""
    left, top, *_ = blender.ask("sight.box_of_sidebar")
    blender.move(left - 250, top + 300)


def acted(blender: Blender, live: bool = True) -> None:
    """Click on Act, and wait until the take is there; live: decoded for the slider, too."""
    blender.press("operator", "thespis.act_emotion")
    blender.until(lambda said: [level for level, _ in said] == ["INFO"], "sight.messages")
    if live:
        blender.until(bool, "act.levels_are_there")


def chosen(blender: Blender, clip: Path, folder: Path, end: int) -> None:
    """Choose a clip, and wait until it was looked at. folder: for the take. end: the last frame to fit, -1 for all."""
    folder.mkdir(exist_ok=True)
    shown = blender.home / clip.name  # no picture shows where the project lies
    shutil.copyfile(clip, shown)
    blender.ask("work.choose", str(shown), str(folder), end)
    blender.until(lambda look: look["frames"] > 0, "work.look")
    blender.until(lambda jobs: not jobs, "sight.jobs")


def drag(blender: Blender, box: tuple[int, int, int, int], start: float, end: float, let_go: bool = True) -> None:
    """Drag a slider in `box` from one share of its width to another, in steps, and let go of it."""
    left, top, right, bottom = box
    xs = [left + (right - left) * (start + (end - start) * step / _STEPS) for step in range(_STEPS + 1)]
    y = (top + bottom) / 2
    blender.move(xs[0], y)
    blender.screen.do("mousedown 1")
    for x in xs[1:]:
        blender.screen.do(f"mousemove {x:.0f} {y:.0f}")
        blender.settle()
    if let_go:
        blender.screen.do("mouseup 1")
        blender.settle()
