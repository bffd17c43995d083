"""A Blender with a window, installed anew in a folder of its own; asked from outside, used by mouse and keyboard."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from .programs import Programs
from .screen import Screen

_INSIDE: Final = Path(__file__).parent / "inside"
_TO_START: Final = 60.0
_TO_ANSWER: Final = 120.0
"""Seconds."""
_BETWEEN_LOOKS: Final = 0.05
_STILL: Final = 0.4
_TO_SHOW: Final = 20.0
_TO_BE_MARKED: Final = 5.0
_TURNS: Final = 2
"""Of Blender's loop: what was heard in one has been drawn in the next."""
_TRIES: Final = 4
_STEPS: Final = (9, 4, 0)
"""Pixels."""
_A_DIALOG: Final = 200
"""Pixels that the part of a dialog over the 3D view is wide at least."""
_A_TIP: Final = 40
"""Pixels that a tooltip is wide and high at least."""
_TO_THE_TOP: Final = -40
_A_SCREEN: Final = 8
"""Clicks of the wheel."""
_SCREENS: Final = 8
_REDDER: Final = 40
"""Of 255: how much more red than before, against green and blue, a marked button is."""
_SMALLEST: Final = 12
"""Pixels a button is wide and high at least."""


class Blender:
    """One that runs on `screen` until `end`. home: the user's folder. blend: the file to open. scratch: its temporary files."""

    def __init__(self, programs: Programs, screen: Screen, home: Path, blend: Path | None = None) -> None:
        self.screen, self.home = screen, home
        self.scratch = Path(tempfile.mkdtemp(prefix="thespis-window-"))
        self.log = self.scratch / "log"
        environment = {
            **os.environ,
            **programs.blender.environment,
            "DISPLAY": screen.display,
            "HOME": str(home),
            "BLENDER_USER_RESOURCES": str(home / "blender"),
            "TMPDIR": str(self.scratch),
            "XDG_RUNTIME_DIR": str(self.scratch),
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        environment.pop("WAYLAND_DISPLAY", None)
        options = ["--no-window-focus", "--window-geometry", "0", "0", *map(str, screen.size)]
        opened = [str(blend)] if blend else []
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.scratch / "socket"))
        listener.listen()
        listener.settimeout(_TO_START)
        script = ["--python", str(_INSIDE / "serve.py"), "--", str(self.scratch / "socket")]
        with self.log.open("wb") as log, listener:
            command = [*programs.blender.command, *options, *opened, *script]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
            try:
                self._stream = listener.accept()[0]
            except TimeoutError as error:
                self.process.kill()
                raise RuntimeError(f"Blender does not start: {self.log.read_text()[-2000:]}") from error
        self._stream.settimeout(_TO_ANSWER)
        self._answers = self._stream.makefile()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """End it as a crash would; nothing of it is left."""
        self.process.kill()
        self.process.wait()
        self._stream.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def ask(self, function: str, *arguments: object) -> Any:
        """Call MODULE.NAME of the folder inside/ in Blender's own thread; returns what it returns."""
        self._stream.sendall((json.dumps({"call": function, "with": arguments}) + "\n").encode())
        line = self._answers.readline()
        if not line:
            raise RuntimeError(f"Blender has ended: {self.log.read_text()[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{function}: {answer['error']}")
        return answer["value"]

    def until(self, seen: Callable[[Any], bool], function: str, *arguments: object, seconds: float = 90.0) -> Any:
        """Ask until the answer is as it should be; returns it."""
        until = time.monotonic() + seconds
        while True:
            value = self.ask(function, *arguments)
            if seen(value):
                return value
            assert time.monotonic() < until, f"{function} still gives {value!r} after {seconds:g} s"
            time.sleep(_BETWEEN_LOOKS)

    def find(self, item: str, name: str, **more: object) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of a button of Thespis on the screen: `item` is what draws it, see inside/marks.py.

        It is looked for in the sidebar only, where nothing else turns red, and the sidebar is scrolled to it.
        """
        left, top, right, bottom = self.ask("sight.box_of_sidebar")
        for clicks in (0, _TO_THE_TOP, *[_A_SCREEN] * _SCREENS):
            if clicks:
                self._scroll((left + right) / 2, (top + bottom) / 2, clicks)
            box = self._seen(item, name, more)
            if box is not None:
                return box
        raise AssertionError(f"{item} {name} {more or ''} is not to be seen")

    def dialog(self, before: np.ndarray[Any, Any]) -> tuple[int, int, int, int]:
        """The box of a dialog that came over the 3D view since the picture `before` was taken."""
        edge = self.ask("sight.box_of_sidebar")[0]
        until = time.monotonic() + _TO_SHOW
        while time.monotonic() < until:
            rows, columns = np.nonzero((before != self.still())[:, :edge].any(2))
            if len(columns) and np.ptp(columns) > _A_DIALOG:
                return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
        raise AssertionError("no dialog is to be seen")

    def tip(self, x: float, y: float) -> tuple[int, int, int, int]:
        """The box of the tooltip of what is at a place, to which the mouse goes."""
        self.move(x, y)
        before, until = self.screen.picture(), time.monotonic() + _TO_SHOW
        while time.monotonic() < until:
            rows, columns = np.nonzero((before != self.still()).any(2))
            if len(rows) and np.ptp(rows) > _A_TIP and np.ptp(columns) > _A_TIP:
                return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
        raise AssertionError("no tooltip is to be seen")

    def _seen(self, item: str, name: str, more: dict[str, object]) -> tuple[int, int, int, int] | None:
        """The box of a button as the screen shows it now; None when it does not."""
        left, top, right, bottom = self.ask("sight.box_of_sidebar")
        self.ask("marks.unmark")
        before = self.still()
        self.ask("marks.mark", {"item": item, "name": name, **more})
        until, last = time.monotonic() + _TO_BE_MARKED, None
        try:
            while time.monotonic() < until:
                time.sleep(2 * _BETWEEN_LOOKS)
                box = _redder(before[top:bottom, left:right], self.screen.picture()[top:bottom, left:right])
                if box is not None and box == last:
                    return box[0] + left, box[1] + top, box[2] + left, box[3] + top
                last = box
        finally:
            self.ask("marks.unmark")
            self.settle()
        return None

    def _scroll(self, x: float, y: float, clicks: int) -> None:
        """Turn the wheel over a place: down, or up by a number below 0."""
        self.move(x, y)
        self.screen.do(*[f"click {5 if clicks > 0 else 4}"] * abs(clicks))
        self.settle()

    def press(self, item: str, name: str, **more: object) -> None:
        """Click on a button, once it lights up under the mouse, and is still where it was: panels glide, and regions sleep."""
        for _ in range(_TRIES):
            left, top, right, bottom = self.find(item, name, **more)
            before = self.screen.picture()[top:bottom, left:right]
            self.move((left + right) / 2, (top + bottom) / 2)
            lit = not np.array_equal(before, self.screen.picture()[top:bottom, left:right])
            if lit and self.find(item, name, **more) == (left, top, right, bottom):
                self.click()
                return
            self.move(left - 250, bottom)
        raise AssertionError(f"{item} {name} {more or ''} does not light up under the mouse")

    def move(self, x: float, y: float) -> None:
        """Move the mouse, in steps as a hand does: the first one into a region only wakes the region."""
        for step in _STEPS:
            self.screen.do(f"mousemove {x - step:.0f} {y:.0f}")
            self.settle()

    def click(self) -> None:
        """Press the mouse where it is, and let go."""
        self.screen.do("mousedown 1")
        self.settle()
        self.screen.do("mouseup 1")
        self.settle()

    def keys(self, *names: str) -> None:
        """Press keys, one after the other; names as xdotool has them: ctrl+z."""
        for name in names:
            self.screen.do(f"key {name}")
            self.settle()

    def settle(self) -> None:
        """Wait until Blender has heard what the hand did, and drawn what came of it."""
        for _ in range(_TURNS):
            time.sleep(_BETWEEN_LOOKS / 2)
            self.ask("marks.nothing")

    def still(self, seconds: float = 5.0) -> np.ndarray[Any, Any]:
        """The screen's picture, once it has stood still for a moment (panels glide to their places); as it is after that time."""
        until, last, since = time.monotonic() + seconds, self.screen.picture(), time.monotonic()
        while time.monotonic() < min(until, since + _STILL):
            time.sleep(_BETWEEN_LOOKS)
            present = self.screen.picture()
            if not np.array_equal(last, present):
                last, since = present, time.monotonic()
        return last


def _redder(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any]) -> tuple[int, int, int, int] | None:
    """The box around what has turned red; None when nothing has."""
    was, now = before.astype(int), after.astype(int)
    change = (now[..., 0] - was[..., 0]) - (now[..., 1:] - was[..., 1:]).max(2)
    rows, columns = np.nonzero(change > _REDDER)
    if not len(rows):
        return None
    box = int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
    return box if box[2] - box[0] >= _SMALLEST and box[3] - box[1] >= _SMALLEST else None
