"""PosePrior: a Gaussian mixture over the 63 numbers of body_pose, and the joint limits, read from safetensors."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ...core.errors import ThespisError

Array = NDArray[np.float64]

PATH = Path(__file__).resolve().parents[1] / "weights" / "pose_prior.safetensors"
DIMENSIONS = 63
"""21 joints of body_pose (without the pelvis), axis-angle in the parents' axes, radians."""


@dataclass(frozen=True)
class PosePrior:
    """A mixture of K Gaussians (as in SMPLify, Bogo et al. 2016, eq. 4, where the sum is replaced by its largest term).

    means: (K, 63).
    whitening: (K, 63, 63) inverse Cholesky factors: |whitening @ (pose - mean)|^2 is the squared Mahalanobis distance.
    log_weights: (K,) log of weight over the square root of the covariance's determinant, the largest being 0.
    lower, upper: (63,) joint limits in radians.
    """

    means: Array
    whitening: Array
    log_weights: Array
    lower: Array
    upper: Array


def load_pose_prior(path: Path = PATH) -> PosePrior:
    """Read the prior. Raises ThespisError when the file is missing or not of this shape."""
    try:
        tensors = {name: np.asarray(value, np.float64) for name, value in load_file(path).items()}
        prior = PosePrior(**{name: tensors[name] for name in PosePrior.__dataclass_fields__})
    except (OSError, SafetensorError, KeyError) as error:
        raise ThespisError(f"{path}: the pose prior cannot be read ({error}). Install the extension again.") from error
    if prior.means.ndim != 2 or prior.means.shape[1] != DIMENSIONS:
        raise ThespisError(f"{path}: the pose prior has shape {prior.means.shape}. Install the extension again.")
    return prior
