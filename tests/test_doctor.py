"""The doctor with everything there, and with things missing; and Blender's side of the set-up."""

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from thespis.core.commandline import main
from thespis.core.setup import doctor, place
from thespis.core.setup.doctor import Finding, Question, examine_files, examine_from_blender, missing_files
from thespis.core.setup.make import make_environment
from thespis.core.setup.own_body import describe_own_body
from thespis.models.body import load
from thespis.tests.wheels import make_wheel, request_for

ROOT = Path(__file__).parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="a stand-in that is a shell script")


def found(findings: list[Finding]) -> dict[str, Finding]:
    assert not [finding for finding in findings if "\n" in finding.state + finding.fix]
    return {finding.what: finding for finding in findings}


@pytest.fixture
def weights(tmp_path):
    for name in ("mine.safetensors", doctor.RECOGNISER):
        save_file({"a": np.zeros((4, 4), np.float32)}, tmp_path / name, {"about": "x"})
    return tmp_path / "mine.safetensors"


# ---- the files


def test_all_that_is_there_needs_no_mending(weights):
    body = ROOT / "models" / "body" / "open_body.npz"
    findings = found(examine_files(Question(body, weights, weights.parent)))
    assert set(findings) == {
        "landmark networks", "open body", "your SMPL-X file", "emotion model", "recogniser", "processor", "disk",
    }  # fmt: skip
    assert not any(finding.fix for name, finding in findings.items() if name != "disk")
    assert "55 joints" in findings["open body"].state and str(weights.parent) in findings["disk"].state
    assert doctor.memory_bytes() > 1e8


def test_what_is_missing_has_a_next_step(weights, tmp_path, monkeypatch):
    weights.write_bytes(weights.read_bytes()[:-1])
    (tmp_path / doctor.RECOGNISER).unlink()
    (tmp_path / "mine.npz").write_text("no body")
    monkeypatch.setattr(doctor, "network_path", lambda name: tmp_path / f"{name}.onnx")
    monkeypatch.setattr(load, "OPEN_BODY", tmp_path / "gone.npz")
    monkeypatch.setattr(doctor, "_LEAST_FREE", 1e18)
    question = Question(tmp_path / "mine.npz", weights, tmp_path / "no" / "such" / "folder")
    findings = found(examine_files(question))
    assert "pose_detection" in findings["landmark networks"].state and findings["landmark networks"].fix
    assert "gone.npz" in findings["open body"].state and findings["open body"].fix
    assert "not an npz file" in findings["your SMPL-X file"].state and "SMPL-X site" in findings["your SMPL-X file"].fix
    assert findings["emotion model"].state == "damaged: mine.safetensors" and "thespis train" in findings["emotion model"].fix
    assert findings["recogniser"].state.startswith("missing") and not findings["recogniser"].needed
    assert findings["disk"].fix
    assert missing_files(question) == ["landmark networks"]
    assert missing_files(Question(tmp_path / "a.npz", tmp_path / "b")) == [
        "landmark networks", "emotion model", "your SMPL-X file",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"\x08\x00\x00\x00\x00\x00\x00\x00notjson!", b"\xff" * 20])
def test_weights_that_are_none(tmp_path, content):
    (tmp_path / "w.safetensors").write_bytes(content)
    assert "damaged" in found(examine_files(Question(None, tmp_path / "w.safetensors")))["emotion model"].state


def test_the_doctor_looks_where_the_weights_are_read():
    from thespis.models.emotion.recogniser.weights import JUDGE
    from thespis.models.emotion.weights import PATH

    assert PATH == doctor.EMOTION_MODEL and JUDGE == doctor.RECOGNISER


def test_a_defect_of_one_look_is_a_line(monkeypatch):
    monkeypatch.setattr(doctor, "memory_bytes", lambda: 1 / 0)
    findings = found(examine_files(Question()))
    assert "failed" in findings["machine"].state and "disk" in findings


def test_a_hostile_body_is_not_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "body.npz", kintree_table=np.array([Trap()], object))
    finding = found(examine_files(Question(tmp_path / "body.npz")))["your SMPL-X file"]
    assert finding.fix and not (tmp_path / "sprung").exists()


# ---- with and without an engine


def test_without_an_engine_the_rest_is_told(tmp_path):
    findings = found(examine_from_blender(None, tmp_path / "engine", Question()))
    assert findings["engine"].state == "not set up" and "Set Up Engine" in findings["engine"].fix
    assert "open body" in findings and "torch" not in findings


def test_the_engine_tells_the_whole_list(capsys):
    findings = found(examine_from_blender(Path(sys.executable), None, Question()))
    assert findings["engine"].state.startswith("a Python of your own")
    assert {"Python", "torch", "onnxruntime", "graphics card", "landmarks run on", "open body", "emotion model"} <= set(findings)
    assert not findings["torch"].fix


def test_an_engine_that_lacks_packages_says_which(tmp_path):
    """An environment with none of them: the command line starts there, torch does not."""
    make_wheel(tmp_path / "w", "tiny", "1")
    request = request_for(tmp_path / "u" / "engine", tmp_path / "w", "tiny", Path(sys.executable))
    environment, _ = make_environment(request, lambda _: None, threading.Event())
    findings = found(examine_from_blender(environment.python, request.home, Question()))
    assert "earlier Thespis" in findings["engine"].state and not findings["engine"].needed
    assert "torch" in findings["torch"].state and "pip install torch" in findings["torch"].fix and "disk" in findings
    python = [environment.python, ROOT / "bootstrap.py", "doctor"]
    told = subprocess.run(python, capture_output=True, text=True, check=False)
    assert told.returncode == 2 and "torch: broken: No module named 'torch'" in told.stdout


@POSIX
def test_an_engine_that_does_not_answer(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'Illegal instruction' >&2; exit 132\n")
    python.chmod(0o755)
    findings = found(examine_from_blender(python, None, Question()))
    assert findings["engine"].fix and "open body" in findings


def test_the_command_prints_the_list_for_programs(capsys, weights):
    assert main(["doctor", "--json", "--weights", str(weights)]) == 0
    findings = [Finding(**values) for values in json.loads(capsys.readouterr().out)]
    assert found(findings)["emotion model"].fix == ""


# ---- Blender's part


@pytest.fixture
def blender(monkeypatch, tmp_path):
    """Registered, with a user's folder, and preferences as the test has them."""
    bpy = pytest.importorskip("bpy")
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    from thespis.operators import engine_state, set_up, settings

    wheels, preferences = tmp_path / "wheels", {"wheel_folder": str(tmp_path / "wheels")}
    for version in ("1", "2"):
        make_wheel(wheels, "tiny", version)
    make_wheel(wheels, "slow", "1", "import time\ntime.sleep(60)")
    bpy.list = tmp_path / "list.txt"
    bpy.list.write_text("tiny==1")
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "user")
    monkeypatch.setattr(settings, "text", lambda _context, name: preferences.get(name, ""))
    sizes = {"processor": 1e6, "graphics card": 1e6}
    small = functools.partial(set_up.SetUpRequest, requirements=bpy.list, on_disk=sizes)
    monkeypatch.setattr(set_up, "SetUpRequest", small)
    bpy.preferences, bpy.home, bpy.state = preferences, tmp_path / "user" / place.HOME_NAME, engine_state
    yield bpy
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)


def test_set_up_from_blender_and_the_way_back(blender):
    bpy = blender
    assert bpy.ops.thespis.set_up_engine() == {"FINISHED"}
    first = place.in_use(bpy.home)
    known = bpy.state.known(bpy.context)
    assert known.python == first.python and not known.has_previous and known.outdated and "engine" not in known.missing
    assert not bpy.ops.thespis.previous_engine.poll() and not bpy.ops.thespis.remove_old_engines.poll()
    bpy.list.write_text("tiny==2")
    bpy.ops.thespis.set_up_engine()
    assert place.in_use(bpy.home).versions == {"tiny": "2"}
    assert bpy.ops.thespis.previous_engine() == {"FINISHED"} and place.in_use(bpy.home) == first
    assert bpy.ops.thespis.remove_old_engines("EXEC_DEFAULT") == {"FINISHED"} and place.finished(bpy.home) == [first]
    assert not bpy.ops.thespis.remove_old_engines.poll()

    bpy.list.write_text("nowhere==2")
    with pytest.raises(RuntimeError, match=r"^Error: There is no package nowhere==2.*setup\.log\)") as error:
        bpy.ops.thespis.set_up_engine()
    assert "\n" not in str(error.value).strip() and bpy.state.standing().state == "failed"
    assert place.in_use(bpy.home) == first


@POSIX
def test_an_engine_outlives_a_blender_that_moved(blender, tmp_path):
    """Its Python was a link into the old Blender; offline, and without a click."""
    blender.ops.thespis.set_up_engine()
    made = place.in_use(blender.home)
    for link in (made.folder / "bin").glob("python*"):
        link.unlink()
        link.symlink_to(tmp_path / "old blender" / "python3")
    blender.state.forget()
    assert made.python is None and blender.state.known(blender.context).python == made.python is not None
    subprocess.run([str(made.python), "-c", "import tiny, json"], check=True)


def test_a_grey_button_says_why(blender, monkeypatch):
    bpy = blender
    from thespis.operators import settings

    def grey(operator) -> str:
        assert not operator.poll()
        with pytest.raises(RuntimeError) as error:
            operator()
        return str(error.value)

    bpy.preferences.clear()
    monkeypatch.setattr(settings, "may_go_online", lambda: False)
    assert "may not go online" in grey(bpy.ops.thespis.set_up_engine)
    monkeypatch.setattr(settings, "may_go_online", lambda: True)
    assert bpy.ops.thespis.set_up_engine.poll()
    monkeypatch.setattr(settings, "user_folder", lambda: None)
    assert "not installed as an extension" in grey(bpy.ops.thespis.set_up_engine)
    assert "not being set up" in grey(bpy.ops.thespis.cancel_set_up)
    assert "no earlier engine" in grey(bpy.ops.thespis.previous_engine)
    for name in ("set_up_engine", "cancel_set_up", "previous_engine", "remove_old_engines", "doctor"):
        kind = getattr(bpy.ops.thespis, name).get_rna_type()
        assert kind.name and len(kind.description) > 20


def start_slow(bpy):
    from thespis.operators import set_up

    bpy.list.write_text("slow")
    home = bpy.home
    return bpy.state.start_set_up(set_up.SetUpRequest(home, Path(sys.executable), wheels=Path(bpy.preferences["wheel_folder"])))


def test_cancelled_from_blender(blender):
    bpy = blender
    job = start_slow(bpy)
    assert not bpy.ops.thespis.set_up_engine.poll() and not bpy.ops.thespis.remove_old_engines.poll()
    assert bpy.state.standing().state == "running"
    assert bpy.ops.thespis.cancel_set_up() == {"FINISHED"}
    assert job.wait(20).state == "cancelled"
    bpy.state.settle()
    assert bpy.ops.thespis.set_up_engine.poll() and place.unfinished(bpy.home) == []


def test_disabling_the_extension_ends_the_set_up(blender):
    import thespis

    job = start_slow(blender)
    thespis.unregister()
    assert job.poll().state == "cancelled" and place.unfinished(blender.home) == []
    thespis.register()


def test_panels_do_not_look_at_the_disk_each_time(blender, monkeypatch):
    looks = []
    look = blender.state._look
    monkeypatch.setattr(blender.state, "_look", lambda context: looks.append(1) or look(context))
    for _ in range(200):
        blender.state.known(blender.context)
    assert len(looks) < 5
    blender.preferences["engine_python"] = "nowhere"
    blender.state.check_chosen("engine_python", "nowhere")  # as the preference does when it changes
    assert blender.state.known(blender.context).python is None and len(looks) < 7


def test_the_doctor_from_blender(blender, tmp_path):
    bpy = blender
    python = tmp_path / "python"
    shutil.copy(sys.executable, python)
    bpy.preferences["engine_python"] = str(tmp_path / "nowhere")
    assert bpy.ops.thespis.doctor() == {"FINISHED"}
    findings = found(list(bpy.state.findings()))
    assert findings["engine"].fix and "open body" in findings and not bpy.state.doctor_is_at_work()


def test_what_is_chosen_is_looked_at(blender, tmp_path):
    state = blender.state
    for name, value, good in (
        ("body_file", str(ROOT / "models" / "body" / "open_body.npz"), True),
        ("body_file", str(tmp_path), False),
        ("engine_python", sys.executable, True),
        ("engine_python", str(tmp_path / "nowhere"), False),
    ):
        state.check_chosen(name, value)
        state._memory.look.join()
        assert state.notes[name][0] is good, state.notes
        state.settle()
    state.check_chosen("body_file", "")
    assert "body_file" not in state.notes
    assert describe_own_body(ROOT / "models" / "body" / "open_body.npz").endswith("55 joints")
