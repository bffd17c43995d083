"""The engine's set-up: made from tiny wheels, interrupted, changed, cancelled, refused; no network is asked."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from thespis.core.engine.python import engine_python
from thespis.core.errors import CancelledError, ThespisError
from thespis.core.setup import place
from thespis.core.setup.failures import missing_requirement, one_line
from thespis.core.setup.job import SetUpJob
from thespis.core.setup.lock import only_one
from thespis.core.setup.make import SetUpRequest, Step, is_up_to_date, make_environment
from thespis.core.setup.pip_output import PipProgress
from thespis.core.setup.python import PythonState, ask
from thespis.core.setup.requirements import PINNED, digest, for_build, installed_version, read_requirements
from thespis.core.setup.venv import put_python
from thespis.tests.wheels import FAKE_TORCH, make_wheel, request_for

ROOT = Path(__file__).parent.parent
BASE = Path(sys.executable)
POSIX = pytest.mark.skipif(os.name == "nt", reason="kills with signals")
ANSWER = '{"version": [3, 11, 2], "base": "/usr/bin/python3", "versions": {}, "missing": {}, "device": "", "pip": []}'
LIST = "tiny-one==1.0  # a comment\ntiny-two>=2,<3\n"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "tiny-one", "1.0", requires=("tiny-two",))
    make_wheel(folder, "tiny-one", "1.1", requires=("tiny-two",))
    make_wheel(folder, "tiny-two", "2.5")
    make_wheel(folder, "tiny-sick", "1.0", "raise ImportError('libsick.so: cannot open shared object file')")
    make_wheel(folder, "slow", "1.0", "import time\ntime.sleep(60)")
    return folder


def make(request: SetUpRequest) -> tuple[place.Environment, list[str], list[Step]]:
    steps: list[Step] = []
    environment, notes = make_environment(request, steps.append, threading.Event())
    return environment, notes, steps


@pytest.fixture
def home(tmp_path):
    return tmp_path / "user" / place.HOME_NAME


@pytest.fixture(scope="module")
def template(wheels, tmp_path_factory):
    """An environment may be moved: nothing in it names its own place."""
    home = tmp_path_factory.mktemp("template") / "engine"
    make(request_for(home, wheels, LIST, BASE))
    return home


@pytest.fixture
def made(home, template):
    shutil.copytree(template, home, symlinks=True)
    shutil.copy(template.with_suffix(".txt"), home.with_suffix(".txt"))
    return place.in_use(home)


def all_files(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


# ---- it is made


def test_an_environment_is_made_from_a_folder_of_wheels(home, wheels):
    environment, notes, steps = make(request_for(home, wheels, LIST, BASE))
    assert notes == [] and environment.versions == {"tiny_one": "1.0", "tiny_two": "2.5"}
    python = environment.python
    where = subprocess.run(
        [python, "-c", "import sys, tiny_one; print(tiny_one.__file__); print('numpy' in sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert Path(where[0]).is_relative_to(environment.folder)
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run([python, "-c", "import numpy"], check=True, capture_output=True)
    assert engine_python("", home.parent, home) == python == place.in_use(home).python
    assert len(environment.folder.name) == 8 and {path.name for path in home.iterdir()} == {
        environment.folder.name, "use.json", "setup.log", "lock",
    }  # fmt: skip
    assert "tiny_one 1.0" in (home / place.LOG).read_text()
    stages = [step.stage for step in steps]
    assert stages[0] == "Looking at Python" and stages[-1] == "Testing"
    factors = [step.factor for step in steps]
    assert factors == sorted(factors) and factors[0] >= 0 and factors[-1] < 1


def test_what_is_there_is_tested_and_kept(made, home, wheels):
    before = all_files(made.folder)
    environment, notes, steps = make(request_for(home, wheels, LIST, BASE))
    assert environment == made and "already" in notes[0] and len(steps) == 2
    assert {path: mtime for path, mtime in all_files(made.folder).items() if path.suffix != ".pyc" and path.is_file()} == {
        path: mtime for path, mtime in before.items() if path.suffix != ".pyc" and path.is_file()
    }


def test_what_is_there_and_broken_is_made_beside(made, home, wheels):
    """Its files may be open, and the engine may yet run on them."""
    next(made.folder.rglob("tiny_two/__init__.py")).write_text("raise ImportError('gone')")
    environment, _, _ = make(request_for(home, wheels, LIST, BASE))
    assert environment.folder.name == f"{made.folder.name}-2" and made.folder.is_dir()
    assert place.in_use(home) == environment and place.before(home) == made


@POSIX
def test_an_environment_whose_python_went_away_is_mended(made, home, wheels):
    """Blender was moved: its Python, which the environment links to, lies elsewhere."""
    for link in (made.folder / "bin").glob("python*"):
        link.unlink()
        link.symlink_to(home / "old blender" / "python")
    assert made.python is None
    environment, _, _ = make(request_for(home, wheels, LIST, BASE))
    assert environment.folder == made.folder
    assert ask(made.python, read_requirements(home.parent / "engine.txt"), "import").missing == {}


@POSIX
def test_an_environment_made_by_hand_is_one(tmp_path):
    """As on Pythons that lack the venv module or its launcher."""
    state = ask(BASE, [])
    python = put_python(state.base, tmp_path / "environment", state.version)
    told = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True).stdout
    assert Path(told.strip()) == tmp_path / "environment"


def wait_for_lock(home: Path) -> None:
    """A child that was just forked holds it for some milliseconds more."""
    for _ in range(100):
        try:
            with only_one(home):
                return
        except ThespisError:
            time.sleep(0.05)


# ---- it is interrupted, changed, gone back from


@POSIX
def test_a_set_up_that_was_killed_is_begun_again(home, wheels, made):
    """Blender died in the middle of it: the one in use stays, the half-made one is found and made again."""
    request = request_for(home, wheels, "slow==1.0\ntiny-one==1.0\n", BASE)
    code = (
        "import sys, threading; sys.path.insert(0, sys.argv[1]); import bootstrap; bootstrap.load_package()\n"
        "from pathlib import Path; from thespis.core.setup.make import SetUpRequest, make_environment\n"
        "home, base, wheels, list_ = map(Path, sys.argv[2:])\n"
        "request = SetUpRequest(home, base, wheels=wheels, requirements=list_, build='processor', on_disk={'processor': 1})\n"
        "make_environment(request, lambda step: print(step.stage, flush=True), threading.Event())"
    )
    arguments = [str(path) for path in (ROOT, home, BASE, wheels, request.requirements)]
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("Testing"):
            break
    process.kill()
    process.wait()
    process.stdout.close()
    wait_for_lock(home)
    (half,) = place.unfinished(home)
    assert place.in_use(home) == made
    make_wheel(wheels, "slow", "1.0")
    environment, _, _ = make(request)
    assert environment.folder == half and place.unfinished(home) == [] and place.in_use(home) == environment


def test_another_list_is_another_folder_and_the_way_back(home, wheels, made):
    before = all_files(made.folder)
    newer, _, _ = make(request_for(home, wheels, LIST.replace("1.0", "1.1"), BASE))
    assert newer.folder != made.folder and all_files(made.folder) == before
    assert newer.versions["tiny_one"] == "1.1" and place.in_use(home) == newer and place.before(home) == made
    assert is_up_to_date(newer, home.parent / "engine.txt") and not is_up_to_date(made, home.parent / "engine.txt")

    assert place.go_back(home) == made == place.in_use(home)
    assert engine_python("", home.parent, home) == made.python
    assert place.before(home) == newer
    (home / "use.json").write_text("{ cut of")
    assert place.in_use(home) == newer

    assert place.removable(home) == [made.folder]
    assert place.size_of([made.folder]) > 1000
    assert all(place.remove(folder) for folder in place.removable(home))
    assert place.finished(home) == [newer] and place.in_use(home) == newer
    with pytest.raises(ThespisError, match="no earlier engine"):
        place.go_back(home)


def test_an_environment_of_another_python_is_not_used(made, home):
    assert place.in_use(home, "399") is None and place.in_use(home) == made


@pytest.mark.parametrize("stage", ["Making the environment", "Testing"])
def test_cancelled_leaves_what_was(home, wheels, made, stage):
    before = all_files(made.folder)
    request = request_for(home, wheels, "slow==1.0\ntiny-one==1.1\n", BASE)
    make_wheel(wheels, "slow", "1.0", "import time\ntime.sleep(60)")
    cancel = threading.Event()
    timed: list[float] = []

    def report(step: Step) -> None:
        if step.stage == stage:
            threading.Timer(0.3, lambda: (timed.append(time.monotonic()), cancel.set())).start()

    with pytest.raises(CancelledError):
        make_environment(request, report, cancel)
    assert time.monotonic() - timed[0] < 3
    assert place.in_use(home) == made and place.unfinished(home) == [] and all_files(made.folder) == before
    assert not (home / place.SCRATCH).exists()


@POSIX
def test_a_childs_children_end_with_it(tmp_path):
    from thespis.core.setup.child import run

    cancel = threading.Event()
    script = f"(sleep 1.5; touch {tmp_path / 'late'}) & echo started; wait"
    with pytest.raises(CancelledError):
        run(["/bin/sh", "-c", script], lambda line: cancel.set(), cancel)
    time.sleep(2)
    assert not (tmp_path / "late").exists()


def test_one_at_a_time(home, wheels):
    with only_one(home), pytest.raises(ThespisError, match="Another Blender"):
        make(request_for(home, wheels, LIST, BASE))
    with only_one(home):
        pass


# ---- the build for the machine


@pytest.fixture
def builds(tmp_path):
    folder = tmp_path / "builds"
    make_wheel(folder, "torch", "2.0", FAKE_TORCH)
    make_wheel(folder, "onnxruntime", "1.0")
    return folder


BUILDS = "numpyish\ntorch==2.0\nonnxruntime==1.0\n"


def test_the_graphics_cards_build_is_taken_where_there_is_one(home, builds):
    make_wheel(builds, "numpyish", "1")
    make_wheel(builds, "torch", "2.0+cpu", FAKE_TORCH)
    make_wheel(builds, "torch", "2.0+cu130", FAKE_TORCH)
    make_wheel(builds, "onnxruntime-gpu", "1.0", module="onnxruntime")
    request = request_for(home, builds, BUILDS, BASE, build="graphics card")
    environment, notes, _ = make(request)
    assert environment.versions["torch"] == "2.0+cu130" and environment.build == "graphics card" and not notes
    assert list(environment.folder.rglob("onnxruntime_gpu-1.0.dist-info"))
    processor, _, _ = make(request_for(home, builds, BUILDS, BASE))
    assert processor.versions["torch"] == "2.0+cpu" and processor.folder != environment.folder
    assert processor.pinned == environment.pinned


def test_without_a_graphics_cards_build_the_usual_one_is_used_and_said(home, builds):
    make_wheel(builds, "numpyish", "1")
    request = request_for(home, builds, BUILDS, BASE, build="graphics card")
    environment, notes, _ = make(request)
    assert environment.versions["torch"] == "2.0"
    assert notes == ["There is no graphics card's build of onnxruntime here: the usual one is used."]


def test_a_graphics_cards_build_that_does_not_run_gives_way(home, builds):
    make_wheel(builds, "numpyish", "1")
    make_wheel(builds, "onnxruntime-gpu", "1.0", "raise ImportError('no libcudart')", module="onnxruntime")
    environment, notes, _ = make(request_for(home, builds, BUILDS, BASE, build="graphics card"))
    assert environment.build == "processor" and "no libcudart" in notes[0] and "\n" not in notes[0]
    assert place.unfinished(home) == []


def test_the_pinned_list_has_both_builds():
    pinned = read_requirements()
    assert {"torch", "cv2", "onnxruntime", "scipy", "safetensors"} <= {one.module for one in pinned}
    card = for_build(pinned, "graphics card")
    assert len(card) == len(pinned) and card[0].otherwise and digest(card) != digest(for_build(pinned, "processor"))
    assert digest(pinned, "311") != digest(pinned, "313")


# ---- it is refused, in one line


def refused(request: SetUpRequest) -> str:
    with pytest.raises(ThespisError) as error:
        make(request)
    text = str(error.value)
    assert "\n" not in text and str(request.home / place.LOG) in text
    return text


def test_a_wheel_that_is_missing_is_named(home, wheels, made):
    assert "tiny-three==9" in refused(request_for(home, wheels, "tiny-one==1.0\ntiny-three==9\n", BASE))
    assert place.in_use(home) == made and place.unfinished(home) == []


def test_an_engine_that_does_not_pass_its_test_is_not_used(home, wheels, made):
    assert "libsick.so" in refused(request_for(home, wheels, "tiny-sick==1.0\n", BASE))
    assert place.in_use(home) == made and place.unfinished(home) == []


def test_a_wheel_that_is_damaged(home, tmp_path):
    wheel = make_wheel(tmp_path / "w", "tiny-one", "1.0")
    wheel.write_bytes(wheel.read_bytes()[:200])
    assert "damaged" in refused(request_for(home, tmp_path / "w", "tiny-one==1.0\n", BASE))


def test_a_disk_that_is_too_small(home, wheels):
    assert "GB left" in refused(request_for(home, wheels, LIST, BASE, on_disk={"processor": 1e18}))


def test_no_network(home):
    """Nobody listens at that port."""
    request = request_for(home, None, "tiny-one==1.0\n", BASE, index="http://127.0.0.1:9/simple")
    environment = os.environ.copy()
    os.environ.update(PIP_RETRIES="1", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="", PIP_EXTRA_INDEX_URL="")
    try:
        assert "cannot be reached" in refused(request)
    finally:
        os.environ.clear()
        os.environ.update(environment)


@POSIX
def test_a_python_without_pip_says_what_to_do(home, tmp_path, wheels):
    """As Debian's, whose ensurepip is a package of its own."""
    base = tmp_path / "python3"
    base.write_text(f'#!/bin/sh\ncase "$1" in -m) exec {BASE} "$@";; *) echo \'{ANSWER}\';; esac\n')
    base.chmod(0o755)
    text = refused(request_for(home, wheels, LIST, base))
    assert "no pip" in text and "wheel of pip" in text


@POSIX
@pytest.mark.parametrize(
    ("name", "script", "said"),
    [
        ("blender", "echo", "no Python of its own"),
        ("python3", "echo hello", "does not answer"),
        ("python3", "echo '" + ANSWER.replace("3, 11", "3, 10") + "'", "too old"),
    ],
)
def test_a_base_that_will_not_do(home, tmp_path, wheels, name, script, said):
    base = tmp_path / name
    base.write_text(f"#!/bin/sh\n{script}\n")
    base.chmod(0o755)
    assert said in refused(request_for(home, wheels, LIST, base))


@POSIX
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path, wheels):
    (tmp_path / "user").mkdir(mode=0o500)
    with pytest.raises(ThespisError, match="may not be written to"):
        make(request_for(tmp_path / "user" / "engine", wheels, LIST, BASE))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'", "may not be written to"),
        ("ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'C:\\\\x'", "may not be written"),
        ("WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError("
         "': [Errno -3] Temporary failure in name resolution')': /simple/torch/\nERROR: No matching distribution found for torch",
         "cannot be reached"),
        ("WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError('Cannot connect to proxy.', "
         "OSError('Tunnel connection failed: 407'))'", "proxy"),
        ("Could not fetch URL https://x: There was a problem confirming the ssl certificate: SSLError(SSLCertVerificationError("
         "1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))", "SSL certificate"),
        ("ERROR: HTTP error 401 while getting https://x\nERROR: 401 Client Error: Unauthorized for url", "name and password"),
        ("ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)\n"
         "ERROR: No matching distribution found for torch==2.13.0", "no package torch==2.13.0 for Python 3.13"),
        ("WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'\n"
         "ERROR: No matching distribution found for torch==2.13.0", "no package torch==2.13.0"),
        ("HINT: This error might have occurred since this system does not have Windows Long Path support enabled.\n"
         "OSError: [Errno 2] No such file or directory: 'C:\\\\long'", "long paths"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "damaged"),
        ("MemoryError", "memory"),
        ("ERROR: ResolutionImpossible: for help visit", "do not go together"),
        ("/usr/bin/python3: No module named pip", "no pip"),
        ("ERROR: Something odd.", "Something odd"),
        ("", "exit code 1"),
    ],
)  # fmt: skip
def test_every_refusal_of_pip_is_one_line(said, meant):
    text = one_line(said.split("\n"), 1, "/home/me/engine", "3.13", offline=False)
    assert meant in text and "\n" not in text and "{" not in text and text.endswith(".")


def test_a_pip_that_was_killed():
    assert "signal 9" in one_line(["Collecting torch"], -9, "/home", "3.11", offline=True)
    assert missing_requirement(["ERROR: No matching distribution found for torch==2.13.0+cpu"]) == "torch==2.13.0+cpu"
    assert missing_requirement(["Collecting torch"]) == ""


def test_what_pip_says_is_understood():
    pip = PipProgress()
    for line in (
        "Looking in links: /wheels",
        "Collecting torch==2.13.0",
        "  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (29 kB)",
        "Collecting numpy<3,>=1.26",
        "  Downloading https://somewhere/numpy-2.3.0-cp311-cp311-win_amd64.whl (16.2 MB)",
        "Processing /wheels/scipy-1.17.1-cp311-cp311-linux_x86_64.whl",
        "  Using cached torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (1.1 GB)",
    ):
        pip.read(line)
    assert pip.collected == ["torch", "numpy", "scipy"] and pip.stage == "Downloading" and pip.current == "torch"
    assert pip.bytes_named == pytest.approx(1.1e9 + 16.2e6 + 29e3) and pip.bytes_before == pytest.approx(16.2e6 + 29e3)
    pip.read("Installing collected packages: numpy, scipy, torch")
    assert pip.stage == "Installing" and pip.to_install == ["numpy", "scipy", "torch"]


# ---- Pythons that somebody chose


def test_what_a_chosen_python_lacks_is_said(tmp_path):
    list_ = tmp_path / "list.txt"
    list_.write_text("numpy\nnot-there-at-all==1\n")
    state = ask(BASE, read_requirements(list_))
    assert state.version == sys.version_info[:3] and state.missing == {"not_there_at_all": "not installed"}
    assert state.complaint() == "lacks not_there_at_all"
    assert ask(BASE, []).complaint() == ""
    assert "too old" in PythonState((3, 9, 1), BASE).complaint()


def test_the_python_of_these_tests_has_what_the_engine_needs():
    assert ask(BASE).complaint() == "" and PINNED.is_file()


def test_no_python_at_all(tmp_path):
    for name, said in (("python", "cannot be started"), ("gimp", "no Python by its name")):
        (tmp_path / name).write_text("no program")
        with pytest.raises(ThespisError, match=said):
            ask(tmp_path / name)


# ---- the job beside Blender


def test_a_job_tells_how_it_stands(home, wheels):
    job = SetUpJob(request_for(home, wheels, LIST, BASE))
    assert job.poll().state == "running" and not job.poll().message
    assert job.wait(60).state == "done" and job.poll().step.factor == 1.0 and job.log.is_file()
    failing = SetUpJob(request_for(home, wheels, "tiny-three\n", BASE))
    assert failing.wait(60).state == "failed" and "tiny-three" in failing.poll().message
    cancelled = SetUpJob(request_for(home, wheels, "slow\n", BASE))
    cancelled.stop()
    assert cancelled.poll().state == "cancelled"


def test_a_jobs_defect_is_not_lost(home, wheels):
    request = request_for(home, wheels, LIST, BASE)
    job = SetUpJob(SetUpRequest(home, BASE, requirements=request.requirements.with_name("gone.txt")))
    assert job.wait(60).state == "failed" and "gone.txt" in job.poll().message and "\n" not in job.poll().message


def test_the_version_of_a_graphics_cards_build_is_found(tmp_path, monkeypatch):
    """It is a package of another name: the engine would not start for lack of `onnxruntime`."""
    (tmp_path / "madeup_gpu-1.5.dist-info").mkdir()
    (tmp_path / "madeup_gpu-1.5.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: madeup-gpu\nVersion: 1.5\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert installed_version("madeup") == "1.5" and installed_version("nobody") == "there"
