"""A stand-in for the engine, standard library only: notes what it is asked and answers as it was told to.

    stand_in.py FOLDER ...

FOLDER/answers.json: {job: answer}; FOLDER/asked.jsonl: the requests; FOLDER/start.npz: the last start. An answer is
{"error": line}, {"file": path of an .npz to hand over}, {"folder": path to copy to where the fit was to go}, {"files": paths to
hand over, "values": what to say} or {"die": true}, each with {"seconds": to take before it} if wanted.
"""

import json
import os
import shutil
import stat
import sys
import threading
import time
from pathlib import Path


def write_engine(folder: Path, path: Path) -> None:
    """Make a program at `path` that may be named as the engine's Python."""
    folder.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "{folder}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def tell(folder: Path, **answers: dict) -> None:
    """What the stand-in answers from now on."""
    beside = folder / "answers.json.new"
    beside.write_text(json.dumps(answers))
    beside.replace(folder / "answers.json")  # it may be read just now


def asked(folder: Path) -> list[dict]:
    """The requests so far."""
    noted = folder / "asked.jsonl"
    return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []


_one_at_a_time = threading.Lock()


def say(kind: str, **fields: object) -> None:
    with _one_at_a_time:  # print writes a line and its end one after the other
        print(json.dumps({"kind": kind, **fields}), flush=True)


def answer(folder: Path, request: dict, cancelled: threading.Event) -> None:
    arguments, number = request["arguments"], request["id"]
    if isinstance(arguments.get("start"), str):  # of a fit, it is a number
        shutil.copy(arguments["start"], folder / "start.npz")
    told = json.loads((folder / "answers.json").read_text()).get(request["job"], {"error": "nothing was prepared"})
    until = time.monotonic() + told.get("seconds", 0)
    while time.monotonic() < until:
        say("progress", id=number, stage="landmarks", done=1, total=2, share=0.5, seconds_left=12.0)
        if cancelled.wait(0.05):
            say("error", id=number, reason="cancelled", message="Cancelled.")
            return
    if "die" in told:
        os._exit(3)
    if "error" in told:
        say("error", id=number, reason="user", message=told["error"])
    elif "folder" in told:
        shutil.copytree(told["folder"], arguments["out"])
        say("result", id=number, files=sorted(str(path) for path in Path(arguments["out"]).iterdir()), values={})
    elif "files" in told:
        names = [f"{number}_{Path(path).name}" for path in told["files"]]
        for path, name in zip(told["files"], names, strict=True):
            shutil.copy(path, name)  # it runs in the session's folder
        say("result", id=number, files=names, values=told["values"])
    else:
        shutil.copy(told["file"], f"{number}.npz")  # it runs in the session's folder
        say("result", id=number, files=[f"{number}.npz"], values={})


def main() -> None:
    folder = Path(sys.argv[1])
    cancels: dict[int, threading.Event] = {}
    say("ready", protocol=1, process=os.getpid())
    for line in sys.stdin:
        message = json.loads(line)
        if message["kind"] == "stop":
            break
        event = cancels.setdefault(message["id"], threading.Event())
        if message["kind"] == "cancel":
            event.set()
        else:
            with (folder / "asked.jsonl").open("a") as file:  # here, in the order in which they come
                file.write(line)
            threading.Thread(target=answer, args=(folder, message, event), daemon=True).start()


if __name__ == "__main__":
    main()
