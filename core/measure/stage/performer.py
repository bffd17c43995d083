"""Who is filmed: the open body with limbs, trunk and head of proportions that its own betas cannot make."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....models.body.load import Body, load_body, rest_shape
from ...skeleton import JOINT_COUNT, JOINT_INDEX, LEFT_HAND, PARENTS, RIGHT_HAND

Array = NDArray[np.floating[Any]]

ALL_BETAS = 24
"""Shape directions in the open body's file; the displacement is orthogonal to each of them, used by the fit or not."""

# How much bones vary, as a standard deviation of the factor: along the bone, and across it.
_LIMBS = {
    "hip": (0.055, 0.07),
    "knee": (0.055, 0.07),
    "ankle": (0.04, 0.04),
    "foot": (0.05, 0.04),
    "collar": (0.07, 0.05),
    "shoulder": (0.055, 0.08),
    "elbow": (0.055, 0.08),
    "wrist": (0.05, 0.05),
}
_TRUNK = {"pelvis": 0.06, "spine1": 0.07, "spine2": 0.07, "spine3": 0.07, "neck": 0.08, "head": 0.035}
_BELLY = 0.016
"""Metres; standard deviation of the belly's reach to the front."""
_UNEVEN, _UNEVEN_LENGTH, _WAVES = 0.009, 0.26, 48
"""Metres: standard deviation and length scale of a smooth field that makes nobody's left side quite like their right, shoulders
slope, backs round. It is longer than a face or a hand, so that those stay faces and hands. _WAVES: cosines it is the sum of."""


def make_performer(seed: int, build: tuple[float, ...] = (), unlike: float = 0.011) -> Body:
    """The open body with another person's shape, and no betas.

    seed: of the proportions; equal seeds give equal people. build: betas of the open body that the person has besides (height,
    weight ...). unlike: mean distance of vertices (metres) that the best betas leave. Joints follow by the regressor.
    """
    body = load_body("open", max_betas=ALL_BETAS)
    odd = displacement_off_betas(body, _proportions(body, np.random.default_rng(seed)))
    odd *= unlike / np.linalg.norm(odd, axis=1).mean()
    base, _ = rest_shape(body, np.asarray(build, np.float64))
    return replace(body, v_template=(base + odd).astype(np.float32), shapedirs=body.shapedirs[:, :, :0])


def displacement_off_betas(body: Body, displacement: Array) -> NDArray[np.float64]:
    """What is left of a displacement (V, 3) of the template once betas and a shift have explained what they can (V, 3)."""
    shift = np.broadcast_to(np.eye(3)[None], (body.vertex_count, 3, 3))
    explained = np.concatenate([body.shapedirs, shift], axis=2).reshape(3 * body.vertex_count, -1).astype(np.float64)
    basis, _ = np.linalg.qr(explained)
    flat = np.asarray(displacement, np.float64).reshape(-1)
    # Twice: once leaves what rounding lets through.
    for _ in range(2):
        flat = flat - basis @ (basis.T @ flat)
    return flat.reshape(-1, 3)


def _proportions(body: Body, random: np.random.Generator) -> Array:
    """Displacement (V, 3) that stretches and thickens each bone's part of the body about its joint, blended as skin is."""
    joints = np.asarray(body.J_regressor, np.float64) @ body.v_template
    stretch = _stretches(random)
    moved = joints.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            moved[joint] = moved[parent] + stretch[parent] * (joints[joint] - joints[parent])
    # sum of w (j' + s (v - j)) over joints j, with s by axis
    weights = np.asarray(body.weights, np.float64)
    vertices = np.asarray(body.v_template, np.float64)
    stretched = weights @ (moved - stretch * joints) + (weights @ stretch) * vertices
    return stretched + _belly(body, joints, random) + _unevenness(vertices, random) - vertices


def _stretches(random: np.random.Generator) -> Array:
    """(55, 3) factors along x, y, z for what each joint carries. At rest arms lie along x and legs along y."""
    stretch = np.ones((JOINT_COUNT, 3))
    for name, spread in _TRUNK.items():
        stretch[JOINT_INDEX[name]] += spread * random.normal(size=3)
    for name, (along, across) in _LIMBS.items():
        factors = np.full(3, 1 + across * random.normal())
        axis = {"collar": 0, "shoulder": 0, "elbow": 0, "wrist": 0, "hip": 1, "knee": 1, "ankle": 1, "foot": 2}[name]
        factors[axis] = 1 + along * random.normal()
        for side in ("left", "right"):
            stretch[JOINT_INDEX[f"{side}_{name}"]] = factors
    for hand, side in ((LEFT_HAND, "left"), (RIGHT_HAND, "right")):
        stretch[list(hand)] = stretch[JOINT_INDEX[f"{side}_wrist"]]
    # One head: jaw and eyes grow with it.
    for name in ("jaw", "left_eye_smplhf", "right_eye_smplhf"):
        stretch[JOINT_INDEX[name]] = stretch[JOINT_INDEX["head"]]
    return stretch


def _unevenness(vertices: Array, random: np.random.Generator) -> Array:
    """A Gaussian field over space at the vertices (V, 3), by random Fourier features (Rahimi and Recht 2007)."""
    waves = random.normal(size=(_WAVES, 3)) / _UNEVEN_LENGTH
    phases = random.uniform(0, 2 * np.pi, _WAVES)
    amplitudes = _UNEVEN * np.sqrt(2 / _WAVES) * random.normal(size=(_WAVES, 3))
    return np.asarray(np.cos(vertices @ waves.T + phases) @ amplitudes)


def _belly(body: Body, joints: Array, random: np.random.Generator) -> Array:
    centre = joints[JOINT_INDEX["spine1"]]
    vertices = np.asarray(body.v_template, np.float64)
    apart = (vertices - centre) / (0.16, 0.13, 1.0)
    front = np.clip((vertices[:, 2] - centre[2]) / 0.08, 0, 1)
    trunk = body.weights[:, [JOINT_INDEX[name] for name in ("pelvis", "spine1", "spine2", "spine3")]].sum(axis=1)
    reach = _BELLY * random.normal() * np.exp(-0.5 * (apart[:, :2] ** 2).sum(axis=1)) * front * trunk
    return np.stack([np.zeros_like(reach), np.zeros_like(reach), reach], axis=1)
