"""The figures of the bench against cases whose answer is plain, and against other ways to compute them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from thespis.core.measure.bench import fit as bench
from thespis.core.measure.feet import contact_hits, drifts, sinking, slides
from thespis.core.measure.order import order_hits
from thespis.core.measure.piercing import PiercingTest
from thespis.core.measure.posed import Posed, posed
from thespis.core.measure.ranking import auc
from thespis.core.measure.regions import regions_of
from thespis.core.measure.scorecard import Judge
from thespis.core.measure.stage.case import Truth, write_truth
from thespis.core.measure.table import FIGURES, Figure, rows
from thespis.core.measure.tempo import jitter, peak_shares
from thespis.core.motion import Motion
from thespis.core.observe.files import save_tracks
from thespis.core.skeleton import JOINT_INDEX, LEFT_HAND

from .fit_cases import camera, gesture, open_body, seen

BODY = open_body()
REGIONS = regions_of(BODY)
FRAMES = 12


def standing(motion: Motion) -> tuple[Motion, Truth]:
    """The motion moved onto the floor, and the truth that a renderer would have written of it; all four sole points planted."""
    lowest = posed(BODY, motion, camera()).vertices[..., 1].min()
    motion = dataclasses.replace(motion, trans=motion.trans - [0, lowest, 0])
    body, view, frames = posed(BODY, motion, camera()), camera(), len(motion)
    truth = Truth(
        vertices=body.vertices, joints=body.joints, template=BODY.v_template, poses=motion.poses.reshape(frames, -1),
        trans=motion.trans, expression=motion.expression, rotation=view.rotation, translation=view.translation,
        focal=np.array(view.focal[0]), size=np.array(view.size), contacts=np.ones((frames, 4), bool),
        soles=body.vertices[:, REGIONS.soles], visible=np.ones((frames, 55)), fps=np.array(motion.fps),
    )  # fmt: skip
    return motion, truth


def figure(title: str) -> Figure:
    return next(f for f in FIGURES if f.title.startswith(title))


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(BODY)


@pytest.fixture(scope="module")
def scene() -> tuple[Motion, Truth]:
    return standing(gesture(FRAMES))


def smiling(motion: Motion) -> Motion:
    smile = np.zeros((len(motion), BODY.expression_count))
    smile[:, BODY.expression_names.index("smile")] = 1
    return dataclasses.replace(motion, expression=smile)


def test_the_truth_itself_keeps_every_bar(judge):
    motion, truth = standing(smiling(gesture(FRAMES)))
    told = dataclasses.replace(motion, contacts=np.ones((FRAMES, 4)), confidence=np.ones((FRAMES, 55)))
    scored = judge.score(told, truth.camera, truth)
    samples = scored.fit
    columns, table = rows({"it": scored})
    assert columns == ["", "bar", "all", "holds", "truth", "it"]
    assert next(row for row in table if row[0] == "sliding, mm/s")[4] == "0.00"
    assert [row[0] for row in table if row[3] == "NO"] == []
    assert sum(row[3] == "yes" for row in table) > 9
    assert figure("PA-V2V").value([samples]) < 1e-3
    assert figure("frames fitted").value([samples]) == 100
    assert figure("contact recall").value([samples]) == 1
    assert figure("sliding").value([samples]) < 1e-2


def test_what_a_similarity_does_is_no_error_but_a_bent_knee_is(judge, scene):
    motion, truth = scene
    moved = dataclasses.replace(motion, trans=motion.trans + [0.3, 0.0, -0.8])
    assert figure("PA-V2V").value([judge.score(moved, truth.camera, truth).fit]) < 1e-3
    poses = motion.poses.copy()
    poses[:, JOINT_INDEX["left_knee"], 0] += 0.6
    bent = judge.score(dataclasses.replace(motion, poses=poses), truth.camera, truth).fit
    assert figure("PA-MPJPE").value([bent]) > 8


def test_hands_and_face_are_judged_by_themselves_beside_their_rest(judge, scene):
    motion, truth = scene
    poses = motion.poses.copy()
    poses[:, list(LEFT_HAND)] *= 0.5
    poses[:, JOINT_INDEX["left_shoulder"], 2] += 0.5
    half = judge.score(dataclasses.replace(motion, poses=poses), truth.camera, truth).fit
    right_only = half["hands"][FRAMES:, 0]
    assert right_only.max() < 1e-5  # a wrong shoulder is not the hand's fault
    assert half["hands"][:FRAMES, 0].min() > 1e-3
    assert half["hands"][:, 2].max() < 1e-5  # the shape is the true one
    better, gained = (figure(title).value([half]) for title in ("  better by", "  of what true fingers"))
    assert better == pytest.approx(gained, abs=1e-2)  # where nothing else is wrong, both say the same
    far = {"hands": np.array([[0.010, 0.014, 0.004]]), "face": np.array([[0.0039, 0.004, 0.0038]])}
    assert figure("  of what true fingers").value([far]) == pytest.approx(40)
    assert np.isnan(figure("  of what the true expression").value([far]))
    mean = np.asarray(BODY.hands_meanl, np.float64).reshape(15, 3)
    poses[:, list(LEFT_HAND)] = mean
    poses[
        :,
        [JOINT_INDEX[f"right_{name[5:]}"] for name in JOINT_INDEX if name.startswith("left_") and JOINT_INDEX[name] in LEFT_HAND],
    ] = np.asarray(BODY.hands_meanr, np.float64).reshape(15, 3)
    relaxed = judge.score(dataclasses.replace(motion, poses=poses), truth.camera, truth).fit
    assert figure("  better by").value([relaxed]) == pytest.approx(0, abs=1e-3)


def test_a_smile_is_seen_in_the_face_alone(judge, scene):
    motion, truth = scene
    happy, happy_truth = standing(smiling(motion))
    found = judge.score(happy, truth.camera, happy_truth).fit
    assert found["face"][:, 0].max() < 1e-5 < found["face"][:, 1].min()
    missed = judge.score(dataclasses.replace(motion), truth.camera, happy_truth).fit
    assert np.allclose(missed["face"][:, 0], missed["face"][:, 1], atol=1e-7)
    assert missed["hands"][:, 0].max() < 1e-5


def test_frames_without_a_fit_are_counted(judge, scene):
    motion, truth = scene
    late = judge.score(motion.slice(3, FRAMES), truth.camera, truth).fit
    assert figure("frames fitted").value([late]) == pytest.approx(75)
    assert figure("PA-V2V").value([late]) < 1e-3
    none = judge.score(dataclasses.replace(motion, frames=np.arange(100, 100 + FRAMES)), truth.camera, truth).fit
    assert figure("frames fitted").value([none]) == 0
    assert np.isnan(figure("PA-V2V").value([none]))


def test_recall_and_precision_count_contacts():
    truth = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], bool)
    found = np.array([[1, 0, 1, 0], [1, 0, 0, 0]], bool)
    recall, precision = contact_hits(found, truth)
    assert recall.mean() == pytest.approx(2 / 3)
    assert precision.mean() == pytest.approx(2 / 3)


def test_a_planted_foot_that_creeps_slides_and_drifts_by_what_it_creeps():
    points = np.zeros((30, 1, 3))
    points[:, 0, 0] = np.arange(30) * 0.002
    points[:, 0, 1] = np.sin(np.arange(30))  # up and down is no sliding
    contacts = np.zeros((30, 1), bool)
    contacts[2:8] = contacts[20:30] = True
    assert np.allclose(slides(points, contacts, 30), 0.06)
    assert np.allclose(drifts(points, contacts), [5 * 0.002, 9 * 0.002])
    assert len(slides(points, np.zeros((30, 1), bool), 30)) == len(drifts(points, np.zeros((30, 1), bool))) == 0


def test_drift_is_the_farthest_and_not_the_last():
    there_and_back = np.zeros((5, 1, 3))
    there_and_back[:, 0, 2] = [0, 0.01, 0.03, 0.01, 0]
    assert drifts(there_and_back, np.ones((5, 1), bool)) == pytest.approx([0.03])


def test_sinking_is_the_deepest_vertex():
    vertices = np.zeros((2, 5, 3))
    vertices[0, 3, 1] = -0.02
    vertices[1, :, 1] = 0.5
    assert sinking(vertices) == pytest.approx([0.02, 0])


def punch(share: float, frames: int = 41) -> np.ndarray:
    """A wrist that goes forth with a top speed of 5 m/s times share, once."""
    time = (np.arange(frames) - 20) / 30
    place = np.zeros((frames, 1, 3))
    place[:, 0, 0] = share * 5 * 0.1 * np.tanh(time / 0.1)
    return place


def test_a_damped_punch_keeps_its_share_and_a_late_one_still_counts():
    assert peak_shares(punch(0.7), punch(1.0), 30) == pytest.approx([0.7])
    assert peak_shares(np.roll(punch(1.0), 3, axis=0), punch(1.0), 30) == pytest.approx([1.0], abs=1e-6)
    assert peak_shares(np.roll(punch(1.0), 8, axis=0), punch(1.0), 30)[0] < 0.5
    assert len(peak_shares(punch(1.0), punch(0.3), 30)) == 0


def test_jitter_is_measured_where_the_truth_is_still():
    truth = np.zeros((60, 22, 3))
    truth[30:, 5, 0] = np.arange(30) * 0.02  # 0.6 m/s
    shaking = truth.copy()
    shaking[::2, :, 1] += 0.001
    found = jitter(shaking, truth, 30)
    assert found.shape[1] == 22
    assert 20 < len(found) < 30
    assert np.allclose(found, 0.002)  # +1, -2, +1 times half a millimetre either way


def test_a_hand_before_the_face_and_one_behind_it():
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(400, 3))
    head = np.tile(0.1 * ball / np.linalg.norm(ball, axis=1, keepdims=True) + [0, 0, 3], (4, 1, 1))
    wrists = np.zeros((4, 2, 3))
    wrists[:, :, 2] = 2.8
    wrists[:, 1, 0] = 1.0  # the right hand is elsewhere
    wrists[2, 0, 0] = 0.5  # and in this frame the left one, too
    behind = wrists.copy()
    behind[1, 0, 2] = 3.3
    lens = camera()
    assert order_hits((behind, head), (wrists, wrists, head), lens).tolist() == [True, False, True]
    fingers = wrists.copy()
    fingers[2, 0, 0] = 0
    assert len(order_hits((behind, head), (wrists, fingers, head), lens)) == 4
    level = wrists.copy()
    level[..., 2] = 3.01
    assert len(order_hits((behind, head), (level, level, head), lens)) == 0


@given(arrays(np.float64, 40, elements=st.floats(0, 1, width=16)), arrays(np.bool_, 40))
@settings(max_examples=60, deadline=None)
def test_auc_is_the_share_of_pairs_in_the_right_order(confidence, wrong):
    found = auc(confidence, wrong)
    if wrong.all() or not wrong.any():
        assert np.isnan(found)
        return
    good, bad = confidence[~wrong][:, None], confidence[wrong][None]
    assert found == pytest.approx(((good > bad) + 0.5 * (good == bad)).mean())


def winding(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How often a mesh goes round each point (Van Oosterom and Strackee 1983): an inside test that shares nothing with ours."""
    total = np.zeros(len(points))
    for k, point in enumerate(points):
        a, b, c = (vertices[faces[:, i]] - point for i in range(3))
        la, lb, lc = (np.linalg.norm(x, axis=1) for x in (a, b, c))
        triple = np.einsum("nd,nd->n", a, np.cross(b, c))
        below = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (a * c).sum(1) * lb
        total[k] = 2 * np.arctan2(triple, below).sum() / (4 * np.pi)
    return total


def pose_with(**turns: tuple[float, float, float]) -> np.ndarray:
    poses = np.zeros((1, 55, 3))
    for name, turn in turns.items():
        poses[0, JOINT_INDEX[name]] = turn
    return posed(BODY, Motion(poses, np.zeros((1, 3)), np.zeros(0), np.zeros((1, 0)), 30), camera()).vertices[0]


@pytest.mark.parametrize(
    ("turns", "pierced"),
    [
        ({}, None),
        ({"left_shoulder": (0, 0, -1.1), "right_shoulder": (0, 0, 1.1)}, None),
        ({"left_shoulder": (0, 0, -1.1), "left_elbow": (0, 0, -1.2)}, ("left_hand", "torso")),
        ({"right_hip": (0, 0, 0.2), "left_hip": (0, 0, -0.3)}, ("right_shin", "left_shin")),
        ({"left_shoulder": (0, 0, 0.9), "left_elbow": (0, 0, 1.9)}, ("left_hand", "head")),
    ],
)
def test_limbs_through_the_body_are_found_where_the_mesh_goes_round_them_twice(turns, pierced):
    vertices = pose_with(**turns)
    test = PiercingTest(BODY, REGIONS)
    depth, where = test.depth(vertices)
    limb = REGIONS.limbs[pierced[0] if pierced else "left_hand"][::9]
    doubled = winding(vertices[limb].astype(float), vertices.astype(float), test.faces) > 1.2
    if pierced is None:
        assert depth < 0.005
        assert not doubled.any()
    else:
        assert where == pierced
        assert depth > 0.02
        assert doubled.any()


def test_the_deepest_point_is_as_deep_as_the_skin_is_far():
    """A fingertip pushed straight into the belly by a known way."""
    test = PiercingTest(BODY, REGIONS)
    vertices = np.array(BODY.v_template, np.float64)
    belly = REGIONS.limbs["torso"]
    front = belly[np.argmin(np.linalg.norm(vertices[belly][:, :2] - [0, -0.05], axis=1) - vertices[belly][:, 2])]
    hand = REGIONS.limbs["left_hand"]
    vertices[hand] += [-5, 0, 0]
    tip = BODY.vertex_ids["lmiddle"]
    for depth in (0.01, 0.03, 0.05):
        moved = vertices.copy()
        moved[hand] = vertices[front] + [0, 0, 0.5]
        moved[tip] = vertices[front] - [0, 0, depth]
        found, where = test.depth(moved)
        assert where == ("left_hand", "torso")
        assert 0.6 * depth < found <= depth + 1e-9


def test_regions_are_where_they_are_called():
    rest = BODY.v_template
    left, right = REGIONS.hands
    assert rest[left][:, 0].min() > 0.5 and rest[right][:, 0].max() < -0.5
    assert not set(left) & set(right)
    face = rest[REGIONS.face]
    assert face[:, 2].mean() > rest[REGIONS.head][:, 2].mean() + 0.01
    assert face[:, 2].min() > rest[REGIONS.head][:, 2].min() + 0.08
    assert 500 < len(face) < len(REGIONS.head)
    assert set(REGIONS.face) < set(REGIONS.skin)
    assert rest[REGIONS.soles][:, 1].max() < rest[:, 1].min() + 0.01
    heel, toes = rest[REGIONS.soles][[0, 1], 2]
    assert toes - heel > 0.1


def test_a_folder_of_cases_is_fitted_and_scored(tmp_path, capsys, scene):
    motion, truth = scene
    folder = tmp_path / "stands"
    folder.mkdir()
    write_truth(truth, folder / "truth.npz")
    save_tracks([seen(motion, truth.camera)], folder / "track.npz")
    assert bench.main(["--folder", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    line = next(line for line in printed.splitlines() if line.startswith("│ PA-V2V, mm"))
    assert "yes" in line and float(line.split("│")[3]) < 25
    assert bench.main(["--folder", str(tmp_path), "--cases", "nothing"]) == 2
    assert bench.main(["--folder", str(tmp_path / "no")]) == 2


def test_a_mesh_needs_no_more_than_its_camera():
    body = Posed(np.ones((1, 4, 3), np.float32), np.zeros((1, 55, 3)), camera())
    assert np.allclose(body.seen_vertices(np.array([0])), camera().to_camera(np.ones((1, 1, 3))))
