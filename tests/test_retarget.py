"""A motion on the rigs that people have: Blender itself shows what the keys do, and limbs, feet and hands are compared."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

bpy = pytest.importorskip("bpy")

from mathutils import Matrix  # noqa: E402
from scipy.spatial.transform import Rotation  # noqa: E402
from thespis.core.retarget.rig_file import rig_files  # noqa: E402
from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.retarget.retarget import Options, mapping_for, retarget  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.tests import real_rigs  # noqa: E402
from thespis.tests import retarget_rigs as rigs  # noqa: E402
from thespis.tests.makehuman_rigs import makehuman_rig  # noqa: E402
from thespis.tests.motions import lively_motion, open_body  # noqa: E402

FK = Options(contacts=False)
RIGS = {
    "Mixamo": (rigs.mixamo, "Mixamo"),
    "Mixamo numbered": (lambda: rigs.mixamo("mixamorig7:"), "Mixamo"),
    "Mixamo bare": (lambda: rigs.mixamo(""), "Mixamo"),
    "Manny": (rigs.manny, "Unreal"),
    "VRoid": (rigs.vroid, "VRoid"),
    "Unity": (rigs.unity, "Unity Humanoid"),
    "SMPL": (rigs.smpl, "SMPL"),
    "SMPL bare": (lambda: rigs.smpl(""), "SMPL"),
    "SMPL-X": (rigs.smplx, "SMPL-X"),
    "ARP": (rigs.arp, "Auto-Rig Pro"),
    "ARP deform": (rigs.arp_deform, "Auto-Rig Pro Deform"),
    "Biped": (rigs.unknown, "Guessed"),
    "MakeHuman mixamo": (lambda: makehuman_rig("mixamo"), "Mixamo"),
    "MakeHuman game engine": (lambda: makehuman_rig("game_engine"), "Unreal"),
    "MakeHuman default": (lambda: makehuman_rig("default"), "MakeHuman"),
    "MakeHuman CMU": (lambda: makehuman_rig("cmu_mb"), "Mixamo"),
    "SOMA": (real_rigs.soma, "SOMA"),
    "Decentraland": (real_rigs.decentraland, "Mixamo"),
}


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


def source(scene, frames=25, seed=3, turns=1.2):
    motion = lively_motion(frames, seed=seed, turns=turns)
    collection = bpy.data.collections.new("source")
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), "source", scene, collection).rig


def go(one, other, scene, options=FK):
    files = rig_files()
    mapping = mapping_for(other, files)
    return retarget(one, other, scene, mapping_for(one, files), mapping, options), mapping


def shown(armature, bones, frames):
    """Role -> (T, 3) heads and (T, 4) turns in the world, as Blender evaluates them."""
    heads, turns = {role: [] for role in bones}, {role: [] for role in bones}
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        for role, name in bones.items():
            matrix = armature.matrix_world @ armature.pose.bones[name].matrix
            heads[role].append(tuple(matrix.translation))
            turns[role].append(tuple(matrix.to_quaternion()))
    return {role: np.array(at) for role, at in heads.items()}, {role: np.array(turn) for role, turn in turns.items()}


def degrees(one, two):
    one, two = (way / np.linalg.norm(way, axis=1, keepdims=True) for way in (one, two))
    return np.rad2deg(np.arccos(np.clip((one * two).sum(1), -1, 1)))


def worst_limb(heads, others, pairs):
    return max(
        degrees(heads[b] - heads[a], others[b] - others[a]).max()
        for a, b in pairs
        if {a, b} <= set(heads) and {a, b} <= set(others)
    )


def steps(turns):
    """(T - 1,) degrees that a bone turns from frame to frame."""
    return np.rad2deg(2 * np.arccos(np.clip(np.abs((turns[1:] * turns[:-1]).sum(1)), 0, 1)))


@pytest.mark.parametrize("name", RIGS)
def test_every_rig_is_found_and_its_limbs_point_where_the_sources_do(scene, name):
    make, known_as = RIGS[name]
    one, other = source(scene), make()
    done, mapping = go(one, other, scene)
    assert done.rig == mapping.rig == known_as
    frames = range(done.first, done.last + 1)
    heads, turns = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    others, other_turns = shown(other, mapping.bones, frames)
    assert worst_limb(heads, others, rigs.LIMBS) < 0.5
    if "left_middle2" in mapping.bones:
        assert worst_limb(heads, others, rigs.HANDS) < 0.5
    for role in ("left_shoulder", "right_elbow", "left_hip", "right_knee", "left_ankle", "head", "pelvis"):
        if role in mapping.bones:  # no bone turns faster than the source's, least of all by half a circle
            assert np.abs(steps(turns[role]) - steps(other_turns[role])).max() < 0.5, role
    hips = [(at["left_hip"] + at["right_hip"]) / 2 for at in (heads, others)]
    assert np.allclose(hips[0][0, :2], hips[1][0, :2], atol=2e-3)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.01, 1.0, 100.0]), arms=st.floats(-40, 80))
def test_any_rest_pose_roll_and_proportions(seed, scale, arms):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    chance = np.random.default_rng(seed)
    body = rigs.person({part: chance.uniform(0.7, 1.4) for part in ("knee", "ankle", "elbow", "wrist", "collar", "spine2")}, arms)
    axes = Rotation.random(random_state=seed).as_matrix()
    turn = Matrix(axes.T.tolist()).to_quaternion()
    yaw = Matrix.Rotation(chance.uniform(-3, 3), 3, "Z").to_quaternion()
    world = Matrix.LocRotScale((3, 1, 0.5), yaw @ turn, (scale,) * 3)
    other = rigs.build("any", body, rigs.Make({joint: joint for joint in JOINT_NAMES}, "any", 1 / scale, axes, world, seed=seed))
    one = source(scene, 8, seed)
    done, mapping = go(one, other, scene)
    frames = range(done.first, done.last + 1)
    heads, _ = shown(one, mapping.bones, frames)
    others, _ = shown(other, mapping.bones, frames)
    assert worst_limb(heads, others, rigs.LIMBS + rigs.HANDS) < 3


def test_a_pelvis_that_is_connected_is_moved_by_the_bone_above_it(scene):
    one, other = source(scene), rigs.smplx()
    bpy.context.view_layer.objects.active = other
    bpy.ops.object.mode_set(mode="EDIT")
    bones = other.data.edit_bones
    bones["root"].tail = bones["pelvis"].head
    bones["pelvis"].use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    done, mapping = go(one, other, scene, Options())
    frames = range(done.first, done.last + 1, 4)
    heads, _ = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    others, _ = shown(other, mapping.bones, frames)
    legs = [sum(np.linalg.norm(at[f"left_{a}"] - at[f"left_{b}"], axis=1)[0] for a, b in (("hip", "knee"), ("knee", "ankle")))
            for at in (heads, others)]  # fmt: skip
    way, scaled = (at["pelvis"][:, :2] - at["pelvis"][0, :2] for at in (others, heads))
    assert np.abs(way - scaled * legs[1] / legs[0]).max() < 0.02 and np.abs(way).max() > 1


def test_a_motion_that_went_over_other_rigs_comes_home(scene):
    one = source(scene)
    before = one
    for make in (rigs.manny, rigs.mixamo, rigs.unity):
        other = make()
        go(before, other, scene)
        before = other
    home = rigs.smplx()
    done, mapping = go(before, home, scene)
    frames = range(done.first, done.last + 1, 4)
    heads, _ = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    others, _ = shown(home, mapping.bones, frames)
    assert worst_limb(heads, others, rigs.LIMBS) < 1
    assert degrees(heads["head"] - heads["spine3"], others["head"] - others["spine3"]).max() < 15  # Unity's has two spine bones


def test_what_was_posed_and_not_keyed_does_not_get_in_between(scene):
    one, other = source(scene), rigs.manny()
    other.pose.bones["pelvis"].location = (10, 20, 30)
    other.pose.bones["upperarm_l"].scale = (2, 2, 2)
    other.pose.bones["root"].rotation_mode = "XYZ"
    other.pose.bones["root"].rotation_euler = (0.3, 0.2, 0.1)
    done, mapping = go(one, other, scene)
    frames = range(done.first, done.last + 1, 6)
    heads, _ = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    others, _ = shown(other, mapping.bones, frames)
    assert worst_limb(heads, others, rigs.LIMBS) < 0.5


def test_a_source_whose_object_is_moved_about(scene):
    one, other = source(scene), rigs.vroid()
    one.rotation_mode = "XYZ"
    for frame, turn in ((1, 0.0), (25, 2.0)):
        one.location, one.rotation_euler = (turn, 0, 0), (0, 0, turn)
        one.keyframe_insert("location", frame=frame)
        one.keyframe_insert("rotation_euler", frame=frame)
    done, mapping = go(one, other, scene)
    frames = range(done.first, done.last + 1, 4)
    heads, _ = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    others, _ = shown(other, mapping.bones, frames)
    assert worst_limb(heads, others, rigs.LIMBS) < 0.5


def test_a_rest_that_is_no_standing_pose_is_pointed_out(scene):
    """As in files whose joints lie in a row, one after the other, until a pose is put on them."""
    one, other = source(scene, 6), rigs.smplx()
    assert go(one, other, scene)[0].notes == []
    bpy.context.view_layer.objects.active = other
    bpy.ops.object.mode_set(mode="EDIT")
    for side, way in (("left", 1), ("right", -1)):
        bones = other.data.edit_bones
        hip = bones[f"{side}_hip"].head.copy()
        for joint in ("knee", "ankle", "foot"):
            bone = bones[f"{side}_{joint}"]
            along = (bone.head - hip).length
            shift = hip + way * along * (bones["left_hip"].head - bones["right_hip"].head).normalized() - bone.head
            bone.head, bone.tail = bone.head + shift, bone.tail + shift
    bpy.ops.object.mode_set(mode="OBJECT")
    notes = go(one, other, scene)[0].notes
    assert len(notes) == 1 and "no standing pose" in notes[0] and notes[0].startswith("SMPLX")
