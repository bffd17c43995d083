"""How long things take in the window, beside their bars, into a page: ./dev test-window figures --figures docs/bench-window.md.

Seen by who sits before the screen: from the event of the mouse to the picture in which something has changed. Software draws the
pictures here, and other work may be going on; the page says how busy the machine was.
"""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from thespis.tests.samples import WALK

from .hand import chosen

Array = NDArray[np.floating[Any]]
MOVES = 50
_BETWEEN_MOVES = 0.4
"""Seconds: when the picture of one move has been brought to the screen, too, and the next one does not wait for it."""
_TO_BEGIN = (12, 0, 12, 0)
"""Pixels: the first ones only tell Blender that this is to be a drag."""
_DRAWS = 30

pytestmark = pytest.mark.skipif(not WALK.exists(), reason="the sample clip is not there: ./dev test obtains it")


@pytest.fixture(scope="module")
def page(request, screen):
    """Rows of the page: what, how much, its bar, whether it holds; written at the end."""
    path = request.config.getoption("--figures")
    if path is None:
        pytest.skip("figures are taken where a page for them is named: --figures FILE")
    rows: list[tuple[str, str, str, bool]] = []
    yield rows
    if rows:
        _write(path, rows, screen.size)


def test_figures_of_the_panels(page, blender, walk: Path):
    seconds = blender.ask("timing.enable")
    page.append(("Import and enable the extension (processor time)", f"{seconds:.2f} s", "< 0.3 s", seconds < 0.3))
    blender.until(bool, "sight.show_sidebar")
    blender.ask("act.bring", str(walk))
    blender.ask("timing.watch")
    for count in range(1, _DRAWS):
        blender.ask("marks.redraw")
        blender.until(lambda draws, count=count: draws >= count, "timing.draws")
    costs = blender.ask("timing.panel_costs")
    total = sum(costs.values())
    parts = ", ".join(f"{name.removeprefix('THESPIS_PT_')} {cost:.2f}" for name, cost in sorted(costs.items()))
    page.append((f"Draw all panels once, idle, processor time ({parts})", f"{total:.2f} ms", "< 0.5 ms", total < 0.5))


def test_figures_of_the_slider(page, blender, walk: Path):
    blender.ask("act.bring", str(walk))
    blender.ask("timing.watch")
    cold = _until_bar(blender, "operator", "thespis.act_emotion")
    blender.until(lambda said: [level for level, _ in said] == ["INFO"], "sight.messages")
    blender.until(bool, "act.levels_are_there")
    page.append(("Click on Act to the first sign in the panel, engine not started", f"{cold[0]:.2f} s", "", True))
    blender.ask("act.go_to", 60)
    blender.ask("timing.watch_slider")
    waited, updates = _moves(blender)
    assert len(waited) > 0.9 * MOVES, "the moves were seen"
    median, late = np.median(waited), np.percentile(waited, 95)
    page.append((f"Slider to changed pose drawn, median of {len(waited)}", f"{median:.0f} ms", "", True))
    page.append((f"Slider to changed pose drawn, 95th percentile of {len(waited)}", f"{late:.0f} ms", "< 150 ms", late < 150))
    page.append(("Of these, Thespis: keying the blend, median, 95th percentile", _pair(updates), "", True))
    step = "a step of one frame of the same take to changed pose drawn, median, 95th percentile"
    page.append((f"For comparison: {step}", _pair(_steps(blender)), "", True))
    blender.ask("act.show_meshes", False)
    page.append(("Slider, without a mesh to draw, median, 95th percentile", _pair(_moves(blender)[0]), "", True))
    page.append((f"Without a mesh: {step}", _pair(_steps(blender)), "", True))
    page.append(("Memory of the engine after acting", f"{_memory(blender):.0f} MB", "", True))


def test_figures_of_a_fit(page, blender, tmp_path: Path):
    blender.ask("timing.watch")
    chosen(blender, WALK, tmp_path, 149)
    shown, progress = _until_bar(blender, "operator", "thespis.fit_clip")
    page.append(("Click on Fit to the bar", f"{shown:.2f} s", "", True))
    page.append(("Click on Fit to the engine's first progress, engine warm", f"{progress:.2f} s", "", True))
    blender.until(lambda jobs: jobs[0]["text"].startswith("Looking"), "sight.jobs")
    left, top, right, bottom = blender.find("operator", "thespis.cancel_job")
    blender.move((left + right) / 2, (top + bottom) / 2)
    time.sleep(0.3)
    blender.ask("timing.forget")
    started = time.monotonic()
    blender.screen.do("mousedown 1", "sleep 0.02", "mouseup 1")
    blender.until(lambda jobs: not jobs, "sight.jobs")
    bars = blender.until(lambda bars: bars and bars[-1][1] == "", "timing.bars")
    ended = next(when for when, text in bars if text == "" and when > started) - started
    page.append(("Click on Cancel to the bar gone", f"{ended:.2f} s", "< 1 s", ended < 1))
    page.append(("Memory of the engine after a fit was begun", f"{_memory(blender):.0f} MB", "", True))


def _moves(blender) -> tuple[Array, Array]:
    """Milliseconds from each move of the mouse that holds the slider to its picture, and of what Thespis does for each."""
    blender.ask("act.set_slider", 0.5)  # from which no move goes beyond the slider's ends, where nothing would change
    blender.until(bool, "act.rests")
    left, top, right, bottom = blender.find("prop", "intensity")
    middle, y = (left + right) / 2, (top + bottom) / 2
    xs = left + (right - left) * (0.5 + 0.25 * np.sin(np.arange(1, MOVES + 1) * 1.7))
    blender.move(middle, y)
    blender.screen.do("mousedown 1", "sleep 0.1")
    for away in _TO_BEGIN:
        blender.screen.do(f"mousemove {middle + away:.0f} {y:.0f}")
        time.sleep(_BETWEEN_MOVES)
    assert abs(blender.ask("act.slider") - 0.5) < 0.2, "moves on to both sides stay between the slider's ends"
    _begin(blender)
    sent = []
    for x in xs:
        sent.append(time.monotonic())
        blender.screen.do(f"mousemove {x:.0f} {y:.0f}")
        time.sleep(_BETWEEN_MOVES)
    time.sleep(1)
    seen, updates = blender.ask("timing.seen"), blender.ask("timing.slid")
    blender.screen.do("mouseup 1")
    blender.until(bool, "act.rests")
    return 1000 * np.array(_to_changed(sent, seen)), 1000 * np.array(updates)


def _steps(blender) -> Array:
    """Milliseconds from each of as many steps of a frame to its picture: what playing and drawing take without the slider."""
    _begin(blender)
    sent = []
    for number in range(MOVES):
        sent.append(time.monotonic())
        blender.ask("act.go_to", 61 + number % 2)
        time.sleep(_BETWEEN_MOVES)
    time.sleep(1)
    return 1000 * np.array(_to_changed(sent, blender.ask("timing.seen")))


def _begin(blender) -> None:
    """Forget what was drawn, but for the picture that the next one is compared with."""
    blender.ask("timing.forget")
    blender.ask("marks.redraw")
    blender.until(bool, "timing.seen")
    time.sleep(1)


def _pair(milliseconds: Array) -> str:
    return f"{np.median(milliseconds):.0f}, {np.percentile(milliseconds, 95):.0f} ms"


def _until_bar(blender, item: str, name: str) -> tuple[float, float]:
    """Seconds from a click to the first bar, and to the first that the engine has said something for."""
    left, top, right, bottom = blender.find(item, name)
    blender.move((left + right) / 2, (top + bottom) / 2)
    time.sleep(0.3)
    blender.ask("timing.forget")
    started = time.monotonic()
    blender.screen.do("mousedown 1", "sleep 0.02", "mouseup 1")
    waits = ("", "Waiting for the engine")
    bars = blender.until(lambda bars: any(text not in waits for _, text in bars), "timing.bars")
    return (
        next(when for when, text in bars if text) - started,
        next(when for when, text in bars if text not in waits) - started,
    )


def _to_changed(sent: list[float], drawn: list) -> list[float]:
    """Seconds from each move to the first picture with a pose that differs from the one drawn when it was made."""
    waited = []
    for when, after in zip(sent, [*sent[1:], float("inf")], strict=True):
        before = [places for time_, _, places in drawn if time_ <= when]
        later = [(time_, places) for time_, _, places in drawn if time_ > when]
        moved = next((t for t, places in later if np.abs(np.subtract(places, before[-1])).max() > 1e-5), None)
        if moved is not None and moved < after + 10 * _BETWEEN_MOVES:
            waited.append(moved - when)
    return waited


def _memory(blender) -> float:
    """Megabytes of the engine's process that are its own."""
    lines = Path(f"/proc/{blender.ask('sight.engine')}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Pss:",))) / 1024


def _write(path: Path, rows: list[tuple[str, str, str, bool]], size: tuple[int, int]) -> None:
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    lines = [
        "# Figures of the window",
        "",
        "Made by `./dev test-window figures --figures docs/bench-window.md`: Blender on a screen that nobody sees, of",
        f"{size[0]} x {size[1]} pixels, drawn by software on {os.cpu_count()} cores, with {busy:.1f} processes for each core "
        "meanwhile (1.0 or less:",
        "undisturbed).",
        "",
        "| what | measured | bar | holds |",
        "|---|---|---|---|",
        *(f"| {what} | {value} | {bar} | {('yes' if good else 'no') if bar else ''} |" for what, value, bar, good in rows),
    ]
    path.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
