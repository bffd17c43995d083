"""Truth from several cameras: joints that somebody measured, to score a fit against."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from .metrics import acceleration_error, mpjpe, pa_mpjpe, similarity

Array = NDArray[np.floating[Any]]

LIMB_JOINTS = (1, 2, 4, 5, 7, 8, 16, 17, 18, 19, 20, 21)
"""Hips, knees, ankles, shoulders, elbows, wrists."""
LIMB_LANDMARKS = (23, 24, 25, 26, 27, 28, 11, 12, 13, 14, 15, 16)
"""The same of BlazePose's 33 body landmarks."""


@dataclass(frozen=True)
class Truth:
    """joints: (F, 12, 3) limb joints by clip frame, metres, camera frame; valid: (F,) where all of them are known."""

    joints: Array
    valid: NDArray[np.bool_]


def read_truth(path: Path, camera: str = "") -> Truth:
    """Read an npz with joints (F, J, 3) in the world, valid (F, J), smplx_joint (J,), and R, t (or <camera>_R, <camera>_t).

    Raises ThespisError when the file is not such a truth.
    """
    prefix = f"{camera}_" if camera else ""
    try:
        with np.load(path, allow_pickle=False) as file:
            column = {int(joint): k for k, joint in enumerate(file["smplx_joint"])}
            chosen = [column[joint] for joint in LIMB_JOINTS]
            joints = file["joints"][:, chosen] @ file[f"{prefix}R"].T + file[f"{prefix}t"]
            valid = file["valid"][:, chosen].all(axis=1) & np.isfinite(joints).all(axis=(1, 2))
    except (OSError, ValueError, KeyError) as error:
        raise ThespisError(f"{path}: not a truth that can be read ({error}). Give an npz with joints, valid, R and t.") from error
    return Truth(np.asarray(joints, np.float64), valid)


def score(limbs: Array, frames: NDArray[np.int64], truth: Truth) -> dict[str, float]:
    """Millimetres between limb joints (T, 12, 3) of clip `frames` (T,) and the truth, over the frames that both have.

    frames: how many; PA-MPJPE: each frame aligned by its own similarity; clip PA: one similarity for the clip; MPJPE: from the
    middle of the hips; acceleration: mean difference, a frame squared.
    """
    inside = (frames >= 0) & (frames < len(truth.joints))
    inside[inside] &= truth.valid[frames[inside]]
    estimate, wanted = np.asarray(limbs[inside], np.float64), truth.joints[frames[inside]]
    if not len(estimate):
        raise ThespisError("The truth and the fit have no frame in common. Check that they are of the same clip.")
    scale, rotation, shift = similarity(estimate.reshape(-1, 3), wanted.reshape(-1, 3))
    together = np.linalg.norm(scale * estimate @ rotation.T + shift - wanted, axis=-1)
    found = {
        "frames": float(len(estimate)),
        "PA-MPJPE": float(pa_mpjpe(estimate, wanted).mean() * 1e3),
        "clip PA": float(together.mean() * 1e3),
        "MPJPE": float(mpjpe(estimate, wanted, (0, 1)).mean() * 1e3),
    }
    if len(estimate) > 2:
        found["acceleration"] = float(acceleration_error(estimate, wanted).mean() * 1e3)
    return found
