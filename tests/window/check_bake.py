"""Bake by clicks: root motion chosen in the panel, a click, Ctrl+Z."""

from pathlib import Path

import numpy as np

from .hand import over_the_view


def test_a_take_is_baked_taken_back_and_done_again(unfolded, walk: Path, picture):
    unfolded.ask("act.bring", str(walk))
    before = unfolded.ask("act.pose", 20)
    unfolded.ask("take.bake_with", {"root": "ROOT_TURN", "tolerance": 1.0})
    unfolded.find("operator", "thespis.bake")
    picture("bake", unfolded)
    unfolded.press("operator", "thespis.bake")
    baked = unfolded.until(lambda pose: pose["action"] != before["action"], "act.pose", 20)
    assert baked["action"].endswith(" baked") and unfolded.ask("take.root") == "root"
    assert _apart(baked, before) < 1e-3
    over_the_view(unfolded)
    unfolded.keys("ctrl+z")
    back = unfolded.until(lambda pose: pose["action"] == before["action"], "act.pose", 20)
    assert _apart(back, before) < 1e-5 and unfolded.ask("take.root") == "", "one step takes back all of it"
    unfolded.keys("ctrl+shift+z")
    unfolded.until(lambda pose: pose["action"] == baked["action"], "act.pose", 20)


def _apart(one: dict, other: dict) -> float:
    return max(float(np.abs(np.subtract(one["bones"][name], other["bones"][name])).max()) for name in one["bones"])
