"""With contacts kept: planted feet stay planted, hands that touch do so on other bodies; bones that only go along do."""

import time

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from scipy.spatial.transform import Rotation  # noqa: E402
from thespis.core.scene.character import build_character  # noqa: E402
from thespis.core.scene.retarget.retarget import Options  # noqa: E402
from thespis.core.skeleton import JOINT_NAMES  # noqa: E402
from thespis.models.body.load import rest_shape  # noqa: E402
from thespis.models.emotion.choreography.actor import actor  # noqa: E402
from thespis.models.emotion.choreography.perform import perform  # noqa: E402
from thespis.models.emotion.choreography.score import load_scores  # noqa: E402
from thespis.tests import retarget_rigs as rigs  # noqa: E402
from thespis.tests.makehuman_rigs import makehuman_rig  # noqa: E402
from thespis.tests.motions import open_body  # noqa: E402
from thespis.tests.test_retarget import degrees, go, shown, source  # noqa: E402

KEPT = Options()
RIGS = {
    "Manny": rigs.manny,
    "Mixamo": rigs.mixamo,
    "VRoid": rigs.vroid,
    "ARP": rigs.arp,
    "MakeHuman": lambda: makehuman_rig("mixamo"),
}


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


def acted(scene, name, frames=slice(None)):
    """A score of the corpus, performed by an actor, as a character; and which of his soles rest."""
    motion = perform(next(score for score in load_scores() if score.name == name), 0.9, actor(3), 5).motion
    collection = bpy.data.collections.new("source")
    scene.collection.children.link(collection)
    return build_character(motion, open_body(), "source", scene, collection).rig, motion.contacts > 0.5


def pair(scene, rig, score, every=1):
    one, rests = acted(scene, score)
    other = RIGS[rig]()
    done, mapping = go(one, other, scene, KEPT)
    frames = np.arange(done.first, done.last + 1)[::every]
    heads, _ = shown(one, {joint: joint for joint in JOINT_NAMES}, frames)
    others, _ = shown(other, mapping.bones, frames)
    return heads, others, rests[::every]


def length(joints, one, two):
    return np.linalg.norm(joints[one] - joints[two], axis=1)


def legs(joints):
    return (length(joints, "left_hip", "left_knee") + length(joints, "left_knee", "left_ankle")).mean()


@pytest.mark.parametrize(
    ("rig", "score"), [("Manny", "neutral/walks_over"), ("VRoid", "joy/jumps_and_claps"), ("ARP", "anger/storms")]
)
def test_planted_feet_stay_planted_and_none_sinks(scene, rig, score):
    heads, others, rests = pair(scene, rig, score)
    scale = legs(others) / legs(heads)
    still = others["left_foot"][:, 2].min(), others["right_foot"][:, 2].min()
    for side, toes in (("left", 1), ("right", 3)):
        planted = rests[:-1, toes] & rests[1:, toes]
        assert planted.sum() > 20
        moves = np.linalg.norm(np.diff(others[f"{side}_foot"], axis=0), axis=1)
        moved = np.linalg.norm(np.diff(heads[f"{side}_foot"], axis=0), axis=1)
        assert (moves - scale * moved)[planted].max() < 2e-3
        rest = np.median(others[f"{side}_foot"][:, 2][rests[:, toes]])
        assert rest - others[f"{side}_foot"][:, 2].min() < 0.02 * scale
    assert abs(still[0] - still[1]) < 0.02
    for one, two in rigs.LIMBS:
        assert degrees(heads[two] - heads[one], others[two] - others[one]).max() < 15, one


@pytest.mark.parametrize(
    ("rig", "score"),
    [
        ("Manny", "shame/hides_face"),
        ("Mixamo", "shame/hides_face"),
        ("MakeHuman", "shame/hides_face"),
        ("VRoid", "jealousy/has_to_applaud"),
        ("ARP", "jealousy/has_to_applaud"),
    ],
)
def test_hands_that_touch_each_other_or_the_face_touch_still(scene, rig, score):
    heads, others, _ = pair(scene, rig, score, every=3)
    palms = [f"{side}_middle1" for side in ("left", "right")]
    hand = length(others, "left_wrist", "left_middle1").mean() / length(heads, "left_wrist", "left_middle1").mean()
    apart, aparts = length(heads, *palms), length(others, *palms)
    assert (apart < 0.1).any()
    assert np.abs(aparts - hand * apart)[apart < 0.1].max() < 0.02 * max(hand, 1)
    if score.startswith("shame"):
        face = [length(joints, palms[0], "head") for joints in (heads, others)]
        near = face[0] < face[0].min() + 0.01  # the hand lies on it
        assert near.sum() > 5 and np.abs(face[1] - face[0])[near].max() < 0.02
    for one, two in rigs.LIMBS:
        assert degrees(heads[two] - heads[one], others[two] - others[one]).max() < 15, one


def test_bones_that_others_need_go_along(scene):
    one, other = source(scene), rigs.manny()
    done, mapping = go(one, other, scene, KEPT)
    pairs = {"ik_foot_l": "foot_l", "ik_foot_r": "foot_r", "ik_hand_l": "hand_l", "ik_hand_r": "hand_r", "ik_hand_gun": "hand_r"}
    names = [*pairs, *pairs.values()]
    heads, _ = shown(other, {name: name for name in names}, range(done.first, done.last, 3))
    for follower, leader in pairs.items():
        assert np.abs(heads[follower] - heads[leader]).max() < 1e-3
    assert all(other.pose.bones[name].matrix_basis.is_identity for name in ("upperarm_twist_01_l", "lowerarm_twist_01_r", "root"))
    assert mapping.root == "root"


@pytest.mark.parametrize("root", ["PLACE", "TURN"])
def test_the_root_goes_along_and_the_body_stays_where_it_is(scene, root):
    one, other = source(scene), rigs.manny()
    done, mapping = go(one, other, scene, KEPT)
    frames = range(done.first, done.last + 1, 2)
    plain, _ = shown(other, mapping.bones, frames)
    go(one, other, scene, Options(root=root))
    moved, turns = shown(other, {**mapping.bones, "root": "root"}, frames)
    assert max(np.abs(moved[role] - plain[role]).max() for role in plain) < 2e-3
    hips = (moved["left_hip"] + moved["right_hip"])[:, :2] / 2
    way, ways = (places - places[0] for places in (moved["root"][:, :2], hips))
    assert np.abs(moved["root"][:, 2]).max() < 1e-3
    turned = 2 * np.arccos(np.clip(np.abs(turns["root"][-1] @ turns["root"][0]), 0, 1))
    if root == "PLACE":
        assert np.abs(way - ways).max() < 2e-3 and turned < 1e-3
    else:
        assert turned > 1  # who turns more than half a circle


def test_on_its_own_place_the_target_moves_as_the_source_does_from_its_own(scene):
    one, other = source(scene), rigs.smplx()
    turn = np.pi / 2
    done, mapping = go(one, other, scene, Options(on_own=True))
    frames = range(done.first, done.last + 1, 4)
    before, _ = shown(other, mapping.bones, frames)
    from mathutils import Matrix

    other.matrix_world = Matrix.Translation((5, 0, 0)) @ Matrix.Rotation(turn, 4, "Z") @ other.matrix_world
    go(one, other, scene, Options(on_own=True))
    after, _ = shown(other, mapping.bones, frames)
    x, y, z = before["head"].T
    assert np.abs(after["head"] - np.stack([5 - y, x, z], axis=1)).max() < 2e-3


def test_ten_seconds_take_less_than_one(scene):
    one, other = source(scene, frames=300), rigs.manny()
    begin = time.process_time()
    go(one, other, scene, KEPT)
    assert time.process_time() - begin < 1.0


@pytest.mark.parametrize("longer", [1.7, 1.15, 0.6])
def test_a_foot_of_another_length_stands_on_its_heel_and_on_its_toes(scene, longer):
    """First flat, then the toes are lifted and the ankle with them a little, then the heel; the knee is bent all the while."""
    one = source(scene, 2)
    one.animation_data_clear()
    for bone in one.pose.bones:
        bone.matrix_basis.identity()
    for frame, lifted in ((1, 0.0), (10, 0.4), (20, -0.4)):
        for name, angle in (("left_hip", -0.5), ("left_knee", 1.0), ("left_ankle", -0.5 - lifted)):
            rest = Rotation.from_matrix(np.array(one.data.bones[name].matrix_local)[:3, :3])
            x, y, z, w = (rest.inv() * Rotation.from_rotvec([angle, 0, 0]) * rest).as_quat()
            one.pose.bones[name].rotation_quaternion = (w, x, y, z)
            one.pose.bones[name].keyframe_insert("rotation_quaternion", frame=frame)
    other = rigs.build("feet", rigs.person({"foot": longer}), rigs.Make({joint: joint for joint in JOINT_NAMES}, "any"))
    go(one, other, scene, KEPT)
    names = {joint: joint for joint in JOINT_NAMES}
    (heads, _), (others, _) = (shown(thing, names, [1, 10, 20]) for thing in (one, other))
    scale = legs(others) / legs(heads)
    for frame, part in ((1, "ankle"), (2, "foot")):
        rise, wanted = (np.diff(at[f"left_{part}"][[0, frame], 2])[0] for at in (others, heads))
        assert rise == pytest.approx(scale * wanted, abs=2e-3), part
    apart = others["left_ankle"][0, 1] - heads["left_hip"][0, 1] - scale * (heads["left_ankle"] - heads["left_hip"])[0, 1]
    assert abs(apart) < 0.03, "its heel stands where the other's does, nearly"


def with_skin(scene, thicker):
    """A rig with the open body's skeleton and its skin, whose front stands out so many times as far."""
    rig = rigs.build("thick", rigs.person(), rigs.Make({joint: joint for joint in JOINT_NAMES}))
    vertices, joints = rest_shape(open_body(), np.zeros(open_body().beta_count))
    middle = np.mean([rig.data.bones[f"{side}_shoulder"].head_local for side in ("left", "right")], axis=0)
    x, y, z = vertices.T
    skin = np.stack([x, -z, y + middle[2] - joints[[16, 17], 1].mean()], axis=1)
    skin[:, 1] = middle[1] + np.where(skin[:, 1] < middle[1], thicker, 1.0) * (skin[:, 1] - middle[1])
    mesh = bpy.data.meshes.new("skin")
    mesh.from_pydata(skin.tolist(), [], [])
    figure = bpy.data.objects.new("skin", mesh)
    scene.collection.objects.link(figure)
    figure.modifiers.new("Armature", "ARMATURE").object = rig
    return rig


def test_a_hand_on_the_chest_lies_farther_ahead_on_a_thicker_one(scene):
    """The targets' skeletons are alike; their skins are not."""
    one, _ = acted(scene, "gratitude/hand_on_heart")
    names = {joint: joint for joint in JOINT_NAMES}
    frames = np.arange(1, one.animation_data.action.frame_range[1], 6)
    heads, ahead = shown(one, names, frames)[0], []
    for thing in (one, with_skin(scene, 1.0), with_skin(scene, 1.4)):
        if thing is not one:
            go(one, thing, scene, KEPT)
        joints, turns = shown(thing, names, frames)
        chest = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
        rest = Rotation.from_matrix(np.array(thing.data.bones["spine3"].matrix_local)[:3, :3])
        turned = Rotation.from_quat(turns["spine3"][:, [1, 2, 3, 0]]) * rest.inv()
        ahead.append(-turned.inv().apply(joints["right_middle1"] - chest)[:, 1])
        if thing is not one:
            for a, b in rigs.LIMBS:
                assert degrees(heads[b] - heads[a], joints[b] - joints[a]).max() < 15
    near = ahead[0] < ahead[0].min() + 0.02
    assert near.sum() > 5
    assert np.abs(ahead[1] - ahead[0])[near].max() < 0.02
    farther = (ahead[2] - ahead[1])[near]
    assert farther.min() > 0.005 and farther.max() > 0.02
