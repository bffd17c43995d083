"""The extension around the Blender side: its manifest, the engine's Python, the engine's jobs, and Blender's own part."""

import os
import sys
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from thespis.core.camera import Camera
from thespis.core.engine.client import EngineClient
from thespis.core.engine.fit_job import backdrop_of, fit_of, submit_backdrop, submit_fit, take_folder
from thespis.core.engine.python import engine_python
from thespis.core.engine.wire import FitRequest
from thespis.core.errors import ThespisError
from thespis.core.motion import write_motion
from thespis.core.setup.place import HOME_NAME, Environment, mark_finished
from thespis.core.setup.requirements import PYTHON_TAG
from thespis.core.take.take import TAKE_FILE, Take, write_take
from thespis.tests.blender import stand_in
from thespis.tests.motions import lively_motion, true_joints

ROOT = Path(__file__).parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")
TAGS = {
    "3D View", "Add Curve", "Add Mesh", "Animation", "Bake", "Camera", "Compositing", "Development", "Game Engine",
    "Geometry Nodes", "Grease Pencil", "Import-Export", "Lighting", "Material", "Modeling", "Mesh", "Node", "Object", "Paint",
    "Pipeline", "Physics", "Render", "Rigging", "Scene", "Sculpt", "Sequencer", "System", "Text Editor", "Tracking",
    "User Interface", "UV",
}  # fmt: skip
"""What Blender's extensions platform knows for add-ons; its validator looks at them only when asked to."""


def take_of(clip: Path, fps: Fraction = Fraction(30), plain: bool = True) -> Take:
    camera = Camera((320, 240), (300.0, 300.0), (159.5, 119.5))
    people = [{"file": "person_0.npz", "gender": "neutral", "body_model": "open", "frames_seen": 3}]
    return Take(clip, fps, (0, 2), 3, camera, people, {}, plain, False)


# ---- the manifest


def test_the_manifest_holds_what_the_validator_misses():
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    assert manifest["id"] == "thespis" and manifest["schema_version"] == "1.0.0"
    assert manifest["blender_version_min"] == "4.2.0"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["tags"]) <= TAGS
    assert len(manifest["tagline"]) <= 64 and not manifest["tagline"].endswith(".")
    assert set(manifest["permissions"]) <= {"files", "network", "clipboard", "camera", "microphone"}
    assert all(len(reason) <= 64 and not reason.endswith(".") for reason in manifest["permissions"].values())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert manifest["version"] == version


# ---- the engine's Python


def environment(folder: Path, name: str = "bin/python") -> Path:
    python = folder / name
    python.parent.mkdir(parents=True)
    python.touch()
    return python


def set_up(user_folder: Path) -> Path:
    folder = user_folder / HOME_NAME / "abc"
    python = environment(folder)
    mark_finished(Environment(folder, "abc", PYTHON_TAG, "processor", {}, 1.0))
    return python


def test_what_is_chosen_comes_first(tmp_path):
    chosen = environment(tmp_path / "mine")
    set_up(tmp_path / "user")
    assert engine_python(str(chosen), tmp_path / "user", tmp_path) == chosen
    assert engine_python(str(tmp_path / "mine"), tmp_path / "user", tmp_path) == chosen


def test_then_the_extensions_own_then_a_checkouts(tmp_path):
    checkout = environment(tmp_path / ".venv", "Scripts/python.exe")
    assert engine_python("", tmp_path / "user", tmp_path) == checkout
    assert engine_python("", None, tmp_path) == checkout
    own = set_up(tmp_path / "user")
    assert engine_python("", tmp_path / "user", tmp_path) == own


@POSIX
def test_an_environments_python_keeps_its_own_name(tmp_path):
    """It is a link; the file behind it knows nothing of the environment's packages."""
    link = tmp_path / ".venv" / "bin" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.executable)
    assert engine_python("", None, tmp_path) == link


@pytest.mark.parametrize("chosen", ["", "nowhere/python"])
def test_no_python_says_where_to_name_one(tmp_path, chosen):
    with pytest.raises(ThespisError, match="preferences"):
        engine_python(chosen and str(tmp_path / chosen), tmp_path / "user", tmp_path)


# ---- the jobs


def test_take_folders_are_numbered(tmp_path):
    clip = tmp_path / "walk.mp4"
    assert take_folder(clip) == tmp_path / "walk_take"
    (tmp_path / "walk_take").mkdir()
    (tmp_path / "walk_take_2").mkdir()
    assert take_folder(clip) == tmp_path / "walk_take_3"
    assert take_folder(clip, tmp_path / "takes") == tmp_path / "takes" / "walk_take"


@pytest.fixture
def client(tmp_path):
    """The real engine, on the Python of these tests."""
    client = EngineClient(Path(sys.executable), tmp_path / "log")
    yield client
    client.stop()


@POSIX
def test_a_fit_gives_the_take_and_its_motions(tmp_path):
    done, clip = tmp_path / "done", tmp_path / "walk.mp4"
    done.mkdir()
    clip.touch()
    write_take(take_of(clip), done / TAKE_FILE)
    stand_in.write_engine(tmp_path / "engine", tmp_path / "python")
    stand_in.tell(tmp_path / "engine", fit={"folder": str(done)})
    client = EngineClient(tmp_path / "python", tmp_path / "log")
    job = client.wait(submit_fit(client, clip, tmp_path / "walk_take", FitRequest(fast=True)))
    client.stop()
    take, motions = fit_of(job)
    assert take.clip == clip and motions == [tmp_path / "walk_take" / "person_0.npz"]
    (asked,) = stand_in.asked(tmp_path / "engine")
    assert asked["arguments"]["fast"] is True and asked["arguments"]["clip"] == str(clip)


def test_a_fit_of_what_is_not_there(tmp_path, client):
    with pytest.raises(ThespisError, match=r"gone\.mp4"):
        submit_fit(client, tmp_path / "gone.mp4", tmp_path / "take", FitRequest())
    (tmp_path / "here.mp4").touch()
    with pytest.raises(ThespisError, match="no such folder"):
        submit_fit(client, tmp_path / "here.mp4", tmp_path / "no" / "take", FitRequest())
    assert client.process_id is None, "for that no engine is started"


def test_a_plain_clip_at_the_scenes_rate_needs_no_engine(tmp_path):
    clip = tmp_path / "walk.mp4"
    clip.touch()
    ntsc = Fraction(30000, 1001)
    blenders = 30 / float(np.float32(1.001))
    assert submit_backdrop(None, take_of(clip, ntsc), tmp_path, blenders) is None
    assert backdrop_of(None, take_of(clip, ntsc)) == clip
    for take, rate in ((take_of(clip, ntsc), 30.0), (take_of(clip, plain=False), 30.0)):
        with pytest.raises(ThespisError, match="preferences"):
            submit_backdrop(None, take, tmp_path, rate)


def test_a_clip_that_is_gone_is_said_without_an_engine(tmp_path):
    with pytest.raises(ThespisError, match="the clip is gone"):
        submit_backdrop(None, take_of(tmp_path / "walk.mp4"), tmp_path, 30.0)


def test_the_engine_makes_a_movie_at_blenders_rate(tmp_path, client):
    """29.97 as Blender has it, in 32 bits; and the real engine's own refusals."""
    from thespis.core.footage import open_clip
    from thespis.tests.clips import make_clip

    clip = tmp_path / "walk.mp4"
    make_clip(clip)
    write_take(take_of(clip), tmp_path / TAKE_FILE)
    job = submit_backdrop(client, take_of(clip), tmp_path, 30 / float(np.float32(1.001)))
    assert job is not None
    movie = backdrop_of(client.wait(job), take_of(clip))
    assert movie != clip and open_clip(movie).fps == Fraction(30000, 1001)
    with pytest.raises(ThespisError) as error:
        client.wait(client.submit("proxy", {"take": str(tmp_path / "no" / "take.json"), "fps": 24.0}))
    assert str(error.value) == f"{tmp_path / 'no' / 'take.json'}: there is no such file. Choose a folder made by a fit."
    (tmp_path / "text.mp4").write_text("no movie")
    with pytest.raises(ThespisError, match=r"text\.mp4"):
        client.wait(submit_fit(client, tmp_path / "text.mp4", tmp_path / "take", FitRequest(device="cpu")))
    assert not (tmp_path / "take").exists()


# ---- Blender's part; the built zip is checked by tests/blender/check_extension.py


def test_a_motion_is_imported_at_its_own_speed(blender, tmp_path):
    bpy, motion = blender, lively_motion(frames=21, fps=60.0)
    write_motion(motion, tmp_path / "walk.npz")
    assert bpy.ops.thespis.import_motion(filepath=str(tmp_path / "walk.npz")) == {"FINISHED"}
    scene = bpy.context.scene
    assert (scene.render.fps, scene.frame_end) == (24, 250)
    (rig,) = (thing for thing in scene.objects if thing.type == "ARMATURE")
    from thespis.core.skeleton import JOINT_NAMES

    for frame in (0, 10, 20):
        at = 1 + frame * 24 / 60
        scene.frame_set(int(at), subframe=at % 1)
        heads = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in JOINT_NAMES])
        np.testing.assert_allclose(heads, true_joints(motion, frame), atol=2e-3)


def test_a_refusal_is_one_line_and_leaves_the_scene(blender, tmp_path):
    bpy = blender
    (tmp_path / "text.npz").write_text("no motion")
    before = len(bpy.data.objects), len(bpy.data.collections)
    with pytest.raises(RuntimeError, match=r"^Error: .*text\.npz") as error:
        bpy.ops.thespis.import_motion(filepath=str(tmp_path / "text.npz"))
    assert "\n" not in str(error.value).strip()
    assert (len(bpy.data.objects), len(bpy.data.collections)) == before


def test_operators_can_be_found_and_undone(blender):
    bpy = blender
    for operator in (bpy.ops.thespis.import_motion, bpy.ops.thespis.fit_clip):
        assert operator.poll()
        kind = operator.get_rna_type()
        assert kind.name and kind.description
        unexplained = [p.identifier for p in kind.properties if not (p.is_hidden or p.description or p.identifier == "rna_type")]
        assert not unexplained
    for name in ("import_motion", "import_motion_finish", "fit_clip_finish", "act_emotion_finish"):
        assert "UNDO" in getattr(bpy.types, f"THESPIS_OT_{name}").bl_options


def test_drawing_a_button_changes_nothing(blender):
    """A panel that draws a button sets the operator's properties. Of one with an update Blender takes it for a change, for which
    it draws all windows again, the panel with them: without end, on a processor of its own."""
    from thespis.registration import CLASSES

    operators = [kind for kind in CLASSES if issubclass(kind, blender.types.Operator)]
    wishes = {
        (kind.bl_idname, name): wish.keywords
        for kind in operators
        for base in kind.__mro__
        for name, wish in vars(base).get("__annotations__", {}).items()
        if hasattr(wish, "keywords")
    }
    assert ("thespis.act_emotion", "intensity") in wishes and ("thespis.export", "preset") in wishes
    assert [place for place, keywords in wishes.items() if keywords.get("update") is not None] == []


@pytest.mark.parametrize("missing", [(), ("engine",), ("landmarks",)])
def test_nobody_is_told_that_all_is_ready_while_something_is_missing(blender, monkeypatch, missing):
    from thespis.operators import engine_state
    from thespis.panels.thespis import THESPIS_PT_main

    class Drawn:
        """A layout of which the labels are kept."""

        labels: ClassVar[list[str]] = []

        def __getattr__(self, name):
            return lambda *_names, text="", **_options: self.labels.append(text) if name == "label" else self

        def __setattr__(self, name, value):
            pass

    Drawn.labels.clear()
    known = engine_state.Known(Path("python"), missing, False, False, 0)
    monkeypatch.setattr(engine_state, "known", lambda _context: known)
    THESPIS_PT_main.draw(type("Panel", (), {"layout": Drawn()})(), blender.context)
    assert ("Ready" in Drawn.labels) == (not missing) == ("Not ready yet" not in Drawn.labels), Drawn.labels


def test_registering_again_and_again(blender):
    bpy = blender
    import thespis

    for _ in range(3):
        thespis.unregister()
        assert not hasattr(bpy.types, "THESPIS_PT_main")
        thespis.register()
        assert hasattr(bpy.types, "THESPIS_PT_main")


def test_a_failed_registration_leaves_nothing(blender, monkeypatch):
    bpy = blender
    import thespis
    from thespis import registration

    thespis.unregister()
    with monkeypatch.context() as patch:
        patch.setattr(registration, "CLASSES", (*registration.CLASSES, int))
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            thespis.register()
    assert not hasattr(bpy.types, "THESPIS_PT_main")
    thespis.register()
