"""Skinning: the smplx package is the oracle; then what must hold for any body whatever the numbers."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from thespis.core.skeleton import MIRROR
from thespis.models.body.load import OPEN_BODY, load_body, rest_shape
from thespis.models.body.skin import BodySkin
from thespis.tests.bodies import official_layout, saved

torch.set_num_threads(2)
FLIP = torch.diag(torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64))


@pytest.fixture(scope="module")
def skin() -> BodySkin:
    return BodySkin(load_body(), dtype=torch.float64)


@pytest.fixture(scope="module")
def sample() -> torch.Tensor:
    """Every 40th vertex: enough to see a mistake, quick enough for many examples."""
    return torch.arange(0, load_body().vertex_count, 40)


def poses_of(values: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(values, dtype=torch.float64)[None]


angles = arrays(np.float64, (55, 3), elements=st.floats(-1.5, 1.5))
places = arrays(np.float64, (3,), elements=st.floats(-5, 5))


def smplx_output(path: Path, poses, trans, betas, expression, layer: bool):
    smplx = pytest.importorskip("smplx")
    count = len(poses)
    common = {"num_betas": len(betas), "num_expression_coeffs": expression.shape[1], "use_pca": False, "flat_hand_mean": True}
    parts = {
        "global_orient": slice(0, 1), "body_pose": slice(1, 22), "jaw_pose": slice(22, 23), "leye_pose": slice(23, 24),
        "reye_pose": slice(24, 25), "left_hand_pose": slice(25, 40), "right_hand_pose": slice(40, 55),
    }  # fmt: skip
    if layer:
        from smplx.lbs import batch_rodrigues

        model = smplx.SMPLXLayer(str(path), **common)
        given = batch_rodrigues(poses.reshape(-1, 3)).reshape(count, 55, 3, 3)
        pose = {name: given[:, part] for name, part in parts.items()}
    else:
        model = smplx.SMPLX(str(path), batch_size=count, use_face_contour=True, **common)
        pose = {name: poses[:, part].reshape(count, -1) for name, part in parts.items()}
    return model(betas=betas.expand(count, -1), expression=expression, transl=trans, **pose)


def drawn(seed: int, betas: int, expressions: int, count: int = 3):
    generator = torch.Generator().manual_seed(seed)
    return (
        0.6 * torch.randn(count, 55, 3, generator=generator),
        torch.randn(count, 3, generator=generator),
        torch.randn(betas, generator=generator),
        torch.randn(count, expressions, generator=generator),
    )


@pytest.mark.parametrize("layer", [False, True], ids=["SMPLX", "SMPLXLayer"])
def test_open_body_agrees_with_the_smplx_package(layer):
    body = load_body()
    given = drawn(0, 16, body.expression_count)
    vertices, joints = BodySkin(body)(*given)
    expected = smplx_output(OPEN_BODY, *given, layer=layer)
    assert (vertices - expected.vertices).abs().max() < 1e-5
    assert (joints - expected.joints[:, :55]).abs().max() < 1e-5


@pytest.mark.parametrize("columns", [20, 400])
def test_official_layout_with_pose_correctives_agrees_with_the_smplx_package(tmp_path, columns):
    path = saved(tmp_path, official_layout(5, columns, correctives=0.003))
    body = load_body(path, max_betas=10, max_expression=10)
    given = drawn(1, 10, 10)
    vertices, joints = BodySkin(body)(*given)
    expected = smplx_output(path, *given, layer=False)
    assert (vertices - expected.vertices).abs().max() < 1e-5
    assert (joints - expected.joints[:, :55]).abs().max() < 1e-5
    without = BodySkin(load_body(saved(tmp_path, official_layout(5, columns), "B.npz"), 10, 10))(*given)[0]
    assert (vertices - without).abs().max() > 1e-3  # the correctives do something


def test_named_vertices_and_face_landmarks_lie_where_the_smplx_package_finds_them():
    body = load_body()
    given = drawn(2, 16, body.expression_count)
    vertices, _ = BodySkin(body)(*given)
    expected = smplx_output(OPEN_BODY, *given, layer=False).joints
    order = (
        "nose reye leye rear lear LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel "
        "lthumb lindex lmiddle lring lpinky rthumb rindex rmiddle rring rpinky"
    )
    named = [body.vertex_ids[name] for name in order.split()]
    assert (vertices[:, named] - expected[:, 55:76]).abs().max() < 1e-5
    inner = vertices[:, body.faces[body.landmark_faces]] * torch.as_tensor(body.landmark_barycentric)[..., None]
    assert (inner.sum(-2) - expected[:, 76:127]).abs().max() < 1e-5


def test_few_vertices_are_those_of_the_whole(skin, sample):
    given = [value.double() for value in drawn(3, 16, skin.body.expression_count)]
    whole, joints = skin(*given)
    part, same = skin(*given, vertex_ids=sample)
    assert torch.allclose(part, whole[:, sample], atol=1e-12)
    assert torch.equal(joints, same)


def test_rest_pose_is_the_rest_shape(skin):
    rng = np.random.default_rng(0)
    betas, expression = rng.normal(size=7), rng.normal(size=20)
    vertices, joints = skin(
        torch.zeros(1, 55, 3).double(), torch.zeros(1, 3).double(), torch.tensor(betas), torch.tensor(expression)[None]
    )
    expected, expected_joints = rest_shape(skin.body, betas, expression)
    assert np.abs(vertices[0].numpy() - expected).max() < 1e-6
    assert np.abs(joints[0].numpy() - expected_joints).max() < 1e-6


@settings(max_examples=25, deadline=None)
@given(angles, places)
def test_translation_moves_everything_alike(skin, sample, pose, trans):
    betas = torch.zeros(4, dtype=torch.float64)
    here, joints_here = skin(poses_of(pose), torch.zeros(1, 3).double(), betas, vertex_ids=sample)
    there, joints_there = skin(poses_of(pose), torch.as_tensor(trans)[None], betas, vertex_ids=sample)
    assert torch.allclose(there - here, torch.as_tensor(trans).expand_as(here), atol=1e-9)
    assert torch.allclose(joints_there - joints_here, torch.as_tensor(trans).expand_as(joints_here), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(angles, angles)
def test_turning_the_root_turns_everything_about_the_pelvis(skin, sample, pose, turns):
    """Rigid invariance: also shows that the skinning weights sum to 1."""
    betas, still = torch.ones(3, dtype=torch.float64), torch.zeros(1, 3).double()
    rotations = skin.rotations(poses_of(pose))
    turn = skin.rotations(poses_of(turns))[0, 0]
    turned = rotations.clone()
    turned[:, 0] = turn @ rotations[:, 0]
    before, joints = skin(rotations, still, betas, vertex_ids=sample)
    after, _ = skin(turned, still, betas, vertex_ids=sample)
    pelvis = joints[:, :1]
    assert torch.allclose(after, (before - pelvis) @ turn.T + pelvis, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(angles, arrays(np.float64, (16,), elements=st.floats(-2, 2)))
def test_a_mirrored_pose_gives_the_mirrored_body(skin, pose, betas):
    """The open body is symmetric: joints and skin of a mirrored pose are the mirror image."""
    rotations = skin.rotations(poses_of(pose))
    mirrored = FLIP @ rotations[:, list(MIRROR)] @ FLIP
    still, shape = torch.zeros(1, 3).double(), torch.as_tensor(betas)
    vertices, joints = skin(rotations, still, shape, vertex_ids=torch.tensor(list(skin.body.vertex_ids.values())))
    other, other_joints = skin(mirrored, still, shape, vertex_ids=torch.tensor(_other_side(skin.body)))
    assert torch.allclose(other_joints, joints[:, list(MIRROR)] @ FLIP, atol=2e-4)
    assert torch.allclose(other, vertices @ FLIP, atol=4e-4)


def _other_side(body) -> list:
    swap = {"l": "r", "r": "l", "L": "R", "R": "L"}
    return [body.vertex_ids[name if name == "nose" else swap[name[0]] + name[1:]] for name in body.vertex_ids]


def test_gradients_are_right(skin):
    ids = torch.tensor([0, 500, skin.body.vertex_ids["nose"], skin.body.vertex_ids["lindex"]])
    generator = torch.Generator().manual_seed(0)
    given = [
        value.double().requires_grad_()
        for value in (
            0.4 * torch.randn(1, 55, 3, generator=generator),
            torch.randn(1, 3, generator=generator),
            torch.randn(3, generator=generator),
            torch.randn(1, 4, generator=generator),
        )
    ]
    assert torch.autograd.gradcheck(lambda *values: skin(*values, vertex_ids=ids), given, fast_mode=True)


def test_gradient_at_the_rest_pose_is_finite(skin, sample):
    pose = torch.zeros(1, 55, 3, dtype=torch.float64, requires_grad=True)
    vertices, _ = skin(pose, torch.zeros(1, 3).double(), torch.zeros(2).double(), vertex_ids=sample)
    vertices.square().sum().backward()
    assert torch.isfinite(pose.grad).all()
    assert pose.grad.abs().max() > 0
