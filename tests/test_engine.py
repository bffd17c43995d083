"""The engine as Blender's side knows it: jobs, progress, cancelling, dying, and nothing left behind. The real server runs, with
jobs of the tests' own."""

import json
import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from thespis.core.engine import protocol
from thespis.core.engine.client import CANCEL_PATIENCE, EngineClient
from thespis.core.engine.estimate import Estimate
from thespis.core.engine.log import KEPT, LARGEST, keep_small, new_log
from thespis.core.engine.protocol import Cancel, Failure, Ready, Report, Request, Result, Stop, decoded, encoded
from thespis.core.engine.session import PREFIX, SessionFolder, sweep
from thespis.core.errors import CancelledError, ThespisError
from thespis.core.files import written_beside
from thespis.tests.engines import ROOT, engine_with_jobs, lives, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


@pytest.fixture
def place(tmp_path):
    """Where sessions' folders are made."""
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.fixture
def client(tmp_path, place):
    client = EngineClient(engine_with_jobs(tmp_path), tmp_path / "log", place)
    yield client
    client.stop()
    assert not list(place.iterdir())


# ---- the protocol


numbers = some.floats(allow_nan=False, allow_infinity=False)
texts = some.text('aZ0 {}"\\\n\u2028\u00e4\U0001f642')
jsons = some.dictionaries(texts, some.none() | some.booleans() | numbers | texts | some.lists(numbers))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    some.builds(Request, some.integers(), texts, jsons)
    | some.builds(Cancel, some.integers())
    | some.just(Stop())
    | some.builds(Ready, some.integers(), some.integers())
    | some.builds(Report, some.integers(), texts, numbers, numbers, numbers, some.none() | numbers)
    | some.builds(Result, some.integers(), some.lists(texts), jsons)
    | some.builds(Failure, some.integers(), some.sampled_from(("user", "cancelled", "defect")), texts)
)
def test_a_message_is_one_line_and_comes_back(message):
    line = encoded(message)
    assert line.endswith(b"\n") and line.count(b"\n") == 1 and decoded(line) == message


@settings(max_examples=60)
@given(some.binary() | jsons.map(lambda told: json.dumps(told).encode()))
def test_noise_is_no_message(line):
    assert decoded(line) is None


@pytest.mark.parametrize("line", [b'{"kind": "result"}', b'{"kind": "result", "id": "1"}', b'{"kind": ["x"]}', b"[1]", b'"kind"'])
def test_half_a_message_is_none(line):
    assert decoded(line) is None


# ---- the time that is left


def test_the_time_left_is_right_for_a_steady_job():
    now = [0.0]
    estimate = Estimate({"open": 1.0, "landmarks": 8.0, "overlay": 5.0, "write": 1.0}, lambda: now[0])
    estimate.begin("open")
    assert estimate.seconds_left is None
    now[0] = 1.0
    estimate.begin("landmarks")
    for second in range(8):
        now[0] = 2.0 + second
        estimate.update((second + 1) / 8)
    assert estimate.share == pytest.approx(9 / 15) and estimate.seconds_left == pytest.approx(6.0, rel=0.1)
    shares = [estimate.share]
    for stage in ("write", "unheard of"):  # the overlay is left out
        estimate.begin(stage)
        shares.append(estimate.share)
    assert shares == sorted(shares) and shares[-1] <= 1


# ---- jobs


def test_a_job_is_done_with_its_progress(client):
    job = client.submit("walk", {"steps": 30})
    seen = []
    until(client, job, lambda: seen.append((job.stage, job.done, job.total, job.share, job.seconds_left)) or job.is_over)
    assert job.state == "done" and job.values == {"thread": "ok"}
    assert [path.read_bytes() for path in job.files] == [b"made"] and job.files[0].parent == client.folder
    told = [entry for entry in seen if entry[0] == "steps"]
    assert {entry[2] for entry in told} == {30.0} and len({entry[1] for entry in told}) >= 4
    assert [entry[3] for entry in told] == sorted(entry[3] for entry in told) and 0.5 < told[-1][3] <= 1
    assert any(left is not None and 0 < left < 2 for *_, left in told)


def test_a_quick_job_does_not_wait_for_a_long_one(client):
    long, second = client.submit("walk", {"steps": 200}), client.submit("walk", {"steps": 1})
    until(client, long, lambda: long.state == "running")
    assert client.wait(client.submit("where", {})).state == "done"
    assert long.state == "running" and second.state == "waiting"
    assert client.jobs == [long, second]
    client.cancel(second)
    until(client, second, lambda: second.is_over)
    client.cancel(long)
    until(client, long, lambda: long.is_over)


def test_it_runs_in_its_own_folder_and_puts_temporary_files_there(client, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/blenders/own")
    told = client.wait(client.submit("where", {})).values
    assert told == {"cwd": str(client.folder), "temporary": str(client.folder), "path": None}


def test_stray_prints_and_reads_do_no_harm(client):
    first = client.submit("noisy", {})
    assert client.wait(first).values == {"read": ""}
    assert client.wait(client.submit("noisy", {"reads": True})).values == {"read": ""}
    text = client.log.read_text()
    assert all(line in text for line in ("a stray line", "another", "from far below", "from a process"))


def test_what_goes_wrong_is_one_line(client):
    for name, said in (
        ("refuse", r"^clip\.mp4: nobody is in it\. Choose another clip\.$"),
        ("broken", rf"^The engine failed: RuntimeError: odd things\. Its log: {client.folder.parent.parent}/log/"),
        ("lacking", "lacks a package.*nothing_of_this_name.*requirements.txt"),
        ("unheard of", "knows no job"),
    ):
        with pytest.raises(ThespisError, match=said) as error:
            client.wait(client.submit(name, {}))
        assert "\n" not in str(error.value)
    assert "Traceback" in client.log.read_text() and "RuntimeError: odd" in client.log.read_text()
    assert client.wait(client.submit("where", {})).note == ""


# ---- cancelling


def test_cancelling_takes_less_than_a_second(client):
    job = client.submit("walk", {"steps": 1000, "pause": 0.05})
    until(client, job, lambda: job.done > 2)
    process = client.process_id
    client.cancel(job)
    assert until(client, job, lambda: job.is_over) < 0.5
    assert job.state == "cancelled"
    with pytest.raises(CancelledError):
        job.outcome()
    assert client.process_id == process, "it stays warm"
    assert not list(client.folder.glob("*.npz"))


def test_an_engine_that_does_not_answer_is_killed_and_what_else_was_asked_is_done(client, tmp_path):
    client.start()
    first = client.process_id
    out = tmp_path / "take"
    job = client.submit("stuck", {"out": str(out)})
    until(client, job, out.with_suffix(".begun").exists)
    other = client.submit("walk", {"steps": 2})
    assert list(tmp_path.glob(".take.*")), "something is half-made"
    client.cancel(job)
    taken = until(client, job, lambda: job.is_over)
    assert CANCEL_PATIENCE <= taken < 1.0 and job.state == "cancelled"
    assert not lives(first) and not list(tmp_path.glob(".take.*")) and not out.exists()
    assert client.wait(other).state == "done" and other.note == "" and client.process_id != first


def test_what_the_wait_raises_cancels(client):
    def tick(seconds):
        if seconds > 0.3:
            raise KeyboardInterrupt

    job = client.submit("walk", {"steps": 1000})
    with pytest.raises(KeyboardInterrupt):
        client.wait(job, tick)
    assert job.state == "cancelled" and not client.jobs


# ---- dying


def test_a_killed_engine_is_said_and_starts_again(client):
    job = client.submit("walk", {"steps": 1000})
    until(client, job, lambda: job.state == "running")
    first = client.process_id
    os.kill(first, 9)
    until(client, job, lambda: job.is_over)
    assert job.state == "failed"
    assert "signal 9" in job.message and "starts again" in job.message and "engine-" in job.message and "\n" not in job.message
    later = client.wait(client.submit("walk", {"steps": 2}))
    assert later.state == "done" and "started again" in later.note and client.process_id != first
    assert client.wait(client.submit("where", {})).note == "", "it is said once"


def test_an_engine_that_dies_idle_is_started_again(client):
    client.wait(client.submit("where", {}))
    os.kill(client.process_id, 9)
    time.sleep(0.3)
    again = client.wait(client.submit("where", {}))
    assert again.state == "done" and "started again" in again.note


def test_a_job_that_kills_it(client):
    with pytest.raises(ThespisError, match="ended by the system"):
        client.wait(client.submit("die", {}))
    assert client.wait(client.submit("where", {})).state == "done"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo \"ModuleNotFoundError: No module named 'numpy'\" >&2; exit 1", r"lacks a package.*numpy.*requirements\.txt"),
        ('echo "odd" >&2; exit 4', r"ended unexpectedly \(odd\)"),
        ("exit 4", "exit code 4"),
    ],
)
def test_a_python_that_cannot_run_it(tmp_path, place, text, said):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    client = EngineClient(program, tmp_path / "log", place)
    with pytest.raises(ThespisError, match=said) as error:
        client.wait(client.submit("where", {}))
    assert "\n" not in str(error.value)
    client.stop()
    assert not list(place.iterdir())


def test_a_python_that_cannot_be_started(tmp_path, place):
    (tmp_path / "python").write_text("not a program")
    client = EngineClient(tmp_path / "python", tmp_path / "log", place)
    own = client.new_file(".npz")
    own.touch()
    with pytest.raises(ThespisError, match=r"python: the engine could not be started.*preferences"):
        client.submit("where", {}, [own])
    assert not own.exists()
    client.stop()
    assert not list(place.iterdir())


# ---- ending


def test_stopping_ends_it_and_its_jobs(client, place):
    job = client.submit("walk", {"steps": 1000})
    until(client, job, lambda: job.state == "running")
    process = client.process_id
    started = time.monotonic()
    client.stop()
    assert time.monotonic() - started < 1.5
    assert not lives(process) and job.state == "cancelled" and not list(place.iterdir())
    assert client.wait(client.submit("where", {})).state == "done", "the next job starts it again"


_PARENT = """
import sys, time
sys.path.insert(0, {root!r})
import bootstrap
bootstrap.load_package()
from pathlib import Path
from thespis.core.engine.client import EngineClient
client = EngineClient(Path({program!r}), Path({log!r}), Path({place!r}))
client.new_file(".npz").write_text("left")
job = client.submit("stuck", {{"out": {out!r}}})
while not Path({out!r}).with_suffix(".begun").exists():
    client.poll()
    time.sleep(0.01)
print(client.process_id, flush=True)
time.sleep(60)
"""


def test_it_ends_when_blender_is_killed_and_leaves_nothing(tmp_path, place):
    """Also in the middle of a job that does not listen."""
    asked = {"program": str(engine_with_jobs(tmp_path)), "log": str(tmp_path / "log"), "place": str(place)}
    code = _PARENT.format(root=str(ROOT), out=str(tmp_path / "take"), **asked)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    engine = int(parent.stdout.readline())
    assert lives(engine) and list(place.iterdir()) and list(tmp_path.glob(".take.*"))
    parent.kill()
    parent.wait()
    killed = time.monotonic()
    while lives(engine):
        assert time.monotonic() - killed < 2.0
        time.sleep(0.01)
    assert not list(place.iterdir()) and not list(tmp_path.glob(".take.*"))


def test_two_clients_do_not_disturb_one_another(client, tmp_path, place):
    other = EngineClient(client.python, tmp_path / "log", place)
    mine, theirs = client.submit("walk", {"steps": 30}), other.submit("walk", {"steps": 30})
    until(client, mine, lambda: mine.state == "running")
    assert client.folder != other.folder and client.process_id != other.process_id
    os.kill(other.process_id, 9)
    until(other, theirs, lambda: theirs.is_over)
    folder = other.folder
    other.stop()
    assert not folder.exists() and client.wait(mine).state == "done"


# ---- what dead sessions left


def test_the_next_start_sweeps_what_a_crash_left(tmp_path, place):
    alive = SessionFolder(place)
    dead = place / f"{PREFIX}dead"
    (dead / "unfinished").mkdir(parents=True)
    (dead / "owner.lock").touch()
    half, kept = tmp_path / ".walk_take.abc", tmp_path / "kept"
    for number, folder in enumerate((half, kept)):
        folder.mkdir()
        (folder / "person_0.npz").touch()
        (dead / "unfinished" / f"{number}.txt").write_text(str(folder))
    new = place / f"{PREFIX}new"  # somebody is only just making it
    new.mkdir()
    sweep(place)
    assert sorted(place.iterdir()) == sorted([alive.path, new])
    assert not half.exists() and kept.exists(), "what does not look half-made is never removed"
    alive.remove()
    assert not alive.path.exists()


def test_logs_are_kept_small_and_few(tmp_path):
    for number in range(9):
        log = tmp_path / f"engine-{number}x.log"
        log.touch()
        os.utime(log, (number, number))
    log = new_log(tmp_path)
    assert len(list(tmp_path.glob("*.log"))) == KEPT and log.exists() and (tmp_path / "engine-8x.log").exists()
    with log.open("ab") as file:
        file.write(b"x" * (LARGEST + 1))
        file.flush()
        keep_small(log)
        file.write(b"later")
    assert log.read_bytes() == b"later" and log.with_suffix(".log.1").stat().st_size == LARGEST + 1


def test_files_are_not_noted_where_nobody_asked(tmp_path):
    with written_beside(tmp_path / "a.npz") as beside:
        beside.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_the_protocol_is_versioned(client, monkeypatch):
    monkeypatch.setattr("thespis.core.engine.client.PROTOCOL", protocol.PROTOCOL + 1)
    with pytest.raises(ThespisError, match="another version"):
        client.wait(client.submit("walk", {"steps": 100}))
    monkeypatch.undo()
