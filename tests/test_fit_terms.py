"""Every term's Jacobian against numeric differences, and the block solver against a dense one."""

import numpy as np
import pytest
import torch
from thespis.core.fit.depth_order import HAND_POINTS, DepthOrder
from thespis.core.fit.kinematics import FRAME_UNKNOWNS, pose_points, step
from thespis.core.fit.lens import lens_from_camera
from thespis.core.fit.normal import JointRows, NormalEquations, Rows, SharedRows, StencilRows
from thespis.core.fit.observations import gather
from thespis.core.fit.points import body_points
from thespis.core.fit.problem import SHARED_BESIDES, BodyState
from thespis.core.fit.rotations import exponential, inverse_left_jacobian, logarithm
from thespis.core.fit.settings import Settings
from thespis.core.fit.skin_capsules import body_capsules
from thespis.core.fit.solver import solve_blocks
from thespis.core.fit.terms.apart import Apart
from thespis.core.fit.terms.balance import Balance
from thespis.core.fit.terms.before import Before
from thespis.core.fit.terms.belief import HeldPlace, HeldPose, LikelyFocal, LikelyHeight, LikelyLean, LikelyShape, LikelyTilt
from thespis.core.fit.terms.contact import Floor, PlantedFeet
from thespis.core.fit.terms.direction import Direction
from thespis.core.fit.terms.pose import JointLimits, LikelyPose
from thespis.core.fit.terms.reprojection import Reprojection
from thespis.core.fit.terms.smoothness import PointAcceleration, TurnAcceleration
from thespis.core.fit.terms.term import Stretch
from thespis.models.prior.pose_prior import load_pose_prior

from .fit_cases import camera, gesture, open_body, seen

FRAMES = 5


def _setting():
    torch.manual_seed(0)
    cpu = torch.device("cpu")
    motion = gesture(FRAMES)
    observed = gather(seen(motion, camera()), lens_from_camera(camera()), Settings(), cpu)
    points = body_points(open_body(), cpu)
    rotations = exponential(torch.as_tensor(motion.poses[:, :22]) + 0.7 * torch.randn(FRAMES, 22, 3, dtype=torch.float64))
    pelvis = torch.tensor([[0.0, 0.1, 4.0]], dtype=torch.float64) + 0.05 * torch.randn(FRAMES, 3, dtype=torch.float64)
    betas = 0.5 * torch.randn(points.betas, dtype=torch.float64)
    return (
        observed,
        points,
        BodyState(rotations, pelvis, betas, *(torch.tensor(v, dtype=torch.float64) for v in (7.2, 0.1, [0.1, -0.2], -0.9))),
    )


def _terms(observed, points):
    capsules = body_capsules(open_body(), torch.device("cpu"))
    order = DepthOrder(
        2 * torch.rand(FRAMES, len(HAND_POINTS), dtype=torch.float64) - 1,
        torch.randint(len(capsules.names), (FRAMES, len(HAND_POINTS))),
        torch.rand(FRAMES, len(HAND_POINTS), dtype=torch.float64),
        torch.full((FRAMES, len(HAND_POINTS)), 0.4, dtype=torch.float64),
    )
    prior, settings = load_pose_prior(), Settings()
    ones = torch.ones(FRAMES, dtype=torch.float64)
    contacts = torch.rand(FRAMES, 4, dtype=torch.float64)
    held = exponential(0.3 * torch.randn(FRAMES, 22, 3, dtype=torch.float64))
    return {
        "reprojection": Reprojection(observed, 2.0),
        "direction": Direction(observed, 2.0),
        "prior": LikelyPose(prior, ones, 15.0),
        "limits": JointLimits(prior, settings.limit, torch.device("cpu")),
        "acceleration": PointAcceleration(30.0, 6.0, 3.0, torch.device("cpu")),
        "turning": TurnAcceleration(30.0, 60.0, 3.0),
        "contact": PlantedFeet(contacts, 30.0, 0.05, 2.0),
        "floor": Floor(contacts, ones > 0, 0.02, 0.01, 2.0),
        "apart": Apart(capsules, points, 0.01),
        "before": Before(order, capsules, points, 0.03, 5.0),
        "balance": Balance(ones, contacts, 0.08, 2.0),
        "shape": LikelyShape(torch.zeros(16, dtype=torch.float64), torch.ones(16, dtype=torch.float64), 5.0),
        "focal": LikelyFocal(7.0, 0.2, 5.0),
        "lean": LikelyLean(0.1),
        "tilt": LikelyTilt((0.06, 0.3), 5.0),
        "height": LikelyHeight(1.3, 0.5, 5.0),
        "held pose": HeldPose(held, ones),
        "held place": HeldPlace(torch.zeros(FRAMES, 3, dtype=torch.float64), ones),
    }


def _residual(term, points, state, linearise=False):
    posed = pose_points(points, state.rotations, state.pelvis, state.betas, linearise)
    return term.rows(Stretch(0, FRAMES, posed, state.betas, state.log_focal, state.lean, state.tilt, state.floor, linearise))


def _predicted(rows, change, shared):
    """The residual's change that the term's Jacobians foretell for changes (T, 69) and (K,)."""
    if isinstance(rows, SharedRows):
        return rows.by_shared @ shared[: rows.by_shared.shape[-1]]
    out = torch.zeros_like(rows.residual)
    if isinstance(rows, Rows):
        if rows.by_frame is not None:
            out = out + (rows.by_frame.double() @ change[..., None])[..., 0]
    elif isinstance(rows, StencilRows):
        moved = (rows.by_frame.double() @ change[: len(rows.by_frame), :, None])[..., 0]
        if rows.by_shared is not None:
            moved = moved + rows.by_shared.double() @ shared[: rows.by_shared.shape[-1]]
        for k, coefficient in enumerate(rows.coefficients):
            out = out + coefficient * rows.scale * moved[k : k + len(out)]
        return out
    else:
        assert isinstance(rows, JointRows)
        joints = rows.residual.shape[1]
        for k, by in enumerate(rows.by_frames):
            turns = change[k : k + len(by), -3 * joints :].reshape(len(by), joints, 3)
            out = out + (by @ turns[..., None])[..., 0]
        return out
    if rows.by_shared is not None:
        out = out + rows.by_shared.double() @ shared[: rows.by_shared.shape[-1]]
    return out


@pytest.mark.parametrize("name", list(_terms(*_setting()[:2])))
def test_jacobian_agrees_with_differences(name):
    observed, points, state = _setting()
    term = _terms(observed, points)[name]
    generator = torch.Generator().manual_seed(1)
    change = torch.randn(FRAMES, FRAME_UNKNOWNS, dtype=torch.float64, generator=generator)
    shared = torch.randn(points.betas + SHARED_BESIDES, dtype=torch.float64, generator=generator)
    besides = shared[points.betas :]
    small = 1e-6

    def at(size):
        rotations, pelvis = step(state.rotations, state.pelvis, change * size)
        moved = BodyState(
            rotations,
            pelvis,
            state.betas + shared[: points.betas] * size,
            state.log_focal + besides[0] * size,
            state.lean + besides[1] * size,
            state.tilt + besides[2:4] * size,
            state.floor + besides[4] * size,
        )
        return _residual(term, points, moved)

    numeric = (at(small).residual - at(-small).residual) / (2 * small)
    predicted = _predicted(_residual(term, points, state, True), change, shared)
    assert predicted.abs().max() > 1e-3, "the case does not exercise the term"
    assert torch.allclose(predicted, numeric, rtol=1e-5, atol=1e-5 * float(numeric.abs().max()))


@pytest.mark.parametrize("frames", [1, 2, 5, 8])
def test_block_solver_agrees_with_a_dense_solve(frames):
    generator = torch.Generator().manual_seed(frames)
    width, shared = 4, 3

    def random(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    equations = NormalEquations(frames, width, shared, torch.device("cpu"))
    total = frames * width + shared
    dense, right = torch.zeros(total, total, dtype=torch.float64), torch.zeros(total, dtype=torch.float64)
    for start in range(frames):
        for length in (1, 2, 3):
            if start + length > frames:
                continue
            windows = 1 if length == 1 else frames - start - length + 1
            residual, weight, scale = random(windows, 12), 1 + random(windows, 12).abs(), 1 + random(windows, 12).abs()
            by_frame, by_shared = random(windows + length - 1, 12, width), random(windows + length - 1, 12, shared)
            coefficients = ((1.0,), (-1.0, 1.0), (1.0, -2.0, 1.0))[length - 1]
            if length == 1:
                scale = torch.ones_like(scale)
                equations.add(Rows(residual, weight, torch.zeros(()), by_frame, by_shared), start)
            else:
                rows = StencilRows(residual, weight, torch.zeros(()), scale, coefficients, by_frame, by_shared)
                equations.add(rows, start)
            for window in range(windows):
                row = torch.zeros(12, total, dtype=torch.float64)
                for k, coefficient in enumerate(coefficients):
                    first = (start + window + k) * width
                    row[:, first : first + width] += coefficient * by_frame[window + k]
                    row[:, -shared:] += coefficient * by_shared[window + k]
                row *= (scale[window] * weight[window])[:, None]
                dense += row.T @ row
                right += row.T @ (weight[window] * residual[window])
    expected = -torch.linalg.solve(dense, right)
    change, change_shared = solve_blocks(equations, 0.0)
    assert torch.allclose(torch.cat([change.flatten(), change_shared]), expected, rtol=1e-5, atol=1e-6)


def test_fixed_shared_unknowns_do_not_move():
    observed, points, state = _setting()
    equations = NormalEquations(FRAMES, FRAME_UNKNOWNS, points.betas + SHARED_BESIDES, torch.device("cpu"))
    for term in _terms(observed, points).values():
        equations.add(_residual(term, points, state, True), 0)
    fixed = torch.zeros(points.betas + SHARED_BESIDES, dtype=torch.bool)
    fixed[3] = fixed[-1] = True
    change = solve_blocks(equations, 1e-3, fixed)[1]
    assert change[3] == 0 and change[-1] == 0 and bool((change[~fixed] != 0).all())


def test_logarithm_and_its_jacobian_near_nothing_and_near_half_a_turn():
    axis = torch.nn.functional.normalize(torch.tensor([1.0, 2.0, -0.5], dtype=torch.float64), dim=0)
    for angle in (0.0, 1e-9, 1e-3, 1.0, 3.0, np.pi - 1e-4):
        vector = axis * angle
        assert torch.allclose(logarithm(exponential(vector)), vector, atol=1e-7)
        small, turn = 1e-6, torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64)
        if angle < 3.1:
            ahead, behind = (logarithm(exponential(s * turn) @ exponential(vector)) for s in (small, -small))
            assert torch.allclose(inverse_left_jacobian(vector) @ turn, (ahead - behind) / (2 * small), atol=1e-5)
