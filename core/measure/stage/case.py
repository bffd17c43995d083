"""A rendered clip with its truth, and the files both are kept in."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....models.body.load import Body
from ....models.body.skin import BodySkin
from ...camera import Camera
from ...errors import ThespisError
from ...files import written_beside
from ...fit.points import SOLE_POINTS, body_points
from .limbs import joint_frames

Array = NDArray[np.floating[Any]]

CLIP, TRUTH = "clip.mp4", "truth.npz"
LOW, SLOW = 0.02, 0.1
"""A sole point nearer to the floor than so many metres and slower than so many m/s is in contact."""


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


def posed(body: Body, poses: Array, trans: Array, expression: Array, portion: int = 16) -> tuple[Array, Array]:
    """Vertices (T, V, 3) float32 and joints (T, 55, 3) of a performer (betas all zero) in the world."""
    skin = BodySkin(body)
    vertices, joints = [], []
    for start in range(0, len(poses), portion):
        pose, place, face = (_tensor(array[start : start + portion]) for array in (poses, trans, expression))
        with torch.no_grad():
            v, j = skin(pose, place, torch.zeros(0), face)
        vertices.append(v.numpy())
        joints.append(j.numpy())
    return np.concatenate(vertices), np.concatenate(joints)


def sole_places(body: Body, poses: Array, trans: Array) -> NDArray[np.float64]:
    """(T, 4, 3) world places of left heel, left toes, right heel, right toes: the fit's own sole points on this body."""
    points = body_points(body, torch.device("cpu"))
    joints, world = joint_frames(body, poses, trans)
    offsets = points.offset.numpy()
    return np.stack([joints[:, (c := points.carrier[p])] + world[:, c] @ offsets[p] for p in SOLE_POINTS], axis=1)


def true_contacts(soles: Array, fps: float) -> NDArray[np.bool_]:
    """(T, 4) whether each sole point (T, 4, 3) is within LOW of the floor and slower than SLOW (central differences)."""
    speed = np.linalg.norm(np.gradient(soles, axis=0), axis=-1) * fps if len(soles) > 1 else np.zeros(soles.shape[:2])
    return np.asarray((soles[..., 1] < LOW) & (speed < SLOW))


def _tensor(array: Array) -> torch.Tensor:
    return torch.as_tensor(np.asarray(array, np.float32))
