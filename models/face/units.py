"""FaceUnits: from the blendshape network's 52 answers to the face units and the jaw that they stand for, and back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ...core.errors import ThespisError
from ..landmarks.names import BLENDSHAPE_NAMES

Array = NDArray[np.floating[Any]]

PATH = Path(__file__).resolve().parents[1] / "weights" / "face_units.safetensors"
OUTPUTS = len(BLENDSHAPE_NAMES) + 3
"""The 52 units in MediaPipe's order, then the jaw's axis-angle (rad)."""


_STEPS = 500


@dataclass(frozen=True)
class FaceUnits:
    """An affine map from roots of blendshapes to units.

    The network says some units far too faintly (lowered brows, a sneer) and some when they are not there (a squint), and each
    differently; its roots follow the units nearly linearly.

    weight: (55, 52), neutral, most: (52,): units and jaw = weight @ (min(sqrt(blendshapes), most) - neutral). most: the largest
    roots that were seen in training; neutral: those of a neutral face.
    """

    weight: Array
    neutral: Array
    most: Array

    def units(self, blendshapes: Array) -> tuple[Array, Array]:
        """(T, 52) units in [0, 1] and (T, 3) axis-angle of the jaw that blendshapes (T, 52) in [0, 1] most likely mean."""
        roots = np.minimum(np.sqrt(np.clip(blendshapes, 0, 1)), self.most)
        found = (roots - self.neutral) @ self.weight.T
        return np.clip(found[:, :-3], 0, 1), found[:, -3:]

    def blendshapes(self, units: Array, jaw: Array) -> Array:
        """(T, 52) answers in [0, 1] that mean units (T, 52) and a jaw (T, 3), as nearly as answers can (projected gradient from
        a neutral face's)."""
        wanted = np.concatenate([units, jaw], 1)
        roots = np.tile(self.neutral, (len(wanted), 1))
        step = 1 / np.linalg.norm(self.weight, 2) ** 2
        for _ in range(_STEPS):
            left = wanted - (roots - self.neutral) @ self.weight.T
            roots = np.clip(roots + step * left @ self.weight, 0, self.most)
        found: Array = roots**2
        return found


def load_face_units(path: Path = PATH) -> FaceUnits:
    """Read the maps. Raises ThespisError when the file is missing or not of this shape."""
    try:
        tensors = {name: np.asarray(value, np.float64) for name, value in load_file(path).items()}
        units = FaceUnits(**{name: tensors[name] for name in FaceUnits.__dataclass_fields__})
    except (OSError, SafetensorError, KeyError) as error:
        raise ThespisError(f"{path}: the face units cannot be read ({error}). Install the extension again.") from error
    if units.weight.shape != (OUTPUTS, len(BLENDSHAPE_NAMES)):
        raise ThespisError(f"{path}: the face units have shape {units.weight.shape}. Install the extension again.")
    return units
