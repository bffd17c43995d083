"""How limbs are solved and keys are joined for rendered truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.measure.stage.keys import eased, keyed
from thespis.core.measure.stage.limbs import joint_frames, with_ankle, with_wrist
from thespis.core.measure.stage.performer import make_performer
from thespis.core.measure.stage.places import posed
from thespis.core.skeleton import JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from thespis.models.body.fingers import FINGERS, SHAPES, finger_pose
from thespis.models.body.load import Body

numbers = st.floats(-1, 1)
PERFORMER = make_performer(7)


def chain(side: str, names: tuple[str, ...]) -> list[int]:
    return [JOINT_INDEX[f"{side}_{name}"] for name in names]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["left", "right"]), st.tuples(numbers, numbers, numbers), st.tuples(numbers, numbers, numbers))
def test_an_ankle_goes_where_it_is_put(side: str, place: tuple[float, ...], turn: tuple[float, ...]) -> None:
    poses, trans = np.zeros((1, 55, 3)), np.zeros((1, 3))
    poses[0, 0] = 0.4 * np.array(turn)
    numbers = chain(side, ("hip", "knee", "ankle"))
    joints, _ = joint_frames(PERFORMER, poses, trans)
    hip = joints[0, numbers[0]]
    target = hip + (0.2 * place[0], -0.56 + 0.1 * place[1], 0.2 * place[2])  # within reach
    foot = Rotation.from_rotvec([0.5 * np.array(turn)])
    solved = with_ankle(PERFORMER, poses, trans, side, target[None], foot)
    after, world = joint_frames(PERFORMER, solved, trans)
    np.testing.assert_allclose(after[0, numbers[2]], target, atol=1e-6)
    np.testing.assert_allclose(world[0, numbers[2]], foot.as_matrix()[0], atol=1e-9)
    others = [j for j in range(22) if j not in numbers]
    np.testing.assert_array_equal(solved[:, others], poses[:, others])
    # The knee bends forward: it lies ahead of the line from hip to ankle, in the pelvis's own axes.
    middle = (after[0, numbers[0]] + after[0, numbers[2]]) / 2
    assert (world[0, 0].T @ (after[0, numbers[1]] - middle))[2] > 0


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["left", "right"]), st.tuples(numbers, numbers, numbers), st.tuples(numbers, numbers, numbers))
def test_a_wrist_goes_where_it_is_put_and_the_elbow_points_as_told(
    side: str, place: tuple[float, ...], hand: tuple[float, ...]
) -> None:
    poses, trans = np.zeros((1, 55, 3)), np.zeros((1, 3))
    numbers = chain(side, ("shoulder", "elbow", "wrist"))
    joints, _ = joint_frames(PERFORMER, poses, trans)
    shoulder = joints[0, numbers[0]]
    target = shoulder + (0.15 * place[0], 0.15 * place[1], 0.35 + 0.08 * place[2])
    pole = np.array([0.3, -1.0, -0.2])
    solved = with_wrist(PERFORMER, poses, trans, side, target[None], pole[None], np.array([hand]))
    after, world = joint_frames(PERFORMER, solved, trans)
    np.testing.assert_allclose(after[0, numbers[2]], target, atol=1e-6)
    bend = after[0, numbers[1]] - (after[0, numbers[0]] + after[0, numbers[2]]) / 2
    reach = target - shoulder
    across = pole - (pole @ reach) / (reach @ reach) * reach
    assert bend @ across / np.linalg.norm(bend) / np.linalg.norm(across) > 0.95
    assert np.allclose(np.linalg.det(world), 1)


def test_out_of_reach_goes_as_far_as_it_goes() -> None:
    poses, trans = np.zeros((1, 55, 3)), np.zeros((1, 3))
    joints, _ = joint_frames(PERFORMER, poses, trans)
    numbers = chain("left", ("shoulder", "elbow", "wrist"))
    shoulder = joints[0, numbers[0]]
    length = np.linalg.norm(np.diff(joints[0, numbers], axis=0), axis=1).sum()
    solved = with_wrist(PERFORMER, poses, trans, "left", shoulder[None] + (0, 0, 3.0), np.array([[0, -1.0, 0]]), np.zeros((1, 3)))
    after, _ = joint_frames(PERFORMER, solved, trans)
    arm = after[0, numbers[2]] - shoulder
    assert 0.99 * length < np.linalg.norm(arm) <= length
    np.testing.assert_allclose(arm / np.linalg.norm(arm), [0, 0, 1], atol=1e-6)


@given(
    st.lists(st.integers(-500, 500).map(lambda n: n / 100), min_size=2, max_size=8),
    st.lists(st.floats(0, 6), min_size=1, max_size=20),
)
def test_in_betweens_never_overshoot_and_hold_what_is_held(values: list[float], seconds: list[float]) -> None:
    keys = [(0.5 * k, (value,)) for k, value in enumerate(values)]
    for join in (keyed, eased):
        found = join(keys, np.array(seconds))[:, 0]
        for second, got in zip(seconds, found, strict=True):
            k = min(int(second / 0.5), len(values) - 1)
            around = values[k], values[min(k + 1, len(values) - 1)]
            assert min(around) - 1e-9 <= got <= max(around) + 1e-9
        on_keys = join(keys, np.array([time for time, _ in keys]))[:, 0]
        np.testing.assert_allclose(on_keys, values, atol=1e-9)


@pytest.mark.parametrize("side", ["left", "right"])
def test_hands_close_towards_the_palm(side: str) -> None:
    body: Body = PERFORMER
    spread = {}
    for shape in SHAPES:
        poses = np.zeros((1, 55, 3))
        poses[0, list(LEFT_HAND if side == "left" else RIGHT_HAND)] = finger_pose(body, shape, side)
        joints, _ = joint_frames(body, poses, np.zeros((1, 3)))
        wrist = joints[0, JOINT_INDEX[f"{side}_wrist"]]
        ends = {finger: joints[0, JOINT_INDEX[f"{side}_{finger}3"]] - wrist for finger in FINGERS}
        spread[shape] = ends
    for finger in ("index", "middle", "ring", "pinky"):
        assert np.linalg.norm(spread["fist"][finger]) < np.linalg.norm(spread["open"][finger]) - 0.03
        assert spread["fist"][finger][1] < spread["open"][finger][1] - 0.01  # the palm looks down at rest
    assert np.linalg.norm(spread["point"]["index"]) > np.linalg.norm(spread["point"]["middle"]) + 0.03
    fan = {shape: np.linalg.norm(spread[shape]["index"] - spread[shape]["pinky"]) for shape in ("open", "spread")}
    assert fan["spread"] > fan["open"] + 0.01


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_joints_are_where_the_skinned_body_has_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    poses, trans = 0.5 * random.normal(size=(2, 55, 3)), random.normal(size=(2, 3))
    _, expected = posed(PERFORMER, poses, trans, np.zeros((2, PERFORMER.expression_count)))
    np.testing.assert_allclose(joint_frames(PERFORMER, poses, trans)[0], expected, atol=1e-4)
