"""A user's own set: tables, npz, BVH, the floor, splits; all that is wrong with it said in one line."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from thespis.core.errors import ThespisError
from thespis.core.motion import write_motion
from thespis.core.scene.amass import lies_in_z_up, stood_up
from thespis.models.body.skin import BodySkin
from thespis.models.emotion.batches import Batches
from thespis.models.emotion.dataset.bvh import read_bvh
from thespis.models.emotion.dataset.folder import read_any, read_folder
from thespis.models.emotion.dataset.splits import actor_groups, scenario_groups, split
from thespis.models.emotion.dataset.table import parsed_intensity
from thespis.models.emotion.dataset.takes import Label, load_takes, save_takes, takes_of
from thespis.models.emotion.features import layout
from thespis.models.emotion.rest import canonical
from thespis.tests.emotion_sets import SKELETON, SOME, bvh_text, small_set, waving, write_diem_a_set, write_npz_set, write_table


def joints_of(motion) -> np.ndarray:
    import torch

    skin = BodySkin(canonical().body)
    poses, trans = (torch.tensor(part, dtype=torch.float32) for part in (motion.poses, motion.trans))
    return skin.joints(poses, trans, torch.zeros(16))[0].numpy()


def test_a_folder_of_npz_and_its_table(tmp_path):
    takes = read_folder(write_npz_set(tmp_path))
    assert len(takes) == 4
    assert [label.emotion for label in takes.labels] == [*SOME, "joy"]
    assert takes.values[0].shape == (27, layout().size) and takes.has_face.all() and takes.has_hands.all()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["take0.npz", "glee", "0.5", "a"], "line 3: 'glee' is none of the emotions"),
        (["take0.npz", "joy", "strong", "a"], "line 3: 'strong' is no intensity"),
        (["take0.npz", "joy", "3", "a"], "line 3: The intensity is 3"),
        (["gone.npz", "joy", "0.5", "a"], "line 3: gone.npz: there is no such"),
        (["../take0.npz", "joy", "0.5", "a"], "line 3: .* outside the folder"),
        (["", "joy", "0.5", "a"], "line 3: names no file"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, message):
    inner = tmp_path / "set"
    inner.mkdir()
    write_npz_set(inner)
    write_table(inner, [["file", "emotion", "intensity", "actor"], ["take1.npz", "joy", "0.5", "a"], line])
    with pytest.raises(ThespisError, match=message) as raised:
        read_folder(inner)
    assert "\n" not in str(raised.value) and "labels.csv" in str(raised.value)


def test_a_wrong_folder_is_named(tmp_path):
    with pytest.raises(ThespisError, match="no such folder"):
        read_folder(tmp_path / "gone")
    with pytest.raises(ThespisError, match=r"holds no \.csv"):
        read_folder(tmp_path)
    write_table(tmp_path, [["name", "mood"], ["a", "b"]])
    with pytest.raises(ThespisError, match="no column file and no emotion and no actor"):
        read_folder(tmp_path)
    write_table(tmp_path, [["file", "emotion", "actor"]])
    with pytest.raises(ThespisError, match="has no rows"):
        read_folder(tmp_path)
    (tmp_path / "other.csv").write_text("file\n")
    with pytest.raises(ThespisError, match="2 tables"):
        read_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"HIERARCHY\nROOT", b"\x80\x04pickle"])
@pytest.mark.parametrize("name", ["a.npz", "a.bvh"])
def test_a_broken_motion_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    write_table(tmp_path, [["file", "emotion", "intensity", "actor"], [name, "joy", "1", "x"]])
    with pytest.raises(ThespisError, match=name) as raised:
        read_folder(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_motion_too_short_to_tell_anything_is_named(tmp_path):
    write_motion(waving(np.random.default_rng(0), 8), tmp_path / "blink.npz")
    write_table(tmp_path, [["file", "emotion", "actor"], ["blink.npz", "joy", "x"]])
    with pytest.raises(ThespisError, match="shorter than half a second"):
        read_folder(tmp_path)


def test_a_long_recording_becomes_equal_parts_that_each_begin_anew():
    motion = waving(np.random.default_rng(0), 30 * 25)
    walking = replace(motion, trans=motion.trans + np.linspace(0, 5, len(motion))[:, None] * (0, 0, 1))
    takes = takes_of(walking, Label("joy", 1.0, "a", "s"))
    assert len(takes) == 3 and np.ptp(takes.lengths) <= 1
    for values in takes.values:
        np.testing.assert_allclose(values[0, layout().place][[0, 2]], 0, atol=1e-6)


def test_levels_are_words_or_numbers():
    assert parsed_intensity("L") < parsed_intensity("medium") < parsed_intensity("High") == 1.0 == parsed_intensity("1")


def test_takes_come_back_from_their_file(tmp_path):
    takes = small_set()
    save_takes(takes, tmp_path / "kept.npz")
    again = load_takes(tmp_path / "kept.npz")
    assert again.labels == takes.labels
    # To the last digit: what rounding adds is movement, frame by frame, and a jerk that takes made anew do not have.
    np.testing.assert_array_equal(np.concatenate(again.values), np.concatenate(takes.values))
    (tmp_path / "kept.npz").write_bytes(b"PK")
    with pytest.raises(ThespisError, match="Remove the file"):
        load_takes(tmp_path / "kept.npz")


def test_nobody_and_no_story_is_on_both_sides_of_a_split():
    takes = small_set(actors=7)
    held_out = 0
    for fold in range(5):
        parts = split(takes, fold)
        seen, unseen = takes.subset(parts.train), takes.subset(parts.held_out)
        assert not {label.actor for label in seen.labels} & {label.actor for label in unseen.labels}
        assert not {label.scenario for label in seen.labels} & {label.scenario for label in unseen.labels}
        sizes = [len(indices) for indices in (parts.train, parts.held_out, parts.new_actors, parts.new_scenarios)]
        assert sum(sizes) == len(takes)
        held_out += len(parts.held_out)
    assert held_out and set(actor_groups(takes)) == set(range(5)) and set(scenario_groups(takes)) == {0, 1}


def test_siblings_are_the_same_performance_at_another_intensity():
    takes = small_set()
    batches = Batches(takes, 16, 0)
    for index, family in batches.siblings.items():
        ours, theirs = takes.labels[index], [takes.labels[k] for k in family]
        assert all(replace(label, intensity=0) == replace(ours, intensity=0) for label in theirs)
        assert len({label.intensity for label in theirs}) == 2
    batch = batches(3)
    again = Batches(takes, 16, 0)(3)
    assert (batch.asked.intensity != batch.condition.intensity).any()
    np.testing.assert_array_equal(batch.target.values, again.target.values)
    told = ~batch.start.isnan().any(1)
    assert told.any() and not told.all()
    np.testing.assert_array_equal(batch.start[told], batch.target.values[told, 0])


def test_a_rig_with_hanging_arms_hangs_its_arms(tmp_path):
    path = tmp_path / "rest.bvh"
    path.write_text(bvh_text(np.zeros((60, 22, 3)), np.tile((0.0, 95.0, 0.0), (60, 1))))
    joints = joints_of(read_any(path))[0]
    for side in (0, 1):
        arm = joints[20 + side] - joints[16 + side]
        assert arm[1] < -0.95 * np.linalg.norm(arm)
    assert joints[15, 1] > joints[12, 1] > joints[0, 1] > joints[4, 1]
    assert joints[1, 0] > joints[2, 0], "the left is at +X"
    assert 0 < joints[[7, 8], 1].mean() < 0.15, "it stands on the floor"


def test_a_turned_joint_of_a_rig_turns_the_same_limb(tmp_path):
    """Against plain forward kinematics of the rig itself: limbs point where the rig's do."""
    rng = np.random.default_rng(5)
    angles = rng.uniform(-40, 40, (4, 22, 3))
    path = tmp_path / "posed.bvh"
    path.write_text(bvh_text(angles, rng.uniform(80, 100, (4, 3))))
    ours = joints_of(read_bvh(path))
    rig = np.zeros((4, 22, 3))
    turned = []
    for k, (_, parent, offset) in enumerate(SKELETON):
        local = Rotation.from_euler("ZXY", angles[:, k], degrees=True)
        turned.append(local if parent is None else turned[parent] * local)
        rig[:, k] = 0 if parent is None else rig[:, parent] + turned[parent].apply(offset)
    pairs = {(1, 4): (14, 15), (4, 7): (15, 16), (16, 18): (7, 8), (18, 20): (8, 9), (17, 19): (11, 12), (5, 8): (19, 20)}
    for (a, b), (c, d) in pairs.items():
        mine, theirs = ours[:, b] - ours[:, a], rig[:, d] - rig[:, c]
        cosine = (mine * theirs).sum(1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(theirs, axis=1)
        assert cosine.min() > 0.9999, (a, b)
    across = ours[:, 1] - ours[:, 2]
    theirs = rig[:, 14] - rig[:, 18]
    assert ((across * theirs).sum(1) / np.linalg.norm(across, axis=1) / np.linalg.norm(theirs, axis=1)).min() > 0.9999


def test_a_set_in_diem_as_layout(tmp_path):
    takes = read_folder(write_diem_a_set(tmp_path))
    assert len(takes) == 14 and not takes.has_face.any() and not takes.has_hands.any()
    assert {label.actor for label in takes.labels} == {"JP00", "JP01"}
    assert len({label.intensity for label in takes.labels}) == 3
    assert takes.values[0][:, layout().contacts].mean() > 0.9, "who stands has his feet on the floor"


def test_a_motion_with_z_up_is_stood_up():
    motion = waving(np.random.default_rng(0), 5)
    pelvis = canonical().joints[0]
    to_z = Rotation.from_euler("x", 90, degrees=True)
    poses = motion.poses.copy()
    poses[:, 0] = (to_z * Rotation.from_rotvec(poses[:, 0] + (0.1, 0.7, 0))).as_rotvec()
    lying = replace(motion, poses=poses, trans=to_z.apply(motion.trans + pelvis) - pelvis)
    assert lies_in_z_up(lying) and not lies_in_z_up(motion)
    again = stood_up(lying, pelvis)
    np.testing.assert_allclose(again.trans, motion.trans, atol=1e-9)
    np.testing.assert_allclose(again.poses[:, 0], motion.poses[:, 0] + (0.1, 0.7, 0), atol=1e-9)
