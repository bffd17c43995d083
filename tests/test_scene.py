"""What enters a Blender scene: axes, rest pose, keys, rates, camera, and what is left alone."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Euler, Quaternion, Vector  # noqa: E402
from thespis.core.camera import Camera  # noqa: E402
from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.motion import write_motion  # noqa: E402
from thespis.core.scene import space  # noqa: E402
from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.import_take import import_takes  # noqa: E402
from thespis.core.scene.pose import key_frames  # noqa: E402
from thespis.core.scene.stage import Backdrop, add_camera, add_sound  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES, MIRROR, PARENTS  # noqa: E402
from thespis.core.take.take import Shot, Take  # noqa: E402
from thespis.tests.motions import lively_motion, open_body, true_joints  # noqa: E402

AXES = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""SMPL-X to Blender, written down again: left stays left, up becomes Z, forward becomes -Y."""


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


@pytest.fixture
def still():
    """At rest, two frames, ordinary shape."""
    return replace(
        lively_motion(2), poses=np.zeros((2, 55, 3)), trans=np.zeros((2, 3)), betas=np.zeros(16), expression=np.zeros((2, 0))
    )


def add(scene, motion, name="someone", first=1.0):
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), name, scene, collection, first)


def go_to(scene, frame):
    scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))


def heads(rig):
    return np.array([rig.matrix_world @ rig.pose.bones[name].head for name in JOINT_NAMES])


# ---- axes and camera


@pytest.mark.parametrize("turn", [np.eye(3), Rotation.from_euler("x", 90, degrees=True).as_matrix()])
@pytest.mark.parametrize("about", [0, 90, 180, 270])
def test_the_axes_of_an_armature_are_told_by_how_it_stands(turn, about):
    axes = turn @ Rotation.from_euler("z", about, degrees=True).as_matrix()
    noise = np.random.default_rng(about).normal(0, 0.02, (2, 3))
    np.testing.assert_allclose(space.rest_axes(0.2 * axes[:, 0] + noise[0], 0.6 * axes[:, 2] + noise[1]), axes, atol=1e-12)


@settings(deadline=None)
@given(arrays(np.float64, (5, 3), elements=st.floats(-100, 100)))
def test_axes_there_and_back(points):
    np.testing.assert_array_equal(space.from_blender(space.to_blender(points)), points)


def test_left_up_and_forward_are_kept():
    np.testing.assert_array_equal(space.to_blender(np.eye(3)), [[1, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.mark.parametrize("size", [(1920, 1080), (720, 1280), (641, 481)])
@pytest.mark.parametrize("aspect", [1.0, 1.2, 0.8])
def test_the_camera_sees_every_point_at_the_clips_own_pixel(scene, size, aspect):
    width, height = size
    camera = Camera(
        size,
        (900.0, 900.0 / aspect),
        (width * 0.46, height * 0.57),
        rotation=Rotation.from_euler("xyz", [170, 8, 5], degrees=True).as_matrix(),
        translation=np.array([0.3, 0.9, 4.0]),
    )
    eye = add_camera("eye", camera, None, scene, scene.collection)
    scene.render.resolution_x, scene.render.resolution_y = size
    lens = space.lens_to_blender(camera)
    scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = lens.pixel_aspect
    bpy.context.view_layer.update()
    for point in np.random.default_rng(0).normal(0, 0.6, (20, 3)):
        seen = world_to_camera_view(scene, eye, Vector(AXES @ point))
        pixel = seen.x * width - 0.5, (1 - seen.y) * height - 0.5
        # Blender keeps lens and matrix in 32 bits.
        np.testing.assert_allclose(pixel, camera.project(camera.to_camera(point)), atol=0.02)


# ---- the character


def test_joints_stand_and_turn_as_the_motion_says(scene):
    motion = lively_motion(31)
    rig = add(scene, motion).rig
    rest = {bone.name: np.array(bone.matrix_local.to_3x3()) for bone in rig.data.bones}
    for frame in (0, 10, 20, 30):
        go_to(scene, 1 + frame)
        np.testing.assert_allclose(heads(rig), true_joints(motion, frame), atol=1e-5)
        turned = []
        for joint, parent in enumerate(PARENTS):
            local = Rotation.from_rotvec(motion.poses[frame, joint])
            turned.append(local if parent < 0 else turned[parent] * local)
            shown = np.array(rig.pose.bones[JOINT_NAMES[joint]].matrix.to_3x3()) @ rest[JOINT_NAMES[joint]].T
            off = Rotation.from_matrix(AXES.T @ shown @ AXES) * turned[joint].inv()
            assert np.degrees(off.magnitude()) < 0.2, JOINT_NAMES[joint]


def test_the_skin_moves_like_smplx(scene):
    """Blender's skinning of the mesh against linear blend skinning by the paper's formula."""
    motion = lively_motion(11)
    character = add(scene, motion)
    body = open_body()
    go_to(scene, 1 + 7)
    shown = character.figure.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    got = np.empty(len(shown.vertices) * 3, np.float32)
    shown.vertices.foreach_get("co", got)
    from thespis.models.body.load import rest_shape

    shaped, rest = rest_shape(body, motion.betas)
    shaped = shaped + body.exprdirs @ motion.expression[7]
    turned, placed = [], []
    for joint, parent in enumerate(PARENTS):
        local = Rotation.from_rotvec(motion.poses[7, joint]).as_matrix()
        turned.append(local if parent < 0 else turned[parent] @ local)
        placed.append(rest[0] + motion.trans[7] if parent < 0 else placed[parent] + turned[parent] @ (rest[joint] - rest[parent]))
    turned, placed = np.array(turned), np.array(placed)
    each = np.einsum("jab,jvb->vja", turned, shaped[None] - rest[:, None]) + placed
    expected = np.einsum("vj,vja->va", body.weights / body.weights.sum(1, keepdims=True), each)
    # Weights under one in ten thousand are left out of the vertex groups.
    np.testing.assert_allclose(got.reshape(-1, 3), expected @ AXES.T, atol=1e-3)


def test_bones_read_as_a_body(scene, still):
    rig = add(scene, still).rig
    bones = rig.data.bones
    assert len(bones) == 55
    for chain in (
        ("left_hip", "left_knee", "left_ankle", "left_foot"),
        ("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
        ("right_collar", "right_shoulder", "right_elbow", "right_wrist"),
        ("left_index1", "left_index2", "left_index3"),
    ):
        for upper, lower in pairwise(chain):
            np.testing.assert_allclose(bones[upper].tail_local, bones[lower].head_local, atol=1e-5)
    assert min(bone.length for bone in bones) > 0.005
    points = {name: (bones[name].tail_local - bones[name].head_local).normalized() for name in JOINT_NAMES}
    assert points["head"].z > 0.9  # up
    for name in ("left_foot", "right_foot", "jaw", "left_eye_smplhf"):
        assert points[name].y < -0.5, name  # forward
    for name in ("left_index3", "left_wrist", "left_thumb3"):
        assert points[name].x > 0.3, name  # outward
    lowest = min(vertex.co.z for vertex in rig.children[0].data.vertices)
    assert lowest == pytest.approx(0, abs=1e-4), "at rest it stands on the floor"


def test_the_two_sides_mirror_each_other(scene, still):
    """Flipped paste works when the other side's bone has the mirrored matrix: Y and Z mirrored, X mirrored and reversed."""
    bones = add(scene, still).rig.data.bones
    mirror = np.diag([-1.0, 1, 1])
    for joint, name in enumerate(JOINT_NAMES):
        this, other = (np.array(bones[n].matrix_local.to_3x3()) for n in (name, JOINT_NAMES[MIRROR[joint]]))
        np.testing.assert_allclose(mirror @ this @ mirror, other, atol=0.06, err_msg=name)


@pytest.mark.parametrize(
    ("bone", "end", "moves"),
    [
        ("left_elbow", "left_wrist", (None, -1, None)),  # forward
        ("right_elbow", "right_wrist", (None, -1, None)),
        ("left_knee", "left_ankle", (None, 1, None)),  # back
        ("right_knee", "right_ankle", (None, 1, None)),
        ("left_index1", "left_index3", (None, None, -1)),  # into the palm
        ("right_middle1", "right_middle3", (None, None, -1)),
        ("spine1", "head", (None, -1, None)),
        ("neck", "head", (None, -1, None)),
    ],
)
def test_a_positive_turn_about_a_bones_x_bends_it_the_way_it_bends(scene, still, bone, end, moves):
    rig = add(scene, still).rig
    rig.animation_data_clear()
    bpy.context.view_layer.update()
    before = rig.pose.bones[end].tail.copy()
    rig.pose.bones[bone].rotation_quaternion = Quaternion((1, 0, 0), 0.5)
    bpy.context.view_layer.update()
    step = rig.pose.bones[end].tail - before
    for axis, sign in enumerate(moves):
        if sign is not None:
            assert step[axis] * sign > 0.5 * step.length, step


def test_keys_are_grouped_in_quaternions_and_one_action_where_blender_can(scene):
    motion = lively_motion(5)
    character = add(scene, motion)
    from thespis.core.scene.compat import HAS_SLOTS, all_fcurves

    rig, keys = character.rig, character.figure.data.shape_keys
    assert {bone.rotation_mode for bone in rig.pose.bones} == {"QUATERNION"}
    groups = {fcurve.group.name for fcurve in all_fcurves(rig.animation_data.action) if "pose.bones" in fcurve.data_path}
    assert groups == set(JOINT_NAMES)
    assert (rig.animation_data.action == keys.animation_data.action) == HAS_SLOTS
    assert all(block.value == 0 for block in keys.key_blocks[1:] if not block.name.startswith(tuple(moving_names(motion))))


def moving_names(motion):
    body = open_body()
    return [body.expression_names[column] for column in np.flatnonzero(motion.expression.any(axis=0))]


def test_expressions_beyond_one_are_not_cut_off(scene):
    motion = lively_motion(5)
    column = int(np.flatnonzero(motion.expression.any(axis=0))[0])
    motion.expression[:, column] = [-1.5, 0, 1, 2.5, 4]
    figure = add(scene, motion).figure
    key = figure.data.shape_keys.key_blocks[open_body().expression_names[column]]
    for frame in range(5):
        go_to(scene, 1 + frame)
        assert key.value == pytest.approx(motion.expression[frame, column], abs=1e-5)


def test_texture_coordinates_materials_and_smooth_shading(scene, still):
    character = add(scene, still)
    mesh, body = character.figure.data, open_body()
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers.active.data.foreach_get("uv", uv)
    np.testing.assert_allclose(uv.reshape(-1, 2), body.uv[body.faces_uv.ravel()], atol=1e-6)
    assert len(mesh.materials) == len(body.group_names)
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    images = [image for image in bpy.data.images if image.packed_file]
    assert len(images) <= 1
    add(scene, still, "another")
    assert len([image for image in bpy.data.images if image.packed_file]) == len(images), "one picture serves all"


# ---- rates


@given(st.sampled_from([24, 25, 30, 50, 60, 120]), st.sampled_from([24, 25, 30, 60, 24000 / 1001, 30000 / 1001]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_keys_keep_time_at_any_rate(motion_fps, scene_fps, drops):
    motion_fps = motion_fps * 1000 / 1001 if drops else motion_fps
    frames = key_frames(5000, motion_fps, float(np.float32(scene_fps)), 1)
    np.testing.assert_allclose((frames - 1) / scene_fps, np.arange(5000) / motion_fps, atol=2e-4)
    if abs(motion_fps / scene_fps - 1) < 1e-9:
        np.testing.assert_array_equal(frames, 1 + np.arange(5000))


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (30, 1.001), (60, 1.0), (25, 0.5)])
def test_a_clip_of_60_plays_at_its_own_speed_and_the_scene_is_left_as_it_was(scene, tmp_path, fps, base):
    motion = lively_motion(61, fps=60.0)
    write_motion(motion, tmp_path / "a.npz")
    scene.render.fps, scene.render.fps_base = fps, base
    scene.render.resolution_x, scene.render.resolution_y = 333, 222
    scene.frame_start, scene.frame_end = 3, 77
    rig = import_takes([tmp_path / "a.npz"], scene).characters[0].rig
    render = scene.render
    kept = (render.fps, render.resolution_x, render.resolution_y, scene.frame_start, scene.frame_end)
    assert kept == (fps, 333, 222, 3, 77)
    assert render.fps_base == pytest.approx(base)
    for second in (0.0, 0.5, 1.0):
        go_to(scene, 1 + second * fps / base)
        np.testing.assert_allclose(heads(rig), true_joints(motion, round(second * 60)), atol=1e-3)


@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this build of Blender has no sound")
def test_sound_and_picture_start_together(scene, tmp_path):
    import wave

    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 8000 * 4)
    scene.render.fps = 25
    add_sound("a", tmp_path / "a.wav", 1.0, 1, 25.0, scene)
    add_sound("b", tmp_path / "a.wav", 0.0, 1, 25.0, scene)
    editor = scene.sequence_editor
    first, second = sorted(editor.strips if hasattr(editor, "strips") else editor.sequences, key=lambda strip: strip.name)
    # The second of sound that lies before the first frame is cut off, and what is heard at frame 1 is one second in.
    assert (first.frame_final_start, first.frame_start) == (1, 1 - 25)
    assert (second.frame_final_start, second.frame_start) == (1, 1)
    assert first.channel != second.channel
    with pytest.raises(ThespisError, match="gone"):
        add_sound("c", tmp_path / "none.wav", 0.0, 1, 25.0, scene)


def test_a_clip_that_blender_cannot_read_is_refused(scene, tmp_path):
    with pytest.raises(ThespisError, match="cannot read"):
        add_camera("eye", Camera((4, 4), (4.0, 4.0), (2.0, 2.0)), Backdrop(tmp_path / "none.mp4", 0, 1), scene, scene.collection)


# ---- living with what is there


def test_twice_into_a_scene_where_things_are_renamed(scene, tmp_path):
    motions = [lively_motion(11, seed=seed) for seed in (1, 2)]
    for k, motion in enumerate(motions):
        write_motion(motion, tmp_path / f"p{k}.npz")
    first = import_takes([tmp_path / "p0.npz"], scene).characters[0].rig
    first.name, first.data.name, first.animation_data.action.name = "Hero", "Hero bones", "walk"
    second, third = (character.rig for character in import_takes([tmp_path / "p1.npz", tmp_path / "p0.npz"], scene).characters)
    go_to(scene, 1 + 10)
    for rig, motion in ((first, motions[0]), (second, motions[1]), (third, motions[0])):
        np.testing.assert_allclose(heads(rig), true_joints(motion, 10), atol=1e-5)
    assert first.name == "Hero"
    assert [second.name, third.name] == ["p1", "p0"]
    assert sum(thing.type == "LIGHT" for thing in scene.objects) == 1
    assert sum(thing.display_type == "WIRE" for thing in scene.objects) == 1, "one ground is enough"


def test_a_cut_is_a_jump_between_two_frames_for_character_and_camera(scene, tmp_path):
    """At another rate than the clip's, too: up to the cut the last pose holds, nothing lies between the two."""
    motion = replace(lively_motion(6, fps=30.0), frames=np.arange(6), cuts=np.array([3]))
    motion.poses[3:] += 0.4
    motion.trans[3:] += 2
    write_motion(motion, tmp_path / "person_0.npz")
    first, second = Camera((320, 240), (300.0, 300.0), (160.0, 120.0)), Camera((320, 240), (300.0, 300.0), (160.0, 120.0))
    turn = Rotation.from_euler("xyz", [170, 40, 5], degrees=True).as_matrix()
    second = replace(second, rotation=turn, translation=np.array([0.5, 0.2, 3.0]))
    take = Take(
        tmp_path / "clip.mp4", Fraction(30), (0, 5), 6, first, [], {}, True, False, shots=[Shot(0, 2, first), Shot(3, 5, second)]
    )
    scene.render.fps = 120
    imported = import_takes([tmp_path / "person_0.npz"], scene, take=take)
    rig, eye = imported.characters[0].rig, imported.camera
    cut = 1 + 3 * 4
    for frame, row, camera in ((cut - 4, 2, first), (cut - 1, 2, first), (cut, 3, second), (cut + 4, 4, second)):
        go_to(scene, frame)
        expected = true_joints(motion, row)
        got = heads(rig)
        np.testing.assert_allclose(got - got[0], expected - expected[0], atol=2e-4)
        np.testing.assert_allclose(np.array(eye.matrix_world), space.camera_to_blender(camera), atol=1e-5)


def test_people_who_come_in_later_start_later(scene, tmp_path):
    early = lively_motion(21)
    late = replace(lively_motion(11, seed=5), frames=np.arange(8, 19))
    write_motion(early, tmp_path / "early.npz")
    write_motion(late, tmp_path / "late.npz")
    rig = import_takes([tmp_path / "early.npz", tmp_path / "late.npz"], scene).characters[1].rig
    go_to(scene, 1 + 8 + 5)
    np.testing.assert_allclose(heads(rig), true_joints(late, 5), atol=1e-5)


def test_a_motion_of_another_body_keeps_its_poses_and_says_so(scene, tmp_path):
    motion = lively_motion(5)
    write_motion(replace(motion, body_model="smplx"), tmp_path / "amass.npz")
    imported = import_takes([tmp_path / "amass.npz"], scene)
    assert "shape" in imported.warnings[0]
    go_to(scene, 1 + 3)
    np.testing.assert_allclose(heads(imported.characters[0].rig), true_joints(replace(motion, betas=np.zeros(0)), 3), atol=1e-5)


def test_the_ground_is_a_guide_in_a_scene_that_has_a_set_of_its_own(scene, tmp_path):
    write_motion(lively_motion(3), tmp_path / "a.npz")
    for match, hidden in ((False, True), (True, False)):
        for thing in list(bpy.data.objects):
            bpy.data.objects.remove(thing)
        import_takes([tmp_path / "a.npz"], scene, match_scene=match)
        ground = next(thing for thing in scene.objects if thing.display_type == "WIRE")
        assert ground.hide_render == hidden
        assert max(abs(vertex.co.z) for vertex in ground.data.vertices) == 0


def test_a_motion_that_does_not_fit_the_body_is_refused(scene):
    with pytest.raises(ThespisError, match="99 shape numbers"):
        add(scene, replace(lively_motion(3), betas=np.zeros(99)))


def test_import_works_from_edit_mode(scene, tmp_path):
    write_motion(lively_motion(3), tmp_path / "a.npz")
    mine = bpy.data.objects.new("mine", bpy.data.meshes.new("mine"))
    scene.collection.objects.link(mine)
    bpy.context.view_layer.objects.active = mine
    bpy.ops.object.mode_set(mode="EDIT")
    rig = import_takes([tmp_path / "a.npz"], scene).characters[0].rig
    assert bpy.context.mode == "OBJECT"
    assert bpy.context.view_layer.objects.active == rig
    assert bpy.context.selected_objects == [rig]


def test_the_pose_can_be_edited(scene):
    """A bone's own rotation is what its F-curves hold, so keys set by hand join them."""
    rig = add(scene, lively_motion(5)).rig
    bone = rig.pose.bones["left_elbow"]
    go_to(scene, 3)
    bone.rotation_quaternion = Euler((0.3, 0, 0)).to_quaternion()
    assert bone.keyframe_insert("rotation_quaternion", frame=3)
    go_to(scene, 1)
    go_to(scene, 3)
    np.testing.assert_allclose(bone.rotation_quaternion, Euler((0.3, 0, 0)).to_quaternion(), atol=1e-6)
