"""A screen that nobody sees, with a mouse and a keyboard: real events of the X server, and its picture."""

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from .programs import Programs

SIZE: Final = (1120, 1200)
"""Pixels; high, so that no panel has to be scrolled to."""


class Screen:
    """An X server in memory, from `with` to its end. size: width and height in pixels."""

    def __init__(self, programs: Programs, size: tuple[int, int] = SIZE) -> None:
        self._programs, self.size = programs, size
        self._folder = Path(tempfile.mkdtemp(prefix="thespis-screen-", dir=programs.xvfb_root / "tmp"))
        inside = Path("/") / self._folder.relative_to(programs.xvfb_root)
        server = [
            *programs.xvfb.command,
            "-displayfd",
            "1",
            "-screen",
            "0",
            f"{size[0]}x{size[1]}x24",
            "-fbdir",
            str(inside),
            "-nolisten",
            "tcp",
            "-noreset",
        ]
        self._log = (self._folder / "log").open("w+")
        self._server = subprocess.Popen(server, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self._server.stdout is not None
        number = self._server.stdout.readline().strip()
        if not number:
            self._log.seek(0)
            raise RuntimeError(f"Xvfb does not start: {self._log.read()[-500:]}")
        self.display = f":{number}"
        self._hand: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_error: object) -> None:
        for process in (self._hand, self._server):
            if process is not None:
                process.terminate()
                process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def picture(self) -> np.ndarray[Any, Any]:
        """What is to be seen now: height x width x 3, uint8, red first."""
        raw = (self._folder / "Xvfb_screen0").read_bytes()  # an X window dump
        head = struct.unpack(">25I", raw[:100])
        width, height, line, start = head[4], head[5], head[12], head[0] + 12 * head[19]
        pixels = np.frombuffer(raw, np.uint8, line * height, start).reshape(height, line // 4, 4)[:, :width]
        return pixels[..., 2::-1].copy()

    def do(self, *lines: str) -> None:
        """Hand lines to xdotool, in its words; they are done in order, this returns at once."""
        if self._hand is None:
            environment = {**self._programs.xdotool.environment, "DISPLAY": self.display}
            command = [*self._programs.xdotool.command, "-"]
            self._hand = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, text=True)
        assert self._hand.stdin is not None
        self._hand.stdin.write("".join(f"{line}\n" for line in lines))
        self._hand.stdin.flush()
