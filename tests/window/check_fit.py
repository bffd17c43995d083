"""The Clip panel on the sample clip: looked at, fitted by a click, watched, cancelled, its engine killed, taken back."""

import os
import signal
import time
from pathlib import Path

import pytest
from thespis.tests.samples import WALK

from .hand import chosen, over_the_view

SHORT = 23
"""The last frame: two dozen are enough to see a fit through."""
LONG = 149

pytestmark = pytest.mark.skipif(not WALK.exists(), reason="the sample clip is not there: ./dev test obtains it")


def test_a_fit_is_cancelled_within_a_second(blender, tmp_path: Path, picture):
    chosen(blender, WALK, tmp_path, LONG)
    assert blender.ask("work.look")["chosen"][:1] == [True]
    picture("clip", blender)
    blender.press("operator", "thespis.fit_clip")
    blender.until(lambda jobs: jobs[0]["share"] > 0.05, "sight.jobs")
    engine = blender.ask("sight.engine")
    picture("fit-runs", blender)
    left, top, right, bottom = blender.find("operator", "thespis.cancel_job")
    blender.move((left + right) / 2, (top + bottom) / 2)
    started = time.monotonic()
    blender.screen.do("mousedown 1", "sleep 0.02", "mouseup 1")
    blender.until(lambda jobs: not jobs, "sight.jobs")
    assert time.monotonic() - started < 1.5, "within a second; the test looks every 50 ms"
    assert [level for level, _ in blender.ask("sight.messages")] == ["INFO"]
    assert not list(tmp_path.iterdir()), "nothing half made is left"
    assert blender.ask("sight.engine") in (engine, None)
    assert blender.ask("sight.contents")["objects"] == ["Camera", "Cube", "Light"]


def test_a_fit_is_watched_to_its_end_while_work_goes_on(blender, tmp_path: Path, picture):
    chosen(blender, WALK, tmp_path / "takes", SHORT)
    before = blender.ask("sight.contents")
    blender.ask("work.nudge", "Cube")
    blender.press("operator", "thespis.fit_clip")
    shares, texts, played = [], set(), False
    blender.until(bool, "sight.jobs")
    until = time.monotonic() + 300
    while jobs := blender.ask("sight.jobs"):
        assert time.monotonic() < until, jobs
        shares.append(jobs[0]["share"])
        texts.add(jobs[0]["text"].partition(" ")[0])
        if shares[-1] > 0.2 and not played:
            blender.ask("work.nudge", "Cube")
            blender.ask("work.play", True)
            blender.until(lambda frame: frame > 5, "work.frame")
            blender.ask("work.save", str(tmp_path / "during.blend"))
            played = True
        time.sleep(0.05)
    said = blender.ask("sight.messages")
    assert not [text for level, text in said if level == "ERROR"], said
    assert shares == sorted(shares) and shares[-1] > 0.5 and "Looking" in texts, (shares, texts)
    assert played and blender.ask("work.is_playing"), "a job that ends does not stop what plays"
    blender.ask("work.play", False)
    made = blender.ask("sight.contents")
    assert "walk" in " ".join(made["collections"]), made
    assert any(name not in before["actions"] for name in made["actions"])
    picture("fit-done", blender)
    over_the_view(blender)
    blender.keys("ctrl+z")
    blender.until(lambda now: now == before, "sight.contents")
    assert blender.ask("work.place", "Cube")[0] == pytest.approx(2), "the step before the end of the fit is kept"
    blender.keys("ctrl+shift+z")
    blender.until(lambda now: now == made, "sight.contents")


def test_the_engine_is_killed_in_the_middle_and_the_next_job_starts_it_again(blender, tmp_path: Path, walk: Path, picture):
    blender.ask("act.bring", str(walk))
    chosen(blender, WALK, tmp_path, LONG)
    blender.press("operator", "thespis.fit_clip")
    blender.until(lambda jobs: jobs[0]["share"] > 0.05, "sight.jobs")
    os.kill(blender.ask("sight.engine"), signal.SIGKILL)
    blender.until(lambda jobs: not jobs, "sight.jobs")
    said = blender.ask("sight.messages")
    assert [level for level, _ in said] == ["ERROR"] and "starts again" in said[0][1], said
    picture("engine-killed", blender)
    blender.press("operator", "thespis.act_emotion")
    blender.until(lambda said: any("started again" in text for _, text in said), "sight.messages")
    assert not blender.ask("sight.jobs")
    assert not list(tmp_path.iterdir())


def test_a_clip_that_is_none_is_said_to_be_none(blender, tmp_path: Path, picture):
    (tmp_path / "broken.mp4").write_text("not a movie")
    blender.ask("work.choose", str(tmp_path / "broken.mp4"), str(tmp_path), -1)
    blender.until(lambda look: look["problem"], "work.look")
    blender.until(lambda jobs: not jobs, "sight.jobs")
    picture("clip-broken", blender)
