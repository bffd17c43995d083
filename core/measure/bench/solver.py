"""The solver by itself: landmarks as a perfect observer sees known motions of the body, and what the fit makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.load import Body
from ...camera import Camera
from ...fit.fit import fit_track
from ...fit.lens import lens_of
from ...motion import Motion
from ...observe.tracks import Track
from ...skeleton import BODY_JOINT_COUNT
from ..metrics import mpjpe, pa_mpjpe, pa_v2v
from ..posed import posed
from ..synthetic import synthetic_track
from ..table import number
from .report import Section, row_of

Array = NDArray[np.floating[Any]]

NOISE: Final = 3.0
"""Pixels; standard deviation of each landmark's x and y, independent from frame to frame."""
SHAPE_SPREAD: Final = 0.8
"""Of the known bodies' betas, in standard deviations of the shape prior."""


@dataclass(frozen=True)
class Known:
    """A motion, its name, and the camera that sees it."""

    name: str
    motion: Motion
    camera: Camera


@dataclass(frozen=True)
class _Variant:
    title: str
    bar: float | None
    betas_known: bool
    noise: float = 0.0
    focal_known: bool = True


VARIANTS: Final = (
    _Variant("exact landmarks, betas given", 10, True),
    _Variant("exact landmarks, betas unknown", 25, False),
    _Variant(f"{NOISE:g} px noise, betas unknown", 30, False, NOISE),
    _Variant("exact landmarks, betas and focal length unknown", None, False, focal_known=False),
)


def solver_section(body: Body, known: Sequence[Known], progress: Callable[[str], None] = print) -> Section:
    """The table: PA-V2V of each variant over all motions, and of each."""
    out = []
    for variant in VARIANTS:
        progress(f"solver: {variant.title}")
        errors = [_errors(body, case, variant, seed) for seed, case in enumerate(known)]
        mean = float(np.concatenate([e[:, 0] for e in errors]).mean())
        joints = float(np.concatenate([e[:, 1] for e in errors]).mean())
        rooted = float(np.concatenate([e[:, 2] for e in errors]).mean())
        row = row_of(variant.title, mean, variant.bar, number(mean))
        out.append([*row, number(joints), number(rooted), *(number(float(e[:, 0].mean())) for e in errors)])
    columns = ["", "bar", "PA-V2V", "holds", "PA-MPJPE", "MPJPE", *(case.name for case in known)]
    words = (
        "Millimetres; the columns of motions are PA-V2V. All 2D and 3D landmarks are projected from known motions of the body."
    )
    return Section("The solver itself", columns, out, words)


def someone(body: Body, seed: int) -> Array:
    """Betas (B,) of one person, by the body's own shape prior."""
    mean, spread = body.shape_prior["neutral"]
    return np.asarray(mean + SHAPE_SPREAD * spread * np.random.default_rng(seed).normal(size=len(mean)), np.float64)


def noisy(track: Track, sigma: float, seed: int) -> Track:
    """The track with Gaussian noise of `sigma` pixels on every landmark in the picture."""
    rng = np.random.default_rng(seed)
    return replace(
        track,
        **{name: getattr(track, name) + rng.normal(0, sigma, getattr(track, name).shape) for name in ("body", "hands", "face")},
    )


def _errors(body: Body, case: Known, variant: _Variant, seed: int) -> Array:
    """(T, 3) PA-V2V, PA-MPJPE and MPJPE of each frame, millimetres."""
    motion = replace(case.motion, betas=someone(body, seed))
    track = synthetic_track(body, motion, case.camera)
    if variant.noise:
        track = noisy(track, variant.noise, seed)
    lens = lens_of(case.camera.size, case.camera.focal[0] if variant.focal_known else None)
    betas = motion.betas if variant.betas_known else None
    result = fit_track(track, body, lens, motion.fps, device="cpu", betas=betas)
    fit, truth = posed(body, result.motion, result.camera), posed(body, motion, case.camera)
    every = np.arange(body.vertex_count)
    joints, true_joints = (part.seen_joints()[:, :BODY_JOINT_COUNT] for part in (fit, truth))
    found = [
        pa_v2v(fit.seen_vertices(every), truth.seen_vertices(every)),
        pa_mpjpe(joints, true_joints),
        mpjpe(joints, true_joints),
    ]
    return np.stack(found, 1) * 1e3
