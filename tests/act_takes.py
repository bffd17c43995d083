"""A small trained model's options, poses and meshes that the tests of act share."""

from dataclasses import replace

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from thespis.core.act.cues import steady
from thespis.core.measure.regions import regions_of
from thespis.core.motion import Motion
from thespis.models.body.skin import BodySkin
from thespis.models.emotion.rest import canonical, rest_body
from thespis.models.emotion.train import TrainOptions
from thespis.tests.emotion_sets import waving

JOY = steady("joy", 1.0)
QUICKLY = TrainOptions(steps=60, batch=8, rate=2e-3, width=40, layers=1, latent=12, device="cpu", threads=1)
"""A training that takes seconds."""


def a_pose(seed: int = 0, betas: np.ndarray | None = None, turn: float = 2.0) -> Motion:
    """Somebody standing elsewhere, turned, with bent arms and one foot ahead."""
    rest = canonical() if betas is None else rest_body(canonical().body, betas)
    rng = np.random.default_rng(seed)
    motion = waving(rng, 1)
    poses = motion.poses.copy()
    poses[:, 0] = (0, turn, 0)
    poses[:, 1], poses[:, 2] = (-0.25, 0, 0.1), (0.25, 0, -0.1)
    poses[:, 7], poses[:, 8] = -poses[:, 1], -poses[:, 2]  # the soles stay level
    poses[:, 18] = (0, -1.0, 0)
    betas = np.zeros(16) if betas is None else betas
    standing = Motion(poses, np.array([[1.5, -rest.floor, -2.0]]), betas, motion.expression, 30.0)
    soles = vertices_of(standing, regions_of(canonical().body).soles)
    return replace(standing, trans=standing.trans - (0, soles[..., 1].min(), 0))


def vertices_of(motion: Motion, ids: np.ndarray) -> np.ndarray:
    poses, trans, betas = (torch.as_tensor(part) for part in (motion.poses, motion.trans, motion.betas))
    skin = BodySkin(canonical().body, torch.float64)
    return skin(poses, trans, betas, vertex_ids=torch.as_tensor(ids))[0].numpy()


def turn_between(a: np.ndarray, b: np.ndarray) -> float:
    """The largest angle (rad) between poses (55, 3)."""
    return float((Rotation.from_rotvec(a) * Rotation.from_rotvec(b).inv()).magnitude().max())
