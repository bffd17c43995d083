"""The least: the zip is installed, the panels are there, an emotion is acted by clicks, Ctrl+Z takes it back."""

import time
from pathlib import Path
from typing import Final

from .hand import over_the_view

_IDLE: Final = 2.0
"""Seconds."""


def test_the_panels_show(blender, picture):
    box = blender.find("operator", "thespis.choose_clip")
    left, _, right, _ = blender.ask("sight.box_of_sidebar")
    assert left <= box[0] < box[2] <= right
    picture("first", blender)


def test_nothing_is_drawn_while_nothing_happens(unfolded, walk: Path):
    unfolded.ask("act.bring", str(walk))
    unfolded.ask("timing.watch")
    unfolded.still()
    unfolded.ask("timing.forget")
    time.sleep(_IDLE)
    assert unfolded.ask("timing.draws") <= 1 and len(unfolded.ask("timing.seen")) <= 1, "of the panels, and of the 3D view"


def test_an_emotion_is_acted_taken_back_and_done_again(blender, walk: Path, picture):
    blender.ask("act.bring", str(walk))
    before = blender.ask("act.pose", 40)
    blender.press("operator", "thespis.act_emotion")
    job = blender.until(bool, "sight.jobs")[0]
    assert "joy" in job["title"], job
    blender.until(lambda jobs: not jobs, "sight.jobs")
    said = blender.ask("sight.messages")
    assert [level for level, _ in said] == ["INFO"], said
    acted = blender.ask("act.pose", 40)
    assert acted["action"] != before["action"] and _apart(acted, before) > 0.02
    picture("act-done", blender)

    over_the_view(blender)
    blender.keys("ctrl+z")
    back = blender.until(lambda pose: pose["action"] == before["action"], "act.pose", 40)
    assert _apart(back, before) < 1e-5, "one step takes back all of it"
    assert acted["action"] not in blender.ask("sight.contents")["actions"]
    blender.keys("ctrl+shift+z")
    again = blender.until(lambda pose: pose["action"] == acted["action"], "act.pose", 40)
    assert _apart(again, acted) < 1e-5


def _apart(one: dict, other: dict) -> float:
    return max(abs(a - b) for name in one["bones"] for a, b in zip(one["bones"][name], other["bones"][name], strict=True))
