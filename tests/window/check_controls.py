"""A control rig in the window: added by a click, a hand moved by the mouse's keys, baked, taken back."""

from pathlib import Path

import numpy as np

from .hand import over_the_view


def test_controls_are_added_moved_and_baked(unfolded, walk: Path):
    unfolded.ask("act.bring", str(walk))
    before = unfolded.ask("controls.state")
    unfolded.press("operator", "thespis.add_control_rig")
    added = unfolded.until(lambda now: now["mode"] == "POSE", "controls.state")
    assert added["active"] == f"{before['active']} controls"
    np.testing.assert_allclose(added["joints"], before["joints"], atol=1e-3)
    unfolded.ask("controls.from_the_front")
    unfolded.find("operator", "thespis.bake_to_bones")

    unfolded.ask("controls.choose", "left_hand_ik")
    over_the_view(unfolded)
    unfolded.keys("g", "z", "period", "1", "Return")
    unfolded.keys("i")
    moved = unfolded.until(lambda now: abs(now["joints"][0][2] - before["joints"][0][2] - 0.1) < 0.01, "controls.state")
    np.testing.assert_allclose(moved["joints"][1], before["joints"][1], atol=1e-3)
    unfolded.press("operator", "thespis.bake_to_bones")
    baked = unfolded.until(lambda now: now["active"] == before["active"], "controls.state")
    assert baked["objects"] == before["objects"] and baked["action"] != before["action"]
    np.testing.assert_allclose(baked["joints"], moved["joints"], atol=1e-3)

    over_the_view(unfolded)
    unfolded.keys("ctrl+z")
    back = unfolded.until(lambda now: now["active"] == added["active"], "controls.state")
    assert back["objects"] == added["objects"]
    np.testing.assert_allclose(back["joints"], moved["joints"], atol=1e-3)
