"""What leaves for games, by clicks: a motion for another rig, a file, a set of emotions; and why buttons are grey."""

import json
import struct
from pathlib import Path
from typing import Final

import numpy as np

from .hand import over_the_view

FRAME = 20
_OPTIONS: Final = 230
"""Pixels that the options of a file dialog are high."""


def test_a_motion_is_retargeted_and_taken_back(unfolded, walk: Path, picture):
    assert "armature" in unfolded.ask("work.why_not", "retarget"), "the cube is none"
    unfolded.ask("act.bring", str(walk))
    source, target = unfolded.ask("act.armature_name"), unfolded.ask("rigs.make")
    unfolded.find("operator", "thespis.retarget")
    picture("retarget-grey", unfolded)
    unfolded.ask("rigs.choose", source, target)
    unfolded.find("operator", "thespis.retarget")
    picture("retarget", unfolded)
    unfolded.press("operator", "thespis.retarget")
    made = unfolded.until(bool, "rigs.action", target)
    assert source in made and target in made, made
    one, other = (np.array(unfolded.ask("rigs.forearm", name, FRAME)) for name in (source, target))
    assert np.degrees(np.arccos(np.clip(one @ other, -1, 1))) < 5
    assert np.abs(other - unfolded.ask("rigs.forearm", target, 1)).max() > 0.02, "it moves"
    over_the_view(unfolded)
    unfolded.keys("ctrl+z")
    unfolded.until(lambda name: not name, "rigs.action", target)
    unfolded.keys("ctrl+shift+z")
    unfolded.until(lambda name: name == made, "rigs.action", target)


def test_a_file_is_written_through_the_dialog(unfolded, walk: Path, tmp_path: Path, picture):
    unfolded.ask("sight.files_in_place")
    unfolded.ask("act.bring", str(walk))
    unfolded.ask("work.save", str(tmp_path / "scene.blend"))
    unfolded.ask("work.nothing_chosen")
    assert "Select the characters" in unfolded.ask("work.why_not", "export")
    left, top, right, bottom = unfolded.find("operator", "thespis.export", text="Godot")
    picture("export-grey", unfolded, around=unfolded.tip((left + right) / 2, (top + bottom) / 2))
    unfolded.ask("work.choose_armature")
    unfolded.find("operator", "thespis.export", text="Godot")
    picture("export", unfolded)
    unfolded.press("operator", "thespis.export", text="Godot")
    left, top, right, bottom = unfolded.until(bool, "sight.box_of_options")
    unfolded.still()
    picture("export-options", unfolded, around=(left, top, right, top + _OPTIONS))
    unfolded.move(left - 100, (top + bottom) / 2)
    unfolded.keys("Return")
    said = unfolded.until(bool, "sight.messages")
    assert not [text for level, text in said if level == "ERROR"], said
    (written,) = tmp_path.glob("*.glb")
    content = _content(written)
    assert len(content["animations"]) == 1 and content["meshes"] and len(content["skins"][0]["joints"]) >= 55
    assert said[0][1].startswith(f"{written.name}: "), "where the animator has put it is not told again"
    unfolded.find("operator", "thespis.clear_messages")
    picture("export-done", unfolded)


def test_a_set_of_two_emotions_is_made_and_written(unfolded, walk: Path, tmp_path: Path, picture):
    unfolded.ask("act.bring", str(walk))
    wishes = {"emotions": ["joy", "anger"], "levels": ["high"], "seconds": 2.0, "filepath": "//set.glb"}
    unfolded.ask("work.save", str(tmp_path / "scene.blend"))
    unfolded.ask("rigs.set_wishes", wishes)
    before = unfolded.ask("sight.contents")["actions"], unfolded.ask("rigs.tracks")
    unfolded.ask("work.nothing_chosen")
    assert "Select the character" in unfolded.ask("work.why_not", "emotion_set")
    unfolded.find("operator", "thespis.emotion_set")
    picture("set-grey", unfolded)
    unfolded.ask("work.choose_armature")
    unfolded.find("operator", "thespis.emotion_set")
    picture("set", unfolded)
    unfolded.press("operator", "thespis.emotion_set")
    unfolded.until(bool, "sight.jobs")
    said = unfolded.until(bool, "sight.messages", seconds=180)
    assert not [text for level, text in said if level == "ERROR"], said
    unfolded.find("operator", "thespis.clear_messages")
    picture("set-done", unfolded)
    content = _content(tmp_path / "set.glb")
    told = json.loads((tmp_path / "set.json").read_text())
    assert sorted(clip["name"] for clip in content["animations"]) == sorted(clip["clip"] for clip in told["clips"])
    assert {clip["emotion"] for clip in told["clips"]} == {"joy", "anger"}
    over_the_view(unfolded)
    unfolded.keys("ctrl+z")
    unfolded.until(lambda now: now["actions"] == before[0], "sight.contents")
    assert unfolded.ask("rigs.tracks") == before[1]


def _content(path: Path) -> dict:
    """The JSON of a .glb (glTF 2.0, 4.4)."""
    raw = path.read_bytes()
    magic, version, length = struct.unpack("<4sII", raw[:12])
    assert (magic, version, length) == (b"glTF", 2, len(raw))
    size, kind = struct.unpack("<I4s", raw[12:20])
    assert kind == b"JSON"
    return json.loads(raw[20 : 20 + size])
