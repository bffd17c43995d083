"""Bake by clicks: root motion chosen in the panel, a click, Ctrl+Z."""

from pathlib import Path

import numpy as np

from .hand import over_the_view


def test_a_take_is_baked_taken_back_and_done_again(blender, walk: Path, picture):
    blender.ask("take.bring", str(walk))
    before = blender.ask("act.pose", 20)
    blender.ask("take.bake_with", {"root": "ROOT_TURN", "tolerance": 1.0})
    blender.find("operator", "thespis.bake")
    picture("bake", blender)
    blender.press("operator", "thespis.bake")
    baked = blender.until(lambda pose: pose["action"] != before["action"], "act.pose", 20)
    assert baked["action"].endswith(" baked") and blender.ask("take.root") == "root"
    assert _apart(baked, before) < 1e-3
    over_the_view(blender)
    blender.keys("ctrl+z")
    back = blender.until(lambda pose: pose["action"] == before["action"], "act.pose", 20)
    assert _apart(back, before) < 1e-5 and blender.ask("take.root") == "", "one step takes back all of it"
    blender.keys("ctrl+shift+z")
    blender.until(lambda pose: pose["action"] == baked["action"], "act.pose", 20)


def _apart(one: dict, other: dict) -> float:
    return max(float(np.abs(np.subtract(one["bones"][name], other["bones"][name])).max()) for name in one["bones"])
