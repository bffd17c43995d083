"""The face goes along where the target's meshes have shape keys for it; VRM characters tell their own bones."""

from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from scipy.spatial.transform import Rotation  # noqa: E402
from thespis.core.retarget.face import expressed  # noqa: E402
from thespis.core.retarget.rig_file import rig_files  # noqa: E402
from thespis.core.scene.retarget import vrm  # noqa: E402
from thespis.core.scene.retarget.retarget import Options, mapping_for  # noqa: E402
from thespis.tests import retarget_rigs as rigs  # noqa: E402
from thespis.tests.motions import open_body  # noqa: E402
from thespis.tests.test_retarget import go, source  # noqa: E402


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


def face(rig, names):
    """A mesh that `rig` moves, with shape keys of these names."""
    mesh = bpy.data.meshes.new("face")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    figure = bpy.data.objects.new("face", mesh)
    bpy.context.scene.collection.objects.link(figure)
    figure.modifiers.new("Armature", "ARMATURE").object = rig
    figure.shape_key_add(name="Basis")
    for name in names:
        figure.shape_key_add(name=name).value = 0.0
    return figure


def seen(figure, name, frames):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        found.append(figure.data.shape_keys.key_blocks[name].value)
    return np.array(found)


def keyed_source(scene, units):
    """A source whose face shows `units` (name -> value at the last frame, nothing at the first)."""
    one = source(scene)
    figure = next(thing for thing in scene.objects if thing.type == "MESH" and thing.data.shape_keys)
    figure.data.shape_keys.animation_data_clear()
    for name, value in units.items():
        block = figure.data.shape_keys.key_blocks[name]
        for frame, shown in ((1, 0.0), (25, value)):
            block.value = shown
            block.keyframe_insert("value", frame=frame)
    return one


def test_arkit_keys_are_found_however_they_are_written(scene):
    one = keyed_source(scene, {"mouthSmileLeft": 0.8, "eyeBlinkRight": 0.6, "browInnerUp": 0.5})
    other = rigs.mixamo()
    figure = face(other, ["mouthSmile_L", "EyeBlinkRight", "brow_inner_up", "tongueOut", "Corset"])
    go(one, other, scene, Options())
    for name, value in (("mouthSmile_L", 0.8), ("EyeBlinkRight", 0.6), ("brow_inner_up", 0.5), ("Corset", 0.0)):
        assert seen(figure, name, [25])[0] == pytest.approx(value, abs=1e-4), name


def test_vrm_expressions_are_mixed_and_a_jaw_without_a_bone_opens_the_mouth(scene):
    one = keyed_source(scene, {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "eyeBlinkLeft": 1.0})
    other = rigs.vroid()
    names = ["Fcl_ALL_Joy", "Fcl_EYE_Close_L", "Fcl_EYE_Close", "Fcl_MTH_A"]
    figure = face(other, names)
    go(one, other, scene, Options())
    joy, left, both = (seen(figure, name, [25])[0] for name in names[:3])
    assert joy == pytest.approx(1, abs=1e-3) and left == pytest.approx(1, abs=1e-3) and both == pytest.approx(0.5, abs=1e-3)
    assert seen(figure, "Fcl_MTH_A", range(1, 26)).max() > 0.1  # the lively source moves its jaw


@pytest.mark.parametrize(("pitch", "yaw"), [(0.0, 0.25), (0.0, -0.4), (-0.2, 0.0), (0.3, 0.1)])
def test_eyes_without_bones_look_by_their_shape_keys(scene, pitch, yaw):
    """pitch: radians downwards; yaw: to the left. The head turns besides, which says nothing of where the eyes look."""
    one, other = keyed_source(scene, {}), rigs.vroid()
    for block in next(mesh for mesh in bpy.data.meshes if mesh.shape_keys).shape_keys.key_blocks:
        block.value = 0.0
    names = [f"eyeLook{way}{side}" for way in ("In", "Out", "Up", "Down") for side in ("Left", "Right")]
    figure = face(other, names)
    scene.frame_set(1)
    for bone in ("left_eye_smplhf", "right_eye_smplhf"):
        for frame in range(1, 26):
            rest = Rotation.from_matrix(np.array(one.data.bones[bone].matrix_local)[:3, :3])
            parent = one.pose.bones[bone].parent
            assert parent.name == "head"
            turned = Rotation.from_rotvec([0, 0, yaw]) * Rotation.from_rotvec([pitch, 0, 0])
            w = (rest.inv() * turned * rest).as_quat()
            one.pose.bones[bone].rotation_quaternion = (w[3], *w[:3])
            one.pose.bones[bone].keyframe_insert("rotation_quaternion", frame=frame)
    go(one, other, scene, Options())
    told = {name: seen(figure, name, [2])[0] for name in names}
    wanted = dict.fromkeys(names, 0.0)
    for side, sign in (("Left", 1), ("Right", -1)):
        for way, angle in (("Out", sign * yaw), ("In", -sign * yaw), ("Up", -pitch), ("Down", pitch)):
            wanted[f"eyeLook{way}{side}"] = float(np.clip(angle / 0.5, 0, 1))
    assert told == pytest.approx(wanted, abs=0.01)


def test_without_face_nothing_of_it_is_keyed(scene):
    one, other = keyed_source(scene, {"mouthSmileLeft": 1.0}), rigs.mixamo()
    figure = face(other, ["mouthSmileLeft"])
    go(one, other, scene, Options(face=False))
    assert figure.data.shape_keys.animation_data is None


def test_every_unit_of_the_body_finds_itself():
    units = {name: np.array([0.1, number]) for number, name in enumerate(open_body().expression_names) if name}
    found = expressed(units, units)
    assert set(found) == set(units) and all(found[name] is units[name] for name in units)


def humanoid(version):
    """What the VRM add-on keeps in an armature's data, for bones called Root.0, Root.1, ..."""
    named = {"hips": 0, "spine": 1, "neck": 2, "head": 3}
    words = ("upper_leg", "lower_leg", "foot", "shoulder", "upper_arm", "lower_arm", "hand", "thumb_proximal")
    for side in ("left", "right"):
        for word in words:
            named[f"{side}_{word}"] = len(named)
    node = {part: SimpleNamespace(bone_name=f"Root.{number}") for part, number in named.items()}
    if version == "1.0":
        human = SimpleNamespace(**{part: SimpleNamespace(node=node[part]) for part in named})
        return SimpleNamespace(spec_version="1.0", vrm1=SimpleNamespace(humanoid=SimpleNamespace(human_bones=human)))
    camel = {part: part.split("_")[0] + "".join(word.capitalize() for word in part.split("_")[1:]) for part in named}
    listed = [SimpleNamespace(bone=camel[part], node=node[part]) for part in named]
    return SimpleNamespace(spec_version="0.0", vrm0=SimpleNamespace(humanoid=SimpleNamespace(human_bones=listed)))


@pytest.mark.parametrize(("version", "thumb"), [("1.0", "left_thumb2"), ("0.0", "left_thumb1")])
def test_a_vrm_character_tells_its_own_bones(version, thumb):
    told = vrm.vrm_file(SimpleNamespace(data=SimpleNamespace(vrm_addon_extension=humanoid(version))))
    assert told is not None and told.name == "VRM"
    assert told.bones["pelvis"] == "Root.0" and told.bones["left_shoulder"] == "Root.8" and told.bones["right_ankle"] == "Root.14"
    assert told.bones[thumb] == "Root.11"


def test_other_armatures_tell_nothing(scene):
    other = rigs.vroid()
    assert vrm.vrm_file(other) is None
    assert mapping_for(other, rig_files()).rig == "VRoid"
