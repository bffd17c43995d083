"""Landmarks of one person over a clip to a Motion and a Camera: the fit's front door."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.body.load import GENDERS, Body
from ...models.prior.pose_prior import load_pose_prior
from ..camera import Camera
from ..errors import ThespisError
from ..motion import Motion
from ..observe.tracks import Track
from .body import BodyFitter, ShapeBelief
from .device import choose_device, one_thread
from .known import Known
from .lens import Lens, lens_from_camera
from .observations import gather
from .plant import plant
from .points import body_points
from .result import assemble
from .settings import Settings
from .skin_capsules import body_capsules


@dataclass(frozen=True)
class FitResult:
    """motion: in the world; camera: with world to camera filled in; warnings: for the user, one line each; iterations: of the
    body's solver; cost: of each term at the end."""

    motion: Motion
    camera: Camera
    warnings: list[str] = field(default_factory=list)
    iterations: int = 0
    cost: dict[str, float] = field(default_factory=dict)


def fit_track(
    track: Track,
    body: Body,
    camera: Camera | Lens,
    fps: float,
    gender: str = "neutral",
    device: str = "auto",
    progress: Callable[[float], None] | None = None,
    settings: Settings | None = None,
    betas: NDArray[np.floating[Any]] | None = None,
    known: Known | None = None,
) -> FitResult:
    """Fit `body` to `track` as one least-squares problem over the clip.

    camera: what is known of the lens (fit.lens.lens_of); of a Camera only the lens is used. Its focal length is held when
    focal_known, else found together with the body, near the one it gives.
    fps: frames a second of the clip. gender: whose shape to expect. device: auto, cpu or cuda.
    progress: called with the share done, 0 to 1. betas: (up to B,) the person's shape where it is known; it is then held.
    known: what else is known of the clip.
    Raises ThespisError when no frame shows the person, or for arguments that cannot be.
    """
    settings = settings or Settings()
    if not (np.isfinite(fps) and fps > 0):
        raise ThespisError(f"The clip's frame rate is {fps}. Choose a clip with a positive rate.")
    if gender not in GENDERS:
        raise ThespisError(f"No body shape is called {gender}. Choose {', '.join(GENDERS)}.")
    lens = camera if isinstance(camera, Lens) else lens_from_camera(camera)
    where = choose_device(device)

    def fit_on(place: torch.device) -> FitResult:
        return _fit_on(place, track, body, lens, fps, gender, progress, settings, betas, known or Known())

    if device != "auto" or where.type == "cpu":
        return fit_on(where)
    try:
        return fit_on(where)
    except RuntimeError as error:
        # Out of memory beside another program, an old driver, a card without 64-bit floats: the processor can always do it.
        logging.getLogger(__name__).warning("The fit failed on %s and starts again on the processor", where, exc_info=error)
        result = fit_on(torch.device("cpu"))
        reason = str(error).splitlines()[0]
        warning = f"The graphics card could not be used for the fit ({reason}); the processor did the work."
        return replace(result, warnings=[*result.warnings, warning])


def _fit_on(
    where: torch.device,
    track: Track,
    body: Body,
    lens: Lens,
    fps: float,
    gender: str,
    progress: Callable[[float], None] | None,
    settings: Settings,
    betas: NDArray[np.floating[Any]] | None,
    known: Known,
) -> FitResult:
    with one_thread(), torch.no_grad():
        fitter = body_fitter(track, body, lens, fps, gender, settings, where, betas, known)
        seen = fitter.seen
        fitted = plant(fitter.fit(progress), fitter.points, body, fps, known.world)
        motion, placed, warnings = assemble(track, body, lens, fps, gender, seen, fitted, settings)
    return FitResult(motion, placed, warnings, fitted.iterations, fitted.cost)


def body_fitter(
    track: Track,
    body: Body,
    lens: Lens,
    fps: float,
    gender: str = "neutral",
    settings: Settings | None = None,
    where: torch.device | None = None,
    betas: NDArray[np.floating[Any]] | None = None,
    known: Known | None = None,
) -> BodyFitter:
    """What fits the body alone; arguments as of fit_track. Raises ThespisError when no frame shows the person."""
    settings, where = settings or Settings(), where or torch.device("cpu")
    seen = gather(track, lens, settings, where)
    if not bool(seen.present.any()):
        raise ThespisError("Nobody is seen in the chosen frames. Choose frames that show the person.")
    mean, deviation = (torch.as_tensor(np.asarray(v, np.float64), device=where) for v in body.shape_prior[gender])
    if betas is not None:
        mean = torch.zeros_like(mean)
        mean[: len(betas)] = torch.as_tensor(np.asarray(betas[: len(mean)], np.float64), device=where)
    belief = ShapeBelief(mean, deviation, betas is not None, float(np.log(lens.focal[0])), lens.focal_known)
    known = (known or Known()).on(where)
    return BodyFitter(body_points(body, where), body_capsules(body, where), seen, load_pose_prior(), belief, settings, fps, known)
