"""A rendered case: a clip whose every vertex is known."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..errors import ThespisError
from .posed import Posed

Array = NDArray[np.floating[Any]]

CLIP_FILE, TRUTH_FILE, TRACK_FILE = "clip.mp4", "truth.npz", "track.npz"


@dataclass(frozen=True)
class RenderedTruth:
    """body: mesh and joints in the world, and the camera; contacts: (T, 4) bool, left heel, left toes, right heel, right toes;
    visible: (T, 55) share of each joint that the picture shows; poses: (T, 55, 3) and expression: (T, E) of the body model, whose
    shape is not the performer's; fps: frames a second."""

    body: Posed
    contacts: NDArray[np.bool_]
    visible: Array
    poses: Array
    expression: Array
    fps: float

    def frames(self, chosen: NDArray[np.int64]) -> "RenderedTruth":
        """The truth of some of the frames."""
        part = {name: getattr(self, name)[chosen] for name in ("contacts", "visible", "poses", "expression")}
        return replace(self, body=self.body.frames(chosen), **part)


def read_truth_of(folder: Path) -> RenderedTruth:
    """The truth in the folder of a case. Raises ThespisError when there is none that can be read."""
    path = folder / TRUTH_FILE
    try:
        with np.load(path, allow_pickle=False) as file:
            focal = np.broadcast_to(np.asarray(file["focal"], np.float64), 2)
            width, height = (int(side) for side in file["size"])
            camera = Camera(
                (width, height),
                (float(focal[0]), float(focal[1])),
                ((width - 1) / 2, (height - 1) / 2),
                rotation=np.asarray(file["rotation"], np.float64),
                translation=np.asarray(file["translation"], np.float64),
                focal_known=True,
            )
            body = Posed(np.asarray(file["vertices"], np.float32), np.asarray(file["joints"], np.float64), camera)
            poses, expression, visible = (np.asarray(file[key], np.float64) for key in ("poses", "expression", "visible"))
            contacts, fps = file["contacts"] > 0.5, float(file["fps"])
            return RenderedTruth(body, contacts, visible, poses.reshape(len(body), -1, 3), expression, fps)
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Choose a folder with {CLIP_FILE} and {TRUTH_FILE}.") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ThespisError(f"{path}: not a truth that can be read ({error}). Render the case again.") from error


def case_folders(folder: Path) -> list[Path]:
    """The folders of cases in `folder`, or `folder` itself when it is one. Raises ThespisError when there is none."""
    found = [folder] if (folder / TRUTH_FILE).is_file() else sorted(path.parent for path in folder.glob(f"*/{TRUTH_FILE}"))
    if not found:
        raise ThespisError(f"{folder}: holds no {TRUTH_FILE}, nor does a folder in it. Choose a folder of rendered cases.")
    return found
