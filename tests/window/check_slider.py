"""The live slider under a real mouse: the pose follows, the exact take comes when it rests, Ctrl+Z takes back what one sees."""

import time
from typing import Final

import pytest

from .hand import acted, drag, over_the_view

FRAME = 60
_HELD: Final = 1.5
"""Seconds: more than the slider has to rest."""


def apart(one: dict, other: dict) -> float:
    """Metres between two poses, at most."""
    return max(abs(a - b) for name in one["bones"] for a, b in zip(one["bones"][name], other["bones"][name], strict=True))


@pytest.fixture
def actor(blender, walk):
    """A Blender in which somebody has acted, and stands in the middle of it."""
    blender.ask("act.bring", str(walk))
    acted(blender)
    blender.ask("act.go_to", FRAME)
    return blender


def test_the_pose_follows_the_slider_and_undo_takes_back_what_one_sees(actor, picture):
    strong, value = actor.ask("act.pose", FRAME), actor.ask("act.slider")
    box = actor.find("prop", "intensity")
    drag(actor, box, 0.7, 0.2)
    actor.until(lambda now: now < value - 0.3, "act.slider")
    weak = actor.until(lambda pose: apart(pose, strong) > 0.01, "act.pose", FRAME)
    assert weak["action"] == strong["action"], "the take is changed, no other one is made"
    actor.until(bool, "act.rests")
    exact, low = actor.ask("act.pose", FRAME), actor.ask("act.slider")
    assert apart(exact, weak) < 0.02, "the blend was near to the exact take"
    picture("slider", actor)

    over_the_view(actor)
    actor.keys("ctrl+z")  # the exact take
    actor.until(lambda pose: apart(pose, exact) < 0.02, "act.pose", FRAME)
    assert actor.ask("act.slider") == pytest.approx(low)
    actor.keys("ctrl+z")  # the slider, and with it the blend
    actor.until(lambda now: now == pytest.approx(value), "act.slider")
    assert apart(actor.ask("act.pose", FRAME), strong) < 1e-4
    actor.keys("ctrl+shift+z", "ctrl+shift+z")
    actor.until(lambda now: now == pytest.approx(low), "act.slider")
    assert apart(actor.until(lambda pose: apart(pose, exact) < 1e-4, "act.pose", FRAME), exact) < 1e-4


def test_the_exact_take_waits_until_the_slider_is_let_go_of(actor):
    strong = actor.ask("act.pose", FRAME)
    drag(actor, actor.find("prop", "intensity"), 0.7, 0.2, let_go=False)
    weak = actor.until(lambda pose: apart(pose, strong) > 0.01, "act.pose", FRAME)
    time.sleep(_HELD)
    assert not actor.ask("act.rests") and not actor.ask("sight.jobs"), "the hand may go on"
    assert apart(actor.ask("act.pose", FRAME), weak) < 1e-5
    actor.screen.do("mouseup 1")
    actor.until(bool, "act.rests")
    assert 0 < apart(actor.ask("act.pose", FRAME), weak) < 0.02, "the exact take"


def test_an_emotion_is_chosen_by_a_click_and_taken_back(actor):
    actor.press("operator", "thespis.choose_emotion", text="Fear")
    actor.until(lambda emotion: emotion == "fear", "act.emotion")
    over_the_view(actor)
    actor.keys("ctrl+z")
    actor.until(lambda emotion: emotion == "joy", "act.emotion")


def test_another_take_replaces_the_one_before_as_one_step(actor):
    before, actions = actor.ask("act.pose", FRAME), actor.ask("sight.contents")["actions"]
    actor.press("operator", "thespis.another_take", text=None)
    actor.until(lambda pose: apart(pose, before) > 0.005, "act.pose", FRAME)
    actor.until(bool, "act.rests")
    assert actor.ask("sight.contents")["actions"] == actions
    over_the_view(actor)
    actor.keys("ctrl+z")
    actor.until(lambda pose: apart(pose, before) < 1e-4, "act.pose", FRAME)


def test_the_slider_works_on_after_the_file_was_closed_and_opened(actor, start, tmp_path):
    strong = actor.ask("act.pose", FRAME)
    actor.ask("work.save", str(tmp_path / "acted.blend"))
    actor.end()
    again = start(tmp_path / "acted.blend")
    assert apart(again.ask("act.pose", FRAME), strong) < 1e-4
    box = again.find("prop", "intensity")
    drag(again, box, 0.7, 0.2)
    again.until(lambda pose: apart(pose, strong) > 0.01, "act.pose", FRAME)
    again.until(bool, "act.rests")
