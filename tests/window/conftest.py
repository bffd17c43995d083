"""A screen, and Blenders on it, for the tests in the window: ./dev test-window."""

import dataclasses
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from thespis.core.motion import write_motion
from thespis.tests.emotion_sets import waving
from thespis.tests.window.blender import Blender
from thespis.tests.window.pictures import keep, keep_around, whole
from thespis.tests.window.programs import Programs, Unavailable, find_or_make
from thespis.tests.window.screen import SIZE, Screen

ROOT = Path(__file__).parent.parent.parent
_REPORT: pytest.StashKey[pytest.TestReport] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--blender", help="a Blender with a window to test in (what is on PATH, else Debian's)")
    parser.addoption("--zip", type=Path, help="the extension's zip (the newest in dist/)")
    parser.addoption("--size", default="x".join(map(str, SIZE)), help="width and height of the screen in pixels")
    parser.addoption("--figures", type=Path, help="page that figures are written to; without it none are taken")
    parser.addoption("--pictures", type=Path, help="folder that pictures of the panels are kept in")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if call.when == "call":
        item.stash[_REPORT] = report
    return report


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> Programs:
    try:
        return find_or_make(request.config.getoption("--blender"), ROOT / ".cache")
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def screen(programs: Programs, request: pytest.FixtureRequest) -> Iterator[Screen]:
    width, _, height = request.config.getoption("--size").partition("x")
    with Screen(programs, (int(width), int(height))) as screen:
        yield screen


@pytest.fixture(scope="session")
def archive(request: pytest.FixtureRequest) -> Path:
    """The extension's zip."""
    named = request.config.getoption("--zip")
    found = named or max((ROOT / "dist").glob("thespis-*.zip"), key=lambda path: path.stat().st_mtime, default=None)
    if found is None:
        pytest.skip("there is no zip: ./dev build makes it")
    return found.resolve()


@pytest.fixture(scope="session")
def home(programs: Programs, screen: Screen, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a user who has installed the extension; the engine runs on this environment's Python."""
    home = tmp_path_factory.mktemp("user")
    with Blender(programs, screen, home) as blender:
        blender.ask("sight.install", str(archive), sys.executable)
    return home


@pytest.fixture
def start(
    programs: Programs, screen: Screen, home: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Blender]]:
    """Starts Blenders that show Thespis' panels (unfolded: all of them open), and ends them."""
    started = []

    def start(*opened: Path, unfolded: bool = False) -> Blender:
        blender = Blender(programs, screen, home, *opened)
        started.append(blender)
        if unfolded:  # before the sidebar is drawn, which keeps what it folded
            blender.ask("take.unfold_panels")
        blender.until(bool, "sight.show_sidebar")
        return blender

    yield start
    report = request.node.stash.get(_REPORT, None)
    if started and report is not None and report.failed:
        logs = "".join(blender.log.read_text()[-3000:] for blender in started if blender.log.exists())
        request.node.add_report_section("call", "the screen", f"{whole(screen, tmp_path / 'screen.png')}\n{logs}")
    for blender in started:
        blender.end()


@pytest.fixture
def blender(start: Callable[..., Blender]) -> Blender:
    """One of them."""
    return start()


@pytest.fixture
def unfolded(start: Callable[..., Blender]) -> Blender:
    """One with all panels open, those that are closed at first, too."""
    return start(unfolded=True)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A motion of somebody who stands, and moves arms and head, for two seconds."""
    path = tmp_path_factory.mktemp("motion") / "person_0.npz"
    motion = waving(np.random.default_rng(1), 49, 0.3, 24.0)
    write_motion(dataclasses.replace(motion, contacts=None), path)
    return path


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps a picture of the sidebar, or of what is around a box, where a folder for it was named."""
    folder = request.config.getoption("--pictures")

    def take(name: str, blender: Blender, around: tuple[int, int, int, int] | None = None) -> None:
        if folder is not None and around is None:
            keep(blender, folder / f"window-{name}.png")
        elif folder is not None and around is not None:
            keep_around(blender, around, folder / f"window-{name}.png")

    return take
