"""The binary form of FBX, and takes that are put into a file, against what Blender's own exporter writes."""

import zlib
from collections import Counter

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.scene.export.fbx import Fbx, Node, number_of, read_fbx, text_of, write_fbx_nodes  # noqa: E402
from thespis.core.scene.export.fbx_takes import Take, add_takes, connections  # noqa: E402

FPS, LAST = 24, 20


def numbers(value: bytes) -> np.ndarray:
    """Those of an array."""
    kind = {b"f": "<f4", b"d": "<f8", b"i": "<i4", b"l": "<i8"}[value[:1]]
    return np.frombuffer(zlib.decompress(value[13:]) if any(value[5:9]) else value[13:], kind)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """By Blender's own exporter: a rig of two bones with a mesh that has a shape key, all moving, and the same for one frame."""
    folder = tmp_path_factory.mktemp("blenders")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.name = FPS, "wave"
    data = bpy.data.armatures.new("rig")
    rig = bpy.data.objects.new("rig", data)
    scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, head, tail in (("upper", (0, 0, 1), (0, 0.1, 2)), ("lower", (0, 0.1, 2), (0, 0, 3))):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail, bone.parent = head, tail, data.edit_bones.get("upper") if name == "lower" else None
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh = bpy.data.meshes.new("skin")
    mesh.from_pydata([(0, 0, 1), (1, 0, 2), (0, 1, 3)], [], [(0, 1, 2)])
    skin = bpy.data.objects.new("skin", mesh)
    scene.collection.objects.link(skin)
    skin.parent = rig
    skin.vertex_groups.new(name="lower").add([0, 1, 2], 1.0, "REPLACE")
    skin.modifiers.new("Armature", "ARMATURE").object = rig
    skin.shape_key_add(name="Basis")
    key = skin.shape_key_add(name="smile")
    key.data[0].co.x = 0.5
    key.value = 0.0
    for frame in (0, 7, LAST):
        for number, bone in enumerate(rig.pose.bones):
            bone.rotation_mode = "XYZ"
            bone.rotation_euler = (0.05 * frame, number, 0.02 * frame)
            bone.keyframe_insert("rotation_euler", frame=frame)
        rig.pose.bones["upper"].location.x = 0.1 * frame
        rig.pose.bones["upper"].keyframe_insert("location", frame=frame)
        key.value = frame / LAST
        key.keyframe_insert("value", frame=frame)
    paths = {}
    scene.frame_start = 0
    for name, last in (("moving", LAST), ("still", 0)):
        scene.frame_end = last
        scene.frame_set(0)
        paths[name] = folder / f"{name}.fbx"
        bpy.ops.export_scene.fbx(
            filepath=str(paths[name]), bake_anim_use_nla_strips=False, bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
        )  # fmt: skip
    return paths


def read(path) -> Fbx:
    return read_fbx(path.read_bytes())


@pytest.mark.parametrize("name", ["moving", "still"])
def test_a_file_comes_back_byte_for_byte(files, tmp_path, name):
    write_fbx_nodes(read(files[name]), tmp_path / "again.fbx")
    assert (tmp_path / "again.fbx").read_bytes() == files[name].read_bytes()


def test_what_is_no_fbx_is_refused():
    with pytest.raises(ValueError, match="not a binary FBX"):
        read_fbx(b"; FBX 7.3.0 project file")


def called(fbx: Fbx) -> dict[int, tuple]:
    """Each object's kind and name, which no other object in these files has, for the same id."""
    return {
        number_of(node.properties[0]): (node.name, *map(text_of, node.properties[1:3])) for node in fbx.first(b"Objects").nodes
    }


def curves(fbx: Fbx) -> dict[tuple, tuple[np.ndarray, np.ndarray]]:
    """Times and values of each curve, by what it moves, by which property, which number."""
    names, nodes = called(fbx), {number_of(node.properties[0]): node for node in fbx.first(b"Objects").nodes}
    hangs = [link for link in connections(fbx) if link[2]]
    above = {below: (over, name) for below, over, name in hangs}
    told = {}
    for number, node in nodes.items():
        if node.name == b"AnimationCurve":
            group, which = above[number]
            target, name = above[group]
            told[*names[target], name, which] = tuple(
                numbers(node.first(key).properties[0]) for key in (b"KeyTime", b"KeyValueFloat")
            )
    return told


def taken(fbx: Fbx, name: str) -> Take:
    """The one take of a file, by the ids of what it moves there."""
    ids = {name: number for number, name in called(fbx).items() if not name[0].startswith(b"Animation")}
    channels: dict[tuple[int, str], list[np.ndarray]] = {}
    for (*target, by, _), (_, values) in sorted(curves(fbx).items()):
        channels.setdefault((ids[tuple(target)], by.decode()), []).append(values)
    return Take(name, np.arange(LAST + 1) / FPS, {key: np.stack(values, axis=1) for key, values in channels.items()})


def laid_out(fbx: Fbx) -> tuple[Counter, Counter, list, list]:
    """What objects there are, what hangs from what, what the definitions count, what the list of takes says."""
    names = called(fbx)
    names[0] = ("scene",)
    links = Counter((names[below], names[above], by) for below, above, by in connections(fbx))
    counted = [
        (text_of(node.properties[0]), number_of(node.first(b"Count").properties[0]))
        for node in fbx.first(b"Definitions").nodes
        if node.name == b"ObjectType"
    ]
    return Counter(names.values()), links, counted, plain(fbx.first(b"Takes"))


def plain(node: Node) -> list:
    return [node.name, node.properties, [plain(below) for below in node.nodes]]


def test_a_take_is_laid_out_as_blenders_exporter_does(files, tmp_path):
    blenders, ours = read(files["moving"]), read(files["still"])
    add_takes(ours, [taken(blenders, "wave")])
    write_fbx_nodes(ours, tmp_path / "ours.fbx")
    ours = read(tmp_path / "ours.fbx")
    assert laid_out(ours) == laid_out(blenders)
    theirs = curves(blenders)
    for what, (times, values) in curves(ours).items():
        np.testing.assert_allclose(np.interp(theirs[what][0], times, values), theirs[what][1], atol=1e-4, err_msg=str(what))
        assert times[0] == 0 and times[-1] == theirs[what][0][-1]
        assert len(times) == (LAST + 1 if np.ptp(theirs[what][1]) > 1e-4 else 2), what
    stacks = [next(node for node in fbx.first(b"Objects").nodes if node.name == b"AnimationStack") for fbx in (ours, blenders)]
    assert plain(stacks[0])[2] == plain(stacks[1])[2]


def test_each_take_has_objects_of_its_own(files, tmp_path):
    still = read(files["still"])
    before = {number for number, name in called(still).items() if not name[0].startswith(b"Animation")}
    wave = taken(read(files["moving"]), "wave")
    short = Take("nod", wave.times[:1], {key: values[:1] for key, values in wave.channels.items()})
    add_takes(still, [wave, short, Take("rest", wave.times, {})])
    ids = [number_of(node.properties[0]) for node in still.first(b"Objects").nodes]
    assert len(ids) == len(set(ids)) and before <= set(ids)
    assert {number for link in connections(still) for number in link[:2]} <= {0, *ids}
    takes = [text_of(node.properties[0]) for node in still.first(b"Takes").nodes if node.name == b"Take"]
    assert takes == [b"wave", b"nod", b"rest"]
    write_fbx_nodes(still, tmp_path / "three.fbx")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = FPS
    bpy.ops.import_scene.fbx(filepath=str(tmp_path / "three.fbx"), anim_offset=0.0)
    lasts = {action.name.split("|")[1]: action.frame_range[1] for action in bpy.data.actions if action.name.startswith("rig|")}
    assert lasts == {"wave": LAST, "nod": 0, "rest": LAST}
