"""What is exported is read back by Blender's importers: every joint where the motion's own forward kinematics puts it."""

import json
from fractions import Fraction

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.errors import ThespisError  # noqa: E402
from thespis.core.motion import write_motion  # noqa: E402
from thespis.core.scene.export.motions import export_motions  # noqa: E402
from thespis.core.scene.export.wishes import ExportWishes  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.core.take.take import read_take  # noqa: E402
from thespis.tests.clips import make_clip  # noqa: E402
from thespis.tests.motions import lively_motion, true_joints, write_take_json  # noqa: E402

TOLERANCE = 2e-3
"""Metres."""


@pytest.fixture
def motion_file(tmp_path):
    motion = lively_motion()
    write_motion(motion, tmp_path / "person_0.npz")
    return tmp_path / "person_0.npz", motion


def read_back(path) -> tuple[object, int]:
    """The armature in the file, in a fresh session, and the scene frame of its first pose."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    first = 0
    match path.suffix:
        case ".glb":
            bpy.ops.import_scene.gltf(filepath=str(path))
        case ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(path))
            first = 1  # Blender's importer puts time 0 there
        case ".bvh":
            bpy.ops.import_anim.bvh(filepath=str(path))
            first = 1
        case ".usdc":
            bpy.ops.wm.usd_import(filepath=str(path))
        case ".blend":
            bpy.ops.wm.open_mainfile(filepath=str(path))
            first = 1
    rigs = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    assert len(rigs) == 1
    return rigs[0], first


def heads(rig, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    return np.array([rig.matrix_world @ rig.pose.bones[name].head for name in JOINT_NAMES])


def test_a_blend_opens_as_the_motion_was(motion_file, tmp_path):
    path, motion = motion_file
    out = tmp_path / "character.blend"
    export_motions([path], out, own_session=True)
    rig, first = read_back(out)
    for frame in range(0, len(motion), 5):
        np.testing.assert_allclose(heads(rig, first + frame), true_joints(motion, frame), atol=TOLERANCE)


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_the_face_comes_along(motion_file, tmp_path, suffix):
    path, motion = motion_file
    out = tmp_path / f"character{suffix}"
    export_motions([path], out, own_session=True)
    _, first = read_back(out)
    figure = next(thing for thing in bpy.data.objects if thing.type == "MESH" and thing.data.shape_keys)
    from thespis.models.body.load import load_body

    names = load_body().expression_names
    moved = np.flatnonzero(motion.expression.any(axis=0))
    for frame in (0, 13, 40):
        bpy.context.scene.frame_set(first + frame)
        values = [figure.data.shape_keys.key_blocks[names[column]].value for column in moved]
        np.testing.assert_allclose(values, motion.expression[frame, moved], atol=1e-3)


def test_another_rate_is_kept(tmp_path):
    motion = lively_motion(31, fps=60000 / 1001)
    write_motion(motion, tmp_path / "a.npz")
    export_motions([tmp_path / "a.npz"], tmp_path / "a.blend", own_session=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    render = bpy.context.scene.render
    assert render.fps / render.fps_base == pytest.approx(60000 / 1001, rel=1e-6)
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (1, 31)


def glb_content(path) -> dict:
    """The JSON chunk of a binary glTF file, read by its specification."""
    data = path.read_bytes()
    assert data[:4] == b"glTF" and data[16:20] == b"JSON"
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


@pytest.mark.parametrize("fps", [30000 / 1001, 12.5])
def test_a_glb_counts_true_seconds(tmp_path, fps):
    """Blender's exporter takes 29.97 for 30.03; a minute would be 0.1 s off."""
    motion = lively_motion(61, fps=fps)
    write_motion(motion, tmp_path / "walk.npz")
    export_motions([tmp_path / "walk.npz"], tmp_path / "walk.glb", ExportWishes(mesh=False), own_session=True)
    content = glb_content(tmp_path / "walk.glb")
    (animation,) = content["animations"]
    assert animation["name"] == "walk"
    times = [content["accessors"][sampler["input"]] for sampler in animation["samplers"]]
    assert {(round(time["min"][0], 5), round(time["max"][0], 5)) for time in times} == {(0.0, round(60 / fps, 5))}
    moved = max(time["count"] for time in times)
    assert moved == 61, "every frame of the motion is there"


def test_the_texture_travels_inside_a_glb(motion_file, tmp_path):
    path, _ = motion_file
    export_motions([path], tmp_path / "a.glb", own_session=True)
    content = glb_content(tmp_path / "a.glb")
    from thespis.models.body.appearance import TEXTURE

    assert len(content.get("images", [])) == TEXTURE.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.glb", "person_0.npz"]


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_two_people_leave_in_one_file(tmp_path, suffix):
    motions = [lively_motion(21, seed=seed) for seed in (1, 2)]
    for k, motion in enumerate(motions):
        write_motion(motion, tmp_path / f"p{k}.npz")
    out = tmp_path / f"both{suffix}"
    export_motions([tmp_path / "p0.npz", tmp_path / "p1.npz"], out, ExportWishes(mesh=False), own_session=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    if suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(out))
    else:
        bpy.ops.import_scene.fbx(filepath=str(out), anim_offset=0.0)
    for k, motion in enumerate(motions):
        rig = bpy.data.objects[f"p{k}"]
        for frame in (0, 10, 20):
            np.testing.assert_allclose(heads(rig, frame), true_joints(motion, frame), atol=TOLERANCE)
    with pytest.raises(ThespisError, match="one character"):
        export_motions([tmp_path / "p0.npz", tmp_path / "p1.npz"], tmp_path / "both.bvh", own_session=True)


def test_the_blend_holds_camera_and_clip(motion_file, tmp_path):
    """A point projected by the take's camera and by Blender's own render maths falls on the same pixel."""
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    path, motion = motion_file
    clip = make_clip(tmp_path / "clip.mp4", frames=len(motion), fps=Fraction(30))
    write_take_json(tmp_path / "take.json", clip, motion)
    take = read_take(tmp_path / "take.json")
    out = tmp_path / "scene.blend"
    export_motions([path], out, take=take, backdrop=clip, own_session=True)
    rig, first = read_back(out)
    scene = bpy.context.scene
    assert scene.camera is not None
    assert (scene.render.resolution_x, scene.render.resolution_y) == take.camera.size
    movie = next(image for image in bpy.data.images if image.source == "MOVIE")
    assert movie.filepath == "//clip.mp4"
    scene.frame_set(first + 10)
    for bone in ("head", "left_wrist", "right_foot"):
        world = rig.matrix_world @ rig.pose.bones[bone].head
        seen = world_to_camera_view(scene, scene.camera, Vector(world))
        x, y = seen.x * take.camera.size[0] - 0.5, (1 - seen.y) * take.camera.size[1] - 0.5
        core = np.array([world.x, world.z, -world.y])  # Blender's Z up back to Y up
        np.testing.assert_allclose([x, y], take.camera.project(take.camera.to_camera(core)), atol=0.05)


def test_an_export_beside_open_work_leaves_it_alone(motion_file, tmp_path):
    path, _ = motion_file
    bpy.ops.wm.read_factory_settings()
    kinds = ("objects", "meshes", "actions", "scenes")
    before = {kind: sorted(thing.name for thing in getattr(bpy.data, kind)) for kind in kinds}
    export_motions([path], tmp_path / "a.glb")
    after = {kind: sorted(thing.name for thing in getattr(bpy.data, kind)) for kind in before}
    assert after == before
    assert (tmp_path / "a.glb").stat().st_size > 100_000


def test_refusals(motion_file, tmp_path):
    path, _ = motion_file
    out = tmp_path / "a.glb"
    out.write_bytes(b"mine")
    with pytest.raises(ThespisError, match="exists already"):
        export_motions([path], out, own_session=True)
    assert out.read_bytes() == b"mine"
    for bad, cause in ((tmp_path / "a.obj", "ending"), (tmp_path / "nowhere" / "a.glb", "does not exist")):
        with pytest.raises(ThespisError, match=cause):
            export_motions([path], bad, own_session=True)
    with pytest.raises(ThespisError, match="preset"):
        export_motions([path], tmp_path / "b.glb", ExportWishes(preset="maya"), own_session=True)
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(ThespisError, match=r"text\.npz"):
        export_motions([tmp_path / "text.npz"], tmp_path / "b.glb", own_session=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.glb", "person_0.npz", "text.npz"]
