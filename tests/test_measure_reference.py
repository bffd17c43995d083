"""The methods that a claim of speed is measured against: they must work as well as they can, or the claim is worth nothing."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from thespis.core.errors import ThespisError
from thespis.core.fit.fit import body_fitter
from thespis.core.fit.lens import lens_from_camera
from thespis.core.fit.rotations import logarithm
from thespis.core.measure.metrics import pa_mpjpe
from thespis.core.measure.reference.compare import compare
from thespis.core.measure.reference.landmarks import BODY, FACE, HANDS, mesh_landmarks
from thespis.core.measure.reference.lbfgs import ENOUGH, descend
from thespis.core.measure.reference.smplifyx import BETAS, EXPRESSIONS, HAND_COMPONENTS, STAGES, SmplifyX, parameters_at
from thespis.core.measure.reference.smplx_package import smplx_module
from thespis.core.measure.synthetic import pose_motion
from thespis.core.measure.truth import LIMB_JOINTS, Truth
from thespis.models.body.skin import BodySkin
from thespis.models.prior.pose_prior import load_pose_prior
from thespis.tests.fit_cases import FPS, camera, gesture, open_body, seen


@pytest.fixture(scope="module")
def case():
    """Someone waving, as a perfect observer sees them: motion, camera, track, lens."""
    motion, view = gesture(12), camera()
    return motion, view, seen(motion, view), lens_from_camera(view)


def posed_in_camera(motion, view) -> tuple[torch.Tensor, torch.Tensor]:
    vertices, joints = pose_motion(open_body(), motion)
    return torch.as_tensor(view.to_camera(joints)), torch.as_tensor(view.to_camera(vertices))


def test_exact_landmarks_lie_where_the_true_mesh_has_them(case):
    """One measure for all methods: the observer's own way from mesh to pixels is its oracle."""
    motion, view, track, lens = case
    landmarks = mesh_landmarks(track, lens, open_body())
    assert [int((landmarks.part == part).sum()) for part in (BODY, HANDS, FACE)] == [25, 42, 51]
    joints, vertices = posed_in_camera(motion, view)
    assert max(landmarks.errors(joints, vertices, lens.focal[0])) < 0.01
    aside = torch.tensor([0.1, 0.0, 0.0], dtype=torch.float64)
    depth = joints[..., 2].mean()
    for error in landmarks.errors(joints + aside, vertices + aside, lens.focal[0]):
        assert error == pytest.approx(float(0.1 * lens.focal[0] / depth), rel=0.1)


def test_a_part_that_is_not_seen_has_no_error(case):
    motion, view, track, lens = case
    blind = replace(
        track, face_score=np.zeros(len(track)), body_visibility=np.where(np.arange(33) == 15, 0.0, track.body_visibility)
    )
    landmarks = mesh_landmarks(blind, lens, open_body())
    joints, vertices = posed_in_camera(motion, view)
    astray = joints.clone()
    astray[:, 20] += 0.3  # the left wrist, which the body's network no longer shows
    body, hands, face = landmarks.errors(astray, vertices, lens.focal[0])
    assert body < 0.01 < hands
    assert np.isnan(face)


@pytest.mark.parametrize("correctives", [False, True])
def test_the_package_gets_the_very_body(correctives):
    """Written for the package and posed by it, a body is what this project's own skinning makes of it."""
    pytest.importorskip("smplx")
    body = open_body()
    if correctives:
        random = np.random.default_rng(0).normal(0, 0.003, (body.vertex_count, 3, 1)).astype(np.float32)
        body = replace(body, posedirs=np.repeat(random, 486, 2))
    module = smplx_module(body, BETAS, EXPRESSIONS, HAND_COMPONENTS)
    generator = torch.Generator().manual_seed(1)
    start = parameters_at(torch.ones(3), torch.full((3,), 0.4), 0.4 * torch.randn(63, generator=generator), torch.ones(16))
    start.expression += 0.5
    start.left_hand_pose += 0.3
    with torch.no_grad():
        method = SmplifyX(module, load_pose_prior(), (torch.zeros(10), torch.ones(10)), 1000.0, 1000.0)
        joints, vertices = method.posed(start)
        skin = BodySkin(body, torch.float64)
        given = [part.to(torch.float64) for part in (method.pose(start), start.transl, start.betas[0], start.expression)]
        expected, expected_joints = skin(given[0][None], *given[1:])
    assert (vertices - expected).abs().max() < 1e-4
    assert (joints[:, :55] - expected_joints).abs().max() < 1e-4


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "smplx", None)
    with pytest.raises(ThespisError, match="pip install smplx"):
        smplx_module(open_body(), 10, 10, 12)


def test_smplifyx_explains_exact_landmarks(case, monkeypatch):
    """The schedule, cut short, brings a picture from a start that is off to within a few pixels, hands and face too."""
    pytest.importorskip("smplx")
    monkeypatch.setattr("thespis.core.measure.reference.smplifyx.STAGES", (STAGES[0], STAGES[-1]))
    motion, view, track, lens = case
    body = open_body()
    landmarks = mesh_landmarks(track, lens, body).frames(torch.tensor([4]))
    with torch.no_grad():
        method = SmplifyX(
            smplx_module(body, BETAS, EXPRESSIONS, HAND_COMPONENTS),
            load_pose_prior(),
            (torch.zeros(10), torch.ones(10)),
            lens.focal[0],
            lens.size[1],
            steps=2,
        )
        start_state = body_fitter(track, body, lens, FPS).fit().start.frames(slice(4, 5))
        pose = logarithm(start_state.rotations[0])
        rest = BodySkin(body, torch.float64).joints_at_rest(torch.zeros(16, dtype=torch.float64))[0, 0]
        start = parameters_at(start_state.pelvis[0] - rest, pose[0], pose[1:].flatten(), torch.zeros(16))
        start.body_pose += 0.15 * torch.randn(1, 63, generator=torch.Generator().manual_seed(2))
        before = landmarks.errors(*method.posed(start), lens.focal[0])
        found = method.fit(landmarks, start)
        after = landmarks.errors(*method.posed(found.parameters), lens.focal[0])
        joints = method.posed(found.parameters)[0]
    assert all(later < 0.5 * earlier for later, earlier in zip(after, before, strict=True)), (before, after)
    assert max(after) < 8
    truth, _ = posed_in_camera(motion, view)
    limbs = list(LIMB_JOINTS)
    assert pa_mpjpe(joints[:, limbs].double().numpy(), truth[4:5, limbs].numpy())[0] < 0.08
    assert found.evaluations > 50 and found.seconds > 0
    assert found.history[-1][0] == pytest.approx(found.seconds)
    assert all(bool((value == getattr(start, name)).all()) for name, value in vars(start).items())  # the start is left as it was


def test_lbfgs_lowers_the_very_cost_and_says_when_it_is_there(case):
    _, _, track, lens = case
    with torch.no_grad():
        fitted = body_fitter(track, open_body(), lens, FPS).fit()
    first, best = fitted.problem.cost(fitted.start), fitted.problem.cost(fitted.state)
    near = descend(fitted.problem, fitted.start, best + 0.3 * (first - best), 60.0, True)
    assert near.reached is not None and near.reached <= near.seconds
    assert near.cost <= ENOUGH * (best + 0.3 * (first - best))
    assert near.cost == pytest.approx(fitted.problem.cost(near.state))
    assert torch.equal(near.state.log_focal, fitted.start.log_focal)
    none = descend(fitted.problem, fitted.start, 0.0, 0.1, True)
    assert none.reached is None
    assert none.cost < first


def test_torch_agrees_that_the_gradient_of_the_cost_is_the_solvers(case):
    """By the pelvis's place and the betas, about whose axes nobody can disagree."""
    _, _, track, lens = case
    with torch.no_grad():
        fitted = body_fitter(track, open_body(), lens, FPS).fit()
    state = replace(
        fitted.start, pelvis=fitted.start.pelvis.clone().requires_grad_(), betas=fitted.start.betas.clone().requires_grad_()
    )
    fitted.problem.differentiable_cost(state).backward()
    with torch.no_grad():
        _, equations = fitted.problem.linearise(fitted.start)
    np.testing.assert_allclose(2 * equations.gradient[:, :3].numpy(), state.pelvis.grad.numpy(), rtol=2e-3, atol=1.0)
    np.testing.assert_allclose(2 * equations.shared_gradient[:16].numpy(), state.betas.grad.numpy(), rtol=2e-3, atol=1.0)


def test_the_comparison_measures_every_method_on_the_same_frames(case, monkeypatch):
    pytest.importorskip("smplx")
    for name, value in (("smplifyx.STAGES", STAGES[-1:]), ("smplifyx.TOLERANCE", 1e-2), ("compare.LONGEST_DESCENT", 0.2)):
        monkeypatch.setattr(f"thespis.core.measure.reference.{name}", value)
    motion, view, track, lens = case
    joints = posed_in_camera(motion, view)[0][:, list(LIMB_JOINTS)].numpy()
    rows = compare(track, lens, open_body(), FPS, 1, Truth(joints, np.ones(len(motion), bool)))
    whole, alone, pictures, descent, smplifyx = rows
    assert [row.frames for row in rows] == [12, 12, 1, 12, 1]
    assert pictures.seconds < smplifyx.seconds
    assert pictures.body_px < 2 and pictures.cost < 1.05 * whole.cost
    assert 0 < alone.seconds < 2 * whole.seconds < smplifyx.seconds
    assert max(whole.body_px, alone.body_px) < 0.5
    assert whole.cost == alone.cost
    assert np.isnan(alone.hand_px) and whole.hand_px > 0 and smplifyx.hand_px > 0
    assert descent.reached_share in (0, 1)
    assert descent.clip_cost > 0.9 and np.isnan(smplifyx.clip_cost)
    assert all(0 < row.pa_mpjpe < 80 for row in rows)
