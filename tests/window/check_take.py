"""A take in the window: unsure stretches, a stretch mended, a take that has moved, an intensity that is keyed."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from thespis.tests.samples import WALK

from .hand import acted, over_the_view

ROOT = Path(__file__).parent.parent.parent
LAST = 35
"""Of the clip's frames that are fitted."""
MENDED = (10, 20)
"""Frames of the scene, which has the fit's first one at 1, at the clip's own rate or nearly so."""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the sample clip and its take."""
    if not WALK.exists():
        pytest.skip("the sample clip is not there: ./dev test obtains it")
    folder = tmp_path_factory.mktemp("fitted")
    shutil.copyfile(WALK, folder / "walk.mp4")
    command = ["fit", folder / "walk.mp4", "--out", folder / "walk_take", "--end", str(LAST), "--fast"]
    subprocess.run([sys.executable, ROOT / "bootstrap.py", *command], check=True, capture_output=True)
    return folder


@pytest.fixture
def character(unfolded, fitted: Path, tmp_path: Path):
    """A Blender with the character of a copy of the take."""
    shutil.copytree(fitted, tmp_path / "work")
    unfolded.ask("act.bring", str(tmp_path / "work" / "walk_take" / "person_0.npz"))
    unfolded.until(lambda said: [level for level, _ in said][:1] == ["INFO"], "sight.messages")  # the backdrop takes a while
    return unfolded


@pytest.mark.parametrize("again", [False, True])
def test_a_stretch_is_mended_and_taken_back(character, picture, again):
    frames = list(range(1, LAST))
    before = np.array(character.ask("take.places", frames))
    character.ask("take.stretch", *MENDED, again)
    character.find("operator", "thespis.mend_stretch")
    picture("mend", character)
    character.press("operator", "thespis.mend_stretch")
    said = character.until(lambda said: "ERROR" in str(said) or "mended" in str(said), "sight.messages", seconds=180)
    assert "ERROR" not in str(said), said
    after = np.array(character.ask("take.places", frames))
    moved = np.linalg.norm(after - before, axis=1)
    inside = np.array([MENDED[0] <= frame <= MENDED[1] for frame in frames])
    assert moved[~inside].max() < 1e-4 and moved[inside].max() > 1e-3, moved
    over_the_view(character)
    character.keys("ctrl+z")
    character.until(lambda now: np.abs(np.array(now) - before).max() < 1e-5, "take.places", frames)


def test_unsure_stretches_are_marked_and_gone_through(character, picture):
    if not character.ask("take.markers"):
        character.press("operator", "thespis.show_unsure")
    marked = character.until(bool, "take.markers")
    picture("unsure", character)
    character.ask("act.go_to", 0)
    character.press("operator", "thespis.next_unsure", text=f"Next of {len(marked)}")
    character.until(lambda frame: frame == marked[0], "work.frame")
    character.press("operator", "thespis.hide_unsure")
    character.until(lambda now: not now, "take.markers")


def test_a_take_that_has_moved_is_found_again(character, tmp_path: Path, picture):
    (tmp_path / "work").rename(tmp_path / "elsewhere")
    character.find("operator", "thespis.relink")
    picture("relink", character)
    take = tmp_path / "elsewhere" / "walk_take"
    character.ask("take.relink", str(take / "take.json"))
    assert character.ask("take.motion_of_character") == str(take / "person_0.npz")
    character.find("operator", "thespis.mend_stretch")


def test_keys_of_the_intensity_are_followed_and_kept(blender, walk: Path, picture):
    blender.ask("act.bring", str(walk))
    blender.ask("act.go_to", 1)
    left, top, right, bottom = blender.find("prop", "intensity")
    for frame, value in ((1, 0.2), (49, 1.0)):
        blender.ask("act.go_to", frame)
        blender.ask("act.set_slider", value)
        blender.move((left + right) / 2, (top + bottom) / 2)
        blender.keys("i")
        blender.until(lambda now, key=[frame, value]: any(key in keys for keys in now.values()), "take.scene_keys")
    keyed = blender.ask("take.scene_keys")
    assert list(keyed.values()) == [[[1, 0.2], [49, 1.0]]], keyed
    blender.ask("act.go_to", 1)
    picture("keyed", blender)
    acted(blender, live=False)  # the slider of a keyed intensity moves nothing
    assert blender.ask("take.scene_keys") == keyed, "no take overwrites them"
    assert "joy" in blender.ask("act.pose")["action"]
