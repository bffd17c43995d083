"""The Clip panel's operators with a stand-in for the engine: looking, choosing, fitting, fitting again; undo, files, scenes."""

import os
import time

import numpy as np
import pytest
from thespis.tests.blender import stand_in
from thespis.tests.motions import true_joints
from thespis.tests.takes import look_answer, small_clip, some_motion, write_take_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine's stand-in is a shell script")


class Desk:
    """Blender with the extension, a clip, and a stand-in that looks and hands over takes."""

    def __init__(self, bpy, folder, monkeypatch):
        self.bpy, self.folder = bpy, folder
        self.engine = folder / "engine"
        stand_in.write_engine(self.engine, folder / "python")
        self.clip = small_clip(folder)
        self.look = look_answer(folder, self.clip)
        self.tell()
        from thespis.operators import settings

        monkeypatch.setattr(settings, "chosen", lambda _context, name: str(folder / "python") if name == "engine_python" else "")

    def tell(self, *motions, **answers):
        """What the next fit makes."""
        if motions:
            done = write_take_folder(self.folder / f"done{time.monotonic_ns()}", self.clip, list(motions))
            answers["fit"] = {"folder": str(done)}
        stand_in.tell(self.engine, **{"look": self.look, "proxy": {"error": "no proxy"}, **answers})

    def asked(self, job: str) -> list[dict]:
        return [request["arguments"] for request in stand_in.asked(self.engine) if request["job"] == job]

    @property
    def settings(self):
        return self.bpy.context.scene.thespis_clip

    def fit(self, *motions, **wishes):
        self.tell(*motions)
        return self.bpy.ops.thespis.fit_clip("EXEC_DEFAULT", True, filepath=str(self.clip), **wishes)

    def rigs(self):
        return sorted((one for one in self.bpy.data.objects if one.type == "ARMATURE"), key=lambda one: one.name)

    def joints(self, rig, frame):
        from thespis.core.skeleton import JOINT_NAMES

        self.bpy.context.scene.frame_set(frame)
        return np.array([rig.matrix_world @ rig.pose.bones[name].head for name in JOINT_NAMES])


@pytest.fixture
def desk(tmp_path, monkeypatch, blender):
    return Desk(blender, tmp_path, monkeypatch)


# ---- looking


def test_a_look_fills_the_panel(desk):
    bpy, clip = desk.bpy, desk.settings
    assert not bpy.ops.thespis.look_at_clip.poll()
    assert bpy.ops.thespis.choose_clip(filepath=str(desk.clip)) == {"FINISHED"}
    assert bpy.ops.thespis.look_at_clip() == {"FINISHED"}
    assert (clip.frames, clip.width, clip.height, clip.fps, clip.focal_35mm) == (31, 320, 240, 24, 26)
    assert [person.chosen for person in clip.found] == [True, False]
    from thespis.operators import previews
    from thespis.operators.clip_settings import persons_of

    assert persons_of(clip) == "40,120.5@0"
    for picture, there in ((clip.first, True), (clip.found[1].picture, True), ("gone.png", False)):
        previews.icon_of(picture)  # without a window icons have no number
        assert (previews.picture_size(picture) == (16, 16)) == there
    clip.found[1].chosen = True
    desk.fit(some_motion(), some_motion(1), persons=persons_of(clip), start=2)
    (asked,) = desk.asked("fit")
    assert asked["persons"] == [[40, 120.5, 0], [140, 120.5, 5]] and asked["start"] == 2
    clip.filepath = str(desk.folder / "other.mp4")
    assert clip.frames == 0 and not clip.found, "of another clip nothing is known"


def test_what_is_wrong_with_a_clip_is_said_before_a_fit(desk):
    clip = desk.settings
    for name, answer in (("broken.mp4", "broken.mp4: not a video"), ("gone.mp4", None)):
        path = desk.folder / name
        if answer:
            path.touch()
            desk.tell(look={"error": answer})
        clip.filepath = str(path)
        with pytest.raises(RuntimeError, match=name) as error:
            desk.bpy.ops.thespis.look_at_clip()
        assert "\n" not in str(error.value).strip() and name in clip.problem and clip.frames == 0
    desk.look["values"]["people"], desk.look["files"] = [], desk.look["files"][:1]
    desk.tell()
    clip.filepath = str(desk.clip)
    assert desk.bpy.ops.thespis.look_at_clip() == {"FINISHED"}
    assert clip.frames == 31 and not clip.found and not clip.problem


def test_the_first_of_numbered_pictures_stands_for_all(desk):
    from thespis.operators.clip_settings import clip_path

    for number in (1, 2, 3):
        (desk.folder / f"shot_{number:03d}.png").touch()
    clip = desk.settings
    clip.filepath = str(desk.folder / "shot_001.png")
    assert clip_path(clip).name == "shot_###.png"
    desk.bpy.ops.thespis.look_at_clip()
    assert desk.asked("look")[-1]["clip"].endswith("shot_###.png")
    clip.sequence = False
    assert clip_path(clip).name == "shot_001.png"


def test_what_the_panel_knows_survives_the_file_and_belongs_to_its_scene(desk):
    bpy = desk.bpy
    desk.settings.filepath = str(desk.clip)
    desk.bpy.ops.thespis.look_at_clip()
    desk.settings.found[1].chosen = True
    bpy.data.scenes.new("other")
    assert not bpy.data.scenes["other"].thespis_clip.filepath
    bpy.ops.wm.save_as_mainfile(filepath=str(desk.folder / "scene.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(desk.folder / "scene.blend"))
    assert desk.settings.frames == 31 and [person.chosen for person in desk.settings.found] == [True, True]


def test_a_look_that_comes_too_late_is_dropped(desk, monkeypatch):
    """In the window nobody waits: meanwhile another clip may be chosen."""
    from thespis.operators import orders

    monkeypatch.setattr(orders, "has_timers", lambda: True)
    desk.tell(look={**desk.look, "seconds": 0.3})
    desk.settings.filepath = str(desk.clip)  # looks by itself
    assert len(orders.running) == 1
    other = small_clip(desk.folder, "other.mp4")
    desk.settings.filepath = str(other)
    started = time.monotonic()
    while orders.running:
        orders._look()
        time.sleep(0.02)
        assert time.monotonic() - started < 20
    assert [one["clip"] for one in desk.asked("look")] == [str(desk.clip), str(other)]
    assert desk.settings.frames == 31


# ---- fitting again


def test_another_fit_replaces_the_character_and_keeps_what_hangs_on_it(desk):
    bpy = desk.bpy
    first, second = some_motion(), some_motion(1, frames=25)
    desk.fit(first)
    (rig,) = desk.rigs()
    figure = rig.children[0]
    camera = next(one for one in bpy.data.objects if one.type == "CAMERA")
    rig.name, rig.location = "Hero", (1.0, 2.0, 0.0)
    prop = bpy.data.objects.new("sword", None)
    bpy.context.scene.collection.objects.link(prop)
    prop.parent, prop.parent_type, prop.parent_bone = rig, "BONE", "right_wrist"
    limit = rig.pose.bones["head"].constraints.new("LIMIT_ROTATION")
    coat = bpy.data.materials.new("coat")
    figure.data.materials[0] = coat
    bpy.data.collections["clip"].objects.link(bpy.data.objects.new("hand-made", None))
    bpy.ops.ed.undo_push(message="before")
    counts = len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.armatures), len(bpy.data.cameras), len(bpy.data.actions)
    assert desk.fit(second) == {"FINISHED"}
    assert desk.rigs() == [rig] and rig.name == "Hero" and rig.data.name == rig.animation_data.action.name == "clip"
    assert [one.name for one in bpy.data.collections] == ["clip"] and "hand-made" in bpy.data.collections["clip"].objects
    assert prop.parent == rig and limit.name in rig.pose.bones["head"].constraints and figure.data.materials[0] == coat
    now = len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.armatures), len(bpy.data.cameras), len(bpy.data.actions)
    assert now == counts, "the former one is gone"
    limit.mute = True
    for frame in (0, 12, 24):
        np.testing.assert_allclose(desk.joints(rig, 1 + frame), true_joints(second, frame) + (1, 2, 0), atol=2e-3)
    figure_height = max(vertex.co.z for vertex in figure.data.vertices)
    bpy.ops.ed.undo()
    (rig,) = desk.rigs()
    assert rig.name == "Hero"
    rig.pose.bones["head"].constraints[0].mute = True
    np.testing.assert_allclose(desk.joints(rig, 1 + 28), true_joints(first, 28) + (1, 2, 0), atol=2e-3)
    assert abs(max(vertex.co.z for vertex in rig.children[0].data.vertices) - figure_height) > 1e-3
    assert camera is not None


def test_keys_that_were_changed_by_hand_are_kept(desk):
    bpy = desk.bpy
    from thespis.core.scene.compat import all_fcurves

    desk.fit(some_motion())
    (rig,) = desk.rigs()
    action = rig.animation_data.action
    all_fcurves(action)[5].keyframe_points[3].co[1] += 0.2
    desk.fit(some_motion(1))
    assert len(desk.rigs()) == 1 and rig.animation_data.action != action
    assert action.name in bpy.data.actions and action.use_fake_user and abs(action.frame_range[1] - 31) < 1e-3
    desk.fit(some_motion(2))
    assert len([one for one in bpy.data.actions if one.name.startswith("clip")]) == 2, "the second was as it was made"


def test_more_and_fewer_people_and_adding(desk):
    bpy = desk.bpy
    one, two = some_motion(), some_motion(1)
    desk.fit(one)
    (hero,) = desk.rigs()
    desk.fit(one, two, all_people=True)
    assert len(desk.rigs()) == 2 and hero in desk.rigs()
    second = next(rig for rig in desk.rigs() if rig != hero)
    hat = bpy.data.objects.new("hat", None)
    bpy.context.scene.collection.objects.link(hat)
    hat.parent = second
    hat.location = (0, 0, 2)
    bpy.context.view_layer.update()
    desk.fit(two)
    assert desk.rigs() == [hero] and hat.parent is None and tuple(hat.matrix_world.translation) == pytest.approx((0, 0, 2))
    np.testing.assert_allclose(desk.joints(hero, 11), true_joints(two, 10), atol=2e-3)
    desk.fit(one, again="ADD")
    assert len(desk.rigs()) == 2 and len(bpy.data.collections) == 2
    assert len([thing for thing in bpy.data.objects if thing.type == "LIGHT"]) == 1


def test_another_scene_is_left_alone(desk):
    bpy = desk.bpy
    desk.fit(some_motion())
    bpy.context.window.scene = bpy.data.scenes.new("other")
    desk.fit(some_motion(1))
    assert len(desk.rigs()) == 2 and len(bpy.data.collections) == 2


def test_a_character_without_its_body_stays_without(desk):
    bpy = desk.bpy
    desk.fit(some_motion())
    (rig,) = desk.rigs()
    bpy.data.objects.remove(rig.children[0])
    desk.fit(some_motion(1))
    assert desk.rigs() == [rig] and not rig.children
    np.testing.assert_allclose(desk.joints(rig, 6), true_joints(some_motion(1), 5), atol=2e-3)
