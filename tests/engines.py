"""Engines for tests: the real server with some jobs of its own, and Blender's side of it."""

import os
import sys
import time
from pathlib import Path

from thespis.core.engine.client import EngineClient, Job

ROOT = Path(__file__).parent.parent

_SERVER = """
import importlib.util, os, sys, time
from pathlib import Path

spec = importlib.util.spec_from_file_location("bootstrap", sys.argv[1])
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)
bootstrap.load_package()
from thespis.core.engine import server
from thespis.core.engine.tasks import TASKS, Done, Task
from thespis.core.errors import ThespisError
from thespis.core.files import folder_written_beside


def walk(arguments, own, progress):
    with progress.stage("steps", arguments["steps"]):
        for step in range(arguments["steps"]):
            progress.update(step)
            time.sleep(arguments.get("pause", 0.02))
    own.with_suffix(".npz").write_bytes(b"made")
    return Done([own.with_suffix(".npz")], {"thread": "ok"})


def stuck(arguments, own, progress):
    with folder_written_beside(Path(arguments["out"])) as folder, progress.stage("stuck"):
        (folder / "half").write_text("half")
        Path(arguments["out"]).with_suffix(".begun").touch()
        time.sleep(60)


def noisy(arguments, own, progress):
    print("a stray line")
    print('{"kind": "result", "id": 1}')
    sys.__stdout__.write("another\\n")
    os.write(1, b"from far below\\n")
    os.system("echo from a process")
    return Done(values={"read": sys.stdin.read() if arguments.get("reads") else os.read(0, 9).decode()})


def refuse(arguments, own, progress):
    raise ThespisError("clip.mp4: nobody is in it. Choose another clip.")


def broken(arguments, own, progress):
    raise RuntimeError("odd\\nthings")


def lacking(arguments, own, progress):
    import nothing_of_this_name


def die(arguments, own, progress):
    os.kill(os.getpid(), 9)


def where(arguments, own, progress):
    import tempfile
    return Done(values={"cwd": os.getcwd(), "temporary": tempfile.gettempdir(), "path": os.environ.get("PYTHONPATH")})


for name, run in list(globals().items()):
    if name in ("walk", "stuck", "noisy", "refuse", "broken", "lacking", "die", "where"):
        TASKS[name] = Task(run, name in ("where", "refuse"), {"steps": 1.0})
server.main(Path(sys.argv[4]), Path(sys.argv[5]), int(sys.argv[6]))
"""


def engine_with_jobs(folder: Path) -> Path:
    """A program that may be named as the engine's Python: the real server, with the jobs above."""
    script, program = folder / "server.py", folder / "python"
    script.write_text(_SERVER)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(0o755)
    return program


def until(client: EngineClient, job: Job, seen, seconds: float = 30.0) -> float:
    """Poll until `seen()`, or fail; returns the seconds."""
    started = time.monotonic()
    while not seen():
        client.poll()
        assert time.monotonic() - started < seconds, job
        time.sleep(0.005)
    return time.monotonic() - started


def lives(process: int) -> bool:
    """Whether the process runs; one that is dead and not yet buried does not."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
