"""FID, diversity, multimodality, rebuilding: against what is known."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.measure.generated import diversity, frechet_distance, multimodality, rebuilt
from thespis.models.body.skin import BodySkin
from thespis.models.emotion.cvae import CVAEConfig, EmotionCVAE
from thespis.models.emotion.features import layout
from thespis.models.emotion.losses import Losses, LossWeights, spread_vertices
from thespis.models.emotion.rest import canonical
from thespis.models.emotion.rotation6d import from_matrices
from thespis.tests.emotion_sets import small_set


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.2, 3))
def test_the_distance_of_gaussians_along_the_axes_is_known(seed, factor):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(400, 4))
    points = np.linalg.qr(points - points.mean(0))[0] * np.sqrt(399)  # mean 0, covariance 1, to the last digit
    shift = rng.normal(size=4)
    known = shift @ shift + 4 * (1 - factor) ** 2
    assert frechet_distance(points, factor * points + shift) == pytest.approx(known, abs=1e-5)
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-5)


def test_diversity_is_between_all_and_multimodality_within_each():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    features = rng.normal(0, 0.01, (1000, 3)) + 10 * labels[:, None] * (1, 0, 0)
    assert diversity(features, 4000, rng) == pytest.approx(5, abs=0.3)
    assert multimodality(features, labels, 4000, rng) == pytest.approx(0.01 * 4 / np.sqrt(np.pi), rel=0.05)


def test_joints_and_mesh_are_apart_as_the_bodys_own_skinning_says():
    rng = np.random.default_rng(0)
    matrices = Rotation.from_rotvec(rng.normal(0, 0.4, (2 * 5 * 22, 3))).as_matrix().reshape(2, 5, 22, 3, 3)
    six = torch.as_tensor(from_matrices(matrices), dtype=torch.float32)
    joints, vertices = Losses(canonical(), torch.ones(layout().size), LossWeights()).apart(six[0], six[1])
    skin = BodySkin(canonical().body)
    chosen = torch.as_tensor(spread_vertices(canonical(), 200))
    posed = []
    for part in matrices:
        whole = torch.eye(3).repeat(5, 55, 1, 1)
        whole[:, :22] = torch.as_tensor(part, dtype=torch.float32)
        posed.append(skin(whole, torch.zeros(5, 3), torch.zeros(16), vertex_ids=chosen))
    true_joints = (posed[0][1] - posed[1][1])[:, :22].norm(dim=-1).mean(-1)
    true_vertices = (posed[0][0] - posed[1][0]).norm(dim=-1).mean(-1)
    torch.testing.assert_close(joints, true_joints, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(vertices, true_vertices, atol=1e-5, rtol=1e-4)


def test_rebuilding_sees_how_far_off_a_network_is():
    takes = small_set().subset(range(4))
    mean, std = (torch.as_tensor(part) for part in takes.statistics())
    network = EmotionCVAE(CVAEConfig(layout().size, width=40, layers=1, latent=12), mean, std).eval()
    torch.nn.init.zeros_(network.leave.weight)
    torch.nn.init.zeros_(network.leave.bias)
    found = rebuilt(network, takes)  # always the mean pose
    assert 2 < found.angle < 30 and 5 < found.joints < 120 and 5 < found.mesh < 120
