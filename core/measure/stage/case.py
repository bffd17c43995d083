"""A rendered clip with its truth, and the files both are kept in."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...camera import Camera
from ...errors import ThespisError
from ...files import written_beside

Array = NDArray[np.floating[Any]]

CLIP, TRUTH = "clip.mp4", "truth.npz"


@dataclass(frozen=True)
class Truth:
    """What is known of a rendered performance of T frames. World: metres, y up, floor y = 0.

    vertices: (T, V, 3) float32 and joints: (T, 55, 3), world. template: (V, 3) the performer at rest (betas all zero).
    poses: (T, 165) axis-angle, trans: (T, 3), expression: (T, E), as in core.motion.
    rotation: (3, 3), translation: (3,), focal: pixels, size: (2,) width and height: world to camera, OpenCV's axes.
    contacts: (T, 4) bool, columns as core.skeleton.CONTACT_NAMES. soles: (T, 4, 3) world places of those points.
    visible: (T, 55) share of each joint's surroundings that is in the picture and not behind an obstacle.
    fps: frames a second.
    """

    vertices: Array
    joints: Array
    template: Array
    poses: Array
    trans: Array
    expression: Array
    rotation: Array
    translation: Array
    focal: Array
    size: NDArray[np.integer[Any]]
    contacts: NDArray[np.bool_]
    soles: Array
    visible: Array
    fps: Array

    def __len__(self) -> int:
        return len(self.vertices)

    def frames(self, chosen: NDArray[np.integer[Any]]) -> "Truth":
        """The truth of some of the frames."""
        names = ("vertices", "joints", "poses", "trans", "expression", "contacts", "soles", "visible")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    @property
    def camera(self) -> Camera:
        """The camera that filmed it."""
        width, height = (int(n) for n in self.size)
        return Camera(
            size=(width, height),
            focal=(float(self.focal), float(self.focal)),
            centre=((width - 1) / 2, (height - 1) / 2),
            rotation=np.asarray(self.rotation, np.float64),
            translation=np.asarray(self.translation, np.float64),
            focal_known=True,
        )


@dataclass(frozen=True)
class StageCase:
    """name; clip: the movie; truth_file: what is known of it (read with `truth`)."""

    name: str
    clip: Path
    truth_file: Path

    def truth(self) -> Truth:
        """The truth from its file; raises ThespisError when it cannot be read."""
        return read_truth(self.truth_file)


def write_truth(truth: Truth, path: Path) -> None:
    """Write the truth as .npz, whole or not at all."""
    arrays = {field.name: np.asarray(getattr(truth, field.name)) for field in fields(Truth)}
    with written_beside(path) as beside, beside.open("wb") as file:
        np.savez(file, **arrays)


def read_truth(path: Path) -> Truth:
    """The truth that write_truth wrote; raises ThespisError when there is no such file or it holds something else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return Truth(**{field.name: file[field.name] for field in fields(Truth)})
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Render the case again.") from None
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ThespisError(f"{path}: not the truth of a rendered case ({error}). Render the case again.") from error


def case_in(folder: Path) -> StageCase:
    """The case whose clip and truth lie in `folder`, named like it."""
    return StageCase(folder.name, folder / CLIP, folder / TRUTH)
