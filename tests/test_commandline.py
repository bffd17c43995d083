"""The command line as a user meets it: exit codes, one-line reasons, nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from thespis.core.commandline import main
from thespis.core.errors import ThespisError
from thespis.core.files import check_can_be_written, folder_written_beside, written_beside
from thespis.core.take.options import parse_distortion, parse_focal, parse_people
from thespis.tests.clips import make_clip

ROOT = Path(__file__).parent.parent


def refused(capsys, *arguments: str | Path) -> str:
    """The one line that the command printed when it refused."""
    assert main([str(a) for a in arguments]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("thespis: ")]
    assert len(lines) == 1
    return lines[0]


def test_a_missing_clip(capsys, tmp_path):
    assert "nowhere.mp4" in refused(capsys, "fit", tmp_path / "nowhere.mp4", "--out", tmp_path / "take")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_kept(capsys, tmp_path):
    (tmp_path / "take").mkdir()
    (tmp_path / "take" / "mine.txt").write_text("precious")
    (tmp_path / "clip.mp4").write_text("whatever")
    assert "exists already" in refused(capsys, "fit", tmp_path / "clip.mp4", "--out", tmp_path / "take")
    assert (tmp_path / "take" / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize("content", [b"", b"text named as a movie\n" * 40])
def test_a_broken_clip_leaves_nothing(capsys, tmp_path, content):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    assert "clip.mp4" in refused(capsys, "fit", clip, "--out", tmp_path / "take")
    assert list(tmp_path.iterdir()) == [clip]


def test_a_missing_body_file(capsys, tmp_path):
    make_clip(tmp_path / "clip.mp4")
    line = refused(capsys, "fit", tmp_path / "clip.mp4", "--out", tmp_path / "take", "--body", tmp_path / "SMPLX_NEUTRAL.npz")
    assert "SMPLX_NEUTRAL.npz" in line
    assert not (tmp_path / "take").exists()


def test_the_bootstrap_runs_from_anywhere(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "bootstrap.py"), "fit", "nowhere.mp4", "--out", "take"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("thespis: nowhere.mp4: there is no such file.")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without asking them")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_fit_that_is_ended_leaves_nothing(tmp_path, end):
    clip = make_clip(tmp_path / "clip.mp4", frames=2000)
    command = [sys.executable, str(ROOT / "bootstrap.py"), "fit", str(clip), "--out", str(tmp_path / "take")]
    # A shell that starts the tests in the background has them, and all that they start, ignore SIGINT.
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(end, signal.SIG_DFL))
    deadline = time.monotonic() + 60
    while not any(path.name.startswith(".take") for path in tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(end)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip() == "thespis: cancelled, nothing was written."
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize(("text", "pixels"), [("1500", 1500), ("1500px", 1500), ("36mm", 1920), (" 18 mm", 960), (None, None)])
def test_focal_lengths(text, pixels):
    focal = parse_focal(text)
    assert (focal and focal.pixels((1080, 1920))) == pixels


@pytest.mark.parametrize("text", ["", "wide", "-3", "0", "12in", "nan"])
def test_what_is_no_focal_length_is_refused(text):
    with pytest.raises(ThespisError, match="--focal"):
        parse_focal(text)


def test_lens_and_people():
    assert parse_distortion("-0.1,0.2,0,0.001") == (-0.1, 0.2, 0, 0.001, 0)
    assert parse_people("all") is None
    assert parse_people("3") == 3
    for parse, text in ((parse_distortion, "1,2"), (parse_distortion, "a,b,c,d"), (parse_people, "0"), (parse_people, "-1")):
        with pytest.raises(ThespisError):
            parse(text)


def test_a_file_is_whole_or_not_there(tmp_path):
    def interrupted() -> None:
        with written_beside(tmp_path / "a.txt") as beside:
            beside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    with folder_written_beside(tmp_path / "take") as folder:
        (folder / "a.txt").write_text("whole")
        assert not (tmp_path / "take").exists()
    assert (tmp_path / "take" / "a.txt").read_text() == "whole"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere/a.glb", "does not exist"), ("file/a.glb", "is a file, not a folder"), ("folder.glb", "a folder of that name"),
        ("a" * 300 + ".glb", "the name is too long"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_beforehand_in_the_same_words(tmp_path, name, said):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.glb").mkdir()
    before = sorted(tmp_path.iterdir())
    check_can_be_written(tmp_path / "free.glb")
    with pytest.raises(ThespisError, match=said) as early:
        check_can_be_written(tmp_path / name)
    with pytest.raises(ThespisError) as late, written_beside(tmp_path / name) as beside:
        beside.write_text("")
    assert str(early.value) == str(late.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="folders are kept from being written otherwise there")
def test_a_folder_that_may_not_be_written_is_said_beforehand(tmp_path):
    if os.geteuid() == 0:  # root may write anywhere but there
        folder = Path("/sys")
    else:
        folder = tmp_path / "kept"
        folder.mkdir(mode=0o500)
    with pytest.raises(ThespisError, match=r"may not be written to|read-only"):
        check_can_be_written(folder / "a.glb")


def test_a_read_only_folder_is_said(tmp_path):
    with pytest.raises(ThespisError, match="not a folder"), folder_written_beside(ROOT / "README.md" / "take"):
        pass
