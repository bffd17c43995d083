"""The pose prior: its training on made-up motion, its file, and what it thinks of poses."""

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.prior import train
from thespis.models.prior.pose_prior import DIMENSIONS, load_pose_prior

from .fit_cases import gesture, walk


def _distance(prior, pose):
    """Smallest squared Mahalanobis distance of a pose (63,) to the components, with their log weights."""
    whitened = np.einsum("kij,kj->ki", prior.whitening, pose - prior.means)
    return ((whitened**2).sum(1) - 2 * prior.log_weights).min()


def test_a_broken_joint_makes_any_everyday_pose_less_likely():
    prior = load_pose_prior()
    for pose in [*walk().poses[::7, 1:22], gesture().poses[0, 1:22]]:
        for joint, broken in (("left_knee", [-1.2, 0, 0]), ("right_elbow", [0, -1.2, 0]), ("head", [0, 2.5, 0])):
            worse = pose.copy()
            worse[JOINT_INDEX[joint] - 1] = broken
            assert _distance(prior, worse.ravel()) > _distance(prior, pose.ravel()) + 10
    assert (prior.lower[(JOINT_INDEX["left_knee"] - 1) * 3] > -0.6) and (prior.upper[(JOINT_INDEX["left_knee"] - 1) * 3] > 2)


def test_left_and_right_are_alike():
    prior = load_pose_prior()
    for motion in (walk(), gesture()):
        pose = motion.poses[:, :22]
        mirrored = train.mirrored(pose)
        there, back = (np.mean([_distance(prior, p[1:].ravel()) for p in poses]) for poses in (pose, mirrored))
        assert there == pytest.approx(back, rel=0.5)
    assert np.allclose(train.mirrored(train.mirrored(pose)), pose)


def test_training_finds_the_poses_it_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "COMPONENTS", 2)
    monkeypatch.setattr(train, "SAMPLES", 1500)
    monkeypatch.setattr(train, "ITERATIONS", 8)
    rng = np.random.default_rng(0)
    poses = 0.1 * rng.normal(size=(1200, 22, 3))
    poses[:600, JOINT_INDEX["spine2"], 0] += 1.0
    np.savez(
        tmp_path / "pack.npz",
        start=np.array([0, 600]),
        length=np.array([600, 600]),
        poses=poses,
        names=np.array(["bow", "stand"]),
    )
    figures = train.train(tmp_path, tmp_path / "out" / "prior.safetensors")
    prior = load_pose_prior(tmp_path / "out" / "prior.safetensors")
    column = (JOINT_INDEX["spine2"] - 1) * 3
    assert sorted(prior.means[:, column].round(1)) == pytest.approx([0.0, 1.0], abs=0.11)
    assert prior.upper[column] > 1.2 and figures["frames"] == 1200
    train.train(tmp_path, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "out" / "prior.safetensors").read_bytes()


def test_a_file_that_is_no_prior_is_said_so(tmp_path):
    (tmp_path / "prior.safetensors").write_bytes(b"nothing")
    with pytest.raises(ThespisError, match="pose prior cannot be read"):
        load_pose_prior(tmp_path / "prior.safetensors")
    with pytest.raises(ThespisError, match="cannot be read"):
        load_pose_prior(tmp_path / "missing.safetensors")
    with pytest.raises(ThespisError, match="no motion pack"):
        train.read_packs(tmp_path)


def test_the_prior_s_size():
    prior = load_pose_prior()
    assert prior.means.shape[1] == DIMENSIONS and prior.whitening.shape == (len(prior.means), DIMENSIONS, DIMENSIONS)
    assert (prior.lower < prior.upper).all()
