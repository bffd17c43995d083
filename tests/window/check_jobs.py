"""Jobs of the engine beside whatever else goes on: a drag, a second window, another Blender, the end of one, another file."""

import sys
import time
from pathlib import Path

import pytest
from thespis.tests.engines import lives
from thespis.tests.samples import WALK

from .hand import acted, chosen, over_the_view

LONG = 149
_GONE = 5.0
"""Seconds in which an engine whose Blender was killed must be gone."""

needs_clip = pytest.mark.skipif(not WALK.exists(), reason="the sample clip is not there: ./dev test obtains it")


def test_a_job_that_ends_in_the_middle_of_a_drag_waits_for_its_end(blender, walk: Path):
    blender.ask("act.bring", str(walk))
    before = blender.ask("act.pose", 40)
    blender.press("operator", "thespis.act_emotion")
    over_the_view(blender)
    blender.keys("g")
    blender.until(lambda modal: "TRANSFORM_OT_translate" in modal, "work.modal")
    blender.until(lambda jobs: jobs and jobs[0]["state"] == "", "sight.jobs")
    time.sleep(0.5)
    assert blender.ask("sight.jobs") and not blender.ask("sight.messages")
    blender.keys("Escape")
    blender.until(lambda jobs: not jobs, "sight.jobs")
    assert blender.ask("act.pose", 40)["action"] != before["action"]
    over_the_view(blender)
    blender.keys("ctrl+z")
    blender.until(lambda pose: pose["action"] == before["action"], "act.pose", 40)


def test_with_two_windows_each_job_comes_once(blender, walk: Path):
    blender.ask("act.bring", str(walk))
    assert blender.ask("work.new_window") == 2
    takes = blender.ask("sight.takes")
    blender.ask("work.act")
    blender.until(lambda said: [level for level, _ in said] == ["INFO"], "sight.messages")
    assert blender.ask("sight.takes") == takes + 1


@needs_clip
def test_two_blenders_have_an_engine_each_and_a_killed_one_leaves_nothing(start, tmp_path: Path):
    fitting, acting = start(), start()
    for blender, name in ((fitting, "one"), (acting, "other")):
        chosen(blender, WALK, tmp_path / name, LONG)
        blender.ask("work.fit")
        blender.until(lambda jobs: jobs[0]["share"] > 0, "sight.jobs")
    engines = [blender.ask("sight.engine") for blender in (fitting, acting)]
    assert engines[0] != engines[1]
    acting.process.kill()
    until = time.monotonic() + _GONE
    while lives(engines[1]) or list(acting.scratch.glob("thespis-engine-*")):
        assert time.monotonic() < until, "the engine of a Blender that was killed goes with it, and so do its files"
        time.sleep(0.05)
    assert lives(engines[0]) and fitting.ask("sight.jobs")
    assert not list((tmp_path / "other").iterdir())


@needs_clip
def test_the_extension_is_switched_off_in_the_middle_of_a_job_and_on_again(blender, walk: Path, tmp_path: Path):
    chosen(blender, WALK, tmp_path, LONG)
    blender.ask("work.fit")
    blender.until(lambda jobs: jobs[0]["share"] > 0, "sight.jobs")
    engine = blender.ask("sight.engine")
    blender.ask("work.disable")
    assert not lives(engine) and not list(tmp_path.iterdir())
    blender.ask("work.enable")
    blender.ask("sight.name_engine", sys.executable)  # Blender forgets the preferences of what is switched off
    blender.until(bool, "sight.show_sidebar")
    blender.ask("act.bring", str(walk))
    acted(blender)


@needs_clip
def test_another_file_is_opened_in_the_middle_of_a_job(blender, tmp_path: Path):
    blender.ask("work.save", str(tmp_path / "other.blend"))
    chosen(blender, WALK, tmp_path / "takes", 5)
    blender.ask("work.fit")
    blender.until(lambda jobs: jobs[0]["share"] > 0, "sight.jobs")
    before = blender.ask("sight.contents")
    blender.ask("work.open_file", str(tmp_path / "other.blend"))
    said = blender.until(bool, "sight.messages")
    assert said[0][0] == "ERROR" and "another file is open" in said[0][1] and "import it from" in said[0][1], said
    assert blender.ask("sight.contents") == before


def test_a_file_is_saved_and_opened_again_in_another_blender(start, walk: Path, tmp_path: Path):
    blender = start()
    blender.ask("act.bring", str(walk))
    acted(blender)
    kept = blender.ask("act.pose", 40)
    blender.ask("work.save", str(tmp_path / "scene.blend"))
    blender.end()
    again = start(tmp_path / "scene.blend")
    opened = again.ask("act.pose", 40)
    assert opened["action"] == kept["action"]
    assert all(opened["bones"][name] == pytest.approx(kept["bones"][name], abs=1e-4) for name in kept["bones"])
    acted(again)
    assert again.ask("act.pose", 40)["action"] != kept["action"]
