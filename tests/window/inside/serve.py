"""Runs inside Blender and answers the tests: serve.py SOCKET, after --. A request names a function of this folder's modules."""

import importlib
import json
import queue
import socket
import sys
import threading
import traceback
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

BETWEEN_LOOKS = 0.01
"""Seconds."""


class Server:
    """Reads requests in a thread, does them in Blender's own, from a timer that outlives the file that is open."""

    def __init__(self, address: str) -> None:
        self._stream = socket.socket(socket.AF_UNIX)
        self._stream.connect(address)
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._stream.makefile():
            self._asked.put(line)

    def look(self) -> float:
        while not self._asked.empty():
            self._stream.sendall((json.dumps(self._answer(json.loads(self._asked.get()))) + "\n").encode())
        return BETWEEN_LOOKS

    def _answer(self, request: dict) -> dict:
        module, _, name = request["call"].partition(".")
        try:
            return {"value": getattr(importlib.import_module(module), name)(*request["with"])}
        except Exception:
            return {"error": traceback.format_exc()}


def prepare() -> None:
    """No splash, no questions, nothing that moves by itself, and each picture drawn once: software draws it."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.smooth_view = 0
    preferences.view.use_save_prompt = False
    preferences.system.viewport_aa = "OFF"
    preferences.inputs.use_mouse_continuous = False  # a drag that catches the mouse moves it against the hand


prepare()
server = Server(sys.argv[sys.argv.index("--") + 1])
bpy.app.timers.register(server.look, persistent=True)
