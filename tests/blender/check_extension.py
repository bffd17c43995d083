"""Installs the extension's zip in a Blender of its own and uses it: check_extension.py ZIP [--blend FILE] [--leave-out CHECK]

Run by the Python of any bpy wheel, 4.2 or newer, or by Blender itself (blender -b -P check_extension.py -- ZIP). Nothing of the
user's Blender is read or changed. --blend keeps a saved scene, for check_blend.py in another version. Ends with a code other
than 0 when anything fails.
"""

import argparse
import functools
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="thespis-check-"))
os.environ["BLENDER_USER_RESOURCES"] = str(HOME / "blender")
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

import bpy  # noqa: E402
import numpy as np  # noqa: E402
import oracle  # noqa: E402
import stand_in  # noqa: E402
import wheels  # noqa: E402
from bake_checks import check_bake  # noqa: E402, F401
from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from control_checks import check_control_rig  # noqa: E402, F401
from export_checks import check_emotion_set, check_exports  # noqa: E402, F401
from mathutils import Vector  # noqa: E402
from retarget_checks import check_retarget  # noqa: E402, F401

MODULE = "bl_ext.user_default.thespis"
TOLERANCE = 2e-3
"""Metres."""
PIXEL_TOLERANCE = 0.1


class Bench:
    """The installed extension, a motion alone, and a motion with its take and clip."""

    def __init__(self, archive: Path) -> None:
        bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
        self.folder = Path(importlib.import_module(MODULE).__file__).parent
        self.truth = oracle.make_truth(self.folder / "models" / "body" / "open_body.npz")
        self.names = importlib.import_module(f"{MODULE}.core.skeleton").JOINT_NAMES
        self.alone = oracle.write_motion(self.truth, HOME / "alone" / "walk.npz")
        self.taken = oracle.write_motion(self.truth, HOME / "take" / "person_0.npz")
        self.clip = HOME / "clip.mp4"
        make_clip(self.clip, len(self.truth.poses), round(self.truth.fps))
        oracle.write_take(self.truth, self.taken.parent, self.clip)

    def check_joints(self, rig: object, first: float, step: float) -> None:
        """Every joint at every 10th frame; a motion frame is `step` scene frames."""
        for frame in range(0, len(self.truth.poses), 10):
            go_to(first + frame * step)
            heads = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in self.names])
            worst = np.abs(heads - self.truth.joints[frame]).max()
            assert worst < TOLERANCE, f"frame {frame}: a joint is {worst * 1000:.1f} mm off"


def main() -> int:
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--blend", type=Path)
    parser.add_argument("--leave-out", help="a check that cannot be done here")
    options = parser.parse_args(arguments)
    failed = 0
    try:
        bench = Bench(options.zip.resolve())
        checks: list[Callable[[Bench], None]] = [value for name, value in globals().items() if name.startswith("check_")]
        checks = [check for check in checks if check.__name__ != options.leave_out]
        for check in checks:
            empty_scene()
            try:
                check(bench)
                print(f"ok      {check.__name__}", flush=True)
            except Exception:
                failed += 1
                traceback.print_exc()
                print(f"FAILED  {check.__name__}", flush=True)
        if options.blend:
            save_blend(bench, options.blend.resolve())
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    print(f"Blender {bpy.app.version_string}, Python {sys.version.split()[0]}, numpy {np.__version__}")
    print(f"{len(checks) - failed} passed" + (f", {failed} failed" if failed else ""))
    return 1 if failed else 0


# ---- the checks


def check_enabled(bench: Bench) -> None:
    assert MODULE in bpy.context.preferences.addons
    for name in ("import_motion", "fit_clip", "act_emotion"):
        operator = getattr(bpy.ops.thespis, name)
        assert operator.poll() == (name != "act_emotion"), name
        assert operator.get_rna_type().description
    assert hasattr(bpy.types, "THESPIS_PT_main") and hasattr(bpy.types, "THESPIS_FH_motion")
    assert menu_entries() == 1


def check_motion_alone(bench: Bench) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    scene.frame_set(7)
    before = settings(scene)
    assert bpy.ops.thespis.import_motion(filepath=str(bench.alone)) == {"FINISHED"}
    assert settings(scene) == before
    assert not [thing for thing in bpy.data.objects if thing.type == "CAMERA"]
    bench.check_joints(only_rig(), 1, 30 / 1.001 / bench.truth.fps)


def check_face_moves(bench: Bench) -> None:
    bpy.ops.thespis.import_motion(filepath=str(bench.alone))
    rig = only_rig()
    figure = next(child for child in rig.children if child.type == "MESH")
    moved = list(figure.data.shape_keys.key_blocks[1:])
    assert moved
    go_to(1)
    early = [key.value for key in moved]
    go_to(1 + 60 * 24 / bench.truth.fps)
    late = [key.value for key in moved]
    assert max(abs(a) for a in early) < 1e-4 and abs(max(late) - 1) < 1e-4, (early, late)


def check_take_matched(bench: Bench) -> None:
    scene = bpy.context.scene
    assert bpy.ops.thespis.import_motion(filepath=str(bench.taken), match_scene=True) == {"FINISHED"}
    assert (scene.render.resolution_x, scene.render.resolution_y) == oracle.SIZE
    assert abs(scene.render.fps / scene.render.fps_base - bench.truth.fps) < 1e-4
    assert (scene.frame_start, scene.frame_end) == (1, len(bench.truth.poses))
    bench.check_joints(only_rig(), 1, 1)
    camera = scene.camera
    width, height = oracle.SIZE
    for frame in (0, 30, 60):
        go_to(1 + frame)
        for joint, (x, y) in zip(bench.truth.joints[frame], oracle.pixels(bench.truth, frame), strict=True):
            seen = world_to_camera_view(scene, camera, Vector(joint))
            # Blender counts from the lower left corner, OpenCV from the middle of the top left pixel.
            off = max(abs(seen.x * width - 0.5 - x), abs((1 - seen.y) * height - 0.5 - y))
            assert off < PIXEL_TOLERANCE, f"frame {frame}: {off:.2f} pixels"
    background = camera.data.background_images[0]
    assert background.image.source == "MOVIE" and Path(bpy.path.abspath(background.image.filepath)) == bench.clip
    assert tuple(background.image.size) == oracle.SIZE
    user = background.image_user
    assert (user.frame_start, user.frame_offset, user.frame_duration) == (1, 0, len(bench.truth.poses))


def check_take_at_another_rate(bench: Bench) -> None:
    """Without an engine there is no movie at the scene's rate: the camera comes, the clip does not."""
    assert bpy.ops.thespis.import_motion(filepath=str(bench.taken)) == {"FINISHED"}
    bench.check_joints(only_rig(), 1, 24 / bench.truth.fps)
    camera = next(thing for thing in bpy.data.objects if thing.type == "CAMERA")
    assert not camera.data.background_images


def check_take_left_out(bench: Bench) -> None:
    assert bpy.ops.thespis.import_motion(filepath=str(bench.taken), camera=False) == {"FINISHED"}
    assert not [thing for thing in bpy.data.objects if thing.type == "CAMERA"]


def check_broken_take(bench: Bench) -> None:
    """It costs the camera, not the character."""
    motion = oracle.write_motion(bench.truth, HOME / "broken" / "person_0.npz")
    (motion.parent / "take.json").write_text("{")
    assert bpy.ops.thespis.import_motion(filepath=str(motion)) == {"FINISHED"}
    bench.check_joints(only_rig(), 1, 24 / bench.truth.fps)


def check_several_files(bench: Bench) -> None:
    folder = HOME / "several"
    for name in ("person_0.npz", "person_1.npz"):
        oracle.write_motion(bench.truth, folder / name)
    files = [{"name": "person_1.npz"}, {"name": "person_0.npz"}]
    assert bpy.ops.thespis.import_motion(directory=f"{folder}{os.sep}", files=files) == {"FINISHED"}
    assert len(rigs()) == 2


def check_twice_and_renamed(bench: Bench) -> None:
    bpy.ops.thespis.import_motion(filepath=str(bench.alone))
    first = only_rig()
    first.name, first.data.name = "Hero", "Hero's bones"
    bpy.ops.thespis.import_motion(filepath=str(bench.alone))
    both = rigs()
    assert len(both) == 2 and len({rig.animation_data.action for rig in both}) == 2
    assert len({child.data for rig in both for child in rig.children}) == 2
    for rig in both:
        bench.check_joints(rig, 1, 24 / bench.truth.fps)


def check_in_edit_mode(bench: Bench) -> None:
    """An animator may be anywhere when importing."""
    mesh = bpy.data.meshes.new("Block")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    block = bpy.data.objects.new("Block", mesh)
    bpy.context.scene.collection.objects.link(block)
    bpy.context.view_layer.objects.active = block
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.thespis.import_motion(filepath=str(bench.alone))
    bench.check_joints(only_rig(), 1, 24 / bench.truth.fps)
    assert len(mesh.vertices) == 3


def check_refusals(bench: Bench) -> None:
    """One line with the file and the next step; the scene stays as it was."""
    folder = HOME / "bad"
    folder.mkdir()
    (folder / "text.npz").write_text("not a motion")
    np.savez(folder / "other.npz", something=np.zeros(3))
    np.savez(folder / "short.npz", poses=np.zeros((5, 7)), trans=np.zeros((5, 3)))
    np.savez(folder / "nan.npz", poses=np.full((5, 165), np.nan), trans=np.zeros((5, 3)))
    np.savez(folder / "betas.npz", poses=np.zeros((5, 165)), trans=np.zeros((5, 3)), betas=np.zeros(900), body_model="open")
    before = contents()
    for path in (*sorted(folder.iterdir()), HOME / "nowhere.npz", folder):
        said = refusal(bpy.ops.thespis.import_motion, filepath=str(path))
        assert said.startswith("Error: ") and "\n" not in said and "Traceback" not in said, said
        assert contents() == before, path
    assert bpy.context.scene.frame_current == 1


def check_broken_clip(bench: Bench) -> None:
    """Blender loads any file as a movie; the animator hears that nothing will show, and loses nothing else."""
    motion = oracle.write_motion(bench.truth, HOME / "noclip" / "person_0.npz")
    clip = HOME / "noclip" / "broken.mp4"
    clip.write_text("not a movie")
    oracle.write_take(bench.truth, motion.parent, clip)
    assert bpy.ops.thespis.import_motion(filepath=str(motion), match_scene=True) == {"FINISHED"}
    camera = bpy.context.scene.camera
    assert camera and not camera.data.background_images
    assert not [image for image in bpy.data.images if image.source == "MOVIE"]
    bench.check_joints(only_rig(), 1, 1)


def check_late_failure(bench: Bench) -> None:
    """What fails after the character is built takes the character with it, and gives the scene its settings back."""
    block = bpy.data.objects.new("Block", bpy.data.meshes.new("Block"))
    bpy.context.scene.collection.objects.link(block)
    block.select_set(True)
    bpy.context.view_layer.objects.active = block
    importing = importlib.import_module(f"{MODULE}.core.scene.import_take")
    errors = importlib.import_module(f"{MODULE}.core.errors")

    def refuse(*_arguments: object, **_options: object) -> None:
        assert rigs(), "the character is not there yet: this is no late failure"
        raise errors.ThespisError("too late")

    kept, importing.add_ground = importing.add_ground, refuse
    before = contents(), settings(bpy.context.scene)
    try:
        assert refusal(bpy.ops.thespis.import_motion, filepath=str(bench.taken), match_scene=True) == "Error: too late"
    finally:
        importing.add_ground = kept
    assert (contents(), settings(bpy.context.scene)) == before
    assert bpy.context.view_layer.objects.active == block and list(bpy.context.selected_objects) == [block]


def check_fit_without_engine(bench: Bench) -> None:
    said = refusal(bpy.ops.thespis.fit_clip, filepath=str(bench.clip))
    assert "preferences" in said and "Python" in said, said
    assert not contents()


def check_fit_with_engine(bench: Bench) -> None:
    """A small program in the engine's place that notes what it is asked and leaves a finished take."""
    if os.name == "nt":
        return
    engine, told = HOME / "engine", HOME / "told"
    stand_in.write_engine(told, engine)
    stand_in.tell(told, fit={"folder": str(bench.taken.parent)}, proxy={"error": "no proxy today"})
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.engine_python = str(engine)
    try:
        wishes = {"filepath": str(bench.clip), "match_scene": True, "whole": False, "start": 2, "end": 9, "fast": True}
        for number, folder, again in ((1, "clip_take", "ADD"), (1, "clip_take_2", "REPLACE"), (2, "clip_take_3", "ADD")):
            result = bpy.ops.thespis.fit_clip(again=again, **wishes)
            assert result == {"FINISHED"}
            assert (HOME / folder / "take.json").exists() and len(rigs()) == number
        asked = next(asked["arguments"] for asked in stand_in.asked(told) if asked["job"] == "fit")
        assert asked["clip"] == str(bench.clip) and (asked["start"], asked["end"]) == (2, 9), asked
        assert asked["fast"] and asked["focal_mm"] is None and asked["people"] == 1, asked
        bench.check_joints(rigs()[0], 1, 1)

        stand_in.tell(told, fit={"error": "nobody is in it. Choose another clip."})
        before = contents()
        said = refusal(bpy.ops.thespis.fit_clip, filepath=str(bench.clip))
        assert said == "Error: nobody is in it. Choose another clip.", said
        assert contents() == before
    finally:
        preferences.engine_python = ""


def check_set_up(bench: Bench) -> None:
    """The engine is set up in the extension's own folder, from a folder of wheels: Blender may not go online here."""
    operators = importlib.import_module(f"{MODULE}.operators.set_up")
    wheels.make_wheel(HOME / "wheels", "tiny", "1")
    (HOME / "list.txt").write_text("tiny==1")
    said = refusal(bpy.ops.thespis.set_up_engine)
    assert bpy.app.online_access or "may not go online" in said, said
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.wheel_folder = str(HOME / "wheels")
    kept, sizes = operators.SetUpRequest, {"processor": 1e6, "graphics card": 1e6}
    operators.SetUpRequest = functools.partial(kept, requirements=HOME / "list.txt", on_disk=sizes)
    try:
        assert bpy.ops.thespis.set_up_engine(build="PROCESSOR") == {"FINISHED"}
        python = importlib.import_module(f"{MODULE}.operators.settings").engine(bpy.context)
        assert python.is_relative_to(bpy.utils.extension_path_user(MODULE)), python
        subprocess.run([str(python), "-c", "import tiny"], check=True)
        assert bpy.ops.thespis.doctor() == {"FINISHED"}
        shutil.rmtree(bpy.utils.extension_path_user(MODULE, path="engine"))
    finally:
        operators.SetUpRequest = kept
        preferences.wheel_folder = ""


@contextmanager
def acting(bench: Bench, name: str) -> Iterator[Path]:
    """A character, and an engine that hands over the motion it was made of; yields where the engine is told what to do."""
    engine, told = HOME / name, HOME / f"told to {name}"
    stand_in.write_engine(told, engine)
    stand_in.tell(told, act={"file": str(bench.alone)})
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.engine_python = str(engine)
    try:
        bpy.ops.thespis.import_motion(filepath=str(bench.alone))
        yield told
    finally:
        preferences.engine_python = ""


def check_act(bench: Bench) -> None:
    """The take goes into a new action, into the present one, and over it; legs and what lies before and after are left alone."""
    if os.name == "nt":
        return
    with acting(bench, "actor") as told:
        rig, scene, step = only_rig(), bpy.context.scene, 24 / bench.truth.fps
        keys = next(child for child in rig.children if child.type == "MESH").data.shape_keys.key_blocks[1:]
        for where, first in (("NEW", 40), ("REPLACE", 90)):
            scene.frame_set(first)
            assert bpy.ops.thespis.act_emotion(emotion="joy", where=where) == {"FINISHED"}
            bench.check_joints(rig, first, step)
        bench.check_joints(rig, 40, step)
        plain = shown(bench, rig, keys)
        scene.frame_set(60)
        assert bpy.ops.thespis.act_emotion(emotion="pride", where="LAYER", part="UPPER") == {"FINISHED"}
        layered = shown(bench, rig, keys)
        legs = [joint for joint, name in enumerate(bench.names) if name.endswith(("pelvis", "_hip", "_knee", "_ankle", "_foot"))]
        for frame, (joints, face) in plain.items():
            off = np.abs(layered[frame][0] - joints).max(1)
            assert off[legs].max() < 1e-4, f"frame {frame}: a leg moved"
            if not 60 < frame < 84:
                assert off.max() < 1e-4 and np.abs(layered[frame][1] - face).max() < 1e-4, frame
        assert np.abs(layered[72][0] - plain[72][0]).max() > 0.01 and np.abs(layered[72][1] - plain[72][1]).max() > 0.01
        before = contents()
        stand_in.tell(told, act={"error": "there are no weights."})
        assert refusal(bpy.ops.thespis.act_emotion, emotion="joy") == "Error: there are no weights."
        assert contents() == before


def check_another_take(bench: Bench) -> None:
    """It replaces the one before, face included; Act follows what is keyed, and leaves the keys alone."""
    if os.name == "nt":
        return
    with acting(bench, "again") as told:
        rig, scene, step = only_rig(), bpy.context.scene, 24 / bench.truth.fps
        keys = next(child for child in rig.children if child.type == "MESH").data.shape_keys.key_blocks[1:]
        for where, first in (("NEW", 40), ("REPLACE", 140), ("LAYER", 240)):
            scene.frame_set(first)
            assert bpy.ops.thespis.act_emotion(emotion="joy", where=where) == {"FINISHED"}
            if where != "LAYER":
                before, actions = shown(bench, rig, keys), len(bpy.data.actions)
                go_to(first + 60 * step)
                face = [key.value for key in keys]
                assert bpy.ops.thespis.another_take(step=0) == {"FINISHED"}
                bench.check_joints(rig, first, step)
                go_to(first + 60 * step)
                assert np.abs(np.array([key.value for key in keys]) - face).max() < 1e-4 and max(map(abs, face)) > 0.5
                after = shown(bench, rig, keys)
                assert all(np.abs(before[frame][0] - after[frame][0]).max() < 1e-4 for frame in before)
                assert len(bpy.data.actions) == actions
        go_to(250)
        assert bpy.ops.thespis.another_take() == {"FINISHED"} and scene.thespis_act.seed == 1
        for frame, value in ((240, 0.0), (288, 1.0)):
            scene.thespis_act.intensity = value
            scene.keyframe_insert("thespis_act.intensity", frame=frame)
        scene.frame_set(240)
        assert bpy.ops.thespis.act_emotion(emotion="joy", follow_keys=True) == {"FINISHED"}
        asked = stand_in.asked(told)[-1]["arguments"]
        assert asked["seconds"] == 2.0 and len(asked["intensities"]) > 10 and len(played_by(scene)) == 1


def played_by(scene: object) -> list:
    return importlib.import_module(f"{MODULE}.core.scene.compat").played_curves(scene)


def shown(bench: Bench, rig: object, keys: list) -> dict:
    """Joints and face at some frames."""
    listed = {}
    for frame in (1, 40, 60, 66, 72, 78, 84, 90, 110):
        go_to(frame)
        joints = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in bench.names])
        listed[frame] = joints, np.array([key.value for key in keys])
    return listed


def check_cycles(bench: Bench) -> None:
    for _ in range(3):
        bpy.ops.preferences.addon_disable(module=MODULE)
        assert not hasattr(bpy.types, "THESPIS_PT_main") and not hasattr(bpy.types, "THESPIS_OT_import_motion")
        assert menu_entries() == 0
        bpy.ops.preferences.addon_enable(module=MODULE)
        assert hasattr(bpy.types, "THESPIS_PT_main") and menu_entries() == 1
    assert bpy.ops.thespis.import_motion(filepath=str(bench.alone)) == {"FINISHED"}


# ---- what they share


def save_blend(bench: Bench, path: Path) -> None:
    """A scene with the character, beside it the truth."""
    empty_scene()
    bpy.ops.thespis.import_motion(filepath=str(bench.taken), match_scene=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    np.savez(path.with_suffix(".npz"), joints=bench.truth.joints, names=np.array(bench.names))


def make_clip(path: Path, frames: int, fps: int) -> None:
    """A grey movie, rendered by Blender's sequencer."""
    empty_scene()
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = oracle.SIZE
    scene.render.fps, scene.frame_end = fps, frames
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    length = {"length": frames} if bpy.app.version >= (5, 0, 0) else {"frame_end": frames + 1}
    strips.new_effect(name="grey", type="COLOR", channel=1, frame_start=1, **length).color = (0.5, 0.4, 0.3)
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    scene.render.ffmpeg.format, scene.render.ffmpeg.codec = "MPEG4", "H264"
    scene.render.filepath = str(path)
    scene.render.use_file_extension = False
    bpy.ops.render.render(animation=True)
    assert path.exists(), "Blender wrote no movie"


def empty_scene() -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    if MODULE not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module=MODULE)


def go_to(frame: float) -> None:
    bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)


def rigs() -> list:
    return [thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE"]


def only_rig() -> object:
    assert len(rigs()) == 1, rigs()
    return rigs()[0]


def refusal(operator: Callable[..., set[str]], **arguments: object) -> str:
    try:
        operator(**arguments)
    except RuntimeError as error:
        return str(error).strip()
    raise AssertionError("no error was reported")


def contents() -> set[tuple[str, str]]:
    kinds = (
        "objects", "meshes", "armatures", "actions", "cameras", "lights", "materials", "images", "collections", "scenes",
        "sounds",
    )  # fmt: skip
    return {(kind, thing.name) for kind in kinds for thing in getattr(bpy.data, kind)} - {("scenes", "Scene")}


def settings(scene: object) -> tuple:
    render = scene.render
    return (
        render.fps, render.fps_base, render.resolution_x, render.resolution_y, scene.frame_start, scene.frame_end,
        scene.frame_current, scene.camera,
    )  # fmt: skip


def menu_entries() -> int:
    return sum(draw.__name__ == "draw_import_entry" for draw in bpy.types.TOPBAR_MT_file_import._dyn_ui_initialize())


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    if bpy.app.version < (5, 0):
        # The bpy 4.2 module crashes when Python ends after any glTF export, that of a plain cube too. That of 4.5 waits without
        # end after Rigify's generating, also where nothing of ours is loaded: import bpy, addon_utils;
        # addon_utils.enable("rigify", default_set=True); bpy.ops.object.armature_human_metarig_add();
        # bpy.ops.pose.rigify_generate(). Then bpy is not torn down, and its sound's state is destroyed while the thread that was
        # begun at import waits on it. The checks are done.
        os._exit(code)
    sys.exit(code)
