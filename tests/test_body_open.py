"""The open body itself: is it a person, and are its named points where their names say?"""

import numpy as np
import pytest
import torch
from thespis.core.render.raster import front_faces, rasterise
from thespis.core.skeleton import EYES, JOINT_INDEX, MIRROR
from thespis.models.body.load import load_body, rest_shape
from thespis.models.body.skin import BodySkin

LEFT, RIGHT = 1, -1
PARTING = ("jawopen", "upper", "lower", "funnel", "sneer", "tongue", "stretch", "roll", "close")
"""Expressions with these in their names part the lips."""


@pytest.fixture(scope="module")
def body():
    return load_body()


@pytest.fixture(scope="module")
def skin(body):
    return BodySkin(body)


@pytest.fixture(scope="module")
def joints(body):
    return rest_shape(body, np.zeros(1))[1]


def posed(skin, turns=None, expression=None, betas=()):
    poses = torch.zeros(1, 55, 3)
    for name, turn in (turns or {}).items():
        poses[0, JOINT_INDEX[name]] = torch.tensor(turn)
    units = torch.zeros(1, skin.body.expression_count)
    for name, amount in (expression or {}).items():
        units[0, skin.body.expression_names.index(name)] = amount
    vertices, joints = skin(poses, torch.zeros(1, 3), torch.tensor([float(b) for b in betas]), units)
    return vertices[0].numpy(), joints[0].numpy()


def inner(body, vertices):
    """The 68-point scheme's points 17 to 67 as a dictionary."""
    points = (vertices[body.faces[body.landmark_faces]] * body.landmark_barycentric[..., None]).sum(1)
    return dict(zip(range(17, 68), points, strict=True))


def contour(body, vertices, row=0):
    faces, weights = body.contour_faces[row], body.contour_barycentric[row]
    return (vertices[body.faces[faces]] * weights[..., None]).sum(1)


def mediapipe(body, vertices):
    points = (vertices[body.faces[body.mediapipe_faces_idx]] * body.mediapipe_bary_coords[..., None]).sum(1)
    return dict(zip(body.mediapipe_indices.tolist(), points, strict=True))


# ---- the figure


def test_statures_of_the_shape_priors(body):
    def height(gender):
        vertices, _ = rest_shape(body, body.shape_prior[gender][0])
        return np.ptp(vertices[:, 1])

    assert 1.58 < height("female") < 1.69
    assert 1.70 < height("male") < 1.82
    assert height("female") < height("neutral") < height("male")


def test_first_betas_are_stature_and_build(body):
    def measures(betas):
        vertices, joints = rest_shape(body, np.array(betas))
        waist = vertices[np.abs(vertices[:, 1] - joints[JOINT_INDEX["spine1"], 1]) < 0.02]
        waist = waist[np.abs(waist[:, 0]) < 0.3]
        return np.ptp(vertices[:, 1]), np.ptp(waist[:, 0]) + np.ptp(waist[:, 2])

    assert measures([1.5])[0] > measures([0.0])[0] + 0.1
    assert measures([0.0, 1.5])[1] > measures([0.0])[1] + 0.05
    assert abs(measures([0.0, 1.5])[0] - measures([0.0])[0]) < 0.05


def test_it_is_symmetric(body, joints):
    assert np.abs(joints - joints[list(MIRROR)] * (-1, 1, 1)).max() < 2e-4
    mirrored = body.v_template * np.float32((-1, 1, 1))
    ids = list(body.vertex_ids.values())
    gaps = np.linalg.norm(body.v_template[None] - mirrored[ids][:, None], axis=-1).min(1)
    assert gaps.max() < 2e-4


def test_rest_pose_is_that_of_smplx(joints):
    """Arms out level to the sides, facing +Z, legs down, feet forward: directions of the published joint tables."""
    expected = {
        ("left_shoulder", "left_wrist"): (0.99, -0.09, -0.08),
        ("left_wrist", "left_middle1"): (1.0, -0.07, -0.03),
        ("left_hip", "left_ankle"): (0.01, -1.0, -0.05),
        ("pelvis", "neck"): (0.0, 1.0, -0.05),
        ("left_ankle", "left_foot"): (0.33, -0.45, 0.83),
    }
    for (start, end), direction in expected.items():
        found = joints[JOINT_INDEX[end]] - joints[JOINT_INDEX[start]]
        cosine = found @ direction / np.linalg.norm(found) / np.linalg.norm(direction)
        assert np.degrees(np.arccos(cosine)) < 10, (start, end, found)
    assert np.allclose(joints[0], (0, -0.35, 0.01), atol=5e-3)


def test_each_vertex_follows_at_most_four_joints(body):
    assert (body.weights > 0).sum(1).max() <= 4
    assert body.weights.min() >= 0
    assert np.allclose(body.weights.sum(1), 1, atol=1e-6)


def test_faces_look_outwards(body):
    corners = body.v_template[body.faces].astype(float)
    signed = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    volumes = {name: signed[body.face_group == k].sum() for k, name in enumerate(body.group_names)}
    skin = volumes["body"] + volumes["mouth"]
    assert 0.05 < skin < 0.10
    ball = 4 / 3 * np.pi * 0.0138**3
    assert volumes["left_eye"] == pytest.approx(ball, rel=0.25)
    assert volumes["right_eye"] == pytest.approx(ball, rel=0.25)


def test_no_vertex_is_left_over(body):
    assert len(np.unique(body.faces)) == body.vertex_count


# ---- joints


def test_no_expression_moves_a_joint(body):
    shift = np.einsum("jv,vke->jke", body.J_regressor.astype(float), body.exprdirs.astype(float))
    assert np.linalg.norm(shift, axis=1).max() < 1e-3


def test_regressor_is_well_conditioned(body):
    """Noise of 0.1 mm on every vertex moves no joint by a millimetre."""
    assert np.linalg.norm(body.J_regressor, axis=1).max() * 1e-4 < 1e-3
    assert np.allclose(body.J_regressor.sum(1), 1, atol=1e-5)


def test_joints_stay_inside_the_body_for_many_shapes(body):
    rng = np.random.default_rng(0)
    for _ in range(8):
        vertices, joints = rest_shape(body, rng.normal(size=16))
        for name in ("left_knee", "right_elbow", "left_wrist", "neck", "right_ankle"):
            near = vertices[np.linalg.norm(vertices - joints[JOINT_INDEX[name]], axis=1) < 0.09]
            assert len(near) > 20
            assert np.linalg.norm(near.mean(0) - joints[JOINT_INDEX[name]]) < 0.045, name


# ---- named vertices


def test_named_vertices(body, joints):
    at = {name: body.v_template[vertex] for name, vertex in body.vertex_ids.items()}
    sole = body.v_template[:, 1].min()
    for side, sign, low in (("l", LEFT, "L"), ("r", RIGHT, "R")):
        name = "left" if sign == LEFT else "right"
        foot = {part: at[low + part] for part in ("BigToe", "SmallToe", "Heel")}
        ankle = joints[JOINT_INDEX[f"{name}_ankle"]]
        assert all(point[0] * sign > 0 for point in foot.values())
        assert foot["Heel"][2] < ankle[2] - 0.02
        assert foot["Heel"][1] - sole < 0.035
        rearmost = body.v_template[(body.v_template[:, 1] < sole + 0.06)][:, 2].min()
        assert foot["Heel"][2] < rearmost + 0.005
        assert foot["BigToe"][2] > foot["SmallToe"][2] > ankle[2] + 0.05
        assert foot["SmallToe"][0] * sign > foot["BigToe"][0] * sign
        assert at[f"{side}ear"][0] * sign > 0.06
        for finger in ("thumb", "index", "middle", "ring", "pinky"):
            last, before = (joints[JOINT_INDEX[f"{name}_{finger}{k}"]] for k in (3, 2))
            tip = at[side + finger] - last
            assert 0.015 < np.linalg.norm(tip) < 0.04
            assert tip @ (last - before) / np.linalg.norm(tip) / np.linalg.norm(last - before) > 0.85
    assert abs(at["nose"][0]) < 1e-3
    assert at["nose"][2] > body.v_template[:, 2][np.abs(body.v_template[:, 1] - at["nose"][1]) < 0.02].max() - 0.003


def test_eyes_look_ahead_and_turn(body, skin, joints):
    for name, joint in zip(("leye", "reye"), EYES, strict=True):
        gaze = body.v_template[body.vertex_ids[name]] - joints[joint]
        assert np.degrees(np.arccos(gaze[2] / np.linalg.norm(gaze))) < 3
    turned, _ = posed(skin, {"left_eye_smplhf": [0, 0.3, 0], "right_eye_smplhf": [0, 0.3, 0]})
    assert turned[body.vertex_ids["leye"], 0] - body.v_template[body.vertex_ids["leye"], 0] > 0.003


# ---- face landmarks


def test_the_68_points_are_on_their_sides_and_in_order(body):
    points = inner(body, body.v_template)
    x, y, z = ({k: p[axis] for k, p in points.items()} for axis in range(3))
    # The person's right brow is 17 to 21, from its outer end inwards; then the left from its inner end outwards.
    assert np.all(np.diff([x[k] for k in range(17, 27)]) > 0)
    assert x[21] < 0 < x[22]
    assert np.all(np.diff([y[k] for k in range(27, 31)]) < 0)
    assert max(z[k] for k in range(27, 68)) == z[30]
    assert np.all(np.diff([x[k] for k in range(31, 36)]) > 0)
    assert x[36] < x[37] < x[38] < x[39] < x[42] < x[43] < x[44] < x[45]
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        assert 0.005 < y[upper] - y[lower] < 0.016
    assert x[48] < x[49] < x[50] < x[51] < x[52] < x[53] < x[54]
    assert x[54] > x[55] > x[56] > x[57] > x[58] > x[59] > x[48]
    assert y[51] > y[62] > y[57]
    assert y[62] > y[66] - 1e-4
    for brow, eye in ((18, 36), (19, 37), (20, 38), (24, 44), (25, 45)):
        assert 0.012 < y[brow] - y[eye] < 0.04
    assert min(y[k] for k in range(36, 48)) > y[30] > max(y[k] for k in range(48, 68))


def test_the_68_points_are_symmetric(body):
    points = inner(body, body.v_template)
    pairs = [
        (17, 26),
        (19, 24),
        (21, 22),
        (31, 35),
        (36, 45),
        (37, 44),
        (39, 42),
        (41, 46),
        (48, 54),
        (49, 53),
        (60, 64),
        (67, 65),
    ]
    for right, left in pairs:
        assert np.linalg.norm(points[right] * (-1, 1, 1) - points[left]) < 5e-4
    for middle in (27, 28, 29, 30, 33, 51, 57, 62, 66):
        assert abs(points[middle][0]) < 5e-4


def test_upper_and_lower_lip_part_when_the_jaw_opens(body, skin):
    rest, opened = inner(body, body.v_template), inner(body, posed(skin, {"jaw": [0.25, 0, 0]})[0])
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        assert np.linalg.norm(opened[upper] - rest[upper]) < 0.004
        assert opened[upper][1] - opened[lower][1] > 0.010
        assert rest[upper][1] - rest[lower][1] < 0.003


def test_blink_closes_the_lids(body, skin):
    rest = inner(body, body.v_template)
    shut = inner(body, posed(skin, expression={"eyeBlinkLeft": 1, "eyeBlinkRight": 1})[0])
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        gap, left = (np.linalg.norm(points[upper] - points[lower]) for points in (rest, shut))
        assert left < 0.2 * gap
    one = inner(body, posed(skin, expression={"eyeBlinkLeft": 1})[0])
    assert np.linalg.norm(one[43] - rest[43]) > 0.004
    assert np.linalg.norm(one[38] - rest[38]) < 1e-4


@pytest.mark.parametrize(
    ("unit", "point", "direction"),
    [
        ("browInnerUp", 21, (0, 1, 0)),
        ("browDownLeft", 23, (0, -1, 0)),
        ("browOuterUpRight", 18, (0, 1, 0)),
        ("mouthSmileLeft", 54, (0.6, 0.8, 0)),
        ("mouthFrownRight", 48, (0, -1, 0)),
        ("jawOpen", 57, (0, -1, 0)),
        ("mouthPucker", 51, (0, 0, 1)),
        ("mouthUpperUpLeft", 52, (0, 1, 0)),
        ("mouthStretchLeft", 54, (1, 0, 0)),
        ("smile", 48, (-0.6, 0.8, 0)),
        ("browsUp", 19, (0, 1, 0)),
    ],
)
def test_expressions_move_what_they_say(body, skin, unit, point, direction):
    moved = inner(body, posed(skin, expression={unit: 1})[0])[point] - inner(body, body.v_template)[point]
    assert np.linalg.norm(moved) > 0.0015
    assert moved @ direction / np.linalg.norm(moved) > 0.5


def test_mediapipe_points_agree_with_the_68_point_scheme(body):
    """The well-known correspondence of the two schemes, where both name the same place."""
    ours, theirs = inner(body, body.v_template), mediapipe(body, body.v_template)
    eyes = {36: 33, 39: 133, 42: 362, 45: 263, 37: 160, 44: 387, 41: 144, 46: 373}
    same = eyes | {48: 61, 54: 291, 51: 0, 57: 17, 62: 13, 66: 14, 27: 168, 33: 2}
    for number, index in same.items():
        assert np.linalg.norm(ours[number] - theirs[index]) < 0.003, (number, index)
    assert np.linalg.norm(ours[30] - theirs[4]) < 0.006
    iris = {468: "reye", 473: "leye"}
    for index, name in iris.items():
        assert np.allclose(theirs[index], body.v_template[body.vertex_ids[name]], atol=1e-6)
    needed = {70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 159, 145, 386, 374, 10, 152, 50, 280, 78, 308, 1}
    assert needed <= set(theirs)
    assert len(theirs) >= 400


def test_contour_goes_from_ear_to_ear_by_the_chin(body):
    points = contour(body, body.v_template)
    assert np.all(np.diff(points[:, 0]) > 0)
    assert points[8, 1] == points[:, 1].min()
    assert np.abs(points - points[::-1] * (-1, 1, 1)).max() < 5e-4


@pytest.mark.parametrize("degrees", [10, 25, 39])
def test_contour_is_the_outline_of_the_turned_head(body, degrees):
    """The head turned to its right: no skin at a point's height sticks out further on the side that turns away."""
    angle = -np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    points, frontal = contour(body, body.v_template, degrees) @ turn.T, contour(body, body.v_template) @ turn.T
    assert np.all(points[1:6, 0] <= frontal[1:6, 0] + 1e-6)
    face = body.v_template[np.unique(body.faces[body.face_group == 0])]
    face = face[(face[:, 2] > 0.1) & (np.abs(face[:, 0]) < 0.1)] @ turn.T
    for k in (2, 3, 4, 5):
        beside = face[np.abs(face[:, 1] - points[k, 1]) < 0.003]
        assert points[k, 0] < beside[:, 0].min() + 0.004
    # The side that comes into view keeps its jaw.
    assert np.allclose(points[9:], frontal[9:])
    other = contour(body, body.v_template, 39 + degrees) * (-1, 1, 1)
    assert np.abs(other[::-1] @ turn.T - points).max() < 0.004


# ---- what is seen


def shown(body, vertices, size=240):
    """Pixels of each face group in a picture of the mouth from the front, half a millimetre a pixel."""
    middle = inner(body, body.v_template)[62]
    points = (vertices[:, :2] - middle[:2]) * (2000, -2000) + size / 2
    depth = 3.0 - vertices[:, 2]
    chosen = np.flatnonzero(front_faces(points, body.faces))
    seen = rasterise(points, depth, body.faces[chosen], (size, size))
    counts = np.bincount(body.face_group[chosen[seen.face]], minlength=len(body.group_names))
    return dict(zip(body.group_names, counts, strict=True))


def test_teeth_show_when_the_mouth_opens_and_only_then(body, skin):
    shut = shown(body, body.v_template)
    assert shut["teeth"] + shut["tongue"] + shut["mouth"] + shut["gums"] < 60
    for opened in (
        posed(skin, {"jaw": [0.3, 0, 0]}),
        posed(skin, expression={"jawOpen": 1}),
        posed(skin, {"jaw": [0.1, 0, 0]}, {"smile": 1}),
    ):
        assert shown(body, opened[0])["teeth"] > 250


@pytest.mark.parametrize("name", [n for n in load_body().expression_names if not any(part in n.lower() for part in PARTING)])
def test_no_inside_pokes_through_the_face(body, skin, name):
    """With lips closed nothing of the mouth's inside is seen."""
    counts = shown(body, posed(skin, expression={name: 1})[0])
    assert counts["tongue"] + counts["gums"] < 40
    assert counts["teeth"] < 200


# ---- hands


@pytest.mark.parametrize("side", ["left", "right"])
def test_hand_components(body, side):
    components = body.hands_componentsl if side == "left" else body.hands_componentsr
    spread = body.hands_stdl if side == "left" else body.hands_stdr
    assert np.allclose(components @ components.T, np.eye(45), atol=1e-4)
    assert np.all(np.diff(spread[:6]) < 0.1)
    assert (spread[:6] ** 2).sum() > 0.8 * (spread**2).sum()


@pytest.mark.parametrize("side", ["left", "right"])
def test_relaxed_hand_bends_towards_the_palm(body, skin, side):
    mean = (body.hands_meanl if side == "left" else body.hands_meanr).reshape(15, 3)
    fingers = [f"{side}_{finger}{k}" for finger in ("index", "middle", "pinky", "ring", "thumb") for k in (1, 2, 3)]
    flat, _ = posed(skin)
    bent, _ = posed(skin, dict(zip(fingers, mean.tolist(), strict=True)))
    for finger in ("index", "middle", "ring", "pinky"):
        vertex = body.vertex_ids[side[0] + finger]
        assert bent[vertex, 1] < flat[vertex, 1] - 0.01
